"""SMS of rented numbers, both directions."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from nummer.apps.leases import queries as leases
from nummer.apps.leases.errors import NoSuchLease
from nummer.apps.messaging import actions
from nummer.apps.messaging import queries as messaging
from nummer.apps.messaging.actions import SmsWish
from nummer.apps.messaging.errors import NoSuchSms
from nummer.apps.messaging.queries import Direction, Sms
from nummer.apps.webhooks.following import settled_before
from nummer.faces.api.errors import FieldMalformed
from nummer.faces.api.orders import SURFACE
from nummer.faces.api.reading import (
    Caller,
    Json,
    before_uuid,
    body_of,
    choice_of,
    idempotency_key,
    message_of,
    moment_parameter,
    named_id,
    page_length,
    parameter,
    text_of,
)
from nummer.faces.api.views import answered, empty
from nummer.kernel.ids import id_of

_WISH: Final = frozenset({"lease", "to", "text"})


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


def send(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Send an SMS from a rented number, once for each Idempotency-Key; its price is held."""
    key = id_of("api", caller.key_id, "sms", idempotency_key(request))
    lease_id, to, text = _wish(request)
    row, new = actions.send_sms_once(
        caller.account_id,
        wish=SmsWish(
            lease_id=lease_id, to=to, body=text, key=key, surface=SURFACE, key_id=caller.key_id
        ),
        now=caller.now,
    )
    return answered(sms_form(row), status=201 if new else 200)


def price(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Answer what an SMS would cost, exactly as it will be charged, and in how many parts."""
    lease_id, to, text = _wish(request)
    found = actions.sms_price(
        caller.account_id, lease_id=lease_id, to=to, body=text, now=caller.now
    )
    return answered(
        {
            "parts": found.parts,
            "encoding": found.encoding,
            "per_part": found.per_part.decimal_text(),
            "total": found.total.decimal_text(),
            "currency": found.total.currency,
        }
    )


def redact(request: HttpRequest, caller: Caller, *, sms_id: str) -> HttpResponse:
    """Delete the text of an SMS and leave that there was one; repeating it changes nothing."""
    del request
    id_ = named_id(sms_id, NoSuchSms)
    return answered(sms_form(actions.redact_sms(caller.account_id, sms_id=id_, now=caller.now)))


def delete(request: HttpRequest, caller: Caller, *, sms_id: str) -> HttpResponse:
    """Delete an SMS for good."""
    del request
    id_ = named_id(sms_id, NoSuchSms)
    actions.delete_sms(caller.account_id, sms_id=id_, now=caller.now)
    return empty()


def list_conversations(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Answer SMS by whom they were with, that with the newest first; `search` finds some.

    A walk lists each by its newest SMS of when the walk began (ADR 351).
    """
    limit = page_length(request)
    lease, search = parameter(request, "lease"), parameter(request, "search")
    until, before = _walk(request)
    rows = messaging.conversations(
        caller.account_id,
        lease_id=_lease_id(caller, lease) if lease else None,
        search=search,
        before=before,
        until=until,
        limit=limit,
    )
    more = len(rows) == limit and not search
    began = until or (rows[0].last.id if rows else None)
    return answered(
        {
            "conversations": [
                {
                    "id": str(row.id),
                    "lease": str(row.lease_id),
                    "ours": row.ours.e164,
                    "theirs": row.theirs,
                    "unread": row.unread,
                    "last": sms_form(row.last),
                }
                for row in rows
            ],
            "next_before": f"{began}.{rows[-1].last.id}" if more else None,
        }
    )


def _walk(request: HttpRequest) -> tuple[UUID | None, UUID | None]:
    """Return up to where a walk looks, and before what its next page begins.

    Refuses: FieldMalformed.
    """
    given = parameter(request, "before")
    if not given:
        return None, None
    began, _, before = given.partition(".")
    try:
        return UUID(began), UUID(before)
    except ValueError:
        raise FieldMalformed(field="before") from None


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


def _wish(request: HttpRequest) -> tuple[UUID, str, str]:
    """Return the lease, the recipient and the text of an SMS."""
    body = body_of(request, fields=_WISH)
    lease_id = named_id(text_of(body, "lease", required=True), NoSuchLease)
    return lease_id, text_of(body, "to", required=True), message_of(body, "text")


def _lease_id(caller: Caller, text: str) -> UUID:
    return leases.lease(caller.account_id, lease_id=named_id(text, NoSuchLease)).id


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
