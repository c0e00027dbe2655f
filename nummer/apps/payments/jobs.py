"""What becomes due in payments: top-ups that nobody came back for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from nummer.apps.payments import actions
from nummer.apps.payments.models import TopUp, TopUpState
from nummer.kernel.due import DueRow, DueSource

ABANDONED_AFTER: Final = timedelta(hours=24)  # providers' pages live for a day at most


def _abandoned(until: datetime, limit: int) -> Sequence[DueRow]:
    rows = TopUp.objects.filter(
        state=TopUpState.STARTED, started_at__lte=until - ABANDONED_AFTER
    ).order_by("started_at", "account_id", "id")[:limit]
    return [
        DueRow(due_at=row.started_at + ABANDONED_AFTER, account_id=row.account_id, key=row.id)
        for row in rows
    ]


def _abandon(row: DueRow, now: datetime) -> None:
    actions.abandon(row.account_id, top_up_id=row.key, now=now)


ABANDONED: Final = DueSource(name="payments.top_up", find=_abandoned, fire=_abandon, lead=None)

DUE_SOURCES: Final = (ABANDONED,)
