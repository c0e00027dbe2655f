"""What is deferred or falls due in leases: the question to a supplier, and every moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from nummer.apps.leases import queries
from nummer.apps.leases.actions import moment, supply
from nummer.kernel import clock
from nummer.kernel.due import DueRow, DueSource
from nummer.kernel.jobs import SUPPLY_LEASE


def _moments(until: datetime, limit: int) -> Sequence[DueRow]:
    return [DueRow(*row) for row in queries.due(until=until, limit=limit)]


def _fire(row: DueRow, now: datetime) -> None:
    moment(row.account_id, lease_id=row.key, now=now)


def _do_supply(*, account_id: int, lease_id: str) -> None:
    supply(account_id, lease_id=UUID(lease_id), now=clock.now())


JOBS: Final[Mapping[str, Callable[..., None]]] = {SUPPLY_LEASE: _do_supply}

DUE_SOURCES: Final = (DueSource("leases.moments", _moments, _fire),)
