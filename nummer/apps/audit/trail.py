"""The record as those read it who look after the others: narrowed, page by page, never a value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from nummer.apps.audit.models import Line

SPAN_MAX: Final = timedelta(days=92)
EXPORTED_MAX: Final = 100_000
_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Deed:
    """One line: who did what to which row, and the names of the fields concerned."""

    id: UUID
    at: datetime
    actor: str
    verb: str
    place: str
    row: str
    account_id: int | None
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines: of a span of time, of an account, of whom, of which verb and table."""

    since: datetime
    until: datetime
    account_id: int | None = None
    actor: str = ""
    verb: str = ""
    place: str = ""

    def __post_init__(self) -> None:
        """Hold a look to a season; the record of years is read piece by piece."""
        assert self.until - self.since <= SPAN_MAX, "a look at the record is of a season"


def deeds(wanted: Wanted, *, before: UUID | None = None, limit: int = 50) -> list[Deed]:
    """Return lines, the latest first; `before` is the last one seen."""
    rows = Line.objects.filter(at__gte=wanted.since, at__lt=wanted.until)
    if wanted.account_id is not None:
        rows = rows.filter(account_id=wanted.account_id)
    if wanted.actor:
        rows = rows.filter(actor=wanted.actor)
    if wanted.verb:
        rows = rows.filter(verb=wanted.verb)
    if wanted.place:
        rows = rows.filter(place=wanted.place)
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [_deed(row) for row in rows.order_by("-id")[:limit]]


def exported(wanted: Wanted) -> Iterator[list[Deed]]:
    """Yield all of those lines, a thousand at a time, at most EXPORTED_MAX."""
    before: UUID | None = None
    for _ in range(EXPORTED_MAX // _AT_ONCE):
        page = deeds(wanted, before=before, limit=_AT_ONCE)
        yield page
        if len(page) < _AT_ONCE:
            return
        before = page[-1].id


def _deed(row: Line) -> Deed:
    return Deed(
        row.id, row.at, row.actor, row.verb, row.place, row.row, row.account_id, tuple(row.fields)
    )
