"""Transfers that the staff make at the bank: their references, and the bank's word for them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from nummer.apps.audit import actions as audit
from nummer.apps.banking.actions.matching import confirm
from nummer.apps.banking.actions.references import draw
from nummer.apps.banking.errors import NoSuchEntry, NoSuchTransfer
from nummer.apps.banking.models import Entry, EntryState, Reason, Subject
from nummer.protocols.bank.references import read


def draw_for_share(account_id: int, *, share_id: UUID, now: datetime) -> str:
    """Return the reference of a part of a payout that goes by bank."""
    return draw(Subject.SHARE, share_id, account_id=account_id, now=now)


def confirm_by_hand(entry_id: UUID, *, reference: str, actor: str, now: datetime) -> None:
    """Say which transfer an entry is that went out without our reference, or with another one.

    Refuses: NoSuchEntry, NoSuchTransfer, TopUpDisputed.
    Locks: the entry, then what payments or payouts lock.
    """
    word = read(reference)
    with transaction.atomic():
        entry = Entry.objects.select_for_update().filter(id=entry_id).first()
        if entry is None:
            raise NoSuchEntry
        if word is None or not _is_open(entry) or confirm(entry, word=word, now=now) is not None:
            raise NoSuchTransfer
        audit.record(
            actor=actor,
            verb="bank_entry_confirm_transfer",
            place="banking_entry",
            row=str(entry.id),
            account_id=entry.account_id,
            now=now,
        )


def _is_open(entry: Entry) -> bool:
    """Tell whether money went that belongs to nothing yet."""
    waits = entry.state == EntryState.SUSPENSE and not entry.deed
    fits = entry.state == EntryState.OWN or (waits and entry.reason != Reason.PAID_BEFORE)
    return entry.amount_micro < 0 and fits
