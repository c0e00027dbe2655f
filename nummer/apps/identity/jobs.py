"""What falls due in papers: the end of their time, and another question to the scanner."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from nummer.apps.identity import actions, queries
from nummer.kernel import clock
from nummer.kernel.due import AT_END, DueRow, DueSource
from nummer.kernel.jobs import CHECK_DOCUMENT


def _purges(until: datetime, limit: int) -> Sequence[DueRow]:
    return [DueRow(*row) for row in queries.due_purges(until=until, limit=limit)]


def _purge(row: DueRow, now: datetime) -> None:
    actions.purge_papers(row.account_id, papers_id=row.key, now=now)


def _checks(until: datetime, limit: int) -> Sequence[DueRow]:
    return [DueRow(*row) for row in queries.due_checks(until=until, limit=limit)]


def _check(row: DueRow, now: datetime) -> None:
    del now
    actions.look_after_document(row.account_id, document_id=row.key, at=row.due_at)


def _do_check(*, account_id: int, document_id: str) -> None:
    actions.check_document(account_id, document_id=UUID(document_id), now=clock.now())


def _reminders(until: datetime, limit: int) -> Sequence[DueRow]:
    return [DueRow(*row) for row in queries.due_reminders(until=until, limit=limit)]


def _remind(row: DueRow, now: datetime) -> None:
    actions.remind(row.account_id, papers_id=row.key, now=now)


JOBS: Final[Mapping[str, Callable[..., None]]] = {CHECK_DOCUMENT: _do_check}

DUE_SOURCES: Final = (
    DueSource("identity.purges", _purges, _purge, lead=AT_END),
    DueSource("identity.checks", _checks, _check, lead=AT_END),
    DueSource("identity.reminders", _reminders, _remind, lead=AT_END),
)
