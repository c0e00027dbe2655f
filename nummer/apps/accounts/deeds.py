"""What the members of an account did on its pages: the account's own log (ADR 432)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from nummer.apps.accounts.models import Deed
from nummer.kernel.ids import new_id

KEPT: Final = timedelta(days=365)
SUBJECT_LENGTH_MAX: Final = 120


@dataclass(frozen=True, slots=True)
class DeedRow:
    """One line of the log; `done` is None where the answer never came."""

    id: UUID
    login_id: int
    page: str
    subject: str
    at: datetime
    done: bool | None


def begin(account_id: int, *, login_id: int, page: str, subject: str, now: datetime) -> UUID:
    """Write that a member sends something to a page; `finish` says how that went."""
    deed_id = new_id()
    Deed.objects.create(
        account_id=account_id,
        id=deed_id,
        login_id=login_id,
        page=page[:40],
        subject=subject[:SUBJECT_LENGTH_MAX],
        at=now,
    )
    return deed_id


def finish(account_id: int, *, deed_id: UUID, done: bool) -> None:
    """Write whether a page did what a member sent."""
    Deed.objects.filter(account_id=account_id, id=deed_id).update(done=done)


def deeds(account_id: int, *, before: UUID | None = None, limit: int = 50) -> list[DeedRow]:
    """Return the log, newest first; `before` is the last id seen."""
    found = Deed.objects.filter(account_id=account_id).order_by("-id")
    if before is not None:
        found = found.filter(id__lt=before)
    return [
        DeedRow(row.id, row.login_id, row.page, row.subject, row.at, row.done)
        for row in found[:limit]
    ]


def oldest(*, until: datetime) -> tuple[datetime, UUID] | None:
    """Return when the time of the oldest line is over, if that is by `until`."""
    rows = Deed.objects.filter(at__lte=until - KEPT).order_by("at", "id")
    found = rows.values_list("at", "id").first()
    return None if found is None else (found[0] + KEPT, found[1])


def forget(*, now: datetime) -> None:
    """Forget the lines whose time is over."""
    Deed.objects.filter(at__lte=now - KEPT).delete()
