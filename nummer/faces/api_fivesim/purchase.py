"""Buying a number for one service."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse

from nummer.apps.accounts import queries as accounts
from nummer.apps.catalogue.errors import NoPrice, UnknownService
from nummer.apps.numbers import queries as activations
from nummer.apps.orders import queries as placed_orders
from nummer.apps.orders.by_key import KeyWish, place_by_key
from nummer.faces.api_fivesim import offers
from nummer.faces.api_fivesim.answers import structure
from nummer.faces.api_fivesim.call import Call, Look
from nummer.faces.api_fivesim.errors import (
    CountryMissing,
    NotSoldHere,
    OperatorMissing,
    ParameterMalformed,
    ReuseImpossible,
)
from nummer.faces.api_fivesim.names import country_called, service_called
from nummer.faces.api_fivesim.orders import SURFACE, forms
from nummer.kernel.ids import id_of, new_id
from nummer.kernel.money import Money


def buy_activation(call: Call, *, country: str, operator: str, product: str) -> HttpResponse:
    """Buy a number, once for each Idempotency-Key where the caller sends one (ADR 92)."""
    _require_sold(call)
    if not country:
        raise CountryMissing
    if not operator:
        raise OperatorMissing
    if not product:
        raise UnknownService
    service = service_called(product)
    key = new_id()
    if call.idempotency_key:
        key = id_of("fivesim", call.key_id, call.idempotency_key)
    place = (
        _anywhere(call, service, key) if country.lower() == offers.ANY else country_called(country)
    )
    wish = KeyWish(
        service=service,
        country=place,
        key=key,
        surface=SURFACE,
        max_price=_max_price(call),
        carrier=offers.carrier_called(operator, country=place),
        key_id=call.key_id,
    )
    placed = place_by_key(call.account_id, wish=wish, now=call.now)
    row = activations.activation(call.account_id, activation_id=placed.activation_id)
    (bought,) = forms([row])
    return structure({**bought, "sms": bought["sms"] or None})  # clients know null from here


def buy_hosting(call: Call, *, country: str, operator: str, product: str) -> HttpResponse:
    """Refuse to rent a number: none is for rent here yet."""
    del call, country, operator, product
    raise NotSoldHere


def reuse(call: Call, *, product: str, phone: str) -> HttpResponse:
    """Refuse the same number for the same service: it is sold once."""
    del call, product, phone
    raise ReuseImpossible


def _require_sold(call: Call) -> None:
    """Refuse calls, forwards and numbers to be used again."""
    if any(call.parameters.yes(name) for name in ("forwarding", "voice", "reuse")):
        raise NotSoldHere


def _anywhere(call: Call, service: str, key: UUID) -> str:
    """Return the country of the order that stands under the caller's key, else the cheapest.

    Where it is cheapest changes with the stock, and a repeated call means its first order.
    """
    known = placed_orders.country_under(call.account_id, key=key) if call.idempotency_key else None
    return known or _cheapest(call, service)


def _cheapest(call: Call, service: str) -> str:
    """Return the country with the lowest price that has a free number, the fullest of equals."""
    buyer = accounts.account(call.account_id)
    look = Look(buyer.currency, accounts.tax_country(buyer), call.parameters, call.now)
    on_sale = [offer for offer in offers.offers(look, service=service) if offer.free]
    if not on_sale:
        raise NoPrice(service=service, country="", currency=buyer.currency)
    on_sale.sort(key=lambda offer: (offer.total.micro, -offer.free, offer.country))
    return on_sale[0].country


def _max_price(call: Call) -> Money | None:
    given = call.parameters.text("maxPrice")
    if not given:
        return None
    try:
        return Money.parse_floor(given, accounts.account(call.account_id).currency)
    except ValueError:
        raise ParameterMalformed from None
