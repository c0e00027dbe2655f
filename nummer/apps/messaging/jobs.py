"""Time-driven work of messages: long messages whose other parts stay away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from nummer.apps.messaging.actions import flush_parts
from nummer.apps.messaging.actions.join import stale_sets
from nummer.kernel.due import DueRow, DueSource

PARTS_WAIT: Final = timedelta(seconds=60)  # carriers send the parts of a message within seconds


def _find(until: datetime, limit: int) -> Sequence[DueRow]:
    return [
        DueRow(oldest + PARTS_WAIT, 0, UUID(bytes=index))
        for oldest, index in stale_sets(before=until - PARTS_WAIT, limit=limit)
    ]


def _fire(row: DueRow, now: datetime) -> None:
    flush_parts(row.key.bytes, now=now)


DUE_SOURCES: Final = (DueSource("messaging.parts", _find, _fire),)
