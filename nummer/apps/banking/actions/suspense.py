"""What the staff do with an entry in suspense: by one person, above a limit by two."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from nummer.apps.accounts import queries as accounts
from nummer.apps.audit import actions as audit
from nummer.apps.banking.actions.matching import close
from nummer.apps.banking.actions.references import draw
from nummer.apps.banking.errors import (
    EntryDecided,
    EntryNeedsAnotherPerson,
    EntryOtherCurrency,
    NoSuchCustomer,
    NoSuchEntry,
)
from nummer.apps.banking.models import Deed, Entry, EntryState, Reason, Subject, Why
from nummer.apps.banking.ports import METHOD, PROVIDER
from nummer.apps.ledger import queries as wallets
from nummer.apps.ledger.errors import WalletMissing
from nummer.apps.payments import actions as payments
from nummer.apps.payments import queries as payment_queries
from nummer.apps.payments.ports import DisputeNotice, DisputeWord
from nummer.apps.payouts.ports import release_rule
from nummer.kernel.ids import id_of
from nummer.kernel.money import Money


def decide(
    entry_id: UUID, *, deed: Deed, why: Why, account_id: int | None, actor: str, now: datetime
) -> bool:
    """Do a deed, or propose it where two persons have to agree; tell whether it is done.

    `account_id` is whose money it becomes, for GIVE.
    Refuses: NoSuchEntry, EntryDecided, NoSuchCustomer, EntryOtherCurrency.
    Locks: the entry, then what payments lock.
    """
    with transaction.atomic():
        entry = _waiting(entry_id)
        if entry.deed:
            raise EntryDecided
        _require_possible(entry, deed, account_id)
        entry.deed, entry.why, entry.first = deed, why, actor
        if deed == Deed.GIVE:
            entry.account_id = account_id
        needs_two = release_rule().needs_two(_amount(entry))
        _record(entry, f"propose_{deed.value}" if needs_two else deed.value, actor, now)
        if needs_two:
            entry.save()
        else:
            _do(entry, now)
        return not needs_two


def release(entry_id: UUID, *, actor: str, now: datetime) -> None:
    """Do what another person proposed.

    Refuses: NoSuchEntry, EntryDecided, EntryNeedsAnotherPerson, EntryOtherCurrency,
    NoSuchCustomer. Locks: the entry, then what payments lock.
    """
    with transaction.atomic():
        entry = _waiting(entry_id)
        if not entry.deed:
            raise EntryDecided
        if entry.first == actor:
            raise EntryNeedsAnotherPerson
        _require_possible(entry, Deed(entry.deed), entry.account_id)
        entry.second = actor
        _record(entry, entry.deed, actor, now)
        _do(entry, now)


def withdraw(entry_id: UUID, *, actor: str, now: datetime) -> None:
    """Take a proposal back, or a return that was not sent yet, so that it is decided anew.

    A return above the limit is stopped only by somebody who did not release it.
    Refuses: NoSuchEntry, EntryDecided, EntryNeedsAnotherPerson. Locks: the entry.
    """
    with transaction.atomic():
        entry = _locked(entry_id)
        if not (entry.state == EntryState.RETURNING or (_is_waiting(entry) and entry.deed)):
            raise EntryDecided
        if entry.state == EntryState.RETURNING and actor == entry.second:
            raise EntryNeedsAnotherPerson
        entry.state, entry.reason = EntryState.SUSPENSE, entry.reason or Reason.NO_REFERENCE
        entry.deed = entry.why = entry.first = entry.second = ""
        entry.save()
        _record(entry, "withdraw", actor, now)


def _do(entry: Entry, now: datetime) -> None:
    match Deed(entry.deed):
        case Deed.GIVE:
            assert entry.account_id is not None, "it was looked at"
            entry.top_up_id = payments.credit_received(
                entry.account_id,
                amount=_amount(entry),
                method=METHOD,
                payment=entry.id.hex,
                now=now,
            )
            close(entry, EntryState.CREDITED, now=now)
        case Deed.RETURN:
            draw(Subject.ENTRY, entry.id, account_id=entry.account_id, now=now)
            entry.state = EntryState.RETURNING
            entry.save()
        case Deed.OWN:
            close(entry, EntryState.OWN, now=now)
        case Deed.TAKE_BACK:
            _take_back(entry, now)
            close(entry, EntryState.TAKEN_BACK, now=now)


def _take_back(entry: Entry, now: datetime) -> None:
    """Take what is left of the payment that the bank took back, as after a lost dispute."""
    notice = DisputeNotice(
        event_id=id_of("bank-took-back", entry.id).hex,
        reference=entry.id.hex,
        payment=entry.word,
        amount=_amount(entry),
        word=DisputeWord.LOST,
    )
    payments.take_notice(PROVIDER, notice=notice, now=now)


def _require_possible(entry: Entry, deed: Deed, account_id: int | None) -> None:
    came = entry.amount_micro > 0
    match deed:
        case Deed.GIVE:
            if not came:
                raise EntryDecided
            _require_customer(account_id, currency=entry.currency)
        case Deed.RETURN:
            if not came:
                raise EntryDecided
        case Deed.TAKE_BACK:
            wish = payment_queries.awaited(PROVIDER, word=entry.word) if entry.word else None
            if came or entry.reason != Reason.REVERSAL or wish is None:
                raise EntryDecided
            if not wish.paid or wish.amount != _amount(entry):
                raise EntryDecided
            entry.account_id, entry.top_up_id = wish.account_id, wish.top_up_id
        case Deed.OWN:
            pass


def _require_customer(account_id: int | None, *, currency: str) -> None:
    if account_id is None or not accounts.known(account_id):
        raise NoSuchCustomer
    try:
        if wallets.balance(account_id).currency != currency:
            raise EntryOtherCurrency
    except WalletMissing:
        raise NoSuchCustomer from None
    methods = [method.code for method in payment_queries.methods(currency)]
    if METHOD not in methods:
        raise EntryOtherCurrency


def _waiting(entry_id: UUID) -> Entry:
    entry = _locked(entry_id)
    if not _is_waiting(entry):
        raise EntryDecided
    return entry


def _is_waiting(entry: Entry) -> bool:
    return entry.state == EntryState.SUSPENSE


def _locked(entry_id: UUID) -> Entry:
    entry = Entry.objects.select_for_update().filter(id=entry_id).first()
    if entry is None:
        raise NoSuchEntry
    return entry


def _amount(entry: Entry) -> Money:
    return Money(abs(entry.amount_micro), entry.currency)


def _record(entry: Entry, verb: str, actor: str, now: datetime) -> None:
    audit.record(
        actor=actor,
        verb=f"bank_entry_{verb}",
        place="banking_entry",
        row=str(entry.id),
        account_id=entry.account_id,
        now=now,
    )
