"""What is deferred or falls due in supply: each look at a wholesaler, in his own lane."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from nummer.apps.supply import actions, queries
from nummer.kernel import clock
from nummer.kernel.due import DueRow, DueSource
from nummer.kernel.jobs import ASK_FUNDS, COMPARE_SUPPLY, HEAR_ORDER, SYNC_SUPPLY

NOBODY: Final = 0  # an account at a wholesaler is the operator's


def _accounts(until: datetime, limit: int) -> Sequence[DueRow]:
    due = queries.due_accounts(until=until, limit=limit)
    return [DueRow(at, NOBODY, queries.key_of(code)) for at, code in due]


def _look(row: DueRow, now: datetime) -> None:
    del now
    for at, code in queries.due_accounts(until=row.due_at, limit=queries.LISTED_MAX):
        if queries.key_of(code) == row.key:
            actions.look_at_accounts(code, at=at, now=clock.now())


def _do_sync(*, run_id: str) -> None:
    actions.sync(UUID(run_id), now=clock.now())


def _do_ask_funds(*, supplier_id: str) -> None:
    actions.ask_funds(supplier_id, now=clock.now())


def _do_compare(*, supplier_id: str) -> None:
    actions.compare(supplier_id, now=clock.now())


def _do_hear_order(*, supplier_id: str, order_id: str = "", verification_id: str = "") -> None:
    actions.hear_order(supplier_id, order=order_id, verification=verification_id, now=clock.now())


JOBS: Final[Mapping[str, Callable[..., None]]] = {
    SYNC_SUPPLY: _do_sync,
    ASK_FUNDS: _do_ask_funds,
    COMPARE_SUPPLY: _do_compare,
    HEAR_ORDER: _do_hear_order,
}

DUE_SOURCES: Final = (DueSource("supply.accounts", _accounts, _look, lead=None),)
