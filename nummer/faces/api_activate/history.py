"""Balance, open activations and those of the past."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice, takewhile
from typing import Final

from django.http import HttpResponse

from nummer.apps.catalogue import queries as catalogue
from nummer.apps.catalogue.queries import CountryRow
from nummer.apps.ledger import queries as ledger
from nummer.apps.messaging import queries as messaging
from nummer.apps.messaging.queries import MessageRow
from nummer.apps.numbers import queries as activations
from nummer.apps.numbers.queries import ActivationRow
from nummer.apps.orders import queries as orders
from nummer.apps.orders.queries import OrderRow
from nummer.faces.api_activate.answers import Json, number, structure, text
from nummer.faces.api_activate.call import Call, Form, written
from nummer.faces.api_activate.currencies import iso_number
from nummer.faces.api_activate.errors import DateMalformed, NoOpenActivations

PAGE_MAX: Final = 100
OFFSET_MAX: Final = 100_000
LOOKS_BACK: Final = timedelta(days=30)
_READ_AT_ONCE: Final = 500

# What clients know from the protocol's setStatus; 4 is "waits for an SMS".
_STATUSES: Final = {
    "waiting": "4",
    "shown": "3",
    "finished": "6",
    "cancelled": "8",
    "expired": "8",
    "failed": "8",
}


def get_balance(call: Call) -> HttpResponse:
    """Answer what the customer can spend now."""
    spendable = ledger.balance(call.account_id).spendable
    return text("ACCESS_BALANCE", spendable.decimal_text())


def get_active_activations(call: Call) -> HttpResponse:
    """Answer a page of the open activations, newest first.

    In the hero form none is an empty list, and codes and switches are texts.
    Refuses: NoOpenActivations, in the classic form.
    """
    start = call.parameters.whole("start", default=0, highest=OFFSET_MAX)
    limit = call.parameters.whole("limit", default=PAGE_MAX, highest=OFFSET_MAX)
    opened = activations.open_activations(call.account_id)
    rows = opened[start : start + min(limit, PAGE_MAX)]
    countries = {country.code: country for country in catalogue.countries()}
    found = [_open_form(each, countries[each.row.country]) for each in _known(rows)]
    if call.form is Form.HERO:
        return structure([_in_words(form) for form in found])
    if not found:
        raise NoOpenActivations
    return structure({"status": "success", "activeActivations": found})


def get_history(call: Call) -> HttpResponse:
    """Answer a page of the activations between two moments, newest first; 30 days at most."""
    end = call.parameters.moment("end") or call.now
    start = call.parameters.moment("start") or end - LOOKS_BACK
    if start > end:
        raise DateMalformed
    start = max(start, end - LOOKS_BACK)
    offset = call.parameters.whole("offset", default=0, highest=OFFSET_MAX)
    name = "limit" if "limit" in call.parameters else "size"
    limit = call.parameters.whole(name, default=PAGE_MAX, highest=OFFSET_MAX)
    since = takewhile(lambda row: row.opened_at >= start, _newest_first(call.account_id))
    found = (row for row in since if row.opened_at <= end)
    rows = list(islice(found, offset, offset + min(limit, PAGE_MAX)))
    return structure([_past_form(each) for each in _known(rows)])


@dataclass(frozen=True, slots=True)
class _Known:
    """An activation with its order and its messages."""

    row: ActivationRow
    order: OrderRow
    messages: Sequence[MessageRow]


def _known(rows: Sequence[ActivationRow]) -> list[_Known]:
    if not rows:
        return []
    account_id = rows[0].account_id
    ordered = orders.orders_of(account_id, order_ids=[row.order_id for row in rows])
    received = messaging.messages_of(account_id, activation_keys=[row.key for row in rows])
    return [_Known(row, ordered[row.order_id], received[row.key]) for row in rows]


def _newest_first(account_id: int) -> Iterator[ActivationRow]:
    """Read activations page by page, as far as the caller goes on."""
    before = None
    while page := activations.activations(account_id, before=before, limit=_READ_AT_ONCE):
        yield from page
        before = page[-1].activation_id


def _open_form(known: _Known, country: CountryRow) -> dict[str, Json]:
    row, messages = known.row, known.messages
    return {
        "activationId": str(row.activation_id),
        "serviceCode": row.service,
        "phoneNumber": row.number.digits,
        "activationCost": known.order.total.decimal_text(),
        "currency": iso_number(known.order.total.currency),
        "activationStatus": _STATUSES[row.state.value],
        "smsCode": [message.code for message in messages if message.code is not None],
        "smsText": messages[-1].text if messages else "",
        "activationTime": written(row.opened_at),
        "discount": "0",
        "repeated": "0",
        "countryCode": str(country.activate_id),
        "countryName": country.name("en"),
        "canGetAnotherSms": True,
    }


def _in_words(form: dict[str, Json]) -> dict[str, Json]:
    """Return the form with the types of the hero form: one code, and 1 for yes."""
    codes = form["smsCode"]
    assert isinstance(codes, list), "the classic form lists codes"
    return {
        **form,
        "smsCode": codes[-1] if codes else None,
        "smsText": form["smsText"] or None,
        "canGetAnotherSms": "1",
    }


def _past_form(known: _Known) -> dict[str, Json]:
    row = known.row
    return {
        "id": str(row.activation_id),
        "date": written(row.opened_at),
        "service": row.service,
        "phone": row.number.digits,
        "sms": known.messages[-1].text if known.messages else None,
        "cost": number(known.order.total),
        "status": _STATUSES[row.state.value],
        "currency": iso_number(known.order.total.currency),
    }
