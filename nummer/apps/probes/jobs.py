"""What falls due in probes: the next probe of a route, a look at one under way, and old ones.

All of it is measured against the present: a probe that was due while the program was away, or that
a moved clock passed by, is not sent afterwards, since its times would say nothing (ADR 320).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from nummer.apps.probes import actions, queries
from nummer.apps.probes.actions.purging import purge
from nummer.kernel import clock
from nummer.kernel.due import DueRow, DueSource

NOBODY: Final = 0  # probes are the operator's
LATE: Final = timedelta(minutes=2)  # a sweep comes each second; who is later was away


def _plans(until: datetime, limit: int) -> Sequence[DueRow]:
    return _rows(queries.due_plans(until=until, limit=limit))


def _send(row: DueRow, now: datetime) -> None:
    del now
    actions.run_due(row.key, due_at=row.due_at, now=clock.now())


def _looks(until: datetime, limit: int) -> Sequence[DueRow]:
    return _rows(queries.due_looks(until=until, limit=limit))


def _look(row: DueRow, now: datetime) -> None:
    del now
    present = clock.now()
    actions.look(row.key, late=present - row.due_at > LATE, now=present)


def _old(until: datetime, limit: int) -> Sequence[DueRow]:
    return _rows(queries.old(until=until, limit=limit))


def _purge(row: DueRow, now: datetime) -> None:
    purge(now=max(now, row.due_at))


def _rows(found: Sequence[tuple[datetime, UUID]]) -> list[DueRow]:
    return [DueRow(due_at, NOBODY, key) for due_at, key in found]


# What a fire here makes is due after the present moment, so no fire makes a row of this sweep.
DUE_SOURCES: Final = (
    DueSource("probes.send", _plans, _send, lead=None),
    DueSource("probes.look", _looks, _look, lead=None),
    DueSource("probes.purge", _old, _purge, lead=None),
)
