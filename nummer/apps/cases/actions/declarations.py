"""Cases that begin with a declaration; the verb that takes it sends the receipt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Coalesce

from nummer.apps.cases.actions.opening import begun, called, checked
from nummer.apps.cases.actions.store import (
    New,
    language_of,
    may_answer,
    one_at_a_time,
    reach,
    send_receipt,
)
from nummer.apps.cases.models import Case, Channel, Kind, Message, Proof, State
from nummer.apps.notify.reach import Reach
from nummer.apps.vault.keys import OPERATOR_ACCOUNT_ID

__all__ = ["Declared", "may_answer", "note_answered", "open_declared", "reach_of", "report_abuse"]


@dataclass(frozen=True, slots=True)
class Declared:
    """The case of a declaration, and how a letter of it reaches whoever made it."""

    case_id: UUID
    number: int
    reach: Reach


def open_declared(
    account_id: int,
    *,
    key: UUID,
    kind: Kind,
    channel: Channel,
    text: str,
    subject: str,
    proof: Proof,
    actor: str,
    received_at: datetime,
    now: datetime,
    order_id: UUID | None = None,
    sender: str | None = None,
    language: str | None = None,
) -> Declared:
    """Open a case without a limit and without a receipt; the same key returns the first case.

    A right is used up by nobody's counter. For somebody without an account (0) `sender` and
    `language` are needed. Refuses: NothingWritten, MessageTooLong.
    """
    written = checked(text)
    with transaction.atomic():
        one_at_a_time(key)
        row = Case.objects.filter(account_id=account_id, id=key).first()
        if row is None:
            new = New(
                account_id=account_id,
                id=key,
                kind=kind,
                channel=channel,
                proof=proof,
                language=language or language_of(account_id),
                subject=called(subject),
                received_at=received_at,
                sender=sender,
                order_id=order_id,
            )
            row = begun(new, text=written, actor=actor)
        return Declared(row.id, row.number, reach(row, sender=sender, message_id=None))


def report_abuse(
    *, key: UUID, text: str, number: str, sender: str, language: str, now: datetime
) -> int:
    """Open the case of somebody who tells what was done with a number of ours; return its number.

    It is nobody's case, whoever writes, and begins nothing but itself. He gets a receipt, while
    his address had few of them today. The same key opens one case. Refuses: NothingWritten,
    MessageTooLong.
    """
    with transaction.atomic():
        one_at_a_time(key)
        known = Case.objects.filter(account_id=OPERATOR_ACCOUNT_ID, id=key).first()
        if known is not None:
            return known.number
        new = New(
            account_id=OPERATOR_ACCOUNT_ID,
            id=key,
            kind=Kind.ABUSE,
            channel=Channel.PAGE,
            proof=Proof.NONE,
            language=language,
            subject=called(number),
            received_at=now,
            sender=sender,
        )
        row = begun(new, text=checked(text), actor=f"customer:{OPERATOR_ACCOUNT_ID}")
        if may_answer(sender, now=now):
            send_receipt(row, sender=sender, message_id=None, now=now)
    return row.number


def reach_of(account_id: int, *, case_id: UUID) -> Reach | None:
    """Return the way of a letter to a customer whose answer continues a case, None without it."""
    row = Case.objects.filter(account_id=account_id, id=case_id).first()
    return None if row is None else reach(row, sender=None, message_id=None)


def note_answered(account_id: int, *, case_id: UUID, now: datetime) -> None:
    """Note that what a case declares was answered by a letter of its own; it is his turn then.

    Where the customer wrote more than his declaration, somebody has to read that: it stays open.
    Repeating it changes nothing.
    """
    waits = Case.objects.filter(account_id=account_id, id=case_id, state=State.OPEN)
    said = Message.objects.filter(account_id=account_id, case_id=case_id, inbound=True)
    if said.count() > 1:
        return
    waits.update(
        state=State.ANSWERED, waits_since=None, answered_at=Coalesce("answered_at", Value(now))
    )
