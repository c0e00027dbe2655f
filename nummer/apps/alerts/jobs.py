"""What falls due in alerts, and the call to the operator's server."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from nummer.apps.alerts import actions, queries
from nummer.kernel import clock
from nummer.kernel.due import AT_END, DueRow, DueSource
from nummer.kernel.jobs import TELL_ALERT

NOBODY: Final = 0  # an alert is the operator's
KINDS_MAX: Final = 100


def _looks(until: datetime, limit: int) -> Sequence[DueRow]:
    due = queries.due_looks(until=until, limit=limit)
    return sorted(DueRow(at, NOBODY, queries.key_of(kind)) for at, kind in due)


def _look(row: DueRow, now: datetime) -> None:
    """Look as things are now: after a jump of the clock once, and not for each minute of it."""
    del now
    for at, kind in queries.due_looks(until=row.due_at, limit=KINDS_MAX):
        if queries.key_of(kind) == row.key:
            actions.look(kind, at=at, now=clock.now())


def _do_tell(*, alert_id: str, telling_id: str) -> None:
    actions.tell(UUID(alert_id), telling=telling_id, now=clock.now())


JOBS: Final[Mapping[str, Callable[..., None]]] = {TELL_ALERT: _do_tell}

DUE_SOURCES: Final = (DueSource("alerts.looks", _looks, _look, lead=AT_END),)
