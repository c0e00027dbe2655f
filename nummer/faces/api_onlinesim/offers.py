"""What is on sale: countries, services, prices and stock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.http import HttpResponse

from nummer.apps.accounts import queries as accounts
from nummer.apps.catalogue import queries as catalogue
from nummer.apps.catalogue.errors import NoPrice
from nummer.apps.catalogue.queries import ServiceRow
from nummer.apps.numbers import queries as numbers
from nummer.apps.numbers.listings import listings
from nummer.faces.api_onlinesim.answers import Json, done, number, structure
from nummer.faces.api_onlinesim.call import Call
from nummer.faces.api_onlinesim.errors import ServiceMissing
from nummer.faces.api_onlinesim.names import (
    calling_code,
    country_called,
    service_called,
    service_id,
    slug,
)
from nummer.kernel.money import Money

ALL: Final = "all"


@dataclass(frozen=True, slots=True)
class Offer:
    """One service in one country: its price with tax and how many numbers are free."""

    service: ServiceRow
    country: str
    total: Money
    free: int


def get_numbers_stats(call: Call) -> HttpResponse:
    """Answer prices and stock by service: of one country, or of all by their calling codes."""
    given = call.parameters.text("country").lower()
    country = None if given in ("", ALL) else country_called(given)
    found: defaultdict[str, list[Offer]] = defaultdict(list)
    for offer in offers(call, country=country):
        found[offer.country].append(offer)
    if country is not None:
        return structure(_country(call, country, found[country], position=1))
    ordered = sorted(found, key=calling_code)
    return structure(
        {
            str(calling_code(each)): _country(call, each, found[each], position=position)
            for position, each in enumerate(ordered, start=1)
        }
    )


def get_price(call: Call) -> HttpResponse:
    """Answer what a service costs; without a country, where it is cheapest. Refuses: NoPrice."""
    service = service_given(call)
    given = call.parameters.text("country")
    country = country_called(given) if given else None
    priced = offers(call, service=service.code, country=country)
    if not priced:
        currency = accounts.account(call.account_id).currency
        raise NoPrice(service=service.code, country=country or "", currency=currency)
    cheapest = min(priced, key=lambda offer: offer.total.micro)
    return done(price=cheapest.total.decimal_text())


def get_service(call: Call) -> HttpResponse:
    """Answer the services for which the caller may use a number again: none."""
    del call
    return done(service=[])


def get_service_number(call: Call) -> HttpResponse:
    """Answer the numbers that the caller may use again for a service: none."""
    service_given(call)
    return done(number=[])


def service_given(call: Call) -> ServiceRow:
    """Return the service asked for. Refuses: ServiceMissing, UnknownService."""
    given = call.parameters.text("service")
    if not given:
        raise ServiceMissing
    return service_called(given)


def country_for(call: Call, *, service: ServiceRow) -> str:
    """Return the country asked for; without one, the first of ours that sells the service.

    The first is the one with the lowest calling code. It does not hang on what is free just now,
    so a repeated call means the same country. Refuses: UnknownCountry, NoPrice.
    """
    given = call.parameters.text("country")
    if given:
        return country_called(given)
    sold = offers(call, service=service.code)
    if not sold:
        currency = accounts.account(call.account_id).currency
        raise NoPrice(service=service.code, country="", currency=currency)
    return min((offer.country for offer in sold), key=calling_code)


def offers(call: Call, *, service: str | None = None, country: str | None = None) -> list[Offer]:
    """Return what is on sale to the caller."""
    buyer = accounts.account(call.account_id)
    found = listings(
        buyer.currency,
        customer_country=accounts.tax_country(buyer),
        service=service,
        country=country,
        now=call.now,
    )
    services = {row.code: row for row in catalogue.services()}
    places = numbers.carriers(country=country)
    return [
        Offer(services[listing.service], listing.country, listing.total, listing.free)
        for listing in found
        if listing.country in places
    ]


def _country(call: Call, country: str, those: Sequence[Offer], *, position: int) -> dict[str, Json]:
    return {
        "name": catalogue.country_name(country, language=call.language),
        "position": position,
        "code": calling_code(country),
        "new": False,
        "enabled": bool(those),
        "services": {
            f"service_{slug(offer.service)}": {
                "count": offer.free,
                "popular": False,
                "price": number(offer.total),
                "id": service_id(offer.service),
                "service": offer.service.name,
                "slug": slug(offer.service),
            }
            for offer in those
        },
    }
