"""What the balance still holds of one top-up, and taking it off again."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from nummer.apps.ledger import actions as ledger
from nummer.apps.ledger import queries as wallets
from nummer.apps.ledger.actions import Book, Leg, TransferKind
from nummer.apps.ledger.errors import InsufficientBalance
from nummer.apps.payments.errors import RefundAboveTopUp
from nummer.apps.payments.models import TopUp
from nummer.kernel.money import Money

TRIES_MAX: Final = 5


def left(top_up: TopUp) -> Money:
    """Return what of a top-up is not spent and has not gone back."""
    for lot in wallets.lots(top_up.account_id):
        if lot.reference == top_up.id:
            return lot.left
    return Money(0, top_up.currency)


def lock(account_id: int) -> None:
    """Lock the top-ups that the balance holds something of, in the order of their ids.

    To be called before the wallet is locked, by whoever locks it and then asks for a top-up: who
    follows a provider's word has the top-up first and the wallet then. Locks: those top-ups.
    """
    references = [lot.reference for lot in wallets.lots(account_id)]
    held = TopUp.objects.filter(account_id=account_id, id__in=references)
    list(held.order_by("id").select_for_update().values_list("id"))


def take(top_up: TopUp, *, booking_id: UUID, amount: Money, clause: str, now: datetime) -> None:
    """Book that `amount` of this top-up leaves the balance, and of no other payment.

    The wallet is locked by the booking, so what is looked at after it stays so.
    Refuses: InsufficientBalance, RefundAboveTopUp. Locks: the wallet.
    """
    with transaction.atomic():
        ledger.post(
            top_up.account_id,
            id=booking_id,
            kind=TransferKind.PAYOUT,
            legs=[Leg(Book.PROVIDER_CLEARING, -amount)],
            reference=top_up.id,
            clause=clause or None,
            now=now,
        )
        shares = wallets.shares(top_up.account_id, reference=top_up.id)
        if any(share.source != top_up.id for share in shares):
            raise RefundAboveTopUp(left=left(top_up).decimal_text(), currency=top_up.currency)


def take_up_to(
    top_up: TopUp,
    *,
    booking_id: UUID,
    most: Money,
    clause: str,
    now: datetime,
) -> Money:
    """Book that up to `most` of this top-up leaves the balance; return how much did.

    Never takes what is held or set aside, nor of another payment. Locks: the wallet.
    """
    for _ in range(TRIES_MAX):
        balance = wallets.balance(top_up.account_id)
        payable = min(balance.spendable.micro, (balance.total - balance.promo).micro)
        amount = Money(min(most.micro, left(top_up).micro, payable), top_up.currency)
        if amount.micro <= 0:
            break
        try:
            take(top_up, booking_id=booking_id, amount=amount, clause=clause, now=now)
        except (InsufficientBalance, RefundAboveTopUp):
            continue  # somebody spent meanwhile
        return amount
    return Money(0, top_up.currency)
