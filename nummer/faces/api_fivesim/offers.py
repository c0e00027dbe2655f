"""What is on sale: products, prices and countries, for everybody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from django.http import HttpResponse

from nummer.apps.catalogue import queries as catalogue
from nummer.apps.catalogue.errors import UnknownCountry, UnknownService
from nummer.apps.numbers import queries as numbers
from nummer.apps.numbers.listings import Listing, listings
from nummer.apps.numbers.rates import CodeRate, code_rates
from nummer.faces.api_fivesim.answers import Json, number, structure
from nummer.faces.api_fivesim.call import Look
from nummer.faces.api_fivesim.errors import (
    ListedCountryUnknown,
    ListedProductUnknown,
    OperatorUnknown,
)
from nummer.faces.api_fivesim.names import (
    calling_code,
    country_called,
    country_name,
    product_names,
    service_called,
)

ANY: Final = "any"


def get_products(look: Look, *, country: str, operator: str) -> HttpResponse:
    """Answer the products of a country and carrier, either of which may be `any`."""
    code = None if country.lower() in ("", ANY) else country_called(country)
    carrier = carrier_called(operator, country=code)
    names = product_names(catalogue.services())
    found: defaultdict[str, list[Listing]] = defaultdict(list)
    for offer in offers(look, country=code, carrier=carrier):
        found[names[offer.service]].append(offer)
    return structure(
        {
            product: {
                "Category": "activation",
                "Qty": sum(offer.free for offer in those),
                "Price": min(number(offer.total) for offer in those),
            }
            for product, those in found.items()
        }
    )


def get_prices(look: Look) -> HttpResponse:
    """Answer prices and stock, by country and product; with a product alone, by it first.

    Clients know the two orders. Where nothing is on sale they expect `null`, where too few orders
    were measured no `rate`.
    """
    country, product = look.parameters.text("country"), look.parameters.text("product")
    code = _listed_country(country) if country.lower() not in ("", ANY) else None
    service = _listed_service(product) if product else None
    names = product_names(catalogue.services())
    rates = code_rates(service=service, country=code)
    found: defaultdict[str, dict[str, Json]] = defaultdict(dict)
    for offer in offers(look, country=code, service=service):
        rate = rates.get((offer.service, offer.country))
        place, thing = country_name(offer.country), names[offer.service]
        first, second = (thing, place) if service and not code else (place, thing)
        found[first][second] = {ANY: _price(offer, rate)}
    return structure(found or None)


def get_countries(look: Look) -> HttpResponse:
    """Answer the countries of our numbers with their carriers."""
    del look
    return structure(
        {
            country_name(country): {
                **{carrier: {"activation": 1} for carrier in carriers},
                "iso": {country.lower(): 1},
                "prefix": {calling_code(country): 1},
                "text_en": catalogue.country_name(country, language="en"),
                "text_ru": catalogue.country_name(country, language="ru"),
            }
            for country, carriers in numbers.carriers().items()
        }
    )


def get_flash(look: Look, *, language: str) -> HttpResponse:
    """Answer that there is no notice, in any language."""
    del look, language
    return structure({"text": ""})


def offers(
    look: Look,
    *,
    service: str | None = None,
    country: str | None = None,
    carrier: str | None = None,
) -> list[Listing]:
    """Return what is on sale, with the price that the one who looks would pay."""
    found = listings(
        look.currency,
        customer_country=look.country,
        service=service,
        country=country,
        carrier=carrier,
        now=look.now,
    )
    places = numbers.carriers(country=country)
    return [listing for listing in found if listing.country in places]


def carrier_called(operator: str, *, country: str | None) -> str | None:
    """Return the carrier asked for, None for any. Refuses: OperatorUnknown."""
    if operator.lower() == ANY:
        return None
    if operator.lower() not in _codes(numbers.carriers(country=country).values()):
        raise OperatorUnknown
    return operator.lower()


def _price(offer: Listing, rate: CodeRate | None) -> dict[str, Json]:
    price: dict[str, Json] = {"cost": number(offer.total), "count": offer.free}
    return price if rate is None else {**price, "rate": rate.share_percent}


def _codes(carriers: Iterable[list[str]]) -> set[str]:
    return {code for those in carriers for code in those}


def _listed_country(name: str) -> str:
    try:
        return country_called(name)
    except UnknownCountry:
        raise ListedCountryUnknown from None


def _listed_service(product: str) -> str:
    try:
        return service_called(product)
    except UnknownService:
        raise ListedProductUnknown from None
