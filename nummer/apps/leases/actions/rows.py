"""What the verbs of leases share: the locked row, its next moment, its fee."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from nummer.apps.accounts import queries as accounts
from nummer.apps.catalogue.leasing import Sum, tax_rate_bp, taxed
from nummer.apps.leases.errors import LeaseNotLikeThat, NoSuchLease
from nummer.apps.leases.models import (
    HANDOVER_OPEN,
    PORT_OUT_OPEN,
    Handover,
    HandoverState,
    Lease,
    PortOut,
    PortOutState,
)
from nummer.apps.ledger import actions as ledger
from nummer.apps.ledger.actions import Book, Leg
from nummer.kernel.money import Money
from nummer.policy.lease import LeaseEvent, LeaseState, after, papers_by, reminders, supplied_by

REMINDERS: Final = 3


def locked(account_id: int, lease_id: UUID) -> Lease:
    """Return a lease with its row locked until the transaction ends. Refuses: NoSuchLease."""
    row = Lease.objects.select_for_update().filter(account_id=account_id, id=lease_id).first()
    if row is None:
        raise NoSuchLease
    return row


def state_after(row: Lease, event: LeaseEvent) -> LeaseState:
    """Return where an event leads. Refuses: LeaseNotLikeThat."""
    found = after(LeaseState(row.state), event)
    if found is None:
        raise LeaseNotLikeThat(state=row.state)
    return found


def save(row: Lease) -> None:
    """Write a locked lease, with the moment at which it is looked at again."""
    row.next_due_at = _next_due(row)
    row.save()


def _next_due(row: Lease) -> datetime | None:
    match LeaseState(row.state):
        case LeaseState.PAID | LeaseState.AT_SUPPLIER:
            return _first(row.retry_at, supplied_by(row.papers_at or row.placed_at))
        case LeaseState.PAPERS:
            return papers_by(row.placed_at)
        case LeaseState.ACTIVE:
            return _first(next_reminder(row), row.fee_due_at, row.retry_at or row.paid_until)
        case LeaseState.CANCELLED:
            return row.paid_until
        case LeaseState.GRACE:
            return _first(row.retry_at, row.kept_until)
        case LeaseState.RELEASED | LeaseState.FAILED:
            return None


def next_reminder(row: Lease) -> datetime | None:
    """Return when to remind of the end of the paid period next; None once all were sent."""
    if row.paid_until is None or row.reminded >= REMINDERS:
        return None
    return reminders(row.paid_until, timezone=row.timezone)[row.reminded]


def _first(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def fee(row: Lease, *, now: datetime) -> tuple[Sum, int]:
    """Return the monthly fee as it was agreed, with the tax that counts at `now`, and its rate."""
    country = accounts.tax_country(accounts.account(row.account_id))
    rate_bp = tax_rate_bp(country, now=now)
    return taxed(Money(row.monthly_net_micro, row.currency), rate_bp=rate_bp), rate_bp


def charge_legs(*, net: Money, tax: Money) -> list[Leg]:
    """Return the legs of a charge: net and tax, each to its book."""
    legs = [Leg(Book.REVENUE, -net)]
    if tax.micro:
        legs.append(Leg(Book.TAX, -tax))
    return legs


def free_fee(row: Lease, *, now: datetime) -> None:
    """Let go of what was kept back for the next fee. Locks: the wallet."""
    row.fee_due_at = None
    if row.activated_at is not None:
        ledger.earmark(row.account_id, id=row.id, amount=Money(0, row.currency), now=now)


def give_notice_again(row: Lease, *, now: datetime) -> None:
    """Let a lease that is for one period end with the one that was just paid (ADR 261).

    Locks: the wallet.
    """
    if row.for_one_period:
        row.state = state_after(row, LeaseEvent.NOTICE_GIVEN)
        free_fee(row, now=now)


def end_what_went_on(row: Lease, *, now: datetime) -> None:
    """End what the holder had begun with a number that he no longer has.

    Locks: its open handover, its open port-out.
    """
    of_lease = {"account_id": row.account_id, "lease_id": row.id}
    Handover.objects.filter(**of_lease, state__in=HANDOVER_OPEN).update(
        state=HandoverState.VOID, ended_at=now, due_at=None, to_email=None
    )
    PortOut.objects.filter(**of_lease, state__in=PORT_OUT_OPEN).update(
        state=PortOutState.WITHDRAWN, ended_at=now, code=None
    )
