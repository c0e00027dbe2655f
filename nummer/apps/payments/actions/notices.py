"""Following what providers say, by callback or in their lists: once, in whatever order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, assert_never
from uuid import UUID

import structlog
from django.db import transaction

from nummer.apps.ledger import actions as ledger
from nummer.apps.ledger.actions import Book, Leg, TransferKind
from nummer.apps.notify import actions as notify
from nummer.apps.payments.actions import (
    asking_back,
    automatic,
    disputes,
    rows,
    sending_back,
    twice,
)
from nummer.apps.payments.errors import CallbackNotGenuine, CallbackRefused
from nummer.apps.payments.models import (
    OPEN_OUTCOMES,
    REFUSED_OUTCOMES,
    Notice,
    NoticeKind,
    NoticeOutcome,
    Reference,
    TopUp,
    TopUpState,
)
from nummer.apps.payments.ports import (
    ApprovalNotice,
    DisputeNotice,
    DisputeWord,
    PaymentNotice,
    ProviderNotice,
    RefundNotice,
    RefundWord,
    installed_payments,
)
from nummer.kernel.ids import id_of, new_id
from nummer.kernel.money import Money

log = structlog.get_logger(__name__)

_PAID: Final = "paid"
_FAILED: Final = "failed"
_APPROVED: Final = "approved"


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
    provider = installed_payments().provider(provider_code)
    if provider is None:
        raise CallbackNotGenuine
    notice = provider.verify_callback(headers=headers, body=body, received_at=received_at)
    if notice is None:
        return NoticeOutcome.IGNORED
    return take_notice(provider_code, notice=notice, now=now)


def confirm(
    provider_reference: str, *, provider: str, amount: Money, event_id: str, now: datetime
) -> NoticeOutcome:
    """Credit a top-up that the provider says is paid; see `take_notice`."""
    notice = PaymentNotice(
        event_id=event_id, reference=provider_reference, paid=True, amount=amount
    )
    return take_notice(provider, notice=notice, now=now)


def take_notice(provider: str, *, notice: ProviderNotice, now: datetime) -> NoticeOutcome:
    """Follow what a provider says about a payment, once, in whatever order it comes.

    A payment that comes after a failure still counts; a failure after a payment does not. What
    the customer agreed to on a page is taken by a job. A second payment of one wish is credited
    and given back (RULE-ERR). A refund or dispute of a payment that we have not heard of waits for
    it. What fits no top-up is written down too, and then refused; it is judged again when it comes
    again.
    Refuses: CallbackRefused. Locks: the top-up, then the wallet.
    """
    with transaction.atomic():
        outcome = _follow(provider, _Told.by(notice), notice, now)
    if outcome in REFUSED_OUTCOMES:
        raise CallbackRefused(why=outcome.value)
    return outcome


def take_waiting(notice_id: UUID, *, now: datetime) -> NoticeOutcome:
    """Follow a notice that waited, now that its payment is known; repeating changes nothing."""
    row = Notice.objects.get(id=notice_id)
    if row.outcome != NoticeOutcome.WAITING:
        return NoticeOutcome(row.outcome)
    with transaction.atomic():
        return _follow(row.provider, _Told.of(row), _as_notice(row), now)


@dataclass(frozen=True, slots=True)
class _Told:
    """A notice as its row holds it."""

    kind: NoticeKind
    reference: str
    payment: str
    ours: str
    word: str
    amount: Money

    @classmethod
    def by(cls, notice: ProviderNotice) -> _Told:
        match notice:
            case PaymentNotice():
                word = _PAID if notice.paid else _FAILED
                return cls(
                    NoticeKind.PAYMENT,
                    notice.reference,
                    notice.payment,
                    notice.ours,
                    word,
                    notice.amount,
                )
            case ApprovalNotice():
                return cls(
                    NoticeKind.PAYMENT,
                    notice.reference,
                    "",
                    notice.ours,
                    _APPROVED,
                    notice.amount,
                )
            case RefundNotice():
                return cls(
                    NoticeKind.REFUND,
                    notice.reference,
                    notice.payment,
                    notice.ours,
                    notice.word.value,
                    notice.amount,
                )
            case DisputeNotice():
                return cls(
                    NoticeKind.DISPUTE,
                    notice.reference,
                    notice.payment,
                    "",
                    notice.word.value,
                    notice.amount,
                )
            case _:
                assert_never(notice)

    @classmethod
    def of(cls, row: Notice) -> _Told:
        return cls(
            NoticeKind(row.kind),
            row.reference,
            row.payment,
            row.ours,
            row.word or (_PAID if row.paid else _FAILED),
            Money(row.amount_micro, row.currency),
        )


def _follow(provider: str, told: _Told, notice: ProviderNotice, now: datetime) -> NoticeOutcome:
    top_up = _top_up_of(provider, told)
    outcome = _judge(top_up, notice)
    row, new = Notice.objects.get_or_create(
        provider=provider,
        event_id=notice.event_id,
        defaults={
            "id": new_id(),
            "kind": told.kind,
            "reference": told.reference,
            "payment": told.payment,
            "ours": told.ours,
            "paid": told.kind == NoticeKind.PAYMENT and told.word == _PAID,
            "word": told.word,
            "amount_micro": told.amount.micro,
            "currency": told.amount.currency,
            "outcome": outcome,
            "received_at": now,
        },
    )
    if not new:
        row = Notice.objects.select_for_update().get(id=row.id)
        if _Told.of(row) != told:
            raise CallbackRefused(why="changed_event")
        if row.outcome not in OPEN_OUTCOMES or row.outcome == outcome:
            _learn_country_again(top_up, row, notice)
            return NoticeOutcome(row.outcome)
        row.outcome = outcome
        row.save(update_fields=["outcome"])
    if top_up is not None:
        _do(top_up, outcome, notice, now)
    return outcome


def _top_up_of(provider: str, told: _Told) -> TopUp | None:
    """Return the top-up that a notice is about, locked, by any of the words that it says."""
    words = [told.ours, told.payment]
    if told.kind == NoticeKind.PAYMENT:
        words.insert(0, told.reference)
    for word in filter(None, words):
        place = Reference.objects.filter(provider=provider, reference=word).first()
        if place is not None:
            return rows.locked(place.account_id, place.top_up_id)
    return None


def _judge(top_up: TopUp | None, notice: ProviderNotice) -> NoticeOutcome:
    if isinstance(notice, RefundNotice | DisputeNotice):
        if top_up is None or top_up.state != TopUpState.PAID:
            return NoticeOutcome.WAITING
        same = notice.amount.currency == top_up.currency
        return NoticeOutcome.NOTED if same else NoticeOutcome.OTHER_SUM
    if top_up is None:
        return NoticeOutcome.UNKNOWN_REFERENCE
    claimed = notice.claimed if isinstance(notice, PaymentNotice) else ""
    if claimed and claimed != top_up.id.hex:
        return NoticeOutcome.OTHER_CUSTOMER
    if notice.amount != Money(top_up.amount_micro, top_up.currency):
        return NoticeOutcome.OTHER_SUM
    if isinstance(notice, PaymentNotice) and notice.late:
        return NoticeOutcome.PAID_LATE
    if top_up.state == TopUpState.PAID:
        return _judge_paid(top_up, notice)
    paid = isinstance(notice, PaymentNotice) and notice.paid
    return NoticeOutcome.CREDITED if paid else NoticeOutcome.NOTED


def _judge_paid(top_up: TopUp, notice: PaymentNotice | ApprovalNotice) -> NoticeOutcome:
    """Judge what is told about a top-up that is paid."""
    if isinstance(notice, ApprovalNotice) or not notice.paid:
        return NoticeOutcome.PAID_BEFORE
    second = twice.is_another(top_up, payment=notice.payment)
    return NoticeOutcome.CAPTURED_TWICE if second else NoticeOutcome.PAID_BEFORE


def _do(top_up: TopUp, outcome: NoticeOutcome, notice: ProviderNotice, now: datetime) -> None:
    match notice:
        case PaymentNotice():
            _do_payment(top_up, outcome, notice, now)
        case ApprovalNotice():
            if outcome == NoticeOutcome.NOTED:
                asking_back.wish_to_conclude(top_up, now=now)
        case RefundNotice() if outcome == NoticeOutcome.NOTED:
            sending_back.follow(top_up, notice=notice, now=now)
        case DisputeNotice() if outcome == NoticeOutcome.NOTED:
            disputes.follow(top_up, notice=notice, now=now)
        case RefundNotice() | DisputeNotice():
            pass
        case _:
            assert_never(notice)


def _do_payment(
    top_up: TopUp, outcome: NoticeOutcome, notice: PaymentNotice, now: datetime
) -> None:
    if outcome == NoticeOutcome.CREDITED:
        _learn_payment(top_up, notice)
        _credit(top_up, now)
        _learn_country(top_up, notice)
        automatic.follow_payment(top_up, payer=notice.payer, now=now)
    elif outcome == NoticeOutcome.PAID_LATE:
        log.warning("money came late or beside its sum", provider=top_up.provider)
        _tell_beside(top_up, notice, now)
    elif outcome == NoticeOutcome.OTHER_SUM:
        if notice.late:
            _tell_beside(top_up, notice, now)
    elif outcome == NoticeOutcome.CAPTURED_TWICE:
        twice.note_second(top_up, payment=notice.payment, now=now)
    elif outcome == NoticeOutcome.PAID_BEFORE and notice.paid:
        _learn_payment(top_up, notice)
        _learn_country(top_up, notice)
        automatic.follow_payment(top_up, payer=notice.payer, now=now)
    elif outcome == NoticeOutcome.NOTED:
        rows.close(top_up, TopUpState.FAILED, now)
        if top_up.automatic:
            automatic.stop_after_failure(top_up.account_id, now=now)


def _tell_beside(top_up: TopUp, notice: PaymentNotice, now: datetime) -> None:
    """Tell the customer that his money came and that a person looks at it."""
    notify.send_letter(
        top_up.account_id,
        letter="top-up-beside",
        context={
            "amount": notice.amount.decimal_text(),
            "currency": notice.amount.currency,
            "reference": str(top_up.id),
            "received_at": now.isoformat(),
        },
        now=now,
        key=id_of("top-up-beside", top_up.provider, notice.event_id),
    )


def _learn_payment(top_up: TopUp, notice: PaymentNotice) -> None:
    """Keep how the provider calls the payment: its refunds and disputes say nothing else."""
    payment = notice.payment
    if payment and not top_up.payment_reference:
        rows.register(
            top_up.account_id, provider=top_up.provider, word=payment, top_up_id=top_up.id
        )
        top_up.payment_reference = payment
        top_up.save(update_fields=["payment_reference"])


def _learn_country(top_up: TopUp, notice: PaymentNotice) -> None:
    """Keep the country of the card or account that paid, as the provider tells it (ADR 120)."""
    if notice.country and not top_up.payer_country:
        top_up.payer_country = notice.country
        top_up.payer_by_issuer = notice.by_card
        top_up.save(update_fields=["payer_country", "payer_by_issuer"])


def _learn_country_again(top_up: TopUp | None, row: Notice, notice: ProviderNotice) -> None:
    """Read the country where an event that we know is told by another way, which says more."""
    taken = row.outcome in (NoticeOutcome.CREDITED, NoticeOutcome.PAID_BEFORE)
    if taken and top_up is not None and isinstance(notice, PaymentNotice) and notice.paid:
        _learn_country(top_up, notice)


def _credit(top_up: TopUp, now: datetime) -> None:
    rows.close(top_up, TopUpState.PAID, now)
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


def _as_notice(row: Notice) -> ProviderNotice:
    """Return a refund's or dispute's notice as it was told."""
    told = _Told.of(row)
    match told.kind:
        case NoticeKind.REFUND:
            return RefundNotice(
                event_id=row.event_id,
                reference=told.reference,
                payment=told.payment,
                amount=told.amount,
                word=RefundWord(told.word),
                ours=told.ours,
            )
        case NoticeKind.DISPUTE:
            return DisputeNotice(
                event_id=row.event_id,
                reference=told.reference,
                payment=told.payment,
                amount=told.amount,
                word=DisputeWord(told.word),
            )
        case NoticeKind.PAYMENT:
            raise AssertionError("a payment never waits: it is credited or refused")
        case _:
            assert_never(told.kind)
