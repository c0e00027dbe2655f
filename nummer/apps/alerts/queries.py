"""Which alerts are open, and which were."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from nummer.apps.alerts.models import Alert, Look
from nummer.kernel.ids import id_of

OPEN_MAX: Final = 200
OVER_MAX: Final = 50


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One alert."""

    kind: str
    subject: str
    said: str
    raised_at: datetime
    told_at: datetime | None
    cleared_at: datetime | None


def open_alerts() -> list[AlertRow]:
    """Return what was told and is not over, oldest first."""
    rows = Alert.objects.filter(cleared_at=None, raised_at__isnull=False)
    return [_row(row) for row in rows.order_by("raised_at", "id")[:OPEN_MAX]]


def past_alerts() -> list[AlertRow]:
    """Return what is over, newest first."""
    rows = Alert.objects.filter(cleared_at__isnull=False, raised_at__isnull=False)
    return [_row(row) for row in rows.order_by("-cleared_at", "-id")[:OVER_MAX]]


def key_of(kind: str) -> UUID:
    """Return the key of a kind's due row."""
    return id_of("alerts.look", kind)


def due_looks(*, until: datetime, limit: int) -> list[tuple[datetime, str]]:
    """Return the kinds that are to be looked for, earliest first."""
    rows = Look.objects.filter(due_at__lte=until).order_by("due_at", "kind")
    return list(rows.values_list("due_at", "kind")[:limit])


def _row(row: Alert) -> AlertRow:
    assert row.raised_at is not None, "only those that were told are shown"
    return AlertRow(row.kind, row.subject, row.said, row.raised_at, row.told_at, row.cleared_at)
