"""What time does to a lease: reminders, the fee kept back, renewal, grace, release."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from nummer.apps.leases.actions import ending, letters, rows, supplying, telling
from nummer.apps.leases.actions.renting import period_id
from nummer.apps.leases.models import Lease, Period, Verb
from nummer.apps.leases.ports import outage_open
from nummer.apps.ledger import actions as ledger
from nummer.apps.ledger import queries as wallets
from nummer.apps.ledger.actions import TransferKind
from nummer.apps.ledger.errors import EarmarkMissing, InsufficientBalance
from nummer.policy.clause import clause
from nummer.policy.lease import PENDING, LeaseEvent, LeaseState, grace_ends, next_period

RETRIED_AFTER: Final = timedelta(hours=1)
OUTAGE_LOOKED_AFTER: Final = timedelta(hours=6)
FEE_TRIED_AFTER: Final = timedelta(days=1)


def moment(account_id: int, *, lease_id: UUID, now: datetime) -> None:
    """Do all that is due of a lease at or before `now`, each thing at its own moment.

    Being called twice or late does the same. Locks: the lease, then number for rent and wallet.
    """
    with transaction.atomic():
        row = rows.locked(account_id, lease_id)
        while row.next_due_at is not None and row.next_due_at <= now:
            _one(row, row.next_due_at)
            rows.save(row)


def renew_now(account_id: int, *, lease_id: UUID, now: datetime) -> bool:
    """Try to pay a lease that is in grace, as its holder wishes; say whether it serves again.

    Refuses: NoSuchLease. Locks: the lease, then the wallet.
    """
    with transaction.atomic():
        row = rows.locked(account_id, lease_id)
        if row.state == LeaseState.GRACE:
            _renew(row, now)
            rows.save(row)
        return row.state == LeaseState.ACTIVE


def _one(row: Lease, at: datetime) -> None:
    """Do the first thing that is due at `at`; money and ends before words."""
    if row.state in PENDING:
        supplying.look_after(row, at=at)
    elif row.state == LeaseState.CANCELLED:
        ending.end(row, event=LeaseEvent.PERIOD_OVER, reason="notice", now=at)
    elif row.state == LeaseState.GRACE:
        _in_grace(row, at)
    elif _due(row.retry_at or row.paid_until, at):
        _renew(row, at)
    elif _due(row.fee_due_at, at):
        _keep_fee(row, at)
    else:
        _remind(row, at)


def _due(moment: datetime | None, at: datetime) -> bool:
    return moment is not None and moment <= at


@clause(
    "RP-B1",
    quote="If a rented number does not work for more than 24 hours, counted from the moment you "
    "first contact us, we return the price of every day it was unavailable, and a day that has "
    "begun counts as a whole day.",
    reading="ADR 0204",
)
def _waits_for_outage(row: Lease, at: datetime) -> bool:
    """Charge nothing while the holder's report of an outage is open (K38)."""
    if not outage_open(row.account_id, lease_id=row.id, now=at):
        return False
    row.retry_at = at + OUTAGE_LOOKED_AFTER
    return True


def _renew(row: Lease, at: datetime) -> None:
    """Charge the next period, once whatever happens; without the money grace begins."""
    if _waits_for_outage(row, at):
        return
    assert row.anchor_at is not None, "what is renewed was activated"
    anchor_at, month = next_period(
        row.anchor_at, index=row.months, paid_at=at, timezone=row.timezone
    )
    fee, rate_bp = rows.fee(row, now=at)
    new = Period(
        account_id=row.account_id,
        id=period_id(row.id, place=row.periods),
        lease_id=row.id,
        place=row.periods,
        starts_at=month.starts_at,
        ends_at=month.ends_at,
        monthly_net_micro=fee.net.micro,
        monthly_tax_micro=fee.tax.micro,
        setup_net_micro=0,
        setup_tax_micro=0,
        tax_rate_bp=rate_bp,
        currency=row.currency,
        agreed_at=at,
        charged_at=at,
    )
    try:
        _charge(row, new, at)
    except InsufficientBalance:
        _unpaid(row, at)
        return
    new.save(force_insert=True)
    letters.tell_programs(row, "lease.renewed", now=at)
    row.state = rows.state_after(row, LeaseEvent.RENEWED)
    row.anchor_at, row.months, row.periods = anchor_at, month.index + 1, row.periods + 1
    row.paid_until, row.reminded, row.retry_at, row.kept_until = month.ends_at, 0, None, None
    row.fee_due_at = at if row.fee_kept else None
    rows.give_notice_again(row, now=at)
    telling.instruct(row, verb=Verb.RENEW, now=at)


def _charge(row: Lease, new: Period, at: datetime) -> None:
    """Post a period's fee under its own id, out of what was kept back for it first.

    Refuses: InsufficientBalance. Locks: the wallet.
    """
    fee, _ = rows.fee(row, now=at)
    legs = rows.charge_legs(net=fee.net, tax=fee.tax)
    for earmark_id in (row.id, None):
        try:
            ledger.post(
                row.account_id,
                id=new.id,
                kind=TransferKind.ORDER,
                legs=legs,
                reference=new.id,
                clause="LD-H8",
                earmark_id=earmark_id,
                now=at,
            )
        except EarmarkMissing:  # nothing was ever kept back
            continue
        return


def _unpaid(row: Lease, at: datetime) -> None:
    row.retry_at = at + RETRIED_AFTER
    if row.state == LeaseState.GRACE:
        return
    row.state = rows.state_after(row, LeaseEvent.UNPAID)
    row.kept_until = grace_ends(at, timezone=row.timezone)
    fee, _ = rows.fee(row, now=at)
    letters.tell_unpaid(row, fee=fee.total, now=at)


def _in_grace(row: Lease, at: datetime) -> None:
    if not _due(row.kept_until, at):
        _renew(row, at)
        return
    if _waits_for_outage(row, at):  # nobody loses a number that he could not even use
        row.kept_until = row.retry_at
        return
    ending.end(row, event=LeaseEvent.GRACE_OVER, reason="unpaid", now=at)


def _keep_fee(row: Lease, at: datetime) -> None:
    """Keep the next fee out of reach of other spending, from the day on that it is there."""
    fee, _ = rows.fee(row, now=at)
    try:
        ledger.earmark(row.account_id, id=row.id, amount=fee.total, now=at)
    except InsufficientBalance:
        row.fee_due_at = at + FEE_TRIED_AFTER
    else:
        row.fee_due_at = None


def _remind(row: Lease, at: datetime) -> None:
    """Remind of the renewal: the first time always, later where the fee is not there (LD-H8)."""
    fee, _ = rows.fee(row, now=at)
    kept = row.fee_kept and row.fee_due_at is None
    covered = kept or fee.total <= wallets.balance(row.account_id).spendable
    if row.reminded == 0 or not covered:
        letters.remind(row, fee=fee.total, covered=covered, now=at)
    row.reminded += 1
