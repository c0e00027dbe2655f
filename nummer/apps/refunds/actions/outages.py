"""Outages of rented numbers: what is owed for them is credited by itself (RP-B1)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from nummer.apps.leases import actions as leases
from nummer.apps.leases import queries
from nummer.apps.leases.leaving import ENDED_AT_ONCE
from nummer.apps.leases.models import Lease
from nummer.apps.leases.queries import PeriodRow, lease_row
from nummer.apps.refunds.actions.booking import SYSTEM, Facts, book, judged
from nummer.apps.refunds.facts import SLICED
from nummer.apps.refunds.models import Reported
from nummer.apps.refunds.rentals import rental_facts, reports_of
from nummer.policy.refund import Verdict
from nummer.policy.refund.outages import WORKING_AGAIN_MIN

LOOKED_AFTER: Final = timedelta(hours=6)  # while an outage lasts


def credit_outages(account_id: int, *, lease_id: UUID, now: datetime) -> None:
    """Credit what a lease is owed for outages that are over, and look again while one lasts.

    An outage is over once the number has worked for an hour: until then it may go on (ADR 31). A
    lease that was ended at once is judged with its end. Repeating it changes nothing.
    Locks: the lease, the wallet.
    """
    with transaction.atomic():
        row = leases.locked(account_id, lease_id)
        due = Reported.objects.filter(account_id=account_id, lease_id=lease_id).first()
        if due is None or due.look_at > now:
            return
        again_at = _again_at(row, now)
        if again_at is None or again_at >= now + LOOKED_AFTER:
            for period in reversed(queries.periods(account_id, lease_id=lease_id)):
                if not _judged_with_its_end(row, period):
                    _credit(period, facts=rental_facts(lease_row(row), period, now=now), now=now)
        if again_at is None:
            due.delete()
        else:
            due.look_at = again_at
            due.save(update_fields=["look_at"])


def credit_what_is_over(row: Lease, *, now: datetime, by_us: bool = False) -> None:
    """Credit the outages of a locked lease that are over, just before it is ended at once.

    So its end is judged on the same facts whether the sweeper has looked or not. The hour in which
    an outage may go on is not waited for: a number that ends cannot fail again. Where we end it,
    one that lasts is over now, too; who leaves inside of one is owed by another rule (RP-B1).
    Locks: the wallet.
    """
    for period in reversed(queries.periods(row.account_id, lease_id=row.id)):
        if period.starts_at is not None:
            facts = rental_facts(lease_row(row), period, now=now)
            if by_us and facts.get("outages"):
                over = {"cleared_at": now.isoformat()}
                facts["outages"] = [{**over, **each} for each in facts["outages"]]
            _credit(period, facts=facts, now=now)


def _again_at(row: Lease, now: datetime) -> datetime | None:
    """Return when to look again: at what lasts, or at what may go on; None where all is over."""
    reports = reports_of(lease_row(row), now=now)
    ends = [each.get("cleared_at") for each in reports]
    settled_at = [datetime.fromisoformat(end) + WORKING_AGAIN_MIN for end in ends if end]
    if settled_at and now < max(settled_at):
        return max(settled_at)
    if None in ends and row.ended_at is None:
        return now + LOOKED_AFTER
    return None


def _judged_with_its_end(row: Lease, period: PeriodRow) -> bool:
    at_once = row.end_reason in ENDED_AT_ONCE
    return period.starts_at is None or (at_once and period.place == row.periods - 1)


def _credit(period: PeriodRow, *, facts: Facts, now: datetime) -> None:
    found = judged(facts)
    if found.answer.decision is Verdict.CREDIT and found.answer.ground == SLICED:
        book(period, judged=found, actor=SYSTEM, surface="system", now=now)
