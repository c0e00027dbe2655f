"""Numbers that can be rented now: countries, and searches in them."""

from __future__ import annotations

import re
from typing import Final

import phonenumbers
from django.http import HttpResponse

from nummer.apps.accounts import queries as accounts
from nummer.apps.catalogue import cities
from nummer.apps.catalogue import queries as catalogue
from nummer.apps.catalogue.cities import CityRow
from nummer.apps.catalogue.leasing import lease_quotes, lease_terms
from nummer.apps.leases import searching
from nummer.apps.leases.searching import FreeNumber
from nummer.faces.api_twilio.answers import Json, structure
from nummer.faces.api_twilio.call import Call
from nummer.faces.api_twilio.errors import AreaMalformed, NothingHere, ParameterMalformed
from nummer.faces.api_twilio.paging import PAGE_LENGTH, PAGE_LENGTH_MAX, whole_list

KINDS: Final = {
    "Local": "local",
    "Mobile": "mobile",
    "TollFree": "tollfree",
    "National": "national",
}
EMPTY_KINDS: Final = ("Voip", "SharedCost", "MachineToMachine")  # known, and never in stock
_PARTS: Final = {
    "local": "Local",
    "mobile": "Mobile",
    "tollfree": "TollFree",
    "national": "National",
}
_KEYS: Final = {"tollfree": "toll_free"}
_AREA: Final = re.compile(r"[0-9]{1,6}", re.ASCII)
_PATTERN_MIN: Final = 2
STEPS_MAX: Final = 20  # a rare pattern may bring nothing for many: no call reads the whole stock
_KEYPAD: Final = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")
# ITU-T E.161. What no number here can do, asked for, finds nothing.
_NEVER: Final = ("MmsEnabled", "FaxEnabled")
# Searches by a map, by American exchanges or by post codes: nothing of that is known here.
_UNKNOWN_PLACES: Final = (
    *("NearNumber", "NearLatLong", "Distance", "InPostalCode", "InRateCenter", "InLata"),
)


def list_countries(call: Call) -> HttpResponse:
    """Answer the countries in which a number is offered for the account's currency."""
    kinds = _offered(call)
    forms = [_country(call, code, kinds[code]) for code in sorted(kinds)]
    return whole_list(call, key="countries", forms=forms)


def get_country(call: Call, *, country: str) -> HttpResponse:
    """Answer which kinds of numbers a country has."""
    kinds = _offered(call).get(country)
    if kinds is None:
        raise NothingHere
    return structure(_country(call, country, kinds))


def search(call: Call, *, country: str, kind: str) -> HttpResponse:
    """Answer numbers of a kind that are free; the list has one page, as the protocol's.

    Refuses: NothingHere (country or kind unknown), AreaMalformed, ParameterMalformed.
    """
    code = catalogue.country(country).code
    if kind in EMPTY_KINDS:
        return whole_list(call, key="available_phone_numbers", forms=[])
    if kind not in KINDS:
        raise NothingHere
    found = _found(call, code, KINDS[kind])
    known = {row.code: row for row in cities.cities(code)} if found else {}
    needs = "any" if lease_terms(country=code, kind=KINDS[kind]).papers else "none"
    forms = [_number(row, known.get(row.city), needs=needs) for row in found]
    return whole_list(call, key="available_phone_numbers", forms=forms)


def _found(call: Call, country: str, kind: str) -> list[FreeNumber]:
    asked = call.parameters
    if any(asked.switch(name) for name in _NEVER) or _by_unknown_place(call):
        return []
    if kind not in _offered(call).get(country, ()):
        return []
    if lease_terms(country=country, kind=kind).papers and _refuses_papers(call):
        return []
    city = cities.city_named(country, name=place) if (place := asked.text("InLocality")) else None
    if place and city is None:
        return []
    wanted = asked.whole("PageSize", default=PAGE_LENGTH, highest=PAGE_LENGTH_MAX)
    area = area_given(call)
    begins = area_pattern(country, area=area)
    rows: list[FreeNumber] = []
    after: str | None = None
    for _ in range(STEPS_MAX):
        page = searching.search(
            country=country,
            kind=kind,
            city=None if city is None else city.code,
            region=_region(country, asked.text("InRegion")),
            pattern=_pattern(call, country=country, area=area),
            sms=asked.switch("SmsEnabled"),
            voice=asked.switch("VoiceEnabled"),
            after=after,
            limit=min(wanted - len(rows), searching.LISTED_MAX),
            now=call.now,
        )
        rows += [row for row in page.numbers if row.number.e164.startswith(begins)]
        after = page.after
        if after is None or len(rows) >= wanted:
            break
    return rows


def area_given(call: Call) -> str:
    """Return the area code asked for, an empty text without one. Refuses: AreaMalformed."""
    area = call.parameters.text("AreaCode")
    if area and not _AREA.fullmatch(area):
        raise AreaMalformed
    return area


def area_pattern(country: str, *, area: str) -> str:
    """Return the pattern of numbers whose national part begins with an area code."""
    return f"+{phonenumbers.country_code_for_region(country)}{area}"


def _pattern(call: Call, *, country: str, area: str) -> str:
    """Return the pattern asked for: digits, letters of a keypad, `*` for any one digit.

    Refuses: ParameterMalformed (shorter than two).
    """
    given = call.parameters.text("Contains", longest=20).upper().translate(_KEYPAD)
    if given and len(given.strip("+")) < _PATTERN_MIN:
        raise ParameterMalformed(name="Contains")
    return given or (area_pattern(country, area=area) if area else "")


def _by_unknown_place(call: Call) -> bool:
    return any(call.parameters.text(name) for name in _UNKNOWN_PLACES)


def _refuses_papers(call: Call) -> bool:
    return any(
        call.parameters.switch(f"Exclude{which}AddressRequired")
        for which in ("All", "Local", "Foreign")
    )


def _region(country: str, given: str) -> str | None:
    """Return a region as ISO 3166-2 names it; the protocol leaves the country away."""
    if not given:
        return None
    return given if given.startswith(f"{country}-") else f"{country}-{given}"


def _offered(call: Call) -> dict[str, set[str]]:
    """Return which kinds have a price for the customer, by country."""
    buyer = accounts.account(call.account_id)
    quotes = lease_quotes(
        currency=buyer.currency, customer_country=accounts.tax_country(buyer), now=call.now
    )
    kinds: dict[str, set[str]] = {}
    for quote in quotes:
        kinds.setdefault(quote.country, set()).add(quote.kind)
    return kinds


def _country(call: Call, code: str, kinds: set[str]) -> dict[str, Json]:
    base = f"{call.base}/AvailablePhoneNumbers/{code}"
    parts = [kind for kind in _PARTS if kind in kinds]
    return {
        "country_code": code,
        "country": catalogue.country_name(code, language="en"),
        "beta": False,
        "uri": f"{base}.json",
        "subresource_uris": {
            _KEYS.get(kind, kind): f"{base}/{_PARTS[kind]}.json" for kind in parts
        },
    }


def _number(row: FreeNumber, city: CityRow | None, *, needs: str) -> dict[str, Json]:
    return {
        "friendly_name": row.number.international(),
        "phone_number": row.number.e164,
        "lata": None,
        "locality": None if city is None else city.name("en"),
        "rate_center": None,
        "latitude": None,
        "longitude": None,
        "region": row.region.partition("-")[2] or None,
        "postal_code": None,
        "iso_country": row.country,
        "address_requirements": needs,
        "beta": False,
        "capabilities": {"voice": row.voice, "SMS": row.sms, "MMS": False, "fax": False},
    }
