"""Telling a customer that his balance fell below a sum of his own choice: once for each fall."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from nummer.apps.audit import actions as audit
from nummer.apps.ledger import queries as wallets
from nummer.apps.notify import actions as notify
from nummer.apps.payments.models import LowBalance
from nummer.kernel.ids import id_of
from nummer.kernel.money import Money


def threshold(account_id: int) -> Money | None:
    """Return below which sum a customer is told; None where he wants no such letter."""
    row = LowBalance.objects.filter(account_id=account_id).first()
    return None if row is None else Money(row.threshold_micro, row.currency)


def set_threshold(account_id: int, *, wanted: Money | None, now: datetime) -> None:
    """Keep below which sum to tell a customer, or that he wants no letter.

    A balance that is below it already is told at once. Repeating it changes nothing.
    """
    if threshold(account_id) == wanted:
        return
    with transaction.atomic():
        if wanted is None or wanted.micro <= 0:
            LowBalance.objects.filter(account_id=account_id).delete()
        else:
            LowBalance.objects.update_or_create(
                account_id=account_id,
                defaults={
                    "threshold_micro": wanted.micro,
                    "currency": wanted.currency,
                    "told_at": None,
                },
            )
        audit.record(
            actor=f"customer:{account_id}",
            verb="set_threshold",
            place="payments_lowbalance",
            row=str(account_id),
            account_id=account_id,
            now=now,
        )


def tell(account_id: int, *, now: datetime) -> None:
    """Write that the balance is low, or note that it is not any more; each once.

    Locks: the account's threshold.
    """
    with transaction.atomic():
        row = LowBalance.objects.select_for_update().filter(account_id=account_id).first()
        if row is None:
            return
        balance = wallets.balance(account_id).spendable
        below = balance.micro < row.threshold_micro
        if below == (row.told_at is not None):
            return
        LowBalance.objects.filter(account_id=account_id).update(told_at=now if below else None)
        if below:
            notify.send_letter(
                account_id,
                letter="balance-low",
                context={
                    "amount": balance.decimal_text(),
                    "threshold": Money(row.threshold_micro, row.currency).decimal_text(),
                    "currency": row.currency,
                },
                now=now,
                key=id_of("balance-low", account_id, now.isoformat()),
            )
