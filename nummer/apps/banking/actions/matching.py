"""One entry of a statement: to the top-up or transfer that it names, or into suspense."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from nummer.apps.banking.models import Entry, EntryState, Reason, Reference, Subject
from nummer.apps.banking.ports import PROVIDER
from nummer.apps.payments import actions as payments
from nummer.apps.payments import queries as payment_queries
from nummer.apps.payments.errors import CallbackRefused, TopUpDisputed
from nummer.apps.payments.models import NoticeOutcome
from nummer.apps.payments.ports import PaymentNotice, RefundNotice, RefundWord
from nummer.apps.payouts import actions as payouts
from nummer.apps.payouts import queries as payout_queries
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from nummer.protocols.bank.camt import Line
from nummer.protocols.bank.references import read, read_all

ACTOR: Final = "system:bank"


def take_entry(
    line: Line, *, key: str, account: str, statement_id: UUID, now: datetime
) -> EntryState | None:
    """Write an entry down and do what it says, in one transaction; None where it is known.

    Locks: the entry, then what payments or payouts lock.
    """
    word, reason = _word(line)
    signed = line.amount.micro if line.credit else -line.amount.micro
    with transaction.atomic():
        row, new = Entry.objects.get_or_create(
            key=key,
            defaults={
                "id": new_id(),
                "statement_id": statement_id,
                "place": line.place,
                "account": account,
                "amount_micro": signed,
                "currency": line.amount.currency,
                "reversal": line.reversal,
                "booked_on": line.booked_on,
                "bank_reference": line.bank_reference or line.transaction_reference,
                "word": word,
                "state": EntryState.SUSPENSE,
                "reason": reason or Reason.UNKNOWN_REFERENCE,
                "taken_at": now,
            },
        )
        if not new:
            return None
        _judge(row, reason if line.whole else Reason.BATCH, now)
        return EntryState(row.state)


def close(entry: Entry, state: EntryState, *, now: datetime) -> None:
    """Write down what became of an entry; the caller has it locked, or has just made it."""
    entry.state, entry.closed_at = state, now
    if state != EntryState.SUSPENSE:
        entry.reason = ""
    entry.save()


def confirm(entry: Entry, *, word: str, now: datetime) -> Reason | None:
    """Follow a transfer that went out with our reference; return why not, where it does not fit.

    Refuses: TopUpDisputed (what its payer's bank takes back does not leave by us, too).
    Locks: what payments or payouts lock.
    """
    named = Reference.objects.filter(word=word).exclude(subject=Subject.TOP_UP).first()
    if named is None:
        return Reason.UNKNOWN_REFERENCE
    if Entry.objects.filter(word=word, state=EntryState.CONFIRMED).exclude(id=entry.id).exists():
        return Reason.PAID_BEFORE
    match Subject(named.subject):
        case Subject.REFUND:
            reason = _confirm_refund(entry, named, now)
        case Subject.SHARE:
            reason = _confirm_share(entry, named, now)
        case _:
            reason = _confirm_return(entry, named, now)
    if reason is None:
        entry.word = word
        close(entry, EntryState.CONFIRMED, now=now)
    return reason


def _word(line: Line) -> tuple[str, Reason | None]:
    """Return our reference that an entry carries, or '' and why there is none.

    The fields meant for it count; only without them is it looked for among people's words.
    """
    found = {read(text) for text in line.given} - {None} or read_all(line.said)
    if len(found) > 1:
        return "", Reason.SEVERAL_REFERENCES
    for word in found:
        if word is not None:
            return word, None
    return "", Reason.UNKNOWN_REFERENCE if line.given else Reason.NO_REFERENCE


def _judge(row: Entry, reason: Reason | None, now: datetime) -> None:
    if row.amount_micro == 0:
        close(row, EntryState.OWN, now=now)
        return
    why = _credit(row, reason, now) if row.amount_micro > 0 else _debit(row, reason, now)
    if why is not None:
        row.reason = why
        row.save(update_fields=["reason", "account_id"])


def _credit(row: Entry, reason: Reason | None, now: datetime) -> Reason | None:
    """Do what money that came says; return why it waits instead."""
    if reason is not None:
        return reason
    named = Reference.objects.filter(word=row.word).first()
    if named is None:
        return Reason.UNKNOWN_REFERENCE
    if row.reversal or named.subject != Subject.TOP_UP:
        return _came_back(row, named, now)
    return _pay(row, now)


def _pay(row: Entry, now: datetime) -> Reason | None:
    """Credit the top-up that an entry names, if it is just what was asked for."""
    wish = payments.lock_awaited(PROVIDER, word=row.word)
    if wish is None:
        return Reason.UNKNOWN_REFERENCE
    row.account_id = wish.account_id
    if wish.paid:  # perhaps by somebody else, so nothing is assumed
        return Reason.PAID_BEFORE
    if row.currency != wish.amount.currency or row.currency != row.account:
        return Reason.OTHER_CURRENCY
    amount = Money(row.amount_micro, row.currency)
    if amount != wish.amount:
        return Reason.OTHER_SUM
    try:
        outcome = payments.take_notice(PROVIDER, notice=_paid(row, amount), now=now)
    except CallbackRefused:
        return Reason.OTHER_SUM
    if outcome != NoticeOutcome.CREDITED:
        return Reason.PAID_BEFORE
    row.top_up_id = wish.top_up_id
    close(row, EntryState.CREDITED, now=now)
    return None


def _paid(row: Entry, amount: Money) -> PaymentNotice:
    return PaymentNotice(
        event_id=row.id.hex,
        reference=row.word,
        paid=True,
        amount=amount,
        payment=row.id.hex,
    )


def _debit(row: Entry, reason: Reason | None, now: datetime) -> Reason | None:
    """Do what money that went says; what names nothing of ours is the operator's own business."""
    if row.reversal:
        wish = payment_queries.awaited(PROVIDER, word=row.word) if row.word else None
        row.account_id = None if wish is None else wish.account_id
        return Reason.REVERSAL
    named = Reference.objects.filter(word=row.word).first() if row.word else None
    if named is None:
        if reason == Reason.SEVERAL_REFERENCES:
            return reason
        close(row, EntryState.OWN, now=now)
        return None
    if named.subject == Subject.TOP_UP:  # the bank sends a payment back with its own reference
        return Reason.REVERSAL
    row.account_id = named.account_id
    if reason is not None:
        return reason
    if row.currency != row.account:
        return Reason.OTHER_CURRENCY
    try:
        return confirm(row, word=row.word, now=now)
    except TopUpDisputed:  # it is not paid out twice, and the entries after it are still taken
        return Reason.DISPUTED


def _came_back(row: Entry, named: Reference, now: datetime) -> Reason | None:
    """Put a refund that the bank could not deliver back on the balance; the rest is for people."""
    row.account_id = named.account_id
    if named.subject != Subject.REFUND:
        return Reason.CAME_BACK
    told = _refund(named)
    if told is None or told[1].amount != Money(row.amount_micro, row.currency):
        return Reason.CAME_BACK
    row.account_id = told[0]
    if told[1].state == "failed":
        return Reason.PAID_BEFORE
    payments.take_notice(
        PROVIDER, notice=_refund_notice(row, named, RefundWord.FAILED, told[1].amount), now=now
    )
    close(row, EntryState.CAME_BACK, now=now)
    return None


def _confirm_refund(entry: Entry, named: Reference, now: datetime) -> Reason | None:
    told = _refund(named)
    if told is None:
        return Reason.UNKNOWN_REFERENCE
    entry.account_id, refund = told
    if refund.amount != _gone(entry):
        return Reason.OTHER_SUM
    if refund.state not in ("wanted", "pending"):
        return Reason.PAID_BEFORE
    notice = _refund_notice(entry, named, RefundWord.PAID, refund.amount)
    payments.take_notice(PROVIDER, notice=notice, now=now)
    return None


def _refund_notice(row: Entry, named: Reference, word: RefundWord, amount: Money) -> RefundNotice:
    return RefundNotice(
        event_id=row.id.hex,
        reference=named.word,
        payment="",
        amount=amount,
        word=word,
        ours=named.subject_id.hex,
    )


def _refund(named: Reference) -> tuple[int, payment_queries.RefundRow] | None:
    place = payment_queries.awaited(PROVIDER, word=named.subject_id.hex)
    if place is None:
        return None
    refunds = payment_queries.refunds(place.account_id, top_up_id=place.top_up_id, limit=200)
    for refund in refunds:
        if refund.id == named.subject_id:
            return place.account_id, refund
    return None


def _confirm_share(entry: Entry, named: Reference, now: datetime) -> Reason | None:
    assert named.account_id is not None, "a share is somebody's"
    entry.account_id = named.account_id
    share = payout_queries.share(named.account_id, share_id=named.subject_id)
    if share.amount != _gone(entry):
        return Reason.OTHER_SUM
    if share.way != payout_queries.Way.BANK:
        return Reason.PAID_BEFORE
    payouts.confirm_transfer(  # nothing to do where a person has confirmed it
        named.account_id,
        share_id=named.subject_id,
        bank_reference=entry.bank_reference or named.word,
        actor=ACTOR,
        now=now,
    )
    return None


def _confirm_return(entry: Entry, named: Reference, now: datetime) -> Reason | None:
    origin = Entry.objects.select_for_update().get(id=named.subject_id)
    if Money(origin.amount_micro, origin.currency) != _gone(entry):
        return Reason.OTHER_SUM
    if origin.state != EntryState.RETURNING:
        return Reason.PAID_BEFORE
    close(origin, EntryState.RETURNED, now=now)
    return None


def _gone(entry: Entry) -> Money:
    return Money(-entry.amount_micro, entry.currency)
