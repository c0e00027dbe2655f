"""Orders: their stage, their messages, their end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.http import HttpResponse

from nummer.apps.catalogue import queries as catalogue
from nummer.apps.messaging import queries as messaging
from nummer.apps.messaging.queries import MessageRow
from nummer.apps.numbers import queries as activations
from nummer.apps.numbers.queries import ActivationRow
from nummer.apps.orders import queries as orders
from nummer.apps.orders.queries import OrderRow
from nummer.apps.refunds import actions as refunds
from nummer.apps.refunds import queries as decisions
from nummer.apps.refunds.queries import DecisionRow
from nummer.faces.api_fivesim.answers import Json, number, structure
from nummer.faces.api_fivesim.call import Call, order_id_of, written
from nummer.faces.api_fivesim.errors import CategoryUnknown, ParameterMalformed
from nummer.faces.api_fivesim.names import country_name, product_names

SURFACE: Final = "fivesim"
BAN_SURFACE: Final = "fivesim-ban"  # the customer said that the number is bad
PAGE_LENGTH: Final = 50
PAGE_LENGTH_MAX: Final = 100
OFFSET_MAX: Final = 100_000

_STATUSES: Final = {
    "waiting": "PENDING",
    "shown": "RECEIVED",
    "finished": "FINISHED",
    "cancelled": "CANCELED",
    "expired": "TIMEOUT",
    "failed": "CANCELED",  # the carrier took the number away: credited like a cancel
}
_FIELDS_TO_ORDER_BY: Final = ("", "id", "created_at", "date")  # all the same order


def check(call: Call, *, order_id: str) -> HttpResponse:
    """Answer one order with its messages."""
    return _one(call, order_id)


def finish(call: Call, *, order_id: str) -> HttpResponse:
    """End an order whose code was shown; it stays paid (RP-N2)."""
    refunds.finish_activation(call.account_id, activation_id=order_id_of(order_id), now=call.now)
    return _one(call, order_id)


def cancel(call: Call, *, order_id: str) -> HttpResponse:
    """Give the number back and have the price credited (RP-B4), unless a code was shown."""
    return _give_back(call, order_id, surface=SURFACE)


def ban(call: Call, *, order_id: str) -> HttpResponse:
    """Say that the number is bad: it is a cancel, noted in other words.

    It needs no list of bad numbers: a number is sold for a service once, so it never comes back.
    """
    return _give_back(call, order_id, surface=BAN_SURFACE)


def get_inbox(call: Call, *, order_id: str) -> HttpResponse:
    """Answer the messages of an order, oldest first; a window has few."""
    row = activations.activation(call.account_id, activation_id=order_id_of(order_id))
    received = messaging.messages(call.account_id, activation_key=row.key)
    return structure({"Data": _messages(received), "Total": len(received)})


def list_orders(call: Call) -> HttpResponse:
    """Answer a page of orders, newest first unless `reverse=false` asks for the oldest.

    There are no hosting orders.
    """
    category = call.parameters.text("category").lower()
    if category not in ("activation", "hosting"):
        raise CategoryUnknown
    if call.parameters.text("order").lower() not in _FIELDS_TO_ORDER_BY:
        raise ParameterMalformed
    limit, skip = page_of(call)
    rows: list[ActivationRow] = []
    total = 0
    if category == "activation":
        rows = activations.numbered_page(
            call.account_id, skip=skip, limit=limit, oldest_first=oldest_first(call)
        )
        total = activations.count_activations(call.account_id)
    return structure({"Data": forms(rows), "ProductNames": [], "Statuses": [], "Total": total})


def page_of(call: Call) -> tuple[int, int]:
    """Return how many rows a page has and how many come before. Refuses: ParameterMalformed."""
    limit = call.parameters.whole("limit", default=PAGE_LENGTH, highest=OFFSET_MAX)
    return min(limit, PAGE_LENGTH_MAX), call.parameters.whole(
        "offset", default=0, highest=OFFSET_MAX
    )


def oldest_first(call: Call) -> bool:
    """Say whether a history begins with the oldest."""
    return call.parameters.text("reverse").lower() in ("false", "0")


def forms(rows: Sequence[ActivationRow]) -> list[dict[str, Json]]:
    """Write orders of one account as the protocol does."""
    if not rows:
        return []
    account_id = rows[0].account_id
    order_ids = [row.order_id for row in rows]
    ordered = orders.orders_of(account_id, order_ids=order_ids)
    received = messaging.messages_of(account_id, activation_keys=[row.key for row in rows])
    decided = decisions.decisions_of(account_id, order_ids=order_ids)
    products = product_names(catalogue.services(enabled_only=False))
    return [
        _form(
            row,
            order=ordered[row.order_id],
            product=products[row.service],
            messages=received[row.key],
            decision=decided.get(row.order_id),
        )
        for row in rows
    ]


def _form(
    row: ActivationRow,
    *,
    order: OrderRow,
    product: str,
    messages: Sequence[MessageRow],
    decision: DecisionRow | None,
) -> dict[str, Json]:
    return {
        "id": row.activation_id,
        "phone": row.number.e164,
        "operator": row.carrier,
        "product": product,
        "price": number(order.total),
        "status": _status(row, decision),
        "expires": written(row.window_ends_at),
        "sms": _messages(messages),
        "created_at": written(row.opened_at),
        "forwarding": False,
        "forwarding_number": "",
        "country": country_name(row.country),
    }


def _status(row: ActivationRow, decision: DecisionRow | None) -> str:
    if decision is not None and decision.surface == BAN_SURFACE:
        return "BANNED"
    return _STATUSES[row.state.value]


def _messages(messages: Sequence[MessageRow]) -> list[Json]:
    return [
        {
            "created_at": written(message.received_at),
            "date": written(message.received_at),
            "sender": message.sender,
            "text": message.text,
            "code": message.code or "",
        }
        for message in messages
    ]


def _one(call: Call, order_id: str) -> HttpResponse:
    row = activations.activation(call.account_id, activation_id=order_id_of(order_id))
    (form,) = forms([row])
    return structure(form)


def _give_back(call: Call, order_id: str, *, surface: str) -> HttpResponse:
    refunds.cancel_activation(
        call.account_id, activation_id=order_id_of(order_id), surface=surface, now=call.now
    )
    return _one(call, order_id)
