"""Money that a provider took a second time for one wish: credited, then given back unasked.

It becomes a top-up of its own, `twice_of` the first, so that it has its own lot, its own name at
the provider and its own way back. Sending it back is a payout, which is decided by the policy
(RULE-ERR); payouts find it by `return_at`.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from nummer.apps.ledger import actions as ledger
from nummer.apps.ledger.actions import Book, Leg, TransferKind
from nummer.apps.notify import actions as notify
from nummer.apps.payments.actions import rows
from nummer.apps.payments.models import TopUp, TopUpState
from nummer.kernel.ids import id_of
from nummer.kernel.money import Money


def is_another(top_up: TopUp, *, payment: str) -> bool:
    """Tell whether `payment` is not the one by which a paid top-up was paid."""
    known = top_up.payment_reference
    return bool(payment and known) and payment != known


def note_second(top_up: TopUp, *, payment: str, now: datetime) -> None:
    """Credit a second payment of one wish and have it returned; repeating changes nothing.

    The first top-up is locked by the caller. Locks: the wallet.
    """
    second_id = id_of("captured-twice", top_up.provider, payment)
    second, new = TopUp.objects.get_or_create(
        account_id=top_up.account_id,
        id=second_id,
        defaults={
            "amount_micro": top_up.amount_micro,
            "currency": top_up.currency,
            "provider": top_up.provider,
            "method": top_up.method,
            "refundable": top_up.refundable,
            "wished": False,
            "payment_reference": payment,
            "state": TopUpState.PAID,
            "started_at": now,
            "closed_at": now,
            "twice_of": top_up.id,
            "return_at": now,
        },
    )
    if not new:
        return
    rows.register(top_up.account_id, provider=top_up.provider, word=payment, top_up_id=second_id)
    amount = Money(second.amount_micro, second.currency)
    ledger.post(
        top_up.account_id,
        id=second_id,
        kind=TransferKind.TOPUP,
        legs=[Leg(Book.PROVIDER_CLEARING, amount)],
        reference=second_id,
        now=now,
    )
    notify.send_letter(
        top_up.account_id,
        letter="payment-captured-twice",
        context={
            "amount": amount.decimal_text(),
            "currency": amount.currency,
            "reference": str(top_up.id),
            "received_at": now.isoformat(),
        },
        now=now,
        key=id_of("payment-captured-twice", second_id),
    )


def return_begun(account_id: int, *, top_up_id: UUID) -> None:
    """Note that a request to give a second payment back exists."""
    TopUp.objects.filter(account_id=account_id, id=top_up_id).update(return_at=None)
