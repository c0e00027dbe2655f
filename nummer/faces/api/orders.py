"""Orders of one-time numbers: placing, reading, cancelling, finishing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from django.http import HttpRequest, HttpResponse

from nummer.apps.accounts import queries as accounts
from nummer.apps.messaging import queries as messaging
from nummer.apps.messaging.queries import MessageRow
from nummer.apps.numbers import actions as numbers
from nummer.apps.numbers import queries as activations
from nummer.apps.numbers.errors import NoSuchActivation
from nummer.apps.numbers.queries import ActivationRow
from nummer.apps.orders import queries as orders
from nummer.apps.orders.by_key import KeyWish, place_by_key
from nummer.apps.orders.queries import OrderRow
from nummer.apps.refunds import actions as refunds
from nummer.apps.refunds import queries as decisions
from nummer.apps.refunds.queries import ClaimRow, DecisionRow
from nummer.faces.api.errors import FieldMalformed
from nummer.faces.api.reading import (
    BIGINT_MAX,
    Caller,
    Json,
    before_id,
    body_of,
    idempotency_key,
    page_length,
    text_of,
)
from nummer.faces.api.views import answered
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import id_of
from nummer.kernel.money import Money
from nummer.policy.refund.decision import Verdict

SURFACE: Final = "api"
PREFIXES_MAX: Final = 50

# What is kept as the customer's words; the person behind the program sent no others.
DECLARATION: Final = "I withdraw from the contract of order %s."
_FIELDS: Final = frozenset({"service", "country", "max_price", "carrier", "excluded_prefixes"})
_ID = re.compile(r"[0-9]{1,19}", re.ASCII)
_PREFIX = re.compile(r"[0-9]{1,15}", re.ASCII)


def place_order(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Buy a number for one service, once for each Idempotency-Key."""
    key = idempotency_key(request)
    body = body_of(request, fields=_FIELDS)
    wish = KeyWish(
        service=text_of(body, "service", required=True),
        country=text_of(body, "country", required=True).upper(),
        key=id_of("api", caller.key_id, key),
        surface=SURFACE,
        max_price=_max_price(body, caller),
        carrier=text_of(body, "carrier", required=False) or None,
        excluded_prefixes=_prefixes(body),
        key_id=caller.key_id,
    )
    placed = place_by_key(caller.account_id, wish=wish, now=caller.now)
    row = activations.activation(caller.account_id, activation_id=placed.activation_id)
    return answered(_forms([row])[0], status=200 if placed.replayed else 201)


def list_orders(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Answer a page of orders, newest first."""
    limit = page_length(request)
    rows = activations.activations(caller.account_id, before=before_id(request), limit=limit)
    return answered(
        {
            "orders": _forms(rows),
            "next_before": rows[-1].activation_id if len(rows) == limit else None,
        }
    )


def get_order(request: HttpRequest, caller: Caller, *, order_id: str) -> HttpResponse:
    """Answer one order."""
    del request
    return answered(_forms([_row(caller, order_id)])[0])


def cancel_order(request: HttpRequest, caller: Caller, *, order_id: str) -> HttpResponse:
    """Cancel an order before its code came; its price is credited (RP-B4)."""
    del request
    refunds.cancel_activation(
        caller.account_id, activation_id=public_id(order_id), surface=SURFACE, now=caller.now
    )
    return answered(_forms([_row(caller, order_id)])[0])


def finish_order(request: HttpRequest, caller: Caller, *, order_id: str) -> HttpResponse:
    """End an order whose code came."""
    del request
    refunds.finish_activation(caller.account_id, activation_id=public_id(order_id), now=caller.now)
    return answered(_forms([_row(caller, order_id)])[0])


def ask_another_code(request: HttpRequest, caller: Caller, *, order_id: str) -> HttpResponse:
    """Wait for a further code on the same number, free of charge."""
    del request
    numbers.ask_another_code(caller.account_id, activation_id=public_id(order_id), now=caller.now)
    return answered(_forms([_row(caller, order_id)])[0])


def withdraw(request: HttpRequest, caller: Caller, *, order_id: str) -> HttpResponse:
    """Withdraw from the contract of an order, once for each Idempotency-Key; judged at once."""
    key = id_of("api", caller.key_id, "withdrawal", idempotency_key(request))
    body_of(request, fields=frozenset(), required=False)
    id_ = public_id(order_id)
    filed = refunds.withdraw(
        caller.account_id, activation_id=id_, key=key, text=DECLARATION % id_, now=caller.now
    )
    return answered(_claim_form(filed), status=201 if filed.filed_at == caller.now else 200)


def list_claims(request: HttpRequest, caller: Caller, *, order_id: str) -> HttpResponse:
    """Answer what was asked for an order by any way, earliest first; an order has few."""
    del request
    row = _row(caller, order_id)
    found = decisions.claims_of(caller.account_id, order_id=row.order_id)
    return answered({"claims": [_claim_form(each) for each in found]})


def list_messages(request: HttpRequest, caller: Caller, *, order_id: str) -> HttpResponse:
    """Answer the messages of an order, oldest first; a window has few."""
    del request
    row = _row(caller, order_id)
    received = messaging.messages(caller.account_id, activation_key=row.key)
    return answered({"messages": [_message_form(message) for message in received]})


def _row(caller: Caller, order_id: str) -> ActivationRow:
    return activations.activation(caller.account_id, activation_id=public_id(order_id))


def public_id(text: str, refusal: type[Refusal] = NoSuchActivation) -> int:
    """Return a number that the address names; what is none is answered as one that is unknown."""
    if not _ID.fullmatch(text) or int(text) > BIGINT_MAX:
        raise refusal
    return int(text)


def _max_price(body: Mapping[str, Json], caller: Caller) -> Money | None:
    given = text_of(body, "max_price", required=False)
    if not given:
        return None
    try:
        return Money.parse(given, accounts.account(caller.account_id).currency)
    except ValueError:
        raise FieldMalformed(field="max_price") from None


def _prefixes(body: Mapping[str, Json]) -> tuple[str, ...]:
    given = body.get("excluded_prefixes")
    if given is None:
        return ()
    if not isinstance(given, list) or len(given) > PREFIXES_MAX:
        raise FieldMalformed(field="excluded_prefixes")
    found = tuple(prefix for prefix in given if isinstance(prefix, str))
    if len(found) < len(given) or not all(map(_PREFIX.fullmatch, found)):
        raise FieldMalformed(field="excluded_prefixes")
    return found


def _forms(rows: Sequence[ActivationRow]) -> list[dict[str, Json]]:
    if not rows:
        return []
    account_id = rows[0].account_id
    order_ids = [row.order_id for row in rows]
    ordered = orders.orders_of(account_id, order_ids=order_ids)
    received = messaging.messages_of(account_id, activation_keys=[row.key for row in rows])
    decided = decisions.decisions_of(account_id, order_ids=order_ids)
    return [
        _form(row, ordered[row.order_id], received[row.key], decided.get(row.order_id))
        for row in rows
    ]


def _form(
    row: ActivationRow,
    order: OrderRow,
    messages: Sequence[MessageRow],
    decision: DecisionRow | None,
) -> dict[str, Json]:
    codes = [message.code for message in messages if message.code is not None]
    return {
        "id": row.activation_id,
        "service": row.service,
        "country": row.country,
        "carrier": row.carrier,
        "number": row.number.e164,
        "state": row.state.value,
        "code": codes[-1] if codes else None,
        "net": order.net.decimal_text(),
        "tax": order.tax.decimal_text(),
        "total": order.total.decimal_text(),
        "currency": order.total.currency,
        "placed_at": order.placed_at.isoformat(),
        "window_ends_at": row.window_ends_at.isoformat(),
        "closed_at": row.closed_at.isoformat() if row.closed_at else None,
        "refund": None if decision is None or _later(row, decision) else _refund_form(decision),
    }


def _later(row: ActivationRow, decision: DecisionRow) -> bool:
    """Say whether an order that was read as waiting was credited before its decision was read.

    An answer that showed both would be of no moment at all; the next one shows the end.
    """
    waits = row.closed_at is None and row.displayed_at is None
    return waits and decision.decision == Verdict.CREDIT


def _refund_form(decision: DecisionRow) -> dict[str, Json]:
    return {
        "decision": decision.decision,
        "clauses": list(decision.clauses),
        "amount": decision.amount.decimal_text(),
        "currency": decision.amount.currency,
        "policy_version": decision.policy_version,
        "decided_at": decision.decided_at.isoformat(),
    }


def _claim_form(row: ClaimRow) -> dict[str, Json]:
    return {
        "id": str(row.id),
        "ask": row.ask,
        "channel": row.channel,
        "state": row.state.value,
        "received_at": row.received_at.isoformat(),
        "decided_at": None if row.decided_at is None else row.decided_at.isoformat(),
    }


def _message_form(message: MessageRow) -> dict[str, Json]:
    return {
        "id": str(message.id),
        "received_at": message.received_at.isoformat(),
        "sender": message.sender,
        "text": message.text,
        "code": message.code,
    }
