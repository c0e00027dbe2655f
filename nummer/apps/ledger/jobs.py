"""What becomes due in the ledger: holds whose time ran out, and the operator's hourly roll-up."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection

from nummer.apps.ledger import actions
from nummer.apps.ledger.errors import HoldClosed
from nummer.kernel.due import DueRow, DueSource

ROLL_UP_EVERY: Final = timedelta(hours=1)
ROLL_UP_KEY: Final = UUID(int=0)
NOBODY: Final = 0  # the account of what belongs to no customer


def _expired_holds(until: datetime, limit: int) -> Sequence[DueRow]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT expires_at, account_id, id FROM ledger.hold"
            " WHERE state = 'open' AND expires_at <= %s"
            " ORDER BY expires_at, account_id, id LIMIT %s",
            [until, limit],
        )
        return [DueRow(due_at=row[0], account_id=row[1], key=row[2]) for row in cursor.fetchall()]


def _expire_hold(row: DueRow, now: datetime) -> None:
    with suppress(HoldClosed):  # it was captured in the same moment
        actions.expire_hold(row.account_id, hold_id=row.key, now=now)


def _roll_up_due(until: datetime, limit: int) -> Sequence[DueRow]:
    """Return the one row of the roll-up, of the last hour that is over.

    Nothing is due before the first wallet. One roll-up adds all that came since the last, so a
    clock that jumps over years makes one and not one for each hour.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COALESCE(rolled_at, (SELECT min(opened_at) FROM ledger.wallet))"
            " FROM ledger.rollup_mark"
        )
        (last,) = cursor.fetchone()
    if last is None or last + ROLL_UP_EVERY > until:
        return []
    hours = (until - last) // ROLL_UP_EVERY
    due_at = last.astimezone(UTC) + hours * ROLL_UP_EVERY
    return [DueRow(due_at=due_at, account_id=NOBODY, key=ROLL_UP_KEY)]


def _roll_up(row: DueRow, now: datetime) -> None:
    actions.roll_up(now)


EXPIRED_HOLDS: Final = DueSource(
    name="ledger.hold", find=_expired_holds, fire=_expire_hold, lead=None
)
ROLL_UP: Final = DueSource(
    name="ledger.roll_up", find=_roll_up_due, fire=_roll_up, lead=ROLL_UP_EVERY
)

DUE_SOURCES: Final = (EXPIRED_HOLDS, ROLL_UP)
