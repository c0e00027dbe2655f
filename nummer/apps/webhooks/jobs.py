"""What falls due in webhooks: endpoints to be called, and events that are old."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from nummer.apps.webhooks import queries
from nummer.apps.webhooks.actions import deliver, purge, start
from nummer.apps.webhooks.actions.removing import KEPT
from nummer.kernel import clock
from nummer.kernel.due import AT_END, DueRow, DueSource
from nummer.kernel.ids import id_of
from nummer.kernel.jobs import CALL_ENDPOINT

STEP_S: Final = 3600  # what is old goes once an hour


def _find(until: datetime, limit: int) -> Sequence[DueRow]:
    return [DueRow(*row) for row in queries.due_endpoints(until=until, limit=limit)]


def _fire(row: DueRow, now: datetime) -> None:
    start(row.account_id, endpoint_id=row.key, now=now)


def _call_endpoint(*, account_id: int, endpoint_id: str) -> None:
    deliver(account_id, endpoint_id=UUID(endpoint_id), now=clock.now())


def _find_old(until: datetime, limit: int) -> Sequence[DueRow]:
    del limit
    oldest = queries.oldest_event()
    if oldest is None:
        return []
    due_at = _hour_after(oldest + KEPT)
    if due_at > until:
        return []
    # A call may leave some of its hour: the rest is a row of its own, named by its oldest.
    return [DueRow(due_at, 0, id_of("webhooks.purge", oldest.isoformat()))]


def _fire_old(row: DueRow, now: datetime) -> None:
    del row
    purge(now=now)


def _hour_after(moment: datetime) -> datetime:
    return moment + timedelta(seconds=STEP_S - moment.timestamp() % STEP_S)


JOBS: Final[Mapping[str, Callable[..., None]]] = {CALL_ENDPOINT: _call_endpoint}

DUE_SOURCES: Final = (
    DueSource("webhooks.endpoints", _find, _fire, lead=AT_END),
    DueSource("webhooks.purge", _find_old, _fire_old, lead=KEPT),
)
