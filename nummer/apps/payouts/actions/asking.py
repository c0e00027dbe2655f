"""Asking for money, by page or as the staff writes it down, and adding what was missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction

from nummer.apps.ledger import queries as wallets
from nummer.apps.ledger.errors import IdempotencyConflict, WrongCurrency
from nummer.apps.payments import actions as payment_actions
from nummer.apps.payments import queries as payments
from nummer.apps.payouts.actions import rows
from nummer.apps.payouts.actions.deciding import judge
from nummer.apps.payouts.errors import AccountNumberRefused, PayoutClosed, PayoutOpen
from nummer.apps.payouts.models import OPEN_STATES, Channel, Payout, PayoutState, Subject
from nummer.kernel.ids import id_of
from nummer.kernel.money import Money
from nummer.kernel.redact import holds_number, resembles_iban
from nummer.policy.refund import Reason

_ONE_OPEN: Final = "payout_open_once_for_each_subject"  # a constraint of the table


@dataclass(frozen=True, slots=True)
class PayoutWish:
    """What RP-T4 asks for: of which payment, how much and why.

    Everything may be missing; then the customer is asked for it once. A claim about an order is
    made with refunds, whose decision is paid by `take_up`.
    """

    top_up_id: UUID | None = None
    amount: Money | None = None
    reason: Reason | None = None
    details: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """How and when a wish reached us, and who wrote it down; the same key is the same request."""

    channel: Channel
    actor: str
    received_at: datetime
    key: UUID


def ask(account_id: int, *, wish: PayoutWish, told: Told, now: datetime) -> UUID:
    """Take a request for money, decide on it, and return its id.

    What is payable is held or sent in the same transaction. Repeating the key changes nothing.
    Refuses: AccountNumberRefused, NoSuchTopUp, WrongCurrency, PayoutOpen,
    IdempotencyConflict. Locks: the wallet.
    """
    _require_sound(account_id, wish)
    payout_id = id_of("payout", account_id, told.key)
    with transaction.atomic():
        wallet = wallets.balance(account_id)
        if wish.amount is not None and wish.amount.currency != wallet.currency:
            raise WrongCurrency
        known = Payout.objects.filter(account_id=account_id, id=payout_id).first()
        if known is not None:
            _require_same(known, wish)
            return payout_id
        subject, subject_id = _subject(wish)
        _require_no_other(account_id, subject_id)
        with _one_for_each_subject():
            payout, new = Payout.objects.get_or_create(
                account_id=account_id,
                id=payout_id,
                defaults={
                    "subject": subject,
                    "subject_id": subject_id,
                    "asked_micro": None if wish.amount is None else wish.amount.micro,
                    "currency": wallet.currency,
                    "reason": "" if wish.reason is None else wish.reason.value,
                    "details": wish.details.strip(),
                    "channel": told.channel,
                    "actor": told.actor,
                    "received_at": min(told.received_at, now),
                },
            )
        if new:
            rows.record(payout, verb="ask", actor=told.actor, now=now)
            judge(payout, now=now)
    return payout_id


def give_back(account_id: int, *, top_up_id: UUID, now: datetime) -> None:
    """Ask, for the customer, for a payment that was taken twice; repeating it changes nothing.

    Clause: RULE-ERR. One that he asked for himself is left to that request. Refuses:
    NoSuchTopUp. Locks: the wallet.
    """
    top_up = payments.top_up(account_id, top_up_id=top_up_id)
    assert top_up.twice_of is not None, "only a second payment goes back unasked"
    wish = PayoutWish(top_up_id=top_up_id, amount=top_up.amount, reason=Reason.DOUBLE_CHARGE)
    told = Told(
        channel=Channel.SELF,
        actor="system:payments",
        received_at=top_up.closed_at or now,
        key=id_of("taken-twice", top_up_id),
    )
    with transaction.atomic():
        try:
            with transaction.atomic():
                ask(account_id, wish=wish, told=told, now=now)
        except PayoutOpen:
            pass
        payment_actions.return_begun(account_id, top_up_id=top_up_id)


def complete(
    account_id: int, *, payout_id: UUID, wish: PayoutWish, actor: str, now: datetime
) -> None:
    """Add what was missing, and decide anew; what was said before stays where nothing new is.

    Refuses: NoSuchPayout, PayoutClosed (nothing is missing), AccountNumberRefused,
    NoSuchTopUp, WrongCurrency, PayoutOpen. Locks: the request, then the wallet.
    """
    _require_sound(account_id, wish)
    with transaction.atomic():
        payout = rows.locked(account_id, payout_id)
        if payout.state != PayoutState.MISSING:
            raise PayoutClosed
        if wish.amount is not None and wish.amount.currency != payout.currency:
            raise WrongCurrency
        subject, subject_id = _subject(wish)
        if subject_id is not None and payout.subject_id is None:
            _require_no_other(account_id, subject_id)
            payout.subject, payout.subject_id = subject, subject_id
        if wish.amount is not None:
            payout.asked_micro = wish.amount.micro
        payout.reason = payout.reason if wish.reason is None else wish.reason.value
        payout.details = wish.details.strip() or payout.details
        with _one_for_each_subject():
            payout.save()
        rows.record(payout, verb="complete", actor=actor, now=now)
        judge(payout, now=now)


def _subject(wish: PayoutWish) -> tuple[str, UUID | None]:
    if wish.top_up_id is not None:
        return Subject.TOP_UP, wish.top_up_id
    return "", None


def _require_sound(account_id: int, wish: PayoutWish) -> None:
    """Refuse numbers of cards and accounts, and what is not the customer's."""
    if holds_number(wish.details) or resembles_iban(wish.details):
        raise AccountNumberRefused
    if wish.top_up_id is not None:
        payments.top_up(account_id, top_up_id=wish.top_up_id)


def _require_same(known: Payout, wish: PayoutWish) -> None:
    """Refuse a key that comes again for something else; one that was completed since is his own.

    What nobody has said to this day was not said the first time either.
    """
    asked = None if wish.amount is None else wish.amount.micro
    same = known.subject_id in (None, wish.top_up_id) and known.asked_micro == asked
    says_more = (
        (known.asked_micro is None and asked is not None)
        or (known.subject_id is None and wish.top_up_id is not None)
        or (not known.reason and wish.reason is not None)
    )
    if says_more or (not same and known.asked_at is None):
        raise IdempotencyConflict


@contextmanager
def _one_for_each_subject() -> Iterator[None]:
    """Refuse who asked in the same moment as another and came second: PayoutOpen."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if _ONE_OPEN not in str(error):
            raise
        raise PayoutOpen from None


def _require_no_other(account_id: int, subject_id: UUID | None) -> None:
    others = Payout.objects.filter(account_id=account_id, state__in=OPEN_STATES)
    if subject_id is not None and others.filter(subject_id=subject_id).exists():
        raise PayoutOpen
