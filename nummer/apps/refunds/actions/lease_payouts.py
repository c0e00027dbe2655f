"""Money for a rented number, out of the balance to its holder, where the policy grants it.

The page asks the policy whether there is a button at all; whoever presses it is answered at once.
What was granted is paid by `payouts`, which knows the ways back and asks for a choice where a
method cannot take money (RP-CF).
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from nummer.apps.leases import actions as leases
from nummer.apps.leases import queries
from nummer.apps.leases.queries import LeaseRow, PeriodRow
from nummer.apps.refunds.actions.booking import Decided, Judged, book, judged, told
from nummer.apps.refunds.errors import PayoutNotGranted
from nummer.apps.refunds.facts import disputed
from nummer.apps.refunds.models import Decision
from nummer.apps.refunds.queries import DecisionRow, row_of
from nummer.apps.refunds.rentals import rental_facts
from nummer.kernel.money import Money
from nummer.policy.refund import Reason, Verdict, request_from_json
from nummer.policy.refund.form import REQUEST_FIELDS

PAYABLE = (Verdict.PAYOUT, Verdict.HOLD)


def lease_payout(account_id: int, *, lease_id: UUID) -> DecisionRow | None:
    """Return the decision to pay out what a lease was owed, None where none was made."""
    queries.lease(account_id, lease_id=lease_id)
    found = _granted(_last_period(account_id, lease_id))
    return None if found is None else row_of(found)


def payable_for_lease(account_id: int, *, lease_id: UUID, now: datetime) -> Money | None:
    """Return what the policy would pay out for a lease that ended; None: nothing, or it was.

    Nothing is written. Refuses: NoSuchLease.
    """
    lease = queries.lease(account_id, lease_id=lease_id)
    period = _last_period(account_id, lease_id)
    if lease.ended_at is None or _granted(period) is not None:
        return None
    answer = _asked(lease, period, now=now).answer
    if answer.decision not in PAYABLE or not answer.amount.micro:
        return None
    return answer.amount


def ask_lease_payout(account_id: int, *, lease_id: UUID, surface: str, now: datetime) -> Decided:
    """Decide to pay out what a lease that ended was owed, as its holder wishes; once.

    What waits for somebody else's word, such as a disputed payment, is decided as held and may be
    asked for again. Refuses: NoSuchLease, PayoutNotGranted. Locks: the lease, the wallet.
    """
    with transaction.atomic():
        leases.locked(account_id, lease_id)
        lease = queries.lease(account_id, lease_id=lease_id)
        period = _last_period(account_id, lease_id)
        if (before := _granted(period)) is not None:
            return told(before)
        found = _asked(lease, period, now=now)
        verdict = found.answer.decision
        if lease.ended_at is None or verdict not in PAYABLE:
            denied = found.answer.payout_denied_by or found.answer.clauses
            raise PayoutNotGranted(clause=denied[0] if denied else "RP-C0")
        if verdict is Verdict.HOLD and (held := _held(period)) is not None:
            return told(held)
        actor = f"customer:{account_id}"
        return told(book(period, judged=found, actor=actor, surface=surface, now=now))


def _asked(lease: LeaseRow, period: PeriodRow, *, now: datetime) -> Judged:
    """Ask the policy; who presses the button has named the number, the sum and the reason."""
    facts = rental_facts(lease, period, now=now)
    if disputed(period):
        facts["chargeback"] = True
    asked = {
        "ask": "payout",
        "received_at": now.isoformat(),
        "wants": "payout",
        "reason": Reason.OTHER.value,
        "fields": dict.fromkeys(REQUEST_FIELDS, "1"),
    }
    return judged(facts, request=request_from_json(asked))


def _last_period(account_id: int, lease_id: UUID) -> PeriodRow:
    return queries.periods(account_id, lease_id=lease_id, limit=1)[0]


def _granted(period: PeriodRow) -> Decision | None:
    return _of(period, Verdict.PAYOUT)


def _held(period: PeriodRow) -> Decision | None:
    return _of(period, Verdict.HOLD)


def _of(period: PeriodRow, verdict: Verdict) -> Decision | None:
    rows = Decision.objects.filter(
        account_id=period.account_id, order_id=period.id, decision=verdict.value
    )
    return rows.order_by("decided_at", "id").first()
