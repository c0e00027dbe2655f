"""One conversation of a rented number, both directions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from nummer.apps.messaging import actions
from nummer.apps.messaging import queries as messaging
from nummer.apps.messaging.queries import Conversation, Sms, SmsState
from nummer.faces.site.exports import csv_answer
from nummer.faces.site.requests import account_id, customers_only
from nummer.faces.site.views.inbox import uuid_of
from nummer.kernel import clock

SMS_PER_PAGE: Final = 50
SMS_PER_EXPORT_STEP: Final = 500


@never_cache
@require_safe
@customers_only
def conversation(request: HttpRequest, lease_id: UUID, conversation_id: UUID) -> HttpResponse:
    """Show a conversation, newest SMS last."""
    customer = account_id(request)
    found = messaging.conversation(customer, lease_id=lease_id, conversation_id=conversation_id)
    part = bool(request.headers.get("HX-Request"))
    page = "site/_thread.html" if part else "site/conversation.html"
    return render(request, page, _thread(request, found))


def _thread(request: HttpRequest, found: Conversation) -> dict[str, object]:
    """Return what a page of a conversation shows; seeing its newest SMS is reading it."""
    before = uuid_of(request)
    rows = messaging.thread(
        found.account_id,
        lease_id=found.lease_id,
        conversation_id=found.id,
        before=before,
        limit=SMS_PER_PAGE + 1,
    )
    shown = rows[:SMS_PER_PAGE]
    if before is None and shown:
        actions.mark_read(
            found.account_id,
            lease_id=found.lease_id,
            theirs_index=found.index,
            until=shown[0].id,
            now=clock.now(),
        )
    return {
        "conversation": found,
        "rows": [(row, _state(row)) for row in reversed(shown)],
        "more": shown[-1].id if len(rows) > SMS_PER_PAGE else None,
        "paged": before is not None,
    }


def _state(sms: Sms) -> str:
    """Return how far an SMS came, as its sender reads it; nothing for one that came in."""
    names = {
        SmsState.RECEIVED: "",
        SmsState.QUEUED: pgettext("SMS", "waits to be sent"),
        SmsState.TAKEN: pgettext("SMS", "is being sent"),
        SmsState.SENT: pgettext("SMS", "sent"),
        SmsState.DELIVERED: pgettext("SMS", "delivered"),
        SmsState.UNDELIVERED: pgettext("SMS", "not delivered"),
        SmsState.FAILED: pgettext("SMS", "not sent, not charged"),
        SmsState.UNKNOWN: pgettext("SMS", "sent, without an answer yet"),
    }
    return names[sms.state]


@require_POST
@customers_only
def delete(request: HttpRequest, sms_id: UUID) -> HttpResponse:
    """Delete one SMS, or only its text."""
    customer = account_id(request)
    found = messaging.sms(customer, sms_id=sms_id)
    if request.POST.get("what") == "text":
        actions.redact_sms(customer, sms_id=sms_id, now=clock.now())
        messages.success(request, gettext("The text is deleted."))
    else:
        actions.delete_sms(customer, sms_id=sms_id, now=clock.now())
        messages.success(request, gettext("The SMS is deleted."))
    key = messaging.conversation_id(customer, theirs=found.theirs)
    if messaging.thread(customer, lease_id=found.lease_id, conversation_id=key, limit=1):
        return redirect("site:conversation", lease_id=found.lease_id, conversation_id=key)
    return redirect("site:inbox")


@never_cache
@require_safe
@customers_only
def export(request: HttpRequest, lease_id: UUID, conversation_id: UUID) -> StreamingHttpResponse:
    """Give a conversation as CSV, newest first."""
    customer = account_id(request)
    found = messaging.conversation(customer, lease_id=lease_id, conversation_id=conversation_id)
    return csv_answer(
        "sms.csv",
        head=[
            "id",
            "at",
            "direction",
            "number",
            "other_side",
            "text",
            "parts",
            "state",
            "price",
            "currency",
            "sent_at",
            "done_at",
        ],
        steps=_export_steps(found),
    )


def _export_steps(found: Conversation) -> Iterator[list[list[str]]]:
    before: UUID | None = None
    while rows := messaging.thread(
        found.account_id,
        lease_id=found.lease_id,
        conversation_id=found.id,
        before=before,
        limit=SMS_PER_EXPORT_STEP,
    ):
        yield [_exported(row) for row in rows]
        before = rows[-1].id


def _exported(sms: Sms) -> list[str]:
    return [
        str(sms.id),
        sms.created_at.isoformat(),
        sms.direction.value,
        sms.ours.e164,
        sms.theirs,
        sms.body or "",
        str(sms.parts),
        sms.state.value,
        "" if sms.price is None else sms.price.decimal_text(),
        "" if sms.price is None else sms.price.currency,
        "" if sms.sent_at is None else sms.sent_at.isoformat(),
        "" if sms.done_at is None else sms.done_at.isoformat(),
    ]
