"""Until when a request is answered and its money gone: the rows that raise alarms (ADR 151).

Where a payout answers a claim, refunds keep its dates; of every other one they are kept here.
"""

from __future__ import annotations

from datetime import date, datetime

from nummer.apps.accounts import queries as accounts
from nummer.apps.payouts.actions import rows
from nummer.apps.payouts.models import Payout, PayoutState
from nummer.apps.refunds.actions.deadlines import (
    ANSWER,
    PAYOUT,
    meet_deadline,
    owe_again,
    void_deadline,
)
from nummer.apps.refunds.facts import contract_place


def keep_dates(payout: Payout, *, now: datetime) -> None:
    """Bring the dates of a request that is locked in line with where it stands.

    Asking for what is missing is an answer (RP-T4); what an authority, a bank or a suspicion
    holds is not ours to answer, and is owed again when it goes on.
    """
    if _kept_by_refunds(payout):
        return
    match payout.state:
        case PayoutState.REVIEW:
            _owe(payout, ANSWER, payout.decide_by, now)
        case PayoutState.MISSING:
            meet_deadline(payout.account_id, kind=ANSWER, subject_id=payout.id, now=now)
        case PayoutState.HELD:
            void_deadline(payout.account_id, kind=ANSWER, subject_id=payout.id, now=now)
            void_deadline(payout.account_id, kind=PAYOUT, subject_id=payout.id, now=now)
        case PayoutState.RELEASE | PayoutState.PAYING:
            meet_deadline(payout.account_id, kind=ANSWER, subject_id=payout.id, now=now)
            _owe(payout, PAYOUT, payout.settle_by, now)
        case PayoutState.DONE:
            meet_deadline(payout.account_id, kind=PAYOUT, subject_id=payout.id, now=now)
        case PayoutState.REFUSED:
            meet_deadline(payout.account_id, kind=ANSWER, subject_id=payout.id, now=now)
            void_deadline(payout.account_id, kind=PAYOUT, subject_id=payout.id, now=now)


def _kept_by_refunds(payout: Payout) -> bool:
    granted = rows.granted_by_refunds(payout)
    return granted is not None and granted.claim_id is not None


def _owe(payout: Payout, kind: str, last_day: date | None, now: datetime) -> None:
    if last_day is None:
        return
    timezone, _ = contract_place(accounts.account(payout.account_id).country)
    owe_again(
        payout.account_id,
        kind=kind,
        subject_id=payout.id,
        order_id=payout.subject_id or payout.id,
        last_day=last_day,
        timezone=timezone,
        now=now,
    )
