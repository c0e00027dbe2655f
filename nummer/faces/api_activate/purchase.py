"""Buying a number for one service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.http import HttpResponse

from nummer.apps.accounts import queries as accounts
from nummer.apps.numbers import queries as stock
from nummer.apps.orders import actions as orders
from nummer.apps.orders.actions import Placed
from nummer.apps.orders.by_key import KeyWish, place_by_key
from nummer.faces.api_activate import retries
from nummer.faces.api_activate.answers import structure, text
from nummer.faces.api_activate.call import Call, Form, written
from nummer.faces.api_activate.currencies import iso_number
from nummer.faces.api_activate.errors import NotSoldHere, ParameterMalformed
from nummer.faces.api_activate.offers import Place, carrier_given, place_for
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money

SURFACE: Final = "activate"
FALLS_BACK: Final = "herosms"  # it asks in the older form after any error of the newer one


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the caller wants, read and found in the catalogue."""

    service: str
    place: Place
    carrier: str | None

    def spoken(self) -> str:
        """Return the wish as a text that is the same for both forms of buying."""
        return "\x1f".join((self.service, self.place.country, self.carrier or ""))


def get_number(call: Call) -> HttpResponse:
    """Buy in the older form: `ACCESS_NUMBER:<id>:<number>`.

    A program of the hero form that falls back to it reads the newer form's answer (ADR 90).
    """
    wanted = _wanted(call)
    order_id = call.parameters.text("orderId")
    fallen_back = call.agent.startswith(FALLS_BACK)
    if order_id:
        placed = _place(call, wanted, retries.key_of_order_id(call.key_id, order_id=order_id))
    else:
        placed = _place(call, wanted, new_id(), note=_note(call, wanted))
        fallen_back = fallen_back or placed.noted
        if placed.noted and placed.replayed and _in_use(call.account_id, placed.activation_id):
            placed = _place(call, wanted, new_id())
    if call.form is Form.HERO and fallen_back:
        return _newer_form(wanted, placed)
    return text("ACCESS_NUMBER", placed.activation_id, placed.number.digits)


def get_number_v2(call: Call) -> HttpResponse:
    """Buy in the newer form, answered as JSON with the types that every client takes."""
    wanted = _wanted(call)
    order_id = call.parameters.text("orderId")
    if order_id:
        key = retries.key_of_order_id(call.key_id, order_id=order_id)
    else:
        note = _note(call, wanted)
        key = orders.note_purchase(call.account_id, note=note, now=call.now)
    return _newer_form(wanted, _place(call, wanted, key))


def _newer_form(wanted: _Wanted, placed: Placed) -> HttpResponse:
    return structure(
        {
            "activationId": str(placed.activation_id),
            "phoneNumber": placed.number.digits,
            "activationCost": placed.total.decimal_text(),
            "currency": iso_number(placed.total.currency),
            "countryCode": str(wanted.place.activate_id),
            "canGetAnotherSms": True,
            "activationTime": written(placed.opened_at),
            "activationEndTime": written(placed.window_ends_at),
            "activationOperator": placed.carrier,
        }
    )


def _note(call: Call, wanted: _Wanted) -> UUID:
    return retries.note_of(call.key_id, wish=wanted.spoken())


def _in_use(account_id: int, activation_id: int) -> bool:
    """Say whether the caller has done something with it, so he knows its id."""
    row = stock.activation(account_id, activation_id=activation_id)
    return not row.open or row.announced_at is not None or row.another_asked_at is not None


def _place(call: Call, wanted: _Wanted, key: UUID, *, note: UUID | None = None) -> Placed:
    wish = KeyWish(
        service=wanted.service,
        country=wanted.place.country,
        key=key,
        surface=SURFACE,
        max_price=_max_price(call),
        carrier=wanted.carrier,
        excluded_prefixes=call.parameters.prefixes(),
        key_id=call.key_id,
        dialect=call.known,
        note=note,
    )
    return place_by_key(call.account_id, wish=wish, now=call.now)


def _wanted(call: Call) -> _Wanted:
    """Read the wish. Refuses what the catalogue does not know and kinds that are not sold."""
    parameters = call.parameters
    if parameters.yes("forward") or parameters.yes("verification"):
        raise NotSoldHere
    if parameters.text("activationType") not in ("", "0"):
        raise NotSoldHere
    service = parameters.text("service")
    place = place_for(call, service=service)
    return _Wanted(service, place, carrier_given(call, country=place.country))


def _max_price(call: Call) -> Money | None:
    given = call.parameters.text("maxPrice")
    if not given:
        return None
    try:
        return Money.parse_floor(given, accounts.account(call.account_id).currency)
    except ValueError:
        raise ParameterMalformed from None
