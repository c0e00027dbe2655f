"""Reads of who may look at whom, and of who did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from nummer.apps.audit import queries as audit
from nummer.apps.cases.models import Access, Case, State, Why

ACCOUNTS_MAX: Final = 200
# A suspicion of misuse is not among them: of some the law forbids to tell (ADR 184).
LOOKS: Final = (
    "open_account",
    "view_account",
    "view_case",
    "view_case_file",
    "view_raw_mail",
    "view_order",
    "view_facts",
    "view_lease",
    "view_claim",
    "preview_claim",
    "view_payments",
    "view_standing",
    "invoice_seen",
    "list_letters",
)


@dataclass(frozen=True, slots=True)
class Looked:
    """One look of the staff: what was shown, by the names of its fields and never a value."""

    id: UUID
    at: datetime
    login_id: int
    verb: str
    fields: tuple[str, ...]
    why: Why | None


def may_look(account_id: int, *, actor: str, now: datetime) -> bool:
    """Tell whether one of the support may look at an account now."""
    return _live(actor, now).filter(account_id=account_id).exists()


def open_accounts(*, actor: str, now: datetime) -> list[int]:
    """Return the accounts that one of the support may look at now."""
    rows = _live(actor, now).order_by("account_id").values_list("account_id", flat=True)
    return list(rows.distinct()[:ACCOUNTS_MAX])


def looks_at(account_id: int, *, before: UUID | None, limit: int) -> list[Looked]:
    """Return who of the staff looked at an account, newest first, for its customer."""
    lines = audit.lines(account_id, before=before, limit=limit, by="staff:", verbs=LOOKS)
    return [
        Looked(
            line.id,
            line.at,
            int(line.actor.removeprefix("staff:")),
            line.verb,
            line.fields,
            Why(line.row) if line.verb == "open_account" else None,
        )
        for line in lines
    ]


def to_purge(*, until: datetime, limit: int) -> list[tuple[datetime, int, UUID]]:
    """Return (end, account, id) of what nobody can look by any more."""
    rows = Access.objects.filter(until__lte=until).order_by("until", "id")
    return list(rows.values_list("until", "account_id", "id")[:limit])


def _live(actor: str, now: datetime) -> QuerySet[Access]:
    open_case = Case.objects.filter(
        account_id=OuterRef("account_id"), id=OuterRef("case_id")
    ).exclude(state=State.CLOSED)
    return Access.objects.filter(actor=actor, at__lte=now, until__gt=now).filter(
        Q(case_id=None) | Exists(open_case)
    )
