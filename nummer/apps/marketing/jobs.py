"""What becomes due in marketing: the next batch of a campaign."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from nummer.apps.marketing import queries
from nummer.apps.marketing.actions import send_batch
from nummer.apps.marketing.actions.sending import APART
from nummer.kernel.due import DueRow, DueSource

_NOBODY: Final = 0  # a campaign belongs to no account


def _find(until: datetime, limit: int) -> Sequence[DueRow]:
    return [
        DueRow(due_at, _NOBODY, campaign_id)
        for due_at, campaign_id in queries.due(until=until, limit=limit)
    ]


def _fire(row: DueRow, now: datetime) -> None:
    send_batch(row.key, now=now)


DUE_SOURCES: Final = (DueSource("marketing.campaigns", _find, _fire, lead=APART),)
