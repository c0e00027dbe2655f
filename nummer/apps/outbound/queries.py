"""Who got what, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from nummer.apps.outbound.models import Passage


@dataclass(frozen=True, slots=True)
class PassageRow:
    """One time that data of a customer left."""

    id: UUID
    recipient: str
    purpose: str
    fields: tuple[str, ...]
    at: datetime


def passages(account_id: int, *, before: UUID | None = None, limit: int = 50) -> list[PassageRow]:
    """Return what left of a customer's data, newest first; `before` is the last id seen."""
    found = Passage.objects.filter(account_id=account_id).order_by("-id")
    if before is not None:
        found = found.filter(id__lt=before)
    return [
        PassageRow(row.id, row.recipient, row.purpose, tuple(row.fields), row.at)
        for row in found[:limit]
    ]
