"""What this protocol calls our services and countries.

A service is its English name in small letters without anything between, where the table has no
other; a country is the calling code of its numbers. A test walks all of them both ways.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

import phonenumbers

from nummer.apps.catalogue import queries as catalogue
from nummer.apps.catalogue.errors import UnknownCountry, UnknownService
from nummer.apps.catalogue.queries import ServiceRow

_SERVICES: Final = {
    "bd": "pyaterochka", "go": "google", "ig": "instagram", "kp": "qq", "ot": "other",
    "tw": "twitter", "vk": "vkcom",
}  # fmt: skip
# Countries that share a calling code; the protocol itself numbers the first two.
_CODES: Final = {
    "CA": 1000, "KZ": 77,
    "AG": 1268, "AI": 1264, "BB": 1246, "BS": 1242, "DM": 1767, "DO": 1809, "GD": 1473,
    "JM": 1876, "KN": 1869, "KY": 1345, "LC": 1758, "MS": 1664, "PR": 1787, "TT": 1868,
    "VC": 1784,
}  # fmt: skip
_BY_CODE: Final = {code: country for country, code in _CODES.items()}
_DIGITS: Final = re.compile(r"[0-9]{1,4}", re.ASCII)


def slug(service: ServiceRow) -> str:
    """Return what the protocol calls a service."""
    return _SERVICES.get(service.code) or _squeezed(service.name)


def service_id(service: ServiceRow) -> int:
    """Return a number that stays a service's own: its code read in base 36."""
    return int(service.code, 36)


def service_called(name: str) -> ServiceRow:
    """Return a service by its slug, however it is written. Refuses: UnknownService."""
    wanted = _squeezed(name)
    for service in catalogue.services(enabled_only=False):
        if slug(service) == wanted:
            return service
    raise UnknownService


@cache
def calling_code(country: str) -> int:
    """Return the number that the protocol knows a country by."""
    return _CODES.get(country) or phonenumbers.country_code_for_region(country)


def prefix(country: str) -> str:
    """Return the digits with which a country's numbers begin."""
    return str(phonenumbers.country_code_for_region(country))


def country_called(code: str) -> str:
    """Return the ISO code of a country. Refuses: UnknownCountry."""
    if not _DIGITS.fullmatch(code):
        raise UnknownCountry
    found = _BY_CODE.get(int(code)) or phonenumbers.region_code_for_country_code(int(code))
    return catalogue.country(found).code


def _squeezed(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]", "", plain.lower())
