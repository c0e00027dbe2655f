"""A wish to pay in, as it is judged and written down before any provider is asked."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from nummer.apps.ledger.errors import IdempotencyConflict
from nummer.apps.payments.actions import rows
from nummer.apps.payments.actions.velocity import require_slow_enough
from nummer.apps.payments.errors import (
    TopUpNotPayable,
    TopUpTooLarge,
    TopUpTooSmall,
    UnknownMethod,
)
from nummer.apps.payments.limits import limits_of
from nummer.apps.payments.models import TopUp
from nummer.apps.payments.ports import PaymentMethod
from nummer.kernel.money import MICRO, Money, minor_digits


def require_payable(amount: Money, *, method: PaymentMethod) -> None:
    """Refuse a sum that this method does not take.

    Refuses: UnknownMethod, TopUpTooSmall, TopUpTooLarge, TopUpNotPayable.
    """
    limits = limits_of(amount.currency, method.limits)
    if limits is None:
        raise UnknownMethod
    if amount < limits.least:
        raise TopUpTooSmall(least=limits.least.decimal_text(), currency=amount.currency)
    if limits.most < amount:
        raise TopUpTooLarge(most=limits.most.decimal_text(), currency=amount.currency)
    if amount.micro % (MICRO // 10 ** minor_digits(amount.currency)):
        raise TopUpNotPayable


def note_wish(
    account_id: int,
    *,
    amount: Money,
    provider: str,
    method: PaymentMethod,
    top_up_id: UUID,
    automatic: bool = False,
    ask_at: datetime | None = None,
    now: datetime,
) -> TopUp:
    """Write a wish down, once, where it can be found by what the provider will echo.

    Refuses: IdempotencyConflict, TopUpsTooFast, TooManyFailures.
    """
    with transaction.atomic():
        top_up = TopUp.objects.filter(account_id=account_id, id=top_up_id).first()
        if top_up is None:
            require_slow_enough(account_id, amount=amount, unless=top_up_id, now=now)
            top_up, _ = TopUp.objects.get_or_create(
                account_id=account_id,
                id=top_up_id,
                defaults={
                    "amount_micro": amount.micro,
                    "currency": amount.currency,
                    "provider": provider,
                    "method": method.code,
                    "refundable": method.refundable,
                    "automatic": automatic,
                    "started_at": now,
                    "ask_at": ask_at,
                },
            )
            rows.register(account_id, provider=provider, word=top_up_id.hex, top_up_id=top_up_id)
    if (Money(top_up.amount_micro, top_up.currency), top_up.method) != (amount, method.code):
        raise IdempotencyConflict
    return top_up
