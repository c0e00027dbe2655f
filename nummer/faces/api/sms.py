"""SMS of rented numbers, both directions."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from nummer.apps.leases import queries as leases
from nummer.apps.leases.errors import NoSuchLease
from nummer.apps.messaging import queries as messaging
from nummer.apps.messaging.errors import NoSuchSms
from nummer.apps.messaging.queries import Direction, Sms
from nummer.apps.webhooks.following import settled_before
from nummer.faces.api.errors import FieldMalformed
from nummer.faces.api.reading import (
    Caller,
    Json,
    before_uuid,
    choice_of,
    moment_parameter,
    named_id,
    page_length,
    parameter,
)
from nummer.faces.api.views import answered


def list_sms(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Answer a page of SMS, newest first; with `after`, what followed, oldest first.

    Who follows with `after` misses nothing and gets nothing twice (ADR 252).
    """
    limit = page_length(request)
    lease = parameter(request, "lease")
    direction = parameter(request, "direction")
    before, after = before_uuid(request), before_uuid(request, "after")
    if before is not None and after is not None:
        raise FieldMalformed(field="after")
    # asked before the rows are read: what is settled then is there to be read
    settled = None if after is None else settled_before()
    rows = messaging.sms_of(
        caller.account_id,
        lease_id=_lease_id(caller, lease) if lease else None,
        theirs=parameter(request, "theirs") or None,
        direction=choice_of(direction, Direction, field="direction") if direction else None,
        since=moment_parameter(request, "since"),
        until=moment_parameter(request, "until"),
        before=before,
        after=after,
        limit=limit,
    )
    if settled is not None:
        following = [row for row in reversed(rows) if row.id < settled]
        last = following[-1].id if following else after
        return answered({"sms": [sms_form(row) for row in following], "next_after": str(last)})
    return answered(
        {
            "sms": [sms_form(row) for row in rows],
            "next_before": str(rows[-1].id) if len(rows) == limit else None,
        }
    )


def get_sms(request: HttpRequest, caller: Caller, *, sms_id: str) -> HttpResponse:
    """Answer one SMS."""
    del request
    return answered(sms_form(messaging.sms(caller.account_id, sms_id=named_id(sms_id, NoSuchSms))))


def sms_form(row: Sms) -> dict[str, Json]:
    """Return an SMS as this interface answers it, and as events about it tell it."""
    return {
        "id": str(row.id),
        "lease": str(row.lease_id),
        "direction": row.direction.value,
        "ours": row.ours.e164,
        "theirs": row.theirs,
        "text": row.body,
        "parts": row.parts,
        "state": row.state.value,
        "error": row.error or None,
        "price": None if row.price is None else row.price.decimal_text(),
        "currency": None if row.price is None else row.price.currency,
        "created_at": row.created_at.isoformat(),
        "sent_at": _moment(row.sent_at),
        "done_at": _moment(row.done_at),
    }


def _lease_id(caller: Caller, text: str) -> UUID:
    return leases.lease(caller.account_id, lease_id=named_id(text, NoSuchLease)).id


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
