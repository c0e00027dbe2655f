"""Until when something is owed: rows with an alarm before and an alarm after.

A row is written only where a thing is not done in the moment it falls due; a credit that is
booked at once has its dates in its decision.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from django.db import transaction

from nummer.apps.refunds.models import Deadline
from nummer.kernel.ids import id_of
from nummer.policy import calendar

CREDIT: Final = "credit"  # of an order that could not be settled: RP-T2
DECIDE: Final = "decide"  # an answer to a claim: RP-T3
SETTLE: Final = "settle"  # a payout that was granted: RP-T1, LAW-14
ANSWER: Final = "asked"  # an answer to a request for a payout: RP-T3
PAYOUT: Final = "payout"  # such a payout: RP-T1, LAW-14
WARNED_BEFORE: Final = {
    CREDIT: timedelta(days=1),
    DECIDE: timedelta(days=1),
    SETTLE: timedelta(days=5),
    ANSWER: timedelta(days=1),
    PAYOUT: timedelta(days=5),
}

_log = structlog.get_logger(__name__)


def open_deadline(
    account_id: int,
    *,
    kind: str,
    subject_id: UUID,
    order_id: UUID,
    last_day: date,
    timezone: str,
    now: datetime,
) -> None:
    """Note that something is owed until the end of `last_day`; repeating it changes nothing."""
    due_at = calendar.end_of_day(last_day, timezone=timezone)
    Deadline.objects.get_or_create(
        account_id=account_id,
        id=deadline_id(kind, subject_id),
        defaults={
            "kind": kind,
            "subject_id": subject_id,
            "order_id": order_id,
            "opened_at": now,
            "warn_at": due_at - WARNED_BEFORE[kind],
            "due_at": due_at,
            "calendar_version": calendar.VERSION,
        },
    )


def owe_again(
    account_id: int,
    *,
    kind: str,
    subject_id: UUID,
    order_id: UUID,
    last_day: date,
    timezone: str,
    now: datetime,
) -> None:
    """Note that something is owed until the end of `last_day`, also where it was closed before.

    One that is open keeps its day and its alarms.
    """
    open_deadline(
        account_id,
        kind=kind,
        subject_id=subject_id,
        order_id=order_id,
        last_day=last_day,
        timezone=timezone,
        now=now,
    )
    due_at = calendar.end_of_day(last_day, timezone=timezone)
    rows = Deadline.objects.filter(account_id=account_id, id=deadline_id(kind, subject_id))
    rows.exclude(state="open").update(
        state="open",
        closed_at=None,
        warn_at=due_at - WARNED_BEFORE[kind],
        due_at=due_at,
        warned_at=None,
        late_at=None,
    )


def meet_deadline(account_id: int, *, kind: str, subject_id: UUID, now: datetime) -> None:
    """Note that what was owed was done, in time or not; one that is closed stays as it is."""
    _close(account_id, kind, subject_id, state="met", now=now)


def void_deadline(account_id: int, *, kind: str, subject_id: UUID, now: datetime) -> None:
    """Note that nothing is owed any more, such as a payout that an authority's block holds."""
    _close(account_id, kind, subject_id, state="void", now=now)


def warn(account_id: int, *, deadline_id: UUID, now: datetime) -> None:
    """Raise the alarm before a deadline ends, once."""
    if row := _alarmed(account_id, deadline_id, "warned_at", now):
        _log.warning("refund deadline is near", kind=row.kind, due_at=row.due_at.isoformat())


def miss(account_id: int, *, deadline_id: UUID, now: datetime) -> None:
    """Raise the alarm that a deadline has passed, once; it stays open until it is met."""
    if row := _alarmed(account_id, deadline_id, "late_at", now):
        _log.error("refund deadline has passed", kind=row.kind, due_at=row.due_at.isoformat())


def deadline_id(kind: str, subject_id: UUID) -> UUID:
    """Return the id of the one deadline of a kind that a subject has."""
    return id_of("deadline", kind, subject_id)


def _alarmed(account_id: int, key: UUID, column: str, now: datetime) -> Deadline | None:
    with transaction.atomic():
        rows = Deadline.objects.select_for_update().filter(account_id=account_id, id=key)
        row = rows.filter(state="open", **{column: None}).first()
        if row is not None:
            setattr(row, column, now)
            row.save(update_fields=[column])
        return row


def _close(account_id: int, kind: str, subject_id: UUID, *, state: str, now: datetime) -> None:
    rows = Deadline.objects.filter(account_id=account_id, id=deadline_id(kind, subject_id))
    rows.filter(state="open").update(state=state, closed_at=now)
