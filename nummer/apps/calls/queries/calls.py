"""Calls as their owner and the engine ask for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from nummer.apps.calls.content import number_of
from nummer.apps.calls.errors import NoSuchCall
from nummer.apps.calls.models import OPEN, Call
from nummer.kernel.money import Money
from nummer.kernel.phone import PhoneNumber
from nummer.policy.calls import CallState
from nummer.policy.calls.destinations import Destination

PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call; `theirs` is None once it is no longer kept, `cost` (with tax) before its end."""

    id: UUID
    lease_id: UUID
    device_id: UUID | None
    ours: PhoneNumber
    theirs: PhoneNumber | None = field(repr=False)
    destination: Destination
    local: bool
    state: CallState
    asked_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    talk_s: int | None
    billed_s: int | None
    covered_s: int | None
    cost: Money | None
    reason: str


def call(account_id: int, *, call_id: UUID) -> CallRow:
    """Return a call. Refuses: NoSuchCall."""
    row = Call.objects.filter(account_id=account_id, id=call_id).first()
    if row is None:
        raise NoSuchCall
    return _row(row)


def calls_of(
    account_id: int, *, before: tuple[datetime, UUID] | None = None, limit: int = PAGE
) -> list[CallRow]:
    """Return an account's calls, newest first; `before` is the moment and id of the last seen."""
    rows = Call.objects.filter(account_id=account_id).order_by("-asked_at", "-id")
    if before is not None:
        at, last = before
        rows = rows.filter(asked_at__lte=at).exclude(asked_at=at, id__gte=last)
    return [_row(row) for row in rows[:limit]]


def going_on(account_id: int) -> list[CallRow]:
    """Return the calls that go on, oldest first."""
    rows = Call.objects.filter(account_id=account_id, state__in=OPEN).order_by("asked_at", "id")
    return [_row(row) for row in rows]


def due(*, until: datetime, limit: int) -> list[tuple[datetime, int, UUID]]:
    """Return the calls whose end should have been told of, earliest first."""
    rows = Call.objects.filter(due_at__lte=until).order_by("due_at", "account_id", "id")
    found = rows.values_list("due_at", "account_id", "id")[:limit]
    return [(due_at, owner, key) for due_at, owner, key in found if due_at is not None]


def _row(row: Call) -> CallRow:
    cost = None
    if row.net_micro is not None:
        cost = Money(row.net_micro + (row.tax_micro or 0), row.currency)
    theirs = None
    if row.content is not None:
        theirs = PhoneNumber(number_of(row.account_id, row.id, bytes(row.content)))
    return CallRow(
        id=row.id,
        lease_id=row.lease_id,
        device_id=row.device_id,
        ours=PhoneNumber(row.e164),
        theirs=theirs,
        destination=Destination(row.destination),
        local=row.local,
        state=CallState(row.state),
        asked_at=row.asked_at,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
        talk_s=row.talk_s,
        billed_s=row.billed_s,
        covered_s=row.covered_s,
        cost=cost,
        reason=row.reason,
    )
