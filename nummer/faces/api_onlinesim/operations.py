"""Operations, as this protocol calls orders: opening, watching and ending them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.http import HttpResponse

from nummer.apps.catalogue import queries as catalogue
from nummer.apps.messaging import queries as messaging
from nummer.apps.messaging.queries import MessageRow
from nummer.apps.numbers import actions as numbers
from nummer.apps.numbers import queries as activations
from nummer.apps.numbers.errors import NoCodeYet, NoSuchActivation
from nummer.apps.numbers.queries import ActivationRow
from nummer.apps.orders import queries as orders
from nummer.apps.orders.by_key import KeyWish, place_by_key
from nummer.apps.orders.queries import OrderRow
from nummer.apps.refunds import actions as refunds
from nummer.faces.api_onlinesim import offers
from nummer.faces.api_onlinesim.answers import Json, done, number, structure
from nummer.faces.api_onlinesim.call import Call
from nummer.faces.api_onlinesim.errors import NotSoldHere, OperationsMissing, RepeatImpossible
from nummer.faces.api_onlinesim.names import calling_code, prefix, slug
from nummer.kernel.ids import id_of, new_id

SURFACE: Final = "onlinesim"

_CODELESS_ENDS: Final = frozenset({"cancelled", "expired", "failed"})
_NO_EXTENSION: Final = ("", "0", "3", "false", "none", "null")
_REPEATED: Final = ("repeat", "2")
_WINDOW_OVER_S: Final = 0


def get_num(call: Call) -> HttpResponse:
    """Buy a number, once for each Idempotency-Key where the caller sends one (ADR 93)."""
    if call.parameters.text("extension").lower() not in _NO_EXTENSION:
        raise NotSoldHere
    service = offers.service_given(call)
    country = offers.country_for(call, service=service)
    wish = KeyWish(
        service=service.code,
        country=country,
        key=id_of("onlinesim", call.key_id, call.idempotency_key)
        if call.idempotency_key
        else new_id(),
        surface=SURFACE,
        excluded_prefixes=[
            prefix(country) + unwanted for unwanted in call.parameters.prefixes("reject")
        ],
        key_id=call.key_id,
    )
    placed = place_by_key(call.account_id, wish=wish, now=call.now)
    if not call.parameters.yes("number"):
        return done(tzid=placed.activation_id)
    return done(
        tzid=placed.activation_id,
        number=placed.number.e164,
        country=calling_code(country),
        service=slug(service),
    )


def get_num_repeat(call: Call) -> HttpResponse:
    """Refuse the same number for the same service: it is sold once."""
    offers.service_given(call)
    raise RepeatImpossible


def get_state(call: Call) -> HttpResponse:
    """Answer one operation, or all open ones, as a bare list. Refuses: OperationsMissing."""
    again = call.parameters.text("type").lower() in _REPEATED
    again = again or call.parameters.text("form") in _REPEATED
    rows = [] if again else _asked(call)
    if not rows:
        raise OperationsMissing
    if call.parameters.text("orderby").lower() == "desc":
        rows = rows[::-1]
    return structure(_forms(call, rows))


def set_operation_revise(call: Call) -> HttpResponse:
    """Wait for a further code on the same number, free of charge. Refuses: NoCodeYet."""
    operation_id = call.parameters.operation_id()
    numbers.ask_another_code(call.account_id, activation_id=operation_id, now=call.now)
    return done(tzid=operation_id)


def set_operation_ok(call: Call) -> HttpResponse:
    """End an operation: with a code it is finished (RP-N2), without one credited (RP-B4).

    `ban` says that the number is bad; after a code that is refused.
    """
    operation_id = call.parameters.operation_id()
    row = activations.activation(call.account_id, activation_id=operation_id)
    if row.state.value in _CODELESS_ENDS:
        return done(tzid=operation_id)  # its money is back; clients say it twice
    if call.parameters.yes("ban"):
        _give_back(call, operation_id)
        return done(tzid=operation_id)
    try:
        refunds.finish_activation(call.account_id, activation_id=operation_id, now=call.now)
    except NoCodeYet:
        _give_back(call, operation_id)
    return done(tzid=operation_id)


def _give_back(call: Call, operation_id: int) -> None:
    refunds.cancel_activation(
        call.account_id, activation_id=operation_id, surface=SURFACE, now=call.now
    )


def _asked(call: Call) -> list[ActivationRow]:
    """Return the operation asked for, whatever became of it, or the open ones, oldest first."""
    if not call.parameters.text("tzid"):
        return activations.open_activations(call.account_id)[::-1]
    try:
        operation_id = call.parameters.operation_id()
        return [activations.activation(call.account_id, activation_id=operation_id)]
    except NoSuchActivation:
        raise OperationsMissing from None


def _forms(call: Call, rows: Sequence[ActivationRow]) -> list[Json]:
    ordered = orders.orders_of(call.account_id, order_ids=[row.order_id for row in rows])
    received = messaging.messages_of(call.account_id, activation_keys=[row.key for row in rows])
    slugs = {row.code: slug(row) for row in catalogue.services(enabled_only=False)}
    return [
        _form(
            call,
            row,
            order=ordered[row.order_id],
            service=slugs[row.service],
            messages=received[row.key],
        )
        for row in rows
    ]


def _form(
    call: Call,
    row: ActivationRow,
    *,
    order: OrderRow,
    service: str,
    messages: Sequence[MessageRow],
) -> dict[str, Json]:
    left_s = int((row.window_ends_at - call.now).total_seconds()) if row.open else _WINDOW_OVER_S
    return {
        "tzid": row.activation_id,
        "response": _response(row),
        "service": service,
        "number": row.number.e164,
        "msg": _message(call, row, messages),
        "time": max(left_s, _WINDOW_OVER_S),
        "form": "index",
        "country": calling_code(row.country),
        "sum": number(order.total),
        "extend": 0,
    }


def _response(row: ActivationRow) -> str:
    match row.state.value:
        case "waiting":
            return "TZ_NUM_WAIT"
        case "shown":
            return "TZ_NUM_WAIT" if row.waits_for_another else "TZ_NUM_ANSWER"
        case "finished":
            return "TZ_OVER_OK"
        case _:
            return "TZ_OVER_EMPTY"


def _message(call: Call, row: ActivationRow, messages: Sequence[MessageRow]) -> Json:
    """Return what came: every message, or the last one with a code, or `false`."""
    only_code = call.parameters.yes("message_to_code")
    if call.parameters.yes("msg_list"):
        return [_listed(message, only_code=only_code) for message in messages]
    coded = [message for message in messages if message.code is not None]
    if not coded or (row.waits_for_another and call.parameters.yes("clean")):
        return False
    return coded[-1].code if only_code else coded[-1].text


def _listed(message: MessageRow, *, only_code: bool) -> dict[str, Json]:
    return {
        "service": message.sender,
        "text": message.text,
        "code": message.code or "",
        "msg": (message.code or "") if only_code else message.text,
        "created_at": f"{message.received_at:%Y-%m-%d %H:%M:%S}",
    }
