"""Reads for the desk of the staff: what waits, whose it is, what is late, notes, satisfaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from nummer.apps.accounts import queries as accounts
from nummer.apps.cases.content import notes_of
from nummer.apps.cases.kinds import latest_to_answer_by, soon, today
from nummer.apps.cases.models import Case, CaseNumber, Kind, Note, Rating, State
from nummer.apps.cases.queries import CaseHead, head_of

NOTES_MAX: Final = 100
RATED_WITHIN: Final = timedelta(days=90)


class Which(StrEnum):
    """Which cases a list shows."""

    WAITING = "waiting"
    MINE = "mine"
    NOBODYS = "nobodys"
    SOON = "soon"
    LATE = "late"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed to."""

    which: Which = Which.WAITING
    kind: Kind | None = None
    account_id: int | None = None


@dataclass(frozen=True, slots=True)
class NoteRow:
    """One note of the staff."""

    id: UUID
    actor: str
    at: datetime
    text: str = field(repr=False)


def waiting(wanted: Wanted, *, actor: str, now: datetime, limit: int, skip: int) -> list[CaseHead]:
    """Return the cases that wait for us, those that wait longest first."""
    rows = _narrowed(Case.objects.filter(state=State.OPEN), wanted)
    match wanted.which:
        case Which.MINE:
            rows = rows.filter(assignee=actor)
        case Which.NOBODYS:
            rows = rows.filter(assignee="")
        case Which.SOON | Which.LATE:
            rows = rows.filter(_due_by(wanted.which, now))
        case Which.WAITING | Which.ALL:
            pass
    return [head_of(row) for row in rows.order_by("waits_since", "id")[skip : skip + limit]]


def latest(wanted: Wanted, *, before: int | None, limit: int) -> list[CaseHead]:
    """Return all cases, newest first; `before` is the last number seen."""
    rows = _narrowed(Case.objects.filter(merged_into=None), wanted)
    if before is not None:
        rows = rows.filter(number__lt=before)
    return [head_of(row) for row in rows.order_by("-number")[:limit]]


def counts(*, actor: str, now: datetime) -> Mapping[Which, int]:
    """Return how many cases wait, are mine, nobody's, soon due and late."""
    found = Case.objects.filter(state=State.OPEN).aggregate(
        waiting=Count("id"),
        mine=Count("id", filter=Q(assignee=actor)),
        nobodys=Count("id", filter=Q(assignee="")),
        soon=Count("id", filter=_due_by(Which.SOON, now)),
        late=Count("id", filter=_due_by(Which.LATE, now)),
    )
    return {Which(name): count for name, count in found.items()}


def case_id_of(number: int) -> tuple[int, UUID] | None:
    """Return account and id of the case of a number, None where there is none."""
    found = CaseNumber.objects.filter(number=number).first()
    return None if found is None else (found.account_id, found.case_id)


def account_named(words: str) -> int | None:
    """Return the account that an address of mail names exactly, None where it names none."""
    found = accounts.account_by_email(words) if "@" in words else None
    return None if found is None else found.id


def notes(account_id: int, *, case_id: UUID) -> list[NoteRow]:
    """Return the latest notes of a case, the earliest of them first."""
    latest_first = Note.objects.filter(account_id=account_id, case_id=case_id)
    rows = list(latest_first.order_by("-at", "-id")[:NOTES_MAX])[::-1]
    return [
        NoteRow(row.id, row.actor, row.at, text)
        for row, text in zip(rows, notes_of(rows), strict=True)
    ]


def ratings(*, now: datetime) -> Mapping[Rating, int]:
    """Return how often each word was chosen within RATED_WITHIN."""
    rated = Case.objects.filter(rated_at__gt=now - RATED_WITHIN, rated_at__lte=now)
    found = dict(rated.values_list("rating").annotate(Count("id")).order_by("rating"))
    return {rating: found.get(rating, 0) for rating in Rating}


def _narrowed(rows: QuerySet[Case], wanted: Wanted) -> QuerySet[Case]:
    if wanted.kind is not None:
        rows = rows.filter(kind=wanted.kind)
    if wanted.account_id is not None:
        rows = rows.filter(account_id=wanted.account_id)
    return rows


def _due_by(which: Which, now: datetime) -> Q:
    """Return what is due up to the next working day, or was due before today."""
    last = soon(now) if which is Which.SOON else today(now) - timedelta(days=1)
    by_rule = Q(answered_at=None, due_on__lte=last)
    return by_rule | Q(waits_since__lt=latest_to_answer_by(last))
