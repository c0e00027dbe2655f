"""What a rented number's holder does with its contract: its summary, paying, ending, faults."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import translation

from nummer.apps.incidents import queries as incidents
from nummer.apps.incidents.actions.facts import Source, Told
from nummer.apps.incidents.errors import NoSuchIncident
from nummer.apps.leases import actions, queries
from nummer.apps.leases.errors import LeaseNotLikeThat, NoSuchLease
from nummer.apps.leases.queries import LeaseRow
from nummer.apps.messaging import actions as messaging
from nummer.apps.messaging import queries as inboxes
from nummer.apps.messaging.errors import NoSuchConversation
from nummer.apps.notify import summaries
from nummer.apps.refunds import actions as refunds
from nummer.apps.refunds.rentals import if_lease_cancelled, lease_incidents
from nummer.faces.api.errors import FieldMalformed
from nummer.faces.api.reading import (
    Caller,
    Json,
    body_of,
    flag_of,
    idempotency_key,
    message_of,
    moment,
    named_id,
    text_of,
)
from nummer.faces.api.rented import lease_form
from nummer.faces.api.reports import FIELDS, report_form
from nummer.faces.api.views import answered, empty
from nummer.kernel.ids import id_of
from nummer.policy.lease import ENDS

REPORTS_MAX: Final = 200
_INBOX: Final = frozenset({"mailed", "reply"})


def summary(request: HttpRequest, caller: Caller, *, lease_id: str) -> HttpResponse:
    """Answer the summary of the contract as the PDF that the order's mail had."""
    content = queries.agreed(caller.account_id, lease_id=_id(lease_id))
    language = translation.get_language_from_request(request)
    return HttpResponse(
        summaries.pdf_for(caller.account_id, content=content, language=language),
        content_type="application/pdf",
        headers={
            "Content-Disposition": 'attachment; filename="contract-summary.pdf"',
            "Cache-Control": "no-store",
        },
    )


def pay(request: HttpRequest, caller: Caller, *, lease_id: str) -> HttpResponse:
    """Pay the fee of a number that is kept unpaid; repeating it pays nothing more."""
    del request
    id_ = _id(lease_id)
    actions.renew_now(caller.account_id, lease_id=id_, now=caller.now)
    return answered(lease_form(queries.lease(caller.account_id, lease_id=id_)))


def if_cancelled(request: HttpRequest, caller: Caller, *, lease_id: str) -> HttpResponse:
    """Answer what ending the lease at once would bring now; nothing is changed.

    Refuses: LeaseNotLikeThat (it ended).
    """
    del request
    row = _lease(caller, lease_id)
    if row.state in ENDS:
        raise LeaseNotLikeThat(state=row.state)
    found = if_lease_cancelled(caller.account_id, lease_id=row.id, now=caller.now)
    return answered(
        {
            "amount": found.amount.decimal_text(),
            "paid": found.paid.decimal_text(),
            "currency": found.amount.currency,
            "clause": found.clause,
            "window_open": found.window_open,
            "window_until": None if found.window_until is None else found.window_until.isoformat(),
            "outage": found.outage,
        }
    )


def report_fault(request: HttpRequest, caller: Caller, *, lease_id: str) -> HttpResponse:
    """Report that a rented number does not work, once for each Idempotency-Key (RP-B1)."""
    row = _lease(caller, lease_id)
    key = idempotency_key(request)
    words = text_of(body_of(request, fields=FIELDS), "words", required=False)
    told = Told(
        source=Source.API,
        actor=caller.actor,
        happened_at=caller.now,
        evidence=words,
        key=id_of("lease-report", caller.account_id, row.id, caller.key_id, key),
    )
    found = refunds.report_fault(caller.account_id, order_id=row.id, told=told, now=caller.now)
    return answered(report_form(found), status=201 if found.learned_at == caller.now else 200)


def list_reports(request: HttpRequest, caller: Caller, *, lease_id: str) -> HttpResponse:
    """Answer what was reported about a number by any way, earliest first; a lease has few."""
    del request
    row = _lease(caller, lease_id)
    found = incidents.reports(caller.account_id, subject_id=row.id, limit=REPORTS_MAX)
    return answered({"reports": [report_form(each) for each in found]})


def list_incidents(request: HttpRequest, caller: Caller, *, lease_id: str) -> HttpResponse:
    """Answer what was made known that concerns the number now."""
    del request
    found = lease_incidents(_lease(caller, lease_id), now=caller.now)
    return answered(
        {
            "incidents": [
                {
                    "id": str(row.id),
                    "kind": row.kind,
                    "words": row.words,
                    "began_at": row.began_at.isoformat(),
                    "ended_at": moment(row.ended_at),
                }
                for row in found
            ]
        }
    )


def say_affected(
    request: HttpRequest, caller: Caller, *, lease_id: str, incident_id: str
) -> HttpResponse:
    """Say that an incident concerns the number; saying it twice is saying it once (RP-B1)."""
    del request
    found = refunds.say_lease_affected(
        caller.account_id,
        lease_id=_id(lease_id),
        incident_id=named_id(incident_id, NoSuchIncident),
        now=caller.now,
    )
    return answered(report_form(found))


def get_inbox(request: HttpRequest, caller: Caller, *, lease_id: str) -> HttpResponse:
    """Answer what happens to the SMS that come to a number."""
    del request
    return answered(_inbox_form(caller, _lease(caller, lease_id).id))


def set_inbox(request: HttpRequest, caller: Caller, *, lease_id: str) -> HttpResponse:
    """Say whether SMS go on to the owner's mail, and what answers them; what is not named stays."""
    id_ = _lease(caller, lease_id).id
    body = body_of(request, fields=_INBOX)
    now = inboxes.inbox(caller.account_id, lease_id=id_)
    mailed = flag_of(body, "mailed")
    reply = now.reply
    if "reply" in body:
        reply = None if body["reply"] is None else message_of(body, "reply")
    messaging.set_inbox(
        caller.account_id,
        lease_id=id_,
        mailed=now.mailed if mailed is None else mailed,
        reply=reply,
        now=caller.now,
    )
    return answered(_inbox_form(caller, id_))


def mark_read(
    request: HttpRequest, caller: Caller, *, lease_id: str, conversation_id: str
) -> HttpResponse:
    """Note that a conversation was read up to an SMS; `until` names its id, else its newest."""
    lease = _lease(caller, lease_id)
    found = inboxes.conversation(
        caller.account_id,
        lease_id=lease.id,
        conversation_id=named_id(conversation_id, NoSuchConversation),
    )
    until = text_of(body_of(request, fields=_UNTIL, required=False), "until", required=False)
    messaging.mark_read(
        caller.account_id,
        lease_id=lease.id,
        theirs_index=found.index,
        until=_until(until) or found.last.id,
        now=caller.now,
    )
    return empty()


_UNTIL: Final = frozenset({"until"})


def _until(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise FieldMalformed(field="until") from None


def _inbox_form(caller: Caller, lease_id: UUID) -> dict[str, Json]:
    now = inboxes.inbox(caller.account_id, lease_id=lease_id)
    return {"mailed": now.mailed, "reply": now.reply}


def _lease(caller: Caller, lease_id: str) -> LeaseRow:
    return queries.lease(caller.account_id, lease_id=_id(lease_id))


def _id(text: str) -> UUID:
    return named_id(text, NoSuchLease)
