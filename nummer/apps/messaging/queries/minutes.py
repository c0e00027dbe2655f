"""How many SMS the last minutes had."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from nummer.apps.messaging.models import Minute

MINUTES_MAX: Final = 120


@dataclass(frozen=True, slots=True)
class MinuteRow:
    """The SMS of one minute, of all carriers and customers together."""

    minute: datetime
    came: int
    acknowledged: int
    refused: int
    left: int
    declined: int


def minutes(*, now: datetime, count: int = 30) -> list[MinuteRow]:
    """Return the last minutes, the eldest first, those without an SMS as well."""
    last = now.replace(second=0, microsecond=0)
    wanted = [last - timedelta(minutes=n) for n in reversed(range(min(count, MINUTES_MAX)))]
    rows = {row.minute: row for row in Minute.objects.filter(minute__in=wanted)}
    return [
        MinuteRow(at, row.came, row.acknowledged, row.refused, row.left, row.declined)
        if (row := rows.get(at)) is not None
        else MinuteRow(at, 0, 0, 0, 0, 0)
        for at in wanted
    ]
