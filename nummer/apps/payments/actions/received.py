"""Money that came without a wish that it fits, and that a person gives to an account."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from nummer.apps.ledger import queries as wallets
from nummer.apps.ledger.errors import WrongCurrency
from nummer.apps.payments.actions import rows
from nummer.apps.payments.actions.notices import take_notice
from nummer.apps.payments.models import TopUp
from nummer.apps.payments.ports import PaymentNotice
from nummer.kernel.ids import id_of
from nummer.kernel.money import Money


def credit_received(
    account_id: int, *, amount: Money, method: str, payment: str, now: datetime
) -> UUID:
    """Credit a payment that came, as a top-up of its own; return the top-up's id.

    No limit stands in its way: what was paid is the customer's. `payment` is how the provider
    calls it; repeating it changes nothing.
    Refuses: UnknownMethod, WrongCurrency, ledger's WalletMissing. Locks: the top-up, the wallet.
    """
    provider, chosen = rows.way_to_pay(method, currency=amount.currency)
    if wallets.balance(account_id).currency != amount.currency:
        raise WrongCurrency
    top_up_id = id_of("received", provider.code, payment)
    with transaction.atomic():
        TopUp.objects.get_or_create(
            account_id=account_id,
            id=top_up_id,
            defaults={
                "amount_micro": amount.micro,
                "currency": amount.currency,
                "provider": provider.code,
                "method": chosen.code,
                "refundable": chosen.refundable,
                "started_at": now,
            },
        )
        rows.register(account_id, provider=provider.code, word=top_up_id.hex, top_up_id=top_up_id)
        take_notice(
            provider.code,
            notice=PaymentNotice(
                event_id=f"{payment}-given",
                reference=top_up_id.hex,
                paid=True,
                amount=amount,
                payment=payment,
            ),
            now=now,
        )
    return top_up_id
