"""Money that goes back to the method it came by: booked first, then asked of the provider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from procrastinate.contrib.django import app

from nummer.apps.ledger import actions as ledger
from nummer.apps.ledger.errors import IdempotencyConflict
from nummer.apps.outbound import actions as outbound
from nummer.apps.outbound.register import PAYMENT_PROVIDER
from nummer.apps.payments.actions import disputes, lots, rows
from nummer.apps.payments.errors import (
    MethodNotRefundable,
    RefundAboveTopUp,
    TopUpDisputed,
    TopUpNotPaid,
    TopUpNotPayable,
)
from nummer.apps.payments.models import (
    Dispute,
    DisputeState,
    Refund,
    RefundState,
    TopUp,
    TopUpState,
)
from nummer.apps.payments.ports import RefundNotice, RefundWord, installed_payments
from nummer.kernel.ids import id_of
from nummer.kernel.jobs import SEND_REFUND
from nummer.kernel.money import MICRO, Money, minor_digits

LOOKED_AFTER: Final = timedelta(minutes=15)  # when a refund that still waits gets another job
LOOKED_AFTER_MAX: Final = timedelta(hours=12)

_STATES: Final = {
    RefundWord.PENDING: RefundState.PENDING,
    RefundWord.PAID: RefundState.PAID,
    RefundWord.FAILED: RefundState.FAILED,
}
# A provider never takes a step back, but its words may come in any order; failing is last, since
# a bank can return money days after it was sent.
_RANKS: Final = {
    RefundState.WANTED: 0,
    RefundState.PENDING: 1,
    RefundState.PAID: 2,
    RefundState.FAILED: 3,
}


@dataclass(frozen=True, slots=True)
class SentBack:
    """A refund to a payment method and where it stands."""

    id: UUID
    amount: Money
    state: RefundState


def refund_top_up(
    account_id: int, *, top_up_id: UUID, amount: Money, key: UUID, clause: str, now: datetime
) -> SentBack:
    """Take money off the balance and send it back by the way it came.

    The booking is made here, in the caller's transaction; a job asks the provider after the
    commit, and a due row has it ask again until there is an answer. Should the provider fail in
    the end, the money returns to the balance. Repeating `key` with the same content changes
    nothing.
    Refuses: NoSuchTopUp, TopUpNotPaid, MethodNotRefundable (offer another way, RP-CF),
    TopUpDisputed, RefundAboveTopUp, TopUpNotPayable, IdempotencyConflict, ledger's
    InsufficientBalance (what is left is held for something). Locks: the top-up, then the wallet.
    """
    with transaction.atomic():
        top_up = rows.locked(account_id, top_up_id)
        refund_id = id_of("refund", account_id, key)
        known = Refund.objects.filter(account_id=account_id, id=refund_id).first()
        if known is not None:
            same = (known.top_up_id, known.amount_micro, known.currency, known.clause)
            if same != (top_up_id, amount.micro, amount.currency, clause):
                raise IdempotencyConflict
            return _sent_back(known)
        _require_refundable(top_up, amount)
        refund = Refund.objects.create(
            account_id=account_id,
            id=refund_id,
            top_up_id=top_up_id,
            amount_micro=amount.micro,
            currency=amount.currency,
            clause=clause,
            provider=top_up.provider,
            wanted_at=now,
            due_at=now + LOOKED_AFTER,
        )
        rows.register(account_id, provider=top_up.provider, word=refund_id.hex, top_up_id=top_up_id)
        lots.take(top_up, booking_id=refund_id, amount=amount, clause=clause, now=now)
        _defer(refund)
        return _sent_back(refund)


def refundable(account_id: int, *, top_up_id: UUID) -> Money:
    """Return how much of a top-up can go back by the way it came, now; 0 where nothing can.

    Refuses: NoSuchTopUp.
    """
    with transaction.atomic():
        top_up = rows.locked(account_id, top_up_id)
        try:
            _require_way_back(top_up)
        except (TopUpNotPaid, MethodNotRefundable, TopUpDisputed):
            return Money(0, top_up.currency)
        return _left(top_up)


def send(account_id: int, *, refund_id: UUID, now: datetime) -> None:
    """Ask the provider to send a refund that is booked; one that it knows is left alone.

    Raises Unavailable: the provider is away; the refund waits on.
    """
    refund = _claimed(account_id, refund_id)
    if refund is None:
        return
    provider = installed_payments().provider(refund.provider)
    if provider is None:
        return
    top_up = TopUp.objects.get(account_id=account_id, id=refund.top_up_id)
    order = outbound.clear(
        PAYMENT_PROVIDER,
        "refund",
        {
            "reference": refund_id.hex,
            "payment": top_up.payment_reference,
            "amount": Money(refund.amount_micro, refund.currency).decimal_text(),
            "currency": refund.currency,
        },
        account_id=account_id,
        now=now,
    )
    answer = provider.refund(order, repeated=refund.attempts > 1)
    with transaction.atomic():
        top_up = rows.locked(account_id, refund.top_up_id)
        _advance(top_up, refund_id, answer.word, reference=answer.reference, now=now)


def look_after(account_id: int, *, refund_id: UUID, now: datetime) -> None:
    """Give a refund that the provider has not answered for another job, later each time."""
    with transaction.atomic():
        refund = (
            Refund.objects.select_for_update()
            .filter(account_id=account_id, id=refund_id, due_at__lte=now)
            .first()
        )
        if refund is None:
            return
        wait = min(max(LOOKED_AFTER, now - refund.wanted_at), LOOKED_AFTER_MAX)
        refund.due_at = now + wait
        refund.save(update_fields=["due_at"])
        _defer(refund)


def follow(top_up: TopUp, *, notice: RefundNotice, now: datetime) -> None:
    """Follow what the provider says about a refund; the top-up is locked.

    One that was made at the provider, not here, is booked as far as the money is still there.
    """
    refund_id = _known_id(top_up, notice)
    if refund_id is None:
        refund_id = _note_from_outside(top_up, notice, now)
    _advance(top_up, refund_id, notice.word, reference=notice.reference, now=now)


def _require_refundable(top_up: TopUp, amount: Money) -> None:
    _require_way_back(top_up)
    left = _left(top_up)
    if amount.currency != top_up.currency or left < amount:
        raise RefundAboveTopUp(left=left.decimal_text(), currency=left.currency)
    if amount.micro <= 0 or amount.micro % (MICRO // 10 ** minor_digits(amount.currency)):
        raise TopUpNotPayable


def _require_way_back(top_up: TopUp) -> None:
    provider = installed_payments().provider(top_up.provider)
    if top_up.state != TopUpState.PAID:
        raise TopUpNotPaid
    if _disputed(top_up):
        raise TopUpDisputed
    able = provider is not None and provider.capabilities.refunds
    if not (able and top_up.refundable and top_up.payment_reference):
        raise MethodNotRefundable


def _disputed(top_up: TopUp) -> bool:
    return (
        Dispute.objects.filter(account_id=top_up.account_id, top_up_id=top_up.id)
        .exclude(state=DisputeState.WON)
        .exists()
    )


def _left(top_up: TopUp) -> Money:
    """Return what the provider can still send back of it and the customer still has of it."""
    sent = (
        (
            Refund.objects.filter(account_id=top_up.account_id, top_up_id=top_up.id)
            .exclude(state=RefundState.FAILED)
            .aggregate(Sum("amount_micro"))["amount_micro__sum"]
        )
        or 0
    )
    unspent = lots.left(top_up).micro
    return Money(max(0, min(top_up.amount_micro - sent, unspent)), top_up.currency)


def _claimed(account_id: int, refund_id: UUID) -> Refund | None:
    with transaction.atomic():
        refund = (
            Refund.objects.select_for_update()
            .filter(account_id=account_id, id=refund_id, state=RefundState.WANTED)
            .first()
        )
        if refund is not None:
            refund.attempts += 1
            refund.save(update_fields=["attempts"])
    return refund


def _known_id(top_up: TopUp, notice: RefundNotice) -> UUID | None:
    refunds = Refund.objects.filter(account_id=top_up.account_id, top_up_id=top_up.id)
    known = refunds.filter(provider_reference=notice.reference).first()
    if known is None and notice.ours:
        known = next((each for each in refunds if each.id.hex == notice.ours), None)
    return None if known is None else known.id


def _note_from_outside(top_up: TopUp, notice: RefundNotice, now: datetime) -> UUID:
    """Write down a refund that somebody made at the provider, and book what can be booked."""
    refund_id = id_of("refund-at-provider", top_up.provider, notice.reference)
    taken = lots.take_up_to(top_up, booking_id=refund_id, most=notice.amount, clause="", now=now)
    Refund.objects.create(
        account_id=top_up.account_id,
        id=refund_id,
        top_up_id=top_up.id,
        amount_micro=notice.amount.micro,
        uncovered_micro=(notice.amount - taken).micro,
        currency=top_up.currency,
        ordered_here=False,
        provider=top_up.provider,
        provider_reference=notice.reference,
        state=RefundState.PENDING,
        wanted_at=now,
    )
    return refund_id


def _advance(
    top_up: TopUp, refund_id: UUID, word: RefundWord, *, reference: str, now: datetime
) -> None:
    """Take a refund to the state that the provider tells; the top-up is locked."""
    refund = Refund.objects.select_for_update().get(account_id=top_up.account_id, id=refund_id)
    state = _STATES[word]
    if reference and not refund.provider_reference:
        refund.provider_reference = reference
    if _RANKS[RefundState(refund.state)] < _RANKS[state]:
        refund.state = state
        refund.due_at = None
        refund.closed_at = None if state == RefundState.PENDING else now
        if state == RefundState.FAILED:
            _put_back(top_up, refund, now)
    refund.save(update_fields=["provider_reference", "state", "due_at", "closed_at"])


def _put_back(top_up: TopUp, refund: Refund, now: datetime) -> None:
    """Return what was booked for a refund that failed; a payment that is lost stays lost."""
    if refund.uncovered_micro < refund.amount_micro:
        ledger.reverse(
            top_up.account_id,
            id=id_of("refund-failed", refund.id),
            of=refund.id,
            clause=refund.clause or None,
            now=now,
        )
        disputes.take_the_rest(top_up, because_of=refund.id, now=now)


def _defer(refund: Refund) -> None:
    app.configure_task(SEND_REFUND).defer(account_id=refund.account_id, refund_id=str(refund.id))


def _sent_back(refund: Refund) -> SentBack:
    return SentBack(
        id=refund.id,
        amount=Money(refund.amount_micro, refund.currency),
        state=RefundState(refund.state),
    )
