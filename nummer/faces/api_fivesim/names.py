"""What this protocol calls our services and countries.

Its words are English names in small letters without anything between; the tables hold those that
are made differently. A test walks every service and country of the catalogue both ways.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Final

import phonenumbers
from babel import Locale

from nummer.apps.catalogue import queries as catalogue
from nummer.apps.catalogue.errors import UnknownCountry, UnknownService
from nummer.apps.catalogue.queries import ServiceRow

_PRODUCTS: Final = {
    "bd": "pyaterochka", "dt": "delivery", "go": "google", "ig": "instagram", "jg": "grabtaxi",
    "ot": "other", "qw": "qiwiwallet", "tw": "twitter", "vk": "vkontakte",
}  # fmt: skip
_COUNTRIES: Final = {
    "AG": "antiguaandbarbuda", "BA": "bih", "BT": "bhutane", "CD": "drcongo", "CG": "congo",
    "CI": "ivorycoast", "CZ": "czech", "DO": "dominicana", "GB": "england", "HK": "hongkong",
    "KN": "saintkittsandnevis", "LC": "saintlucia", "MM": "myanmar", "MO": "macau",
    "PS": "palestine", "ST": "saotomeandprincipe", "SV": "salvador", "SZ": "swaziland",
    "TC": "turksandcaicos", "TL": "easttimor", "TR": "turkey", "TT": "tit", "US": "usa",
    "VC": "saintvincentandgrenadines", "VI": "virginislands",
}  # fmt: skip
_REGION: Final = re.compile(r"[A-Z]{2}")


def product_name(service: ServiceRow) -> str:
    """Return what the protocol calls a service."""
    return _PRODUCTS.get(service.code) or _squeezed(service.name)


def product_names(services: Iterable[ServiceRow]) -> dict[str, str]:
    """Return what the protocol calls these services, by our code."""
    return {service.code: product_name(service) for service in services}


def service_called(product: str) -> str:
    """Return our code of a product. Refuses: UnknownService."""
    for service in catalogue.services(enabled_only=False):
        if product_name(service) == product.lower():
            return service.code
    raise UnknownService


@cache
def country_name(country: str) -> str:
    """Return what the protocol calls a country, by its ISO code."""
    return _COUNTRIES.get(country) or _squeezed(catalogue.country_name(country, language="en"))


def country_called(name: str) -> str:
    """Return the ISO code of a country. Refuses: UnknownCountry."""
    code = _by_name().get(name.lower())
    if code is None:
        raise UnknownCountry
    return catalogue.country(code).code


def calling_code(country: str) -> str:
    """Return the prefix of a country's numbers, with +."""
    return f"+{phonenumbers.country_code_for_region(country)}"


@cache
def _by_name() -> dict[str, str]:
    known = map(str, Locale.parse("en").territories)
    return {country_name(code): code for code in sorted(known) if _REGION.fullmatch(code)}


def _squeezed(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]", "", plain.lower())
