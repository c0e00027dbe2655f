"""Who walks through all pages: a visitor, a customer with one of everything, one of the staff."""

from __future__ import annotations

from tests.journeys.conftest import LANGUAGES, Visit, Visitor
from tests.journeys.settled import settled
from tests.journeys.walking import UNLINKED, Walked, pages, walk


def everybody(
    visitor: Visit, language: str, *, of_staff_in: str = "en"
) -> list[tuple[Visitor, Walked]]:
    """Return who walks, and the pages that he came to."""
    plain = [f"/{route}" for route in pages() if not set("<^(") & set(route)]
    plain = [address for address in plain if address[1:] not in UNLINKED]
    of_site = ["/", *(address for address in plain if not address.startswith("/staff/"))]
    of_staff = ["/staff/", *(address for address in plain if address.startswith("/staff/"))]
    places = [f"/{each}/numbers/no{of}/" for each in LANGUAGES for of in ("", "/oslo")]
    customer = settled(visitor, language=language)
    starts = [
        (visitor(language), [*of_site, *places], "/"),
        (customer.person, [*of_site, *customer.his], "/"),
        (visitor.staff("owner", of_staff_in), [*of_staff, *customer.of_staff], "/staff/"),
    ]
    return [(person, walk(person, starts=found, within=room)) for person, found, room in starts]
