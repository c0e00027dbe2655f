"""SMS that left, or shall leave, from rented numbers, as their holder may read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from nummer.apps.messaging import said
from nummer.apps.messaging.models import Deadline, Outgoing, OutgoingState
from nummer.apps.messaging.queries.forms import Direction, Sms, SmsState, Wanted
from nummer.kernel.money import Money
from nummer.kernel.phone import PhoneNumber


def some(wanted: Wanted) -> list[Sms]:
    """Return what is wanted, from the end it is asked for."""
    rows = _of_leases(wanted.account_id)
    if wanted.lease_id is not None:
        rows = rows.filter(lease_id=wanted.lease_id)
    if wanted.leases is not None:
        rows = rows.filter(lease_id__in=list(wanted.leases))
    if wanted.but_leases:
        rows = rows.exclude(lease_id__in=list(wanted.but_leases))
    if wanted.theirs_index is not None:
        rows = rows.filter(theirs_index=wanted.theirs_index)
    if wanted.ids is not None:
        rows = rows.filter(id__in=wanted.ids)
    if wanted.since is not None:
        rows = rows.filter(queued_at__gte=wanted.since)
    if wanted.until is not None:
        rows = rows.filter(queued_at__lt=wanted.until)
    if wanted.before is not None:
        rows = rows.filter(id__lt=wanted.before)
    if wanted.after is not None:
        rows = rows.filter(id__gt=wanted.after)
    return opened(rows.order_by("id" if wanted.forwards else "-id")[: wanted.limit])


def one(account_id: int, sms_id: UUID) -> Sms | None:
    """Return one that a number sends; None where there is no such one."""
    found = opened(_of_leases(account_id).filter(id=sms_id)[:1])
    return found[0] if found else None


def not_sent(*, until: datetime, limit: int) -> list[tuple[datetime, int, UUID]]:
    """Return (queued, account, text) of rented numbers' texts that still wait, oldest first."""
    rows = Outgoing.objects.filter(
        state=OutgoingState.QUEUED, lease_id__isnull=False, queued_at__lte=until
    ).order_by("queued_at", "account_id", "id")
    return list(rows.values_list("queued_at", "account_id", "id")[:limit])


def of_key(account_id: int, *, key: UUID) -> Sms | None:
    """Return the SMS that its sender asked for under an idempotency key."""
    rows = _of_leases(account_id).filter(key=key)
    return next(iter(opened(rows)), None)


def still_taken(
    *, queued_until: datetime, taken_until: datetime, limit: int
) -> list[tuple[datetime, datetime, int, UUID]]:
    """Return (queued, taken, account, text) of rented numbers' texts that a gateway still has."""
    rows = Outgoing.objects.filter(
        state=OutgoingState.TAKEN,
        lease_id__isnull=False,
        queued_at__lte=queued_until,
        taken_at__lte=taken_until,
    ).order_by("queued_at", "account_id", "id")
    found = rows.values_list("queued_at", "taken_at", "account_id", "id")[:limit]
    return [
        (queued_at, taken_at, account_id, key)
        for queued_at, taken_at, account_id, key in found
        if taken_at is not None
    ]


def deadlines(*, until: datetime, limit: int) -> list[tuple[datetime, int, UUID]]:
    """Return (moment, account, text) of texts that are not to be sent after it, earliest first."""
    rows = Deadline.objects.filter(until__lte=until).order_by("until", "account_id", "id")
    return list(rows.values_list("until", "account_id", "id")[:limit])


def unknown(*, until: datetime, limit: int) -> list[tuple[datetime, int, UUID]]:
    """Return (since, account, text) of rented numbers' texts of unknown outcome, oldest first."""
    rows = Outgoing.objects.filter(
        state=OutgoingState.UNKNOWN, lease_id__isnull=False, done_at__lte=until
    ).order_by("done_at", "account_id", "id")
    found = rows.values_list("done_at", "account_id", "id")[:limit]
    return [(since, account_id, key) for since, account_id, key in found if since is not None]


def opened(rows: Sequence[Outgoing] | QuerySet[Outgoing]) -> list[Sms]:
    """Open several texts of rented numbers, with one look for their keys."""
    listed = list(rows)
    return [_sms(row, told) for row, told in zip(listed, said.unsealed(listed), strict=True)]


def _of_leases(account_id: int) -> QuerySet[Outgoing]:
    return Outgoing.objects.filter(account_id=account_id, lease_id__isnull=False, deleted=False)


def _sms(row: Outgoing, told: said.Said) -> Sms:
    assert row.lease_id is not None, "an SMS of a rented number has its lease"
    assert row.parts is not None, "its parts are counted"
    return Sms(
        account_id=row.account_id,
        id=row.id,
        lease_id=row.lease_id,
        direction=Direction.OUT,
        ours=PhoneNumber(row.ours),
        theirs=told.theirs,
        body=told.text,
        parts=row.parts,
        state=SmsState(row.state),
        error=row.reason,
        price=_price(row),
        created_at=row.queued_at,
        sent_at=row.sent_at,
        done_at=row.done_at,
    )


def _price(row: Outgoing) -> Money | None:
    """Return what it costs with tax; None once that was given back."""
    if row.state == SmsState.FAILED or row.net_micro is None or row.tax_micro is None:
        return None
    return Money(row.net_micro + row.tax_micro, row.currency)
