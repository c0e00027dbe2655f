"""Reads of letters."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Q

from nummer.apps.accounts import profiles
from nummer.apps.accounts import queries as accounts
from nummer.apps.notify.contents import opened
from nummer.apps.notify.errors import NoSuchLetter
from nummer.apps.notify.models import Letter, State, Step
from nummer.apps.notify.rendering import Written, write
from nummer.apps.notify.returning import marked
from nummer.apps.notify.ways import address_index
from nummer.apps.paging import page_behind
from nummer.apps.vault.keys import OPERATOR_ACCOUNT_ID

STEPS_MAX: Final = 2_000  # of one page of letters
_NEWEST: Final = ("-written_at", "-id")


@dataclass(frozen=True, slots=True)
class LetterRow:
    """A letter, without its content."""

    id: UUID
    letter: str
    locale: str
    state: str
    written_at: datetime
    sent_at: datetime | None
    readable: bool = False  # its content is still here


@dataclass(frozen=True, slots=True)
class StepRow:
    """What happened to a letter; `status` is a code of RFC 3463 or empty."""

    at: datetime
    fate: str
    status: str


@dataclass(frozen=True, slots=True)
class MarkRow:
    """Why an address takes no mail, and since when."""

    mark: str
    since: datetime


def letters(account_id: int, *, before: UUID | None = None, limit: int = 50) -> list[LetterRow]:
    """Return the letters to a customer, newest first; `before` is the last id seen."""
    rows = Letter.objects.filter(account_id=account_id).defer("content")
    rows = rows.annotate(readable=Q(content__isnull=False))
    after = None if before is None else (account_id, before)
    return [_row(row) for row in page_behind(rows, after, by=_NEWEST)[:limit]]


def steps(account_id: int, *, ids: Collection[UUID]) -> dict[UUID, list[StepRow]]:
    """Return what happened to each of these letters, earliest first."""
    found: dict[UUID, list[StepRow]] = {letter_id: [] for letter_id in ids}
    rows = Step.objects.filter(account_id=account_id, letter_id__in=list(ids))
    for row in rows.order_by("at", "id")[:STEPS_MAX]:
        found[row.letter_id].append(StepRow(row.at, row.fate, row.status))
    return found


def content(account_id: int, *, letter_id: UUID) -> Written:
    """Return a letter as its customer reads it on the page.

    Refuses: NoSuchLetter, also for one whose content was forgotten once it was sent.
    """
    row = Letter.objects.filter(account_id=account_id, id=letter_id, content__isnull=False).first()
    if row is None or account_id == OPERATOR_ACCOUNT_ID:
        raise NoSuchLetter
    zone = profiles.time_zone(row.account_id)
    return write(row.letter, content=opened(row), language=row.locale, zone=zone)


def mark_of(account_id: int, *, now: datetime) -> MarkRow | None:
    """Return why a customer's address takes no mail; None where it does."""
    address = accounts.email(account_id)
    row = None if address is None else marked(account_id, address=address, now=now)
    return None if row is None else MarkRow(row.mark, row.marked_at)


def written_since(account_id: int, *, letter: str, since: datetime) -> int:
    """Return how many letters of a kind were written to a customer since a moment; 100 at most."""
    rows = Letter.objects.filter(account_id=account_id, letter=letter, written_at__gt=since)
    return len(rows.order_by("id").values_list("id", flat=True)[:100])


def index_of(address: str) -> str:
    """Return by what a link in a mail says which address it went to, without naming it."""
    return address_index(address).hex()


def on_page(account_id: int, *, since: datetime) -> int:
    """Return how many letters were put on the page, unmailed, since a moment; 100 at most."""
    rows = Letter.objects.filter(
        account_id=account_id, state=State.ON_PAGE, written_at__gte=since
    ).order_by("id")
    return len(rows.values_list("id", flat=True)[:100])


def letters_by_id(account_id: int, *, ids: Collection[UUID]) -> dict[UUID, LetterRow]:
    """Return those of these letters that were written to a customer, by id."""
    rows = Letter.objects.filter(account_id=account_id, id__in=list(ids)).order_by("id")
    return {
        row.id: LetterRow(row.id, row.letter, row.locale, row.state, row.written_at, row.sent_at)
        for row in rows
    }


def _row(row: Letter) -> LetterRow:
    return LetterRow(
        row.id,
        row.letter,
        row.locale,
        row.state,
        row.written_at,
        row.sent_at,
        bool(getattr(row, "readable", False)),
    )


def waiting(*, until: datetime, limit: int) -> list[tuple[datetime, int, UUID]]:
    """Return (due, account, id) of letters whose job should have been done by `until`."""
    rows = Letter.objects.filter(state=State.WAITING, due_at__lte=until)
    return list(rows.order_by("due_at", "id").values_list("due_at", "account_id", "id")[:limit])
