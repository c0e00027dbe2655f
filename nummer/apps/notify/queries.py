"""Reads of letters."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from nummer.apps.notify.models import Letter, State


@dataclass(frozen=True, slots=True)
class LetterRow:
    """A letter, without its content."""

    id: UUID
    letter: str
    locale: str
    state: str
    written_at: datetime
    sent_at: datetime | None


def letters(account_id: int, *, before: UUID | None = None, limit: int = 50) -> list[LetterRow]:
    """Return the letters to a customer, newest first; `before` is the last id seen."""
    rows = Letter.objects.filter(account_id=account_id)
    if before is not None:
        last = rows.get(id=before)
        rows = rows.filter(written_at__lt=last.written_at)
    return [
        LetterRow(row.id, row.letter, row.locale, row.state, row.written_at, row.sent_at)
        for row in rows.order_by("-written_at", "-id")[:limit]
    ]


def letters_by_id(account_id: int, *, ids: Collection[UUID]) -> dict[UUID, LetterRow]:
    """Return those of these letters that were written to a customer, by id."""
    rows = Letter.objects.filter(account_id=account_id, id__in=list(ids)).order_by("id")
    return {
        row.id: LetterRow(row.id, row.letter, row.locale, row.state, row.written_at, row.sent_at)
        for row in rows
    }


def waiting(*, until: datetime, limit: int) -> list[tuple[datetime, int, UUID]]:
    """Return (due, account, id) of letters whose job should have been done by `until`."""
    rows = Letter.objects.filter(state=State.WAITING, due_at__lte=until)
    return list(rows.order_by("due_at", "id").values_list("due_at", "account_id", "id")[:limit])
