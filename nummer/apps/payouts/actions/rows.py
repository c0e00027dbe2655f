"""The rows that the verbs of payouts lock, and the money that waits with them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from nummer.apps.audit import actions as audit
from nummer.apps.ledger import actions as ledger
from nummer.apps.ledger.actions import TransferKind
from nummer.apps.payouts.errors import NoSuchPayout
from nummer.apps.payouts.models import Payout, Share
from nummer.apps.refunds import queries as decisions
from nummer.apps.refunds.actions.deadlines import SETTLE, meet_deadline, void_deadline
from nummer.apps.refunds.queries import GrantedPayout
from nummer.kernel.ids import id_of
from nummer.kernel.money import Money

HELD_FOR: Final = timedelta(days=3660)  # no clock lets a payout go: a verb of ours does


def locked(account_id: int, payout_id: UUID) -> Payout:
    """Return a request, locked until the transaction ends. Refuses: NoSuchPayout."""
    row = Payout.objects.select_for_update().filter(account_id=account_id, id=payout_id).first()
    if row is None:
        raise NoSuchPayout
    return row


def locked_share(account_id: int, share_id: UUID) -> tuple[Payout, Share]:
    """Return a share and its request, both locked. Refuses: NoSuchPayout."""
    found = Share.objects.filter(account_id=account_id, id=share_id).first()
    if found is None:
        raise NoSuchPayout
    payout = locked(account_id, found.payout_id)
    return payout, Share.objects.select_for_update().get(account_id=account_id, id=share_id)


def hold(payout: Payout, *, amount: Money, now: datetime) -> None:
    """Keep a sum for this request. Refuses: ledger's InsufficientBalance. Locks: the wallet."""
    assert payout.held_micro == 0, "one hold at a time"
    payout.round += 1
    ledger.authorise(
        payout.account_id,
        id=_hold_id(payout),
        amount=amount,
        kind=TransferKind.PAYOUT,
        reference=payout.id,
        expires_at=now + HELD_FOR,
        now=now,
    )
    payout.held_micro = amount.micro
    payout.save(update_fields=["round", "held_micro"])


def let_go(payout: Payout, *, now: datetime) -> None:
    """Give back what is kept for this request; the wallet stays locked. Locks: the wallet."""
    if payout.held_micro:
        ledger.release(payout.account_id, hold_id=_hold_id(payout), now=now)
        payout.held_micro = 0
        payout.save(update_fields=["held_micro"])


def ended(payout: Payout, *, paid: bool, now: datetime) -> None:
    """Close what refunds noted as owed, where the payout answers a claim for an order.

    One that is refused in the end is owed no more; one that was paid met its day.
    """
    granted = granted_by_refunds(payout)
    if granted is not None and granted.claim_id is not None:
        close = meet_deadline if paid else void_deadline
        close(payout.account_id, kind=SETTLE, subject_id=granted.claim_id, now=now)


def granted_by_refunds(payout: Payout) -> GrantedPayout | None:
    """Return the decision of refunds that a payout carries out, None where there is none."""
    if payout.decision_id is None:
        return None
    return decisions.granted_payout(payout.account_id, decision_id=payout.decision_id)


def record(payout: Payout, *, verb: str, actor: str, now: datetime) -> None:
    """Write down who did what to a request."""
    audit.record(
        actor=actor,
        verb=verb,
        place="payouts_payout",
        row=str(payout.id),
        account_id=payout.account_id,
        now=now,
    )


def _hold_id(payout: Payout) -> UUID:
    return id_of("payout-hold", payout.id, payout.round)
