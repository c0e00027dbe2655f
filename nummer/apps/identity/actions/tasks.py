"""Papers are opened as a task: a reviewer takes them from the queue, with their case.

Whoever tries without is refused, and that she tried is written down (PP-2.3a).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from nummer.apps.audit import actions as audit
from nummer.apps.identity.errors import NoSuchPapers, PapersJudged, PapersNotTaken, PapersTaken
from nummer.apps.identity.models import Papers
from nummer.apps.identity.words import State
from nummer.policy.clause import clause

TASK_LASTS: Final = timedelta(hours=2)


def take(account_id: int, *, papers_id: UUID, actor: str, now: datetime) -> None:
    """Make papers that wait the task of a reviewer, for TASK_LASTS; again starts anew.

    Refuses: NoSuchPapers, PapersJudged, PapersTaken (by another). Locks: the papers.
    """
    with transaction.atomic():
        row = waiting_row(account_id, papers_id)
        if row.taken_by not in {"", actor} and _lasts(row, now):
            raise PapersTaken
        row.taken_by, row.taken_at = actor, now
        row.save(update_fields=["taken_by", "taken_at"])
        _record(row, verb="papers_taken", actor=actor, now=now)


def give_back(account_id: int, *, papers_id: UUID, actor: str, now: datetime) -> None:
    """Let another reviewer take them. Refuses: NoSuchPapers, PapersJudged. Locks: the papers."""
    with transaction.atomic():
        row = waiting_row(account_id, papers_id)
        if row.taken_by != actor:
            return
        row.taken_by, row.taken_at = "", None
        row.save(update_fields=["taken_by", "taken_at"])
        _record(row, verb="papers_given_back", actor=actor, now=now)


@clause(
    "PP-2.3a",
    quote="We store your data safely: messages, phone numbers and papers are encrypted, access is "
    "limited to those who need it and is recorded, and copies for recovery are encrypted too.",
)
def require_task(account_id: int, *, papers_id: UUID, actor: str, now: datetime) -> None:
    """Refuse whoever has not taken papers that wait, and write down that she tried.

    Before any transaction of the caller, so that the line stays. Refuses: NoSuchPapers,
    PapersJudged, PapersNotTaken.
    """
    row = Papers.objects.filter(account_id=account_id, id=papers_id).first()
    if row is None:
        raise NoSuchPapers
    if row.state == State.WAITING and row.taken_by == actor and _lasts(row, now):
        return
    _record(row, verb="papers_opening_refused", actor=actor, now=now)
    if row.state != State.WAITING:
        raise PapersJudged
    raise PapersNotTaken


def taken(account_id: int, *, papers_id: UUID, actor: str) -> Papers:
    """Return papers that wait and that somebody took, locked.

    Refuses: NoSuchPapers, PapersJudged, PapersNotTaken.
    """
    row = waiting_row(account_id, papers_id)
    if row.taken_by != actor:
        raise PapersNotTaken
    return row


def waiting_row(account_id: int, papers_id: UUID) -> Papers:
    """Return papers that wait, locked. Refuses: NoSuchPapers, PapersJudged."""
    rows = Papers.objects.select_for_update().filter(account_id=account_id, id=papers_id)
    row = rows.first()
    if row is None:
        raise NoSuchPapers
    if row.state != State.WAITING:
        raise PapersJudged
    return row


def _lasts(row: Papers, now: datetime) -> bool:
    return row.taken_at is not None and now < row.taken_at + TASK_LASTS


def _record(row: Papers, *, verb: str, actor: str, now: datetime) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        place="identity_papers",
        row=str(row.id),
        account_id=row.account_id,
        fields=[],
        now=now,
    )
