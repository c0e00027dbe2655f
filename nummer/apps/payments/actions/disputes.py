"""Disputes: services stop, the balance stays; a lost one takes back what is left of its payment."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from nummer.apps.notify import actions as notify
from nummer.apps.payments.actions import lots, rows
from nummer.apps.payments.models import Dispute, DisputeState, TopUp
from nummer.apps.payments.ports import DisputeNotice, DisputeWord
from nummer.apps.standing import actions as standing
from nummer.kernel.ids import id_of
from nummer.kernel.money import Money

SUSPENDED_FOR: Final = "payment_disputed"
CLAUSE: Final = "RULE-CB"
_ACTOR: Final = "system:payments"

_STATES: Final = {
    DisputeWord.OPEN: DisputeState.OPEN,
    DisputeWord.WON: DisputeState.WON,
    DisputeWord.LOST: DisputeState.LOST,
}


def follow(top_up: TopUp, *, notice: DisputeNotice, now: datetime) -> None:
    """Follow what the provider says about a dispute; the top-up is locked.

    The first final word stands, and a word that is not final changes nothing after it. A payment
    that was taken back is a lost dispute, unless a dispute over it says itself how it ends; one
    that is heard of afterwards is the same matter.
    """
    reversal_id = id_of("reversal", top_up.provider, top_up.id)
    disputes = Dispute.objects.filter(account_id=top_up.account_id, top_up_id=top_up.id)
    reversed_ = notice.word == DisputeWord.REVERSED
    if disputes.exists() if reversed_ else disputes.filter(id=reversal_id).exists():
        return
    dispute_id = reversal_id if reversed_ else id_of("dispute", top_up.provider, notice.reference)
    dispute = Dispute.objects.filter(account_id=top_up.account_id, id=dispute_id).first()
    if dispute is None:
        dispute = _open(top_up, dispute_id, notice, now)
    if dispute.state != DisputeState.OPEN:
        return
    if notice.word == DisputeWord.OPEN and notice.answer_by not in (None, dispute.answer_by):
        dispute.answer_by = notice.answer_by
        dispute.save(update_fields=["answer_by"])
    if notice.word == DisputeWord.WON:
        _close(dispute, DisputeState.WON, now)
        _lift(dispute, now)
    if notice.word in (DisputeWord.LOST, DisputeWord.REVERSED):
        _lose(top_up, dispute, now)


def take_what_was_lost(
    account_id: int, *, top_up_id: UUID, because_of: UUID, now: datetime
) -> None:
    """Take what is free again of a payment that the bank took back; nothing where it did not.

    Repeating `because_of` changes nothing. Refuses: NoSuchTopUp. Locks: the top-up, the wallet.
    """
    with transaction.atomic():
        take_the_rest(rows.locked(account_id, top_up_id), because_of=because_of, now=now)


def take_the_rest(top_up: TopUp, *, because_of: UUID, now: datetime) -> None:
    """Take what came back to the balance after its payment was lost; the top-up is locked.

    A refund that fails gives money back which the bank has taken already. `because_of` is its id.
    """
    lost = Dispute.objects.filter(
        account_id=top_up.account_id,
        top_up_id=top_up.id,
        state=DisputeState.LOST,
        uncovered_micro__gt=0,
    )
    for dispute in lost.order_by("id"):
        taken = lots.take_up_to(
            top_up,
            booking_id=id_of("dispute-rest", dispute.id, because_of),
            most=Money(dispute.uncovered_micro, dispute.currency),
            clause=CLAUSE,
            now=now,
        )
        dispute.taken_micro += taken.micro
        dispute.uncovered_micro -= taken.micro
        dispute.save(update_fields=["taken_micro", "uncovered_micro"])


def _open(top_up: TopUp, dispute_id: UUID, notice: DisputeNotice, now: datetime) -> Dispute:
    """Write a dispute down and stop orders; the balance is not touched (RP-P2)."""
    dispute = Dispute.objects.create(
        account_id=top_up.account_id,
        id=dispute_id,
        top_up_id=top_up.id,
        provider=top_up.provider,
        provider_reference=notice.reference,
        amount_micro=notice.amount.micro,
        currency=notice.amount.currency,
        state=DisputeState.OPEN,
        opened_at=now,
    )
    if notice.word == DisputeWord.WON:
        return dispute  # it is over before we heard of it
    standing.suspend(top_up.account_id, reason=SUSPENDED_FOR, actor=_ACTOR, key=dispute_id, now=now)
    notify.send_letter(
        top_up.account_id,
        letter="payment-disputed",
        context={
            "amount": notice.amount.decimal_text(),
            "currency": notice.amount.currency,
            "reference": str(top_up.id),
            "received_at": now.isoformat(),
        },
        now=now,
        key=id_of("payment-disputed", dispute_id),
    )
    return dispute


def _lose(top_up: TopUp, dispute: Dispute, now: datetime) -> None:
    """Take back what the balance still holds of the payment; the rest is the operator's loss."""
    amount = Money(dispute.amount_micro, dispute.currency)
    taken = lots.take_up_to(top_up, booking_id=dispute.id, most=amount, clause=CLAUSE, now=now)
    dispute.taken_micro = taken.micro
    dispute.uncovered_micro = (amount - taken).micro
    _close(dispute, DisputeState.LOST, now)


def _close(dispute: Dispute, state: DisputeState, now: datetime) -> None:
    dispute.state = state
    dispute.closed_at = now
    dispute.save()


def _lift(dispute: Dispute, now: datetime) -> None:
    """Lift what this dispute stopped; what another one stopped stays as the staff left it.

    Older ones have no key of their own: they are lifted where no other stands against it.
    """
    account_id = dispute.account_id
    if standing.lift_suspension(account_id, key=dispute.id, actor=_ACTOR, now=now):
        return
    others = Dispute.objects.filter(account_id=account_id).exclude(state=DisputeState.WON)
    if not others.exists():
        standing.lift_suspensions(account_id, actor=_ACTOR, reason=SUSPENDED_FOR, now=now)
