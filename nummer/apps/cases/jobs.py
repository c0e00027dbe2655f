"""Time-driven work of cases: what is old goes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Final

from nummer.apps.cases import actions, looking, queries
from nummer.kernel.due import DueRow, DueSource
from nummer.kernel.ids import id_of

COUNTS_KEPT: Final = timedelta(days=2)
ACCESS_KEPT: Final = timedelta(days=30)  # the record of deeds keeps what was looked at


def _find_cases(until: datetime, limit: int) -> Sequence[DueRow]:
    return [DueRow(*row) for row in queries.to_purge(until=until, limit=limit)]


def _fire_case(row: DueRow, now: datetime) -> None:
    actions.purge_case(row.account_id, case_id=row.key, now=now)


def _find_raw(until: datetime, limit: int) -> Sequence[DueRow]:
    return [DueRow(*row) for row in queries.raw_to_purge(until=until, limit=limit)]


def _fire_raw(row: DueRow, now: datetime) -> None:
    actions.purge_raw(row.account_id, message_id=row.key, now=now)


def _find_access(until: datetime, limit: int) -> Sequence[DueRow]:
    rows = looking.to_purge(until=until - ACCESS_KEPT, limit=limit)
    return [DueRow(ended_at + ACCESS_KEPT, account_id, id_) for ended_at, account_id, id_ in rows]


def _fire_access(row: DueRow, now: datetime) -> None:
    del now
    actions.purge_access(row.account_id, access_id=row.key)


def _find_counts(until: datetime, limit: int) -> Sequence[DueRow]:
    del limit
    oldest = queries.oldest_count()
    if oldest is None:
        return []
    due_at = datetime.combine(oldest, time(), UTC) + COUNTS_KEPT
    return [DueRow(due_at, 0, id_of("cases.counts", str(oldest)))] if due_at <= until else []


def _fire_counts(row: DueRow, now: datetime) -> None:
    del now
    actions.purge_counts(until=(row.due_at - COUNTS_KEPT).date() + timedelta(days=1))


DUE_SOURCES: Final = (
    DueSource("cases.purge", _find_cases, _fire_case, lead=timedelta(days=365)),
    DueSource("cases.raw", _find_raw, _fire_raw, lead=timedelta(days=365)),
    DueSource("cases.access", _find_access, _fire_access, lead=timedelta(days=30)),
    DueSource("cases.counts", _find_counts, _fire_counts, lead=timedelta(days=1)),
)
