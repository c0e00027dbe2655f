"""The verbs of paying in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from nummer.apps.accounts import queries as accounts
from nummer.apps.ledger import actions as ledger
from nummer.apps.ledger import queries as wallets
from nummer.apps.ledger.actions import Book, Leg, TransferKind
from nummer.apps.ledger.errors import IdempotencyConflict, WrongCurrency
from nummer.apps.notify import actions as notify
from nummer.apps.outbound import actions as outbound
from nummer.apps.outbound.register import PAYMENT_PROVIDER
from nummer.apps.payments.errors import (
    CallbackNotGenuine,
    CallbackRefused,
    CardDataRefused,
    NoSuchTopUp,
    TopUpNotPayable,
    TopUpTooLarge,
    TopUpTooSmall,
    UnknownMethod,
)
from nummer.apps.payments.limits import LIMITS
from nummer.apps.payments.models import (
    REFUSED_OUTCOMES,
    Notice,
    NoticeOutcome,
    Reference,
    TopUp,
    TopUpState,
)
from nummer.apps.payments.ports import (
    PaymentMethod,
    PaymentNotice,
    PaymentProvider,
    installed_payments,
)
from nummer.kernel.ids import id_of, new_id
from nummer.kernel.money import MICRO, Money, minor_digits

CARD_DIGITS_MIN: Final = 13  # ISO/IEC 7812-1: the shortest number a card carries
CARD_DIGITS_MAX: Final = 19
_CARD_FIELD = re.compile(r"card|cvc|cvv|pan$|security.?code|expir", re.IGNORECASE)
_DIGIT_RUN = re.compile(r"\d(?:[ -]?\d)+", re.ASCII)


@dataclass(frozen=True, slots=True)
class StartedTopUp:
    """A top-up whose page waits at `pay_url`."""

    id: UUID
    pay_url: str


def start_top_up(
    account_id: int, *, amount: Money, method: str, key: UUID | None = None, now: datetime
) -> StartedTopUp:
    """Note the wish to pay in and have the provider prepare its page; nothing is credited.

    Repeating `key` with the same sum and method gives the same page. The key is whatever the
    caller sends, so the id is made from it: it must not meet the id of another transfer.
    Refuses: NotConfirmed, UnknownMethod, WrongCurrency, TopUpTooSmall, TopUpTooLarge,
    TopUpNotPayable, IdempotencyConflict, ledger's WalletMissing. Raises Unavailable.
    """
    accounts.require_confirmed(account_id)
    provider, chosen = _way_to_pay(method, currency=amount.currency)
    if wallets.balance(account_id).currency != amount.currency:
        raise WrongCurrency
    _require_payable(amount)
    top_up = _note_wish(
        account_id,
        amount=amount,
        provider=provider.code,
        method=chosen,
        top_up_id=new_id() if key is None else id_of("top-up", account_id, key),
        now=now,
    )
    if not top_up.pay_url:
        _open_checkout(top_up, provider=provider, now=now)
    return StartedTopUp(id=top_up.id, pay_url=top_up.pay_url)


def refuse_card_data(posted: Mapping[str, str]) -> None:
    """Let a form through only if it holds nothing of a payment card.

    Clause: PP-2.3b. Refuses: CardDataRefused, for a field named like card data and for a number
    that could be a card's. The value is neither kept nor logged.
    """
    for name, value in posted.items():
        if _CARD_FIELD.search(name) or any(
            _could_be_card(run) for run in _DIGIT_RUN.findall(value)
        ):
            raise CardDataRefused


def receive_callback(
    provider_code: str,
    *,
    headers: Mapping[str, str],
    body: bytes,
    received_at: datetime,
    now: datetime,
) -> NoticeOutcome:
    """Take a provider's callback: check whose it is, then credit or note what it says.

    `received_at` is of the real clock (signatures age by it), `now` is the installation's.
    Refuses: CallbackNotGenuine, CallbackUnreadable, CallbackRefused.
    """
    for provider in installed_payments().providers:
        if provider.code == provider_code:
            notice = provider.verify_callback(headers=headers, body=body, received_at=received_at)
            return take_notice(provider_code, notice=notice, now=now)
    raise CallbackNotGenuine


def confirm(
    provider_reference: str, *, provider: str, amount: Money, event_id: str, now: datetime
) -> NoticeOutcome:
    """Credit a top-up that the provider says is paid; see `take_notice`."""
    notice = PaymentNotice(
        event_id=event_id, reference=provider_reference, paid=True, amount=amount
    )
    return take_notice(provider, notice=notice, now=now)


def take_notice(provider: str, *, notice: PaymentNotice, now: datetime) -> NoticeOutcome:
    """Follow what a provider says about a checkout, once, in whatever order it comes.

    A payment that comes after a failure still counts; a failure after a payment does not.
    What fits no top-up is written down too, and then refused.
    Refuses: CallbackRefused. Locks: the top-up, then the wallet.
    """
    with transaction.atomic():
        outcome = _follow(provider, notice, now)
    if outcome in REFUSED_OUTCOMES:
        raise CallbackRefused(why=outcome.value)
    return outcome


def abandon(account_id: int, *, top_up_id: UUID, now: datetime) -> None:
    """Close a top-up that nobody paid; money that still comes is credited all the same."""
    with transaction.atomic():
        top_up = _locked(account_id, top_up_id)
        if top_up.state == TopUpState.STARTED:
            _close(top_up, TopUpState.ABANDONED, now)


def _way_to_pay(method: str, *, currency: str) -> tuple[PaymentProvider, PaymentMethod]:
    for provider in installed_payments().providers:
        for offered in provider.methods:
            if offered.code == method and (
                offered.currencies is None or currency in offered.currencies
            ):
                return provider, offered
    raise UnknownMethod


def _require_payable(amount: Money) -> None:
    limits = LIMITS.get(amount.currency)
    if limits is None:
        raise UnknownMethod
    if amount < limits.least:
        raise TopUpTooSmall(least=limits.least.decimal_text(), currency=amount.currency)
    if limits.most < amount:
        raise TopUpTooLarge(most=limits.most.decimal_text(), currency=amount.currency)
    if amount.micro % (MICRO // 10 ** minor_digits(amount.currency)):
        raise TopUpNotPayable


def _note_wish(
    account_id: int,
    *,
    amount: Money,
    provider: str,
    method: PaymentMethod,
    top_up_id: UUID,
    now: datetime,
) -> TopUp:
    top_up, _ = TopUp.objects.get_or_create(
        account_id=account_id,
        id=top_up_id,
        defaults={
            "amount_micro": amount.micro,
            "currency": amount.currency,
            "provider": provider,
            "method": method.code,
            "refundable": method.refundable,
            "started_at": now,
        },
    )
    if (Money(top_up.amount_micro, top_up.currency), top_up.method) != (amount, method.code):
        raise IdempotencyConflict
    return top_up


def _open_checkout(top_up: TopUp, *, provider: PaymentProvider, now: datetime) -> None:
    """Ask the provider for its page, after our own row has been committed."""
    order = outbound.clear(
        PAYMENT_PROVIDER,
        "top-up",
        {
            "reference": top_up.id.hex,
            "amount": Money(top_up.amount_micro, top_up.currency).decimal_text(),
            "currency": top_up.currency,
            "method": top_up.method,
            "locale": accounts.account(top_up.account_id).locale,
        },
        account_id=top_up.account_id,
        now=now,
    )
    checkout = provider.open_checkout(order, return_url=installed_payments().back_to(top_up.id))
    with transaction.atomic():
        Reference.objects.get_or_create(
            provider=provider.code,
            reference=checkout.reference,
            defaults={"account_id": top_up.account_id, "top_up_id": top_up.id},
        )
        top_up.provider_reference = checkout.reference
        top_up.pay_url = checkout.pay_url
        top_up.save(update_fields=["provider_reference", "pay_url"])


def _could_be_card(run: str) -> bool:
    """Tell whether digits have the length and the check digit of a card (ISO/IEC 7812-1)."""
    digits = [int(character) for character in run if character.isdigit()]
    if not CARD_DIGITS_MIN <= len(digits) <= CARD_DIGITS_MAX:
        return False
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _follow(provider: str, notice: PaymentNotice, now: datetime) -> NoticeOutcome:
    place = Reference.objects.filter(provider=provider, reference=notice.reference).first()
    top_up = _locked(place.account_id, place.top_up_id) if place else None
    row, new = Notice.objects.get_or_create(
        provider=provider,
        event_id=notice.event_id,
        defaults={
            "id": new_id(),
            "reference": notice.reference,
            "paid": notice.paid,
            "amount_micro": notice.amount.micro,
            "currency": notice.amount.currency,
            "outcome": _judge(top_up, notice),
            "received_at": now,
        },
    )
    if not new:
        _require_same(row, notice)
        return NoticeOutcome(row.outcome)
    outcome = NoticeOutcome(row.outcome)
    if top_up is not None and outcome == NoticeOutcome.CREDITED:
        _credit(top_up, now)
    if top_up is not None and outcome == NoticeOutcome.NOTED:
        _close(top_up, TopUpState.FAILED, now)
    return outcome


def _judge(top_up: TopUp | None, notice: PaymentNotice) -> NoticeOutcome:
    if top_up is None:
        return NoticeOutcome.UNKNOWN_REFERENCE
    if notice.amount != Money(top_up.amount_micro, top_up.currency):
        return NoticeOutcome.OTHER_SUM
    if top_up.state == TopUpState.PAID:
        return NoticeOutcome.PAID_BEFORE
    return NoticeOutcome.CREDITED if notice.paid else NoticeOutcome.NOTED


def _require_same(row: Notice, notice: PaymentNotice) -> None:
    told = (row.reference, row.paid, row.amount_micro, row.currency)
    if told != (notice.reference, notice.paid, notice.amount.micro, notice.amount.currency):
        raise CallbackRefused(why="changed_event")


def _credit(top_up: TopUp, now: datetime) -> None:
    _close(top_up, TopUpState.PAID, now)
    ledger.post(
        top_up.account_id,
        id=top_up.id,
        kind=TransferKind.TOPUP,
        legs=[Leg(Book.PROVIDER_CLEARING, Money(top_up.amount_micro, top_up.currency))],
        reference=top_up.id,
        now=now,
    )
    notify.send_letter(
        top_up.account_id,
        letter="top-up-received",
        context={
            "amount": Money(top_up.amount_micro, top_up.currency).decimal_text(),
            "currency": top_up.currency,
            "reference": str(top_up.id),
            "received_at": now.isoformat(),
        },
        now=now,
        key=id_of("top-up-received", top_up.id),
    )


def _close(top_up: TopUp, state: TopUpState, now: datetime) -> None:
    top_up.state = state
    top_up.closed_at = now
    top_up.save(update_fields=["state", "closed_at"])


def _locked(account_id: int, top_up_id: UUID) -> TopUp:
    top_up = TopUp.objects.select_for_update().filter(account_id=account_id, id=top_up_id).first()
    if top_up is None:
        raise NoSuchTopUp
    return top_up
