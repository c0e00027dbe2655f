"""What falls due in bundles: addresses to be told what was found, and pieces that are old."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from nummer.apps.bundles import queries
from nummer.apps.bundles.actions import KEPT, purge, tell
from nummer.kernel.due import AT_END, DueRow, DueSource
from nummer.kernel.ids import id_of

STEP_S: Final = 3600  # what is old goes once an hour


def _find(until: datetime, limit: int) -> Sequence[DueRow]:
    return [DueRow(*row) for row in queries.to_be_told(until=until, limit=limit)]


def _fire(row: DueRow, now: datetime) -> None:
    tell(row.account_id, bundle_id=row.key, now=now)


def _find_old(until: datetime, limit: int) -> Sequence[DueRow]:
    del limit
    oldest = queries.oldest_changed_at()
    if oldest is None:
        return []
    due_at = _hour_after(oldest + KEPT)
    if due_at > until:
        return []
    return [DueRow(due_at, 0, id_of("bundles.purge", oldest.isoformat()))]


def _fire_old(row: DueRow, now: datetime) -> None:
    purge(before=row.due_at - KEPT, now=now)


def _hour_after(moment: datetime) -> datetime:
    return moment + timedelta(seconds=STEP_S - moment.timestamp() % STEP_S)


DUE_SOURCES: Final = (
    DueSource("bundles.told", _find, _fire, lead=AT_END),
    DueSource("bundles.purge", _find_old, _fire_old, lead=KEPT),
)
