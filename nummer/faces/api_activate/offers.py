"""What is on sale: countries, services, carriers, prices and stock."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.http import HttpResponse

from nummer.apps.accounts import queries as accounts
from nummer.apps.catalogue import queries as catalogue
from nummer.apps.catalogue.errors import NoPrice, UnknownCountry
from nummer.apps.catalogue.leasing import lease_quotes
from nummer.apps.catalogue.queries import CountryRow
from nummer.apps.numbers import queries as numbers
from nummer.apps.numbers.listings import listings
from nummer.faces.api_activate.answers import Json, number, structure
from nummer.faces.api_activate.call import Call, Form
from nummer.faces.api_activate.errors import OperatorsMissing, OperatorUnknown
from nummer.kernel.money import Money

ANY_OPERATOR: Final = "any"
PAGE_MAX: Final = 200
_PROVIDER: Final = 1  # we do not say whose numbers they are: one provider, ourselves

# One client (smsactivateru) fails where the status of one of these is missing.
_KNOWN_TO_CLIENTS: Final = (
    *("av", "bd", "dt", "fb", "fd", "go", "gt", "ig", "kp", "kt", "ma", "mb", "me", "mm", "mt"),
    *("oi", "ok", "ot", "pm", "qw", "sn", "ss", "tg", "tn", "tw", "ub", "uk", "vi", "vk", "wa"),
    *("wb", "we", "ya", "ym", "zz"),
)
_ALWAYS_COUNTED: Final = (
    *(f"{service}_0" for service in _KNOWN_TO_CLIENTS),
    *("av_1", "ot_1", "ya_1", "ym_1"),
)
_COUNTRY_ID = re.compile(r"[0-9]{1,5}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """A country of our numbers under both of its names."""

    country: str
    activate_id: int


@dataclass(frozen=True, slots=True)
class Offer:
    """One service in one country: its price with tax and how many numbers are free."""

    service: str
    place: Place
    total: Money
    free: int


def place_given(call: Call) -> Place | None:
    """Return the country asked for, None where none was. Refuses: UnknownCountry."""
    given = call.parameters.text("country")
    if not given:
        return None
    if not _COUNTRY_ID.fullmatch(given):
        raise UnknownCountry
    return Place(catalogue.country_by_activate_id(int(given)).code, int(given))


def place_for(call: Call, *, service: str) -> Place:
    """Return the country asked for; without one, the first of ours that sells the service.

    The first is the one with the lowest number, as the protocol's own default is 0. It does not
    hang on what is free just now, so a repeated call means the same country.
    Refuses: UnknownService, UnknownCountry, NoPrice.
    """
    given = place_given(call)
    if given is not None:
        return given
    code = catalogue.service(service).code
    buyer = accounts.account(call.account_id)
    priced = catalogue.prices(buyer.currency, now=call.now, service=code)
    stocked = numbers.carriers()
    places = _places(quote.country for quote in priced if quote.country in stocked)
    if not places:
        raise NoPrice(service=code, country="", currency=buyer.currency)
    return min(places.values(), key=lambda place: place.activate_id)


def carrier_given(call: Call, *, country: str | None) -> str | None:
    """Return the carrier asked for, None for any. Refuses: OperatorUnknown."""
    operator = call.parameters.text("operator").lower()
    if operator in ("", ANY_OPERATOR):
        return None
    if operator not in {
        code for found in numbers.carriers(country=country).values() for code in found
    }:
        raise OperatorUnknown
    return operator


def get_countries(call: Call) -> HttpResponse:
    """Answer the countries in which something is sold, by number; `rent` says where a month is."""
    offered = numbers.carriers()
    buyer = accounts.account(call.account_id)
    quotes = lease_quotes(
        currency=buyer.currency, customer_country=accounts.tax_country(buyer), now=call.now
    )
    rented = {quote.country for quote in quotes}
    rows = [
        row for row in catalogue.countries() if row.activate_id is not None and row.code in offered
    ]
    return structure(
        {str(row.activate_id): _country_form(row, rented=row.code in rented) for row in rows}
    )


def get_services_list(call: Call) -> HttpResponse:
    """Answer the services that are switched on; with a country, those sold there."""
    place = place_given(call)
    rows = catalogue.services()
    if place is not None:
        sold = {offer.service for offer in _offers(call, place=place)}
        rows = [row for row in rows if row.code in sold]
    found: Json = [{"code": row.code, "name": row.name} for row in rows]
    return structure(found if call.form is Form.HERO else {"status": "success", "services": found})


def get_operators(call: Call) -> HttpResponse:
    """Answer the carriers by country. Refuses: OperatorsMissing."""
    try:
        place = place_given(call)
    except UnknownCountry:
        raise OperatorsMissing from None
    found = numbers.carriers(country=place.country if place else None)
    places = _places(found)
    if place is not None and place.country in places:
        places[place.country] = place
    if not places:
        raise OperatorsMissing
    return structure(
        {
            "status": "success",
            "countryOperators": {
                str(each.activate_id): [ANY_OPERATOR, *found[country]]
                for country, each in places.items()
            },
        }
    )


def get_numbers_status(call: Call) -> HttpResponse:
    """Answer how many numbers are free for each service."""
    place = place_given(call)
    country = place.country if place else None
    carrier = carrier_given(call, country=country)
    counts = Counter(dict.fromkeys(_ALWAYS_COUNTED, 0))
    counts.update({f"{row.code}_0": 0 for row in catalogue.services()})
    for (service, _), free in numbers.stock(country=country, carrier=carrier).items():
        if f"{service}_0" in counts:  # stock of a service that is switched off is not for sale
            counts[f"{service}_0"] += free
    return structure({name: str(free) for name, free in counts.items()})


def get_prices(call: Call) -> HttpResponse:
    """Answer price and stock by country and service."""
    return _by_country_and_service(
        (
            offer,
            {"cost": number(offer.total), "count": offer.free, "physicalCount": offer.free},
        )
        for offer in _asked(call)
    )


def get_prices_v2(call: Call) -> HttpResponse:
    """Answer the stock at each price, by country and service."""
    return _by_country_and_service(
        (offer, {offer.total.decimal_text(): offer.free}) for offer in _asked(call)
    )


def get_prices_v3(call: Call) -> HttpResponse:
    """Answer price and stock by country, service and provider."""
    return _by_country_and_service(
        (
            offer,
            {
                "price": number(offer.total),
                "count": offer.free,
                "providers": {
                    str(_PROVIDER): {
                        "count": offer.free,
                        "price": [number(offer.total)],
                        "provider_id": _PROVIDER,
                    }
                },
            },
        )
        for offer in _asked(call)
    )


def get_top_countries(call: Call) -> HttpResponse:
    """Answer the countries of a service, most numbers first, each under its number.

    One client (aiosmsactivate) looks a country up by its number, others read the values only.
    Refuses: UnknownService.
    """
    service = catalogue.service(call.parameters.text("service"))
    length = call.parameters.whole("length", default=PAGE_MAX, highest=100_000)
    page = max(1, call.parameters.whole("page", default=1, highest=100_000))
    length = min(length, PAGE_MAX)
    ranked = sorted(
        _offers(call, service=service.code),
        key=lambda offer: (-offer.free, offer.total.micro, offer.place.activate_id),
    )
    return structure(
        {
            str(offer.place.activate_id): {
                "country": offer.place.activate_id,
                "count": offer.free,
                "price": number(offer.total),
                "retail_price": number(offer.total),
                "freePriceMap": {offer.total.decimal_text(): offer.free},
            }
            for offer in ranked[(page - 1) * length : page * length]
        }
    )


def _asked(call: Call) -> list[Offer]:
    """Return the offers of the service and country asked for. Refuses what is not known."""
    service = call.parameters.text("service")
    if service:
        catalogue.service(service)
    return _offers(call, service=service or None, place=place_given(call))


def _offers(call: Call, *, service: str | None = None, place: Place | None = None) -> list[Offer]:
    buyer = accounts.account(call.account_id)
    found = listings(
        buyer.currency,
        customer_country=accounts.tax_country(buyer),
        service=service,
        country=place.country if place else None,
        now=call.now,
    )
    places = {place.country: place} if place else _places(listing.country for listing in found)
    return [
        Offer(listing.service, places[listing.country], listing.total, listing.free)
        for listing in found
        if listing.country in places
    ]


def _places(countries: Iterable[str]) -> dict[str, Place]:
    """Return those of the countries that the protocol has a number for, by our code."""
    wanted = set(countries)
    return {
        row.code: Place(row.code, row.activate_id)
        for row in catalogue.countries()
        if row.code in wanted and row.activate_id is not None
    }


def _by_country_and_service(offers: Iterable[tuple[Offer, Json]]) -> HttpResponse:
    found: defaultdict[str, dict[str, Json]] = defaultdict(dict)
    for offer, form in offers:
        found[str(offer.place.activate_id)][offer.service] = form
    return structure(found)


def _country_form(row: CountryRow, *, rented: bool) -> dict[str, Json]:
    return {
        "id": row.activate_id,
        "rus": row.name("ru"),
        "eng": row.name("en"),
        "chn": row.name("zh"),
        "visible": 1,
        "retry": 1,
        "rent": int(rented),
        "multiService": 0,
    }
