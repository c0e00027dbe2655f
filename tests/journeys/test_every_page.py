"""Every page that there is: no dead link, WCAG 2.2 AA, no wider than its screen.

A visitor, a customer and one of the staff follow all links; a browser opens what they found, on a
phone in light and on a desk in dark. That nothing is refused by the pages' own policy is asked of
every journey (`conftest.Visit`). With JOURNEY_PICTURES a picture of each page is kept.
"""

from __future__ import annotations

import pytest

from tests.installation import Installation
from tests.journeys.conftest import Visit, Visitor
from tests.journeys.everybody import everybody
from tests.journeys.test_accessible import COLOURS, RULES, Scheme, axe, keep, violations
from tests.journeys.walking import UNLINKED, Walked, pages

__all__ = ["axe"]
WIDTHS: dict[Scheme, int] = {"light": 390, "dark": 1280}


@pytest.fixture
def walked(visitor: Visit) -> list[tuple[Visitor, Walked]]:
    """Return who walks, and the pages that he came to."""
    return everybody(visitor, "nb")


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
