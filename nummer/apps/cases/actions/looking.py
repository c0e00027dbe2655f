"""Who of the support may look at whom: by an open case, or for a reason that is written down."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from nummer.apps.audit import actions as audit
from nummer.apps.cases.models import Access, Case, State, Why
from nummer.kernel.ids import new_id
from nummer.policy.clause import clause

BY_CASE: Final = timedelta(hours=12)  # a shift, and only while the case is open
BY_REASON: Final = timedelta(hours=1)


@clause(
    "LD-U2",
    quote="access is limited to those who need it and is recorded",
    reading="ADR 0411",
)
def look_by_case(account_id: int, *, case_id: UUID, actor: str, now: datetime) -> None:
    """Let one who opened a case look at its account until the case is closed, for a shift.

    A closed case lets nobody look. Opening it again within the time writes nothing.
    """
    row = Case.objects.filter(account_id=account_id, id=case_id).exclude(state=State.CLOSED).first()
    if row is None:
        return
    known = Access.objects.filter(
        account_id=account_id, actor=actor, case_id=case_id, until__gt=now
    )
    if not known.exists():
        _open(account_id, why=Why.CASE, actor=actor, now=now, row=row)


def look_by_reason(account_id: int, *, why: Why, actor: str, now: datetime) -> None:
    """Let somebody look at an account for an hour, for a reason that its customer can read."""
    assert why is not Why.CASE, "a case is opened, not claimed"
    _open(account_id, why=why, actor=actor, now=now)


def purge_access(account_id: int, *, access_id: UUID) -> None:
    """Forget that somebody could look, once its time in the records is over."""
    Access.objects.filter(account_id=account_id, id=access_id).delete()


def _open(account_id: int, *, why: Why, actor: str, now: datetime, row: Case | None = None) -> None:
    with transaction.atomic():
        Access.objects.create(
            account_id=account_id,
            id=new_id(),
            actor=actor,
            why=why,
            case_id=None if row is None else row.id,
            number=None if row is None else row.number,
            at=now,
            until=now + (BY_REASON if row is None else BY_CASE),
        )
        audit.record(
            actor=actor,
            verb="open_account",
            place="cases_access",
            row=why,
            account_id=account_id,
            fields=["account"],
            now=now,
        )
