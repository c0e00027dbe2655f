"""Money that came without a wish that it fits, and that a person gives to an account."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from nummer.apps.ledger import queries as wallets
from nummer.apps.ledger.errors import WrongCurrency
from nummer.apps.payments.actions import rows
from nummer.apps.payments.actions.notices import take_notice
from nummer.apps.payments.actions.paying_in import expect_payment
from nummer.apps.payments.models import TopUp
from nummer.apps.payments.ports import PaymentNotice
from nummer.apps.payments.queries import Awaited, awaited
from nummer.kernel.ids import id_of
from nummer.kernel.money import Money


def lock_awaited(provider: str, *, word: str) -> Awaited | None:
    """Return the top-up that a provider's word belongs to, as it stays until the caller is done.

    Locks: the top-up.
    """
    found = awaited(provider, word=word)
    if found is None:
        return None
    TopUp.objects.select_for_update().get(account_id=found.account_id, id=found.top_up_id)
    return awaited(provider, word=word)


def credit_received(
    account_id: int, *, amount: Money, method: str, payment: str, now: datetime
) -> UUID:
    """Credit a payment that came, as a top-up of its own; return the top-up's id.

    No limit stands in its way: what was paid is the customer's. `payment` is how the provider
    calls it; repeating it changes nothing.
    Refuses: UnknownMethod, WrongCurrency, ledger's WalletMissing. Locks: the top-up, the wallet.
    """
    provider, _ = rows.way_to_pay(method, currency=amount.currency)
    if wallets.balance(account_id).currency != amount.currency:
        raise WrongCurrency
    top_up_id = id_of("received", provider.code, payment)
    with transaction.atomic():
        expect_payment(account_id, amount=amount, method=method, top_up_id=top_up_id, now=now)
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
