"""Time-driven work of messages: long ones whose other parts stay away, and old ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from nummer.apps.messaging.actions import flush_parts, forward_by_mail, purge
from nummer.apps.messaging.actions.join import stale_sets
from nummer.apps.messaging.queries import due_mails, oldest_kept
from nummer.kernel.due import AT_END, DueRow, DueSource
from nummer.kernel.ids import id_of

PARTS_WAIT: Final = timedelta(seconds=60)  # carriers send the parts of a message within seconds
KEPT: Final = timedelta(days=30)  # PP-2.6
# One row is due for each minute in which something arrived: a message goes at most so much before
# its 30 days are over and never after them, and one deletion never holds up the sweep for long.
STEP_S: Final = 60


def _find(until: datetime, limit: int) -> Sequence[DueRow]:
    return [
        DueRow(oldest + PARTS_WAIT, 0, UUID(bytes=index))
        for oldest, index in stale_sets(before=until - PARTS_WAIT, limit=limit)
    ]


def _fire(row: DueRow, now: datetime) -> None:
    flush_parts(row.key.bytes, now=now)


def _find_old(until: datetime, limit: int) -> Sequence[DueRow]:
    del limit
    oldest = oldest_kept()
    if oldest is None:
        return []
    due_at = _minute(oldest + KEPT)
    if due_at > until:
        return []
    # A call may leave some of its minute: the rest is a row of its own, named by its oldest.
    return [DueRow(due_at, 0, id_of("messaging.purge", oldest.isoformat()))]


def _fire_old(row: DueRow, now: datetime) -> None:
    purge(before=row.due_at - KEPT + timedelta(seconds=STEP_S), now=now)


def _find_mails(until: datetime, limit: int) -> Sequence[DueRow]:
    return [DueRow(*row) for row in due_mails(until=until, limit=limit)]


def _fire_mails(row: DueRow, now: datetime) -> None:
    forward_by_mail(row.account_id, lease_id=row.key, now=now)


def _minute(moment: datetime) -> datetime:
    return moment - timedelta(seconds=moment.timestamp() % STEP_S)


DUE_SOURCES: Final = (
    DueSource("messaging.parts", _find, _fire, lead=None),
    DueSource("messaging.mails", _find_mails, _fire_mails, lead=AT_END),
    DueSource("messaging.purge", _find_old, _fire_old, lead=KEPT - timedelta(days=1)),
)
