"""Reads of the record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from nummer.apps.audit.models import Line


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line of the record."""

    id: UUID
    at: datetime
    actor: str
    verb: str
    place: str
    row: str
    fields: tuple[str, ...]


def lines(
    account_id: int | None = None, *, before: UUID | None = None, limit: int = 50
) -> list[LineRow]:
    """Return the newest lines, of one customer or of all; `before` is the last id seen."""
    found = Line.objects.order_by("-id")
    if account_id is not None:
        found = found.filter(account_id=account_id)
    if before is not None:
        found = found.filter(id__lt=before)
    return [
        LineRow(line.id, line.at, line.actor, line.verb, line.place, line.row, tuple(line.fields))
        for line in found[:limit]
    ]
