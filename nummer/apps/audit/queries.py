"""Reads of the record."""

from __future__ import annotations

from collections.abc import Collection
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
    account_id: int | None = None,
    *,
    before: UUID | None = None,
    limit: int = 50,
    by: str = "",
    verbs: Collection[str] = (),
) -> list[LineRow]:
    """Return the newest lines, of one customer or of all; `before` is the last id seen.

    `by` is how the actor begins, `verbs` what was done; empty ones narrow nothing.
    """
    found = Line.objects.order_by("-id")
    if account_id is not None:
        found = found.filter(account_id=account_id)
    if by:
        found = found.filter(actor__startswith=by)
    if verbs:
        found = found.filter(verb__in=verbs)
    if before is not None:
        found = found.filter(id__lt=before)
    return [
        LineRow(line.id, line.at, line.actor, line.verb, line.place, line.row, tuple(line.fields))
        for line in found[:limit]
    ]
