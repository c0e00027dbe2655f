"""Every page that there is: no dead link, WCAG 2.2 AA, no wider than its screen.

A visitor, a customer and one of the staff follow all links; a browser opens what they found, on a
phone in light and on a desk in dark. That nothing is refused by the pages' own policy is asked of
every journey (`conftest.Visit`). With JOURNEY_PICTURES a picture of each page is kept.
"""

from __future__ import annotations

import pytest

from tests.installation import Installation
from tests.journeys.conftest import LANGUAGES, Visit, Visitor
from tests.journeys.settled import settled
from tests.journeys.test_accessible import COLOURS, RULES, Scheme, axe, keep, violations
from tests.journeys.walking import UNLINKED, Walked, pages, walk

__all__ = ["axe"]
WIDTHS: dict[Scheme, int] = {"light": 390, "dark": 1280}


@pytest.fixture
def walked(visitor: Visit) -> list[tuple[Visitor, Walked]]:
    """Return who walks, and the pages that he came to."""
    plain = [f"/{route}" for route in pages() if not set("<^(") & set(route)]
    plain = [address for address in plain if address[1:] not in UNLINKED]
    of_site = ["/", *(address for address in plain if not address.startswith("/staff/"))]
    of_staff = ["/staff/", *(address for address in plain if address.startswith("/staff/"))]
    places = [f"/{language}/numbers/no{of}/" for language in LANGUAGES for of in ("", "/oslo")]
    customer = settled(visitor, language="nb")
    starts = [
        (visitor("nb"), [*of_site, *places], "/"),
        (customer.person, [*of_site, *customer.his], "/"),
        (visitor.staff("owner"), [*of_staff, *customer.of_staff], "/staff/"),
    ]
    return [(person, walk(person, starts=found, within=room)) for person, found, room in starts]


def test_every_page_is_found_accessible_and_fits(
    walked: list[tuple[Visitor, Walked]], installation: Installation, axe: str
) -> None:
    reached = {route for _, found in walked for route in (*found.pages, *found.others)}
    assert [link for _, found in walked for link in found.broken] == []
    assert "\n".join(route for route in pages() if route not in reached | UNLINKED.keys()) == ""

    bad = []
    for person, found in walked:
        for scheme, width in WIDTHS.items():
            person.page.set_viewport_size({"width": width, "height": 844})
            person.page.emulate_media(color_scheme=scheme)
            rules = RULES if scheme == "light" else COLOURS
            for address in found.addresses():
                person.go(address)
                here = violations(person.page, axe, rules=rules)
                bad += [(scheme, address, *row) for row in here]
                keep(person.page, f"{scheme}{address}")
    assert "\n".join(map(str, bad)) == ""
