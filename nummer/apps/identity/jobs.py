"""What falls due in papers: the end of the time for which they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from nummer.apps.identity import actions, queries
from nummer.kernel.due import AT_END, DueRow, DueSource


def _purges(until: datetime, limit: int) -> Sequence[DueRow]:
    return [DueRow(*row) for row in queries.due_purges(until=until, limit=limit)]


def _purge(row: DueRow, now: datetime) -> None:
    actions.purge_papers(row.account_id, papers_id=row.key, now=now)


DUE_SOURCES: Final = (DueSource("identity.purges", _purges, _purge, lead=AT_END),)
