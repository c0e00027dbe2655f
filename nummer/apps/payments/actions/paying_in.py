"""Starting a top-up: the wish, its limits, and the provider's page."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from nummer.apps.accounts import queries as accounts
from nummer.apps.ledger import queries as wallets
from nummer.apps.ledger.errors import WrongCurrency
from nummer.apps.outbound import actions as outbound
from nummer.apps.outbound.register import PAYMENT_PROVIDER
from nummer.apps.payments.actions import asking_back, rows, wishes
from nummer.apps.payments.actions.reconciling import wish_for_events
from nummer.apps.payments.errors import MethodNotKeepable
from nummer.apps.payments.models import TopUp, TopUpState
from nummer.apps.payments.ports import PaymentProvider, installed_payments
from nummer.kernel.errors import Unavailable
from nummer.kernel.ids import id_of, new_id
from nummer.kernel.money import Money

WAITED_S_MAX: Final = 20.0  # longer than a provider may take to answer once
_ASKED_AGAIN_S: Final = 0.05
_LOCK_BITS: Final = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class StartedTopUp:
    """A top-up whose page waits at `pay_url`."""

    id: UUID
    pay_url: str


def start_top_up(
    account_id: int,
    *,
    amount: Money,
    method: str,
    key: UUID | None = None,
    keep_method: bool = False,
    now: datetime,
) -> StartedTopUp:
    """Note the wish to pay in and have the provider prepare its page; nothing is credited.

    Repeating `key` with the same sum and method gives the same page. The key is whatever the
    caller sends, so the id is made from it: it must not meet the id of another transfer.
    `keep_method` asks the provider to keep the method for automatic top-ups.
    Refuses: NotConfirmed, UnknownMethod, WrongCurrency, TopUpTooSmall, TopUpTooLarge,
    TopUpNotPayable, TopUpsTooFast, TooManyFailures, MethodNotKeepable, IdempotencyConflict,
    ledger's WalletMissing. Raises Unavailable. Locks: the account's row of payers, shortly; the
    opening of this page.
    """
    accounts.require_confirmed(account_id)
    provider, chosen = rows.way_to_pay(method, currency=amount.currency)
    if wallets.balance(account_id).currency != amount.currency:
        raise WrongCurrency
    wishes.require_payable(amount, method=chosen)
    if keep_method and not chosen.keepable:
        raise MethodNotKeepable
    top_up = wishes.note_wish(
        account_id,
        amount=amount,
        provider=provider.code,
        method=chosen,
        top_up_id=new_id() if key is None else id_of("top-up", account_id, key),
        now=now,
    )
    if not top_up.pay_url:
        with _alone(top_up.id):
            top_up = TopUp.objects.get(account_id=account_id, id=top_up.id)
            if not top_up.pay_url:
                _open_checkout(top_up, provider=provider, keep_method=keep_method, now=now)
    return StartedTopUp(id=top_up.id, pay_url=top_up.pay_url)


def expect_payment(
    account_id: int, *, amount: Money, method: str, top_up_id: UUID, now: datetime
) -> None:
    """Note a top-up that will be paid at the provider without a wish of the customer's.

    Its event names `top_up_id`, in hex. No limit of sums or of speed counts it. Repeating it
    changes nothing. Refuses: UnknownMethod.
    """
    provider, chosen = rows.way_to_pay(method, currency=amount.currency)
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
                "wished": False,
                "started_at": now,
            },
        )
        rows.register(account_id, provider=provider.code, word=top_up_id.hex, top_up_id=top_up_id)


def return_from_provider(account_id: int, *, top_up_id: UUID, now: datetime) -> None:
    """Take note that the customer is back: it proves nothing, so the provider is asked.

    Refuses: NoSuchTopUp.
    """
    with transaction.atomic():
        top_up = rows.locked(account_id, top_up_id)
        if top_up.state == TopUpState.STARTED:
            asking_back.ask_soon(top_up, now=now)
            wish_for_events(top_up.provider, now=now)


def abandon(account_id: int, *, top_up_id: UUID, now: datetime) -> None:
    """Close a top-up that nobody paid; money that still comes is credited all the same."""
    with transaction.atomic():
        top_up = rows.locked(account_id, top_up_id)
        if top_up.state == TopUpState.STARTED:
            rows.close(top_up, TopUpState.ABANDONED, now)


@contextmanager
def _alone(top_up_id: UUID) -> Iterator[None]:
    """Open this page alone: not every provider knows a repeated wish while the first is under way.

    A lock of the session, since no transaction stays open while somebody else is asked. Raises
    Unavailable where another one is still at it.
    """
    number = top_up_id.int & _LOCK_BITS
    give_up_at = time.monotonic() + WAITED_S_MAX
    while not _answer("SELECT pg_try_advisory_lock(%s)", number):
        if time.monotonic() > give_up_at:
            raise Unavailable("payment provider", retry_after_s=WAITED_S_MAX)
        time.sleep(_ASKED_AGAIN_S)
    try:
        yield
    finally:
        _answer("SELECT pg_advisory_unlock(%s)", number)


def _answer(question: str, number: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(question, [number])
        return bool(cursor.fetchone()[0])


def _open_checkout(
    top_up: TopUp, *, provider: PaymentProvider, keep_method: bool, now: datetime
) -> None:
    """Ask the provider for its page, after our own row has been committed."""
    order = outbound.clear(
        PAYMENT_PROVIDER,
        "top-up",
        {
            "reference": top_up.id.hex,
            "amount": Money(top_up.amount_micro, top_up.currency).decimal_text(),
            "currency": top_up.currency,
            "method": top_up.method,
            "keep": "yes" if keep_method else "no",
        },
        account_id=top_up.account_id,
        now=now,
    )
    checkout = provider.open_checkout(order, return_url=installed_payments().back_to(top_up.id))
    with transaction.atomic():
        rows.register(
            top_up.account_id,
            provider=provider.code,
            word=checkout.reference,
            top_up_id=top_up.id,
        )
        top_up.provider_reference = checkout.reference
        top_up.pay_url = checkout.pay_url
        top_up.save(update_fields=["provider_reference", "pay_url"])
