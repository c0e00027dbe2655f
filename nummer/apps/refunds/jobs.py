"""Work of refunds that falls due: ends of windows, numbers taken away, telling what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from nummer.apps.numbers import queries as numbers
from nummer.apps.refunds.actions import end_taken, end_window, tell_refunds
from nummer.apps.refunds.models import Decision, Taken
from nummer.kernel.due import DueRow, DueSource

JUST_AFTER: Final = timedelta(microseconds=1)  # the last instant of a window belongs to it


def _ended_windows(until: datetime, limit: int) -> Sequence[DueRow]:
    rows = numbers.due_windows(until=until, limit=limit)
    return [DueRow(ends_at + JUST_AFTER, account_id, key) for ends_at, account_id, key in rows]


def _end_window(row: DueRow, now: datetime) -> None:
    end_window(row.account_id, key=row.key, now=now)


def _taken(until: datetime, limit: int) -> Sequence[DueRow]:
    """Return what a carrier took away and nobody ended yet: whoever meant to was killed."""
    rows = Taken.objects.filter(taken_at__lte=until)
    return [
        DueRow(row.taken_at, row.account_id, row.activation_id)
        for row in rows.order_by("taken_at", "account_id", "activation_id")[:limit]
    ]


def _end_taken(row: DueRow, now: datetime) -> None:
    end_taken(row.account_id, key=row.key, now=now)


def _untold(until: datetime, limit: int) -> Sequence[DueRow]:
    rows = Decision.objects.filter(notified_at=None, decision="CREDIT", decided_at__lte=until)
    return [
        DueRow(row.decided_at, row.account_id, row.id)
        for row in rows.order_by("decided_at", "id")[:limit]
    ]


def _tell(row: DueRow, now: datetime) -> None:
    tell_refunds(row.account_id, now=now)


DUE_SOURCES: Final = (
    DueSource("refunds.windows", _ended_windows, _end_window, lead=None),
    DueSource("refunds.letters", _untold, _tell),
    DueSource("refunds.taken", _taken, _end_taken, lead=None),
)
