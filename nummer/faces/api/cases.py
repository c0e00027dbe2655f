"""Cases: what the customer asked of us, what we answered, and writing to us."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse

from nummer.apps.cases import actions, queries
from nummer.apps.cases.actions import Channel, Kind, Proof
from nummer.apps.cases.actions.opening import SUBJECT_MAX
from nummer.apps.cases.errors import NoSuchCase
from nummer.apps.cases.queries import CaseHead, CaseRow, MessageRow
from nummer.apps.incidents.actions.facts import Source, Told
from nummer.apps.ledger.errors import KeyReused
from nummer.apps.numbers.errors import NoSuchActivation
from nummer.apps.refunds import actions as refunds
from nummer.apps.refunds.held import held_order
from nummer.faces.api.errors import OnPageOnly
from nummer.faces.api.orders import public_id
from nummer.faces.api.reading import (
    Caller,
    Json,
    before_id,
    before_uuid,
    body_of,
    choice_of,
    idempotency_key,
    message_of,
    named_id,
    page_length,
    text_of,
)
from nummer.faces.api.views import answered
from nummer.kernel.ids import id_of

_OPENED: Final = frozenset({"kind", "subject", "text", "order"})
# A leaked key must not reach these: they give data away, destroy it, or move the number.
_ON_PAGE_ONLY: Final = frozenset({Kind.COPY, Kind.ERASURE, Kind.PORT_OUT, Kind.PAPERS, Kind.ABUSE})
_WRITTEN: Final = frozenset({"text"})


def list_cases(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Answer a page of the customer's cases, newest first."""
    limit = page_length(request)
    rows = queries.cases_of(caller.account_id, before=before_id(request), limit=limit)
    return answered(
        {
            "cases": [_form(row) for row in rows],
            "next_before": rows[-1].head.number if len(rows) == limit else None,
        }
    )


def open_case(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Open a case, once for each Idempotency-Key; a fault counts from this moment (RP-B1).

    Refuses: OnPageOnly, KeyReused, what `open_case` and `report_fault` refuse.
    """
    key = id_of("api", caller.key_id, "case", idempotency_key(request))
    body = body_of(request, fields=_OPENED)
    kind = choice_of(text_of(body, "kind", required=True), Kind, field="kind")
    if kind in _ON_PAGE_ONLY:
        raise OnPageOnly
    subject = text_of(body, "subject", required=True, longest=SUBJECT_MAX)
    text = message_of(body, "text")
    named = text_of(body, "order", required=False)
    order_id = None
    if named:
        order_id = held_order(
            caller.account_id, order_id=named_id(named, NoSuchActivation)
        ).order_id
    row = actions.open_case(
        caller.account_id,
        key=key,
        kind=kind,
        channel=Channel.API,
        text=text,
        subject=subject,
        order_id=order_id,
        proof=Proof.KEY,
        actor=caller.actor,
        received_at=caller.now,
        now=caller.now,
    )
    if not actions.was_opened_with(row, subject=subject, text=text):
        raise KeyReused
    _report(caller, row.head, text=text)
    return answered(_form(row), status=201 if row.head.received_at == caller.now else 200)


def get_case(request: HttpRequest, caller: Caller, *, number: str) -> HttpResponse:
    """Answer one case."""
    del request
    return answered(_form(_case(caller, number)))


def close_case(request: HttpRequest, caller: Caller, *, number: str) -> HttpResponse:
    """End a case, as its page does; ending it twice changes nothing."""
    del request
    row = _case(caller, number)
    actions.end_case(caller.account_id, case_id=row.head.id, now=caller.now)
    return answered(_form(_case(caller, number)))


def list_case_messages(request: HttpRequest, caller: Caller, *, number: str) -> HttpResponse:
    """Answer a page of what was written in a case, newest first."""
    limit = page_length(request)
    row = _case(caller, number)
    rows = queries.messages_before(
        caller.account_id, case_id=row.head.id, before=before_uuid(request), limit=limit
    )
    return answered(
        {
            "messages": [_message_form(message) for message in rows],
            "next_before": str(rows[-1].id) if len(rows) == limit else None,
        }
    )


def write_message(request: HttpRequest, caller: Caller, *, number: str) -> HttpResponse:
    """Write in a case, once for each Idempotency-Key; it is then ours to answer."""
    row = _case(caller, number)
    key = id_of("api", caller.key_id, "case-message", idempotency_key(request))
    text = message_of(body_of(request, fields=_WRITTEN), "text")
    message_id = actions.write_message(
        caller.account_id,
        case_id=row.head.id,
        key=key,
        channel=Channel.API,
        text=text,
        proof=Proof.KEY,
        actor=caller.actor,
        now=caller.now,
    )
    written = queries.message(caller.account_id, case_id=row.head.id, message_id=message_id)
    if not actions.says(written, text):
        raise KeyReused
    return answered(_message_form(written), status=201 if written.at == caller.now else 200)


def _case(caller: Caller, number: str) -> CaseRow:
    named = public_id(number, NoSuchCase)
    return queries.case_of_customer(caller.account_id, number=named)


def _report(caller: Caller, head: CaseHead, *, text: str) -> None:
    """Let a case that an order does not work count as the contact that it is (RP-B1)."""
    if head.kind is not Kind.OUTAGE or head.order_id is None:
        return
    told = Told(
        source=Source.API,
        actor=caller.actor,
        happened_at=head.received_at,
        evidence=text,
        case_id=head.id,
        key=id_of("case-report", head.id),
    )
    refunds.report_fault(caller.account_id, order_id=head.order_id, told=told, now=caller.now)


def _form(row: CaseRow) -> dict[str, Json]:
    head = row.head
    return {
        "number": head.number,
        "kind": head.kind.value,
        "subject": row.subject,
        "state": head.state.value,
        "order": None if head.order_id is None else str(head.order_id),
        "to_be_confirmed": head.to_be_confirmed,
        "received_at": head.received_at.isoformat(),
        "last_at": head.last_at.isoformat(),
        "due_on": None if head.due_on is None else head.due_on.isoformat(),
    }


def _message_form(message: MessageRow) -> dict[str, Json]:
    return {
        "id": str(message.id),
        "from": "customer" if message.inbound else "us",
        "at": message.at.isoformat(),
        "text": message.text,
        "redacted": message.redacted,
        "attachments": len(message.attachments),
    }
