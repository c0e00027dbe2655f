"""What things cost: numbers by country and kind, SMS by country. Prices hold the customer's tax."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import phonenumbers
from django.http import HttpResponse
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from nummer.apps.accounts import queries as accounts
from nummer.apps.catalogue import queries as catalogue
from nummer.apps.catalogue.errors import NoRate
from nummer.apps.catalogue.leasing import LeaseQuote, lease_quotes
from nummer.apps.catalogue.sms_rates import sms_quote
from nummer.faces.api_twilio.answers import Json, structure
from nummer.faces.api_twilio.call import Call
from nummer.faces.api_twilio.errors import CallsNotSold, NothingHere
from nummer.faces.api_twilio.paging import newer_list
from nummer.kernel.money import Money
from nummer.kernel.phone import PhoneNumber

_TYPES: Final = {"tollfree": "toll free"}
_ELSEWHERE: Final = ""  # a number of no country: SMS from it are never local


def number_countries(call: Call) -> HttpResponse:
    """Answer the countries whose numbers have a price."""
    codes = sorted({quote.country for quote in _quotes(call)})
    return _countries(call, codes)


def number_country(call: Call, *, country: str) -> HttpResponse:
    """Answer what the numbers of a country cost a month."""
    quotes = [quote for quote in _quotes(call) if quote.country == country]
    if not quotes:
        raise NothingHere
    prices = [_price(_TYPES.get(q.kind, q.kind), q.monthly.total) for q in quotes]
    return _with_prices(call, country, {"phone_number_prices": prices})


def message_countries(call: Call) -> HttpResponse:
    """Answer the countries that SMS are sent to."""
    return _countries(call, _messaged(call))


def message_country(call: Call, *, country: str) -> HttpResponse:
    """Answer what a part of an SMS to a mobile phone of a country costs.

    The first price is that of a number of the same country, the second that of any other.
    """
    catalogue.country(country)
    prices = _message_prices(call, country)
    if not prices:
        raise NothingHere
    return _with_prices(
        call,
        country,
        {
            "outbound_sms_prices": [
                {
                    "carrier": catalogue.country_name(country, language="en"),
                    "mcc": None,
                    "mnc": None,
                    "prices": prices,
                }
            ],
            "inbound_sms_prices": [_price("local", Money(0, _currency(call)))],
        },
    )


def voice_countries(call: Call) -> HttpResponse:
    """Answer that no calls are sold by this protocol."""
    return _countries(call, [])


def voice_prices(call: Call, *, of: str) -> HttpResponse:
    """Refuse a price of calls to a country or number: none are sold. Refuses: CallsNotSold."""
    del call, of
    raise CallsNotSold


def calls(call: Call) -> HttpResponse:
    """Refuse to make or list calls. Refuses: CallsNotSold."""
    del call
    raise CallsNotSold


def _messaged(call: Call) -> list[str]:
    rows = (row.code for row in catalogue.countries())
    return [code for code in rows if _quote_to(call, code, ours=_ELSEWHERE) is not None]


def _message_prices(call: Call, country: str) -> list[Json]:
    found = (
        ("local", _quote_to(call, country, ours=country)),
        ("mobile", _quote_to(call, country, ours=_ELSEWHERE)),
    )
    return [_price(kind, price) for kind, price in found if price is not None]


def _quote_to(call: Call, country: str, *, ours: str) -> Money | None:
    """Return what a part to a mobile phone of a country costs; None where none is sent."""
    example = phonenumbers.example_number_for_type(country, PhoneNumberType.MOBILE)
    if example is None:
        return None
    buyer = accounts.account(call.account_id)
    number = PhoneNumber(phonenumbers.format_number(example, PhoneNumberFormat.E164))
    try:
        quote = sms_quote(
            to=number,
            ours_country=ours,
            currency=buyer.currency,
            customer_country=accounts.tax_country(buyer),
            now=call.now,
        )
    except NoRate:
        return None
    return quote.per_part.total


def _quotes(call: Call) -> list[LeaseQuote]:
    buyer = accounts.account(call.account_id)
    return lease_quotes(
        currency=buyer.currency, customer_country=accounts.tax_country(buyer), now=call.now
    )


def _currency(call: Call) -> str:
    return accounts.account(call.account_id).currency


def _price(kind: str, price: Money) -> dict[str, Json]:
    said = price.decimal_text()
    return {"number_type": kind, "base_price": said, "current_price": said}


def _countries(call: Call, codes: Iterable[str]) -> HttpResponse:
    forms: list[Json] = [
        {
            "country": catalogue.country_name(code, language="en"),
            "iso_country": code,
            "url": f"{call.root}{call.path.rstrip('/')}/{code}",
        }
        for code in codes
    ]
    return newer_list(call, key="countries", forms=forms)


def _with_prices(call: Call, country: str, prices: dict[str, Json]) -> HttpResponse:
    return structure(
        {
            "country": catalogue.country_name(country, language="en"),
            "iso_country": country,
            "price_unit": _currency(call),
            "url": f"{call.root}{call.path}",
            **prices,
        }
    )
