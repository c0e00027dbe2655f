"""What is deferred or falls due in leases: the question to a supplier, and every moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from nummer.apps.leases import handovers, queries
from nummer.apps.leases.actions import (
    handover_moment,
    look_after_instruction,
    moment,
    supply,
    tell_supplier,
)
from nummer.apps.leases.actions.telling import AGAIN_AFTER
from nummer.kernel import clock
from nummer.kernel.due import DueRow, DueSource
from nummer.kernel.jobs import SUPPLY_LEASE, TELL_SUPPLIER


def _moments(until: datetime, limit: int) -> Sequence[DueRow]:
    return [DueRow(*row) for row in queries.due(until=until, limit=limit)]


def _fire(row: DueRow, now: datetime) -> None:
    moment(row.account_id, lease_id=row.key, now=now)


def _do_supply(*, account_id: int, lease_id: str) -> None:
    supply(account_id, lease_id=UUID(lease_id), now=clock.now())


def _instructions(until: datetime, limit: int) -> Sequence[DueRow]:
    return [DueRow(*row) for row in queries.due_instructions(until=until, limit=limit)]


def _fire_instruction(row: DueRow, now: datetime) -> None:
    del now
    look_after_instruction(row.account_id, instruction_id=row.key, at=row.due_at)


def _do_tell_supplier(*, account_id: int, instruction_id: str) -> None:
    tell_supplier(account_id, instruction_id=UUID(instruction_id), now=clock.now())


def _handovers(until: datetime, limit: int) -> Sequence[DueRow]:
    return [DueRow(*row) for row in handovers.due(until=until, limit=limit)]


def _fire_handover(row: DueRow, now: datetime) -> None:
    handover_moment(row.account_id, handover_id=row.key, now=now)


JOBS: Final[Mapping[str, Callable[..., None]]] = {
    SUPPLY_LEASE: _do_supply,
    TELL_SUPPLIER: _do_tell_supplier,
}

DUE_SOURCES: Final = (
    DueSource("leases.moments", _moments, _fire),
    DueSource("leases.handovers", _handovers, _fire_handover),
    DueSource("leases.instructions", _instructions, _fire_instruction, lead=AGAIN_AFTER),
)
