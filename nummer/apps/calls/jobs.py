"""What falls due in calls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from nummer.apps.calls import queries
from nummer.apps.calls.actions import gone
from nummer.apps.calls.actions.allowing import GRACE_S
from nummer.kernel.due import DueRow, DueSource


def _find(until: datetime, limit: int) -> Sequence[DueRow]:
    return [DueRow(*row) for row in queries.due(until=until, limit=limit)]


def _fire(row: DueRow, now: datetime) -> None:
    gone(row.account_id, call_id=row.key, now=now)


DUE_SOURCES: Final = (DueSource("calls.unended", _find, _fire, lead=timedelta(seconds=GRACE_S)),)
