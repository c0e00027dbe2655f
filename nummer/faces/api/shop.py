"""What is on sale: services, countries, prices and stock."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import translation

from nummer.apps.accounts import queries as accounts
from nummer.apps.catalogue import queries as catalogue
from nummer.apps.numbers import queries as numbers
from nummer.apps.numbers.listings import listings
from nummer.apps.numbers.rates import CodeRate, code_rates
from nummer.faces.api.reading import Caller, Json, parameter
from nummer.faces.api.views import answered


def list_services(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Answer the services that are switched on, by name."""
    del request, caller
    return answered(
        {
            "services": [
                {"code": row.code, "name": row.name, "window_s": row.window_s}
                for row in catalogue.services()
            ]
        }
    )


def list_countries(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Answer the countries of our numbers, named in the caller's language."""
    del caller
    language = translation.get_language_from_request(request)
    offered = numbers.carriers()
    return answered(
        {
            "countries": [
                {"code": row.code, "name": row.name(language), "activate_id": row.activate_id}
                for row in catalogue.countries()
                if row.code in offered
            ]
        }
    )


def list_prices(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Answer what each service costs in each country, with tax. Refuses what is not known."""
    service = parameter(request, "service") or None
    country = parameter(request, "country").upper() or None
    if service is not None:
        catalogue.service(service)
    if country is not None:
        catalogue.country(country)
    buyer = accounts.account(caller.account_id)
    found = listings(
        buyer.currency,
        customer_country=accounts.tax_country(buyer),
        service=service,
        country=country,
        now=caller.now,
    )
    rates = code_rates(service=service, country=country)
    return answered(
        {
            "prices": [
                {
                    "service": listing.service,
                    "country": listing.country,
                    "total": listing.total.decimal_text(),
                    "currency": listing.total.currency,
                    "free": listing.free,
                    "code_rate": _rate_form(rates.get((listing.service, listing.country))),
                }
                for listing in found
            ]
        }
    )


def _rate_form(rate: CodeRate | None) -> dict[str, Json] | None:
    if rate is None:
        return None
    return {
        "share_percent": rate.share_percent,
        "half_within_s": rate.half_within_s,
        "nine_of_ten_within_s": rate.nine_of_ten_within_s,
        "orders": rate.orders,
        "since": rate.since.isoformat(),
    }
