"""The stages of an activation: asking for them and setting them."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.http import HttpResponse

from nummer.apps.messaging import queries as messaging
from nummer.apps.messaging.queries import MessageRow
from nummer.apps.numbers import actions as numbers
from nummer.apps.numbers import queries as activations
from nummer.apps.numbers.errors import NoSuchActivation
from nummer.apps.numbers.queries import ActivationRow
from nummer.apps.refunds import actions as refunds
from nummer.faces.api_activate.answers import Json, structure, text
from nummer.faces.api_activate.call import Call, written
from nummer.faces.api_activate.errors import ActivationOver, CancelTooEarly, StatusUnknown

SURFACE: Final = "activate"
CANCEL_AFTER: Final = timedelta(minutes=2)  # K41: a delay of this call only, never of the right

_CODELESS_ENDS: Final = frozenset({"cancelled", "expired", "failed"})


def set_status(call: Call) -> HttpResponse:
    """Announce the SMS (1), ask for another code (3), finish (6) or cancel (8, once -1)."""
    match call.parameters.text("status"):
        case "1":
            return _announce(call)
        case "3":
            return _ask_another(call)
        case "6":
            return finish(call)
        case "8" | "-1":
            return cancel(call)
        case _:
            call.parameters.activation_id()  # a wrong id is the more useful answer
            raise StatusUnknown


def finish(call: Call) -> HttpResponse:
    """End an activation whose code was shown."""
    refunds.finish_activation(
        call.account_id, activation_id=call.parameters.activation_id(), now=call.now
    )
    return text("ACCESS_ACTIVATION")


def cancel(call: Call) -> HttpResponse:
    """Give the number back and have the price credited (RP-B4), unless a code was shown (RP-N2).

    An activation that ended without a code is answered in the same way again: its money is back.
    """
    row = _activation(call)
    if row.state.value in _CODELESS_ENDS:
        return text("ACCESS_CANCEL")
    if row.state.value == "waiting" and call.now < row.opened_at + CANCEL_AFTER:
        raise CancelTooEarly
    refunds.cancel_activation(
        call.account_id, activation_id=row.activation_id, surface=SURFACE, now=call.now
    )
    return text("ACCESS_CANCEL")


def get_status(call: Call) -> HttpResponse:
    """Answer the stage, with the last code where there is one.

    What programs ask every few seconds: one statement until the code is there.
    """
    row = activations.activation_for_key(
        call.account_id,
        activation_id=call.parameters.activation_id(),
        key_id=call.key_id,
        dialect=call.known,
    )
    if row.state.value in _CODELESS_ENDS:
        return text("STATUS_CANCEL")
    if row.displayed_at is None:
        return text("STATUS_WAIT_CODE")
    code = _one_word(_last_code(_messages(row)))
    return text("STATUS_WAIT_RETRY" if row.waits_for_another else "STATUS_OK", code)


def get_status_v2(call: Call) -> HttpResponse:
    """Answer the last code with its text as JSON. Refuses: ActivationOver."""
    row = _activation(call)
    if row.state.value in _CODELESS_ENDS:
        raise ActivationOver
    coded = [message for message in _messages(row) if message.code is not None]
    sms: Json = None
    if coded:
        last = coded[-1]
        sms = {"dateTime": written(last.received_at), "code": last.code, "text": last.text}
    return structure({"verificationType": 0, "sms": sms, "call": None})


def get_full_sms(call: Call) -> HttpResponse:
    """Answer the whole text of the last message."""
    row = _activation(call)
    found = _messages(row)
    if found:
        return text("FULL_SMS", found[-1].text)
    return text("STATUS_CANCEL" if row.state.value in _CODELESS_ENDS else "STATUS_WAIT_CODE")


def get_all_sms(call: Call) -> HttpResponse:
    """Answer every message of an activation, oldest first."""
    row = _activation(call)
    size = call.parameters.whole("size", default=100, highest=100)
    page = max(1, call.parameters.whole("page", default=1, highest=100))
    found = _messages(row)[(page - 1) * size : page * size]
    return structure(
        {
            "data": [
                {
                    "id": str(message.id),
                    "phoneFrom": message.sender,
                    "code": message.code or "",
                    "text": message.text,
                    "service": row.service,
                    "date": written(message.received_at),
                    "type": "sms",
                }
                for message in found
            ]
        }
    )


def _announce(call: Call) -> HttpResponse:
    numbers.announce_sms(
        call.account_id, activation_id=call.parameters.activation_id(), now=call.now
    )
    return text("ACCESS_READY")


def _ask_another(call: Call) -> HttpResponse:
    numbers.ask_another_code(
        call.account_id, activation_id=call.parameters.activation_id(), now=call.now
    )
    return text("ACCESS_RETRY_GET")


def _activation(call: Call) -> ActivationRow:
    return activations.activation(call.account_id, activation_id=call.parameters.activation_id())


def _messages(row: ActivationRow) -> list[MessageRow]:
    """Read what came. Refuses an activation whose messages are deleted by now as gone."""
    found = messaging.messages(row.account_id, activation_key=row.key)
    if not found and row.displayed_at is not None:
        raise NoSuchActivation
    return found


def _last_code(messages: list[MessageRow]) -> str:
    codes = [message.code for message in messages if message.code is not None]
    assert codes, "an activation that showed a code has a message with one"
    return codes[-1]


def _one_word(code: str) -> str:
    """Return the code on one line and without colons, at which some clients split."""
    return " ".join(code.split()).replace(":", "")
