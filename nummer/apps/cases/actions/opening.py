"""Verbs of customers, and of the staff who log what a caller says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from nummer.apps.audit import actions as audit
from nummer.apps.cases.actions.attaching import Drawn, Upload, attach, drawn, listed
from nummer.apps.cases.actions.store import (
    New,
    Said,
    add,
    begin,
    closed,
    language_of,
    locked,
    one_at_a_time,
    reopened,
    send_receipt,
)
from nummer.apps.cases.content import Content
from nummer.apps.cases.errors import MessageTooLong, NothingWritten, TooManyCases
from nummer.apps.cases.models import Case, Channel, Kind, Message, Proof, State
from nummer.apps.cases.queries import CaseRow, MessageRow, case, message
from nummer.kernel.ids import id_of
from nummer.kernel.redact import redact

CHARACTERS_MAX: Final = 20_000
SUBJECT_MAX: Final = 200
CASES_A_DAY_MAX: Final = 20
_A_DAY: Final = timedelta(days=1)


def open_case(
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
    counted: bool = True,
    files: Sequence[Upload] = (),
) -> CaseRow:
    """Open a case of a customer and write its first message; he gets a receipt.

    `key` is the caller's; the same again returns the first case. `received_at` is the moment of
    the contact, earlier than `now` where the staff log a call. Whether `order_id` is one of his
    orders is asked by whoever acts on it. What we open for him ourselves is not `counted`.
    Refuses: NothingWritten, MessageTooLong, TooManyCases, what `drawn` refuses of files.
    """
    assert received_at <= now, "a contact was before it is written down"
    written, kept = checked(text), drawn(account_id, files)
    with transaction.atomic():
        one_at_a_time(key)
        fresh = not Case.objects.filter(account_id=account_id, id=key).exists()
        if fresh:
            if counted:
                _require_room(account_id, channel, now)
            new = New(
                account_id=account_id,
                id=key,
                kind=kind,
                channel=channel,
                proof=proof,
                language=language_of(account_id),
                subject=called(subject),
                received_at=received_at,
                order_id=order_id,
            )
            row = begun(new, text=written, actor=actor, files=kept)
            send_receipt(row, sender=None, message_id=None, now=now)
    return case(account_id, case_id=key)


def write_message(
    account_id: int,
    *,
    case_id: UUID,
    key: UUID,
    channel: Channel,
    text: str,
    proof: Proof,
    actor: str,
    now: datetime,
    files: Sequence[Upload] = (),
) -> UUID:
    """Add a customer's message to his case, which is then ours to answer; return its id.

    The same key again writes nothing. Refuses: NoSuchCase, NothingWritten, MessageTooLong, what
    `drawn` refuses of files. Locks: the case's row.
    """
    written, kept = checked(text), drawn(account_id, files)
    with transaction.atomic():
        row = locked(account_id, case_id)
        message_id = id_of("case-message", case_id, key)
        if not Message.objects.filter(account_id=account_id, id=message_id).exists():
            add(
                row,
                said(
                    message_id,
                    channel=channel,
                    actor=actor,
                    at=now,
                    proof=proof,
                    text=written,
                    files=kept,
                ),
            )
            attach(kept, account_id=account_id, message_id=message_id)
            reopened(row, at=now)
    return message_id


def was_opened_with(row: CaseRow, *, subject: str, text: str) -> bool:
    """Tell whether a case was opened with these words, as it is when a call is repeated."""
    head = row.head
    first = message(head.account_id, case_id=head.id, message_id=id_of("case-first", head.id))
    return row.subject == called(subject) and says(first, text)


def says(row: MessageRow, text: str) -> bool:
    """Tell whether a message has these words, as it is when a call is repeated."""
    return row.text == redact(checked(text))


def confirm_case(account_id: int, *, case_id: UUID, now: datetime) -> None:
    """Let the customer say in his account that a mail was his; its receipt then counts.

    Repeating it changes nothing. Refuses: NoSuchCase. Locks: the case's row.
    """
    with transaction.atomic():
        row = locked(account_id, case_id)
        Case.objects.filter(account_id=account_id, id=row.id, confirmed_at=None).update(
            confirmed_at=now
        )


def end_case(account_id: int, *, case_id: UUID, now: datetime) -> None:
    """Let the customer say that his matter is settled; a new message of his opens it again.

    It takes nothing back that the case asked for: claims and requests have their own ends.
    Repeating it changes nothing. Refuses: NoSuchCase. Locks: the case's row.
    """
    with transaction.atomic():
        row = locked(account_id, case_id)
        if row.state == State.CLOSED:
            return
        closed(row, now=now)
        audit.record(
            actor=f"customer:{account_id}",
            verb="close_case",
            place="cases_case",
            row=str(case_id),
            account_id=account_id,
            fields=["state"],
            now=now,
        )


def begun(new: New, *, text: str, actor: str, files: Sequence[Drawn] = ()) -> Case:
    """Write a case with its first message; `text` was checked."""
    row = begin(new)
    first = said(
        id_of("case-first", new.id),
        channel=new.channel,
        actor=actor,
        at=new.received_at,
        proof=new.proof,
        text=text,
        files=files,
    )
    add(row, first)
    attach(files, account_id=new.account_id, message_id=first.id)
    return row


def called(subject: str) -> str:
    """Return a subject as it is kept: one line, free of numbers of cards and accounts."""
    return redact(" ".join(subject.split()))[:SUBJECT_MAX]


def checked(text: str) -> str:
    """Return a text as it is kept. Refuses: NothingWritten, MessageTooLong."""
    written = text.replace("\r\n", "\n").replace("\0", " ").strip()
    if not written:
        raise NothingWritten
    if len(written) > CHARACTERS_MAX:
        raise MessageTooLong(characters=CHARACTERS_MAX)
    return written


def _require_room(account_id: int, channel: Channel, now: datetime) -> None:
    """Refuse the one who opens cases without end; whoever calls or mails is never refused."""
    if channel not in (Channel.PAGE, Channel.API):
        return
    today = Case.objects.filter(account_id=account_id, received_at__gt=now - _A_DAY)
    if today.count() >= CASES_A_DAY_MAX:
        raise TooManyCases


def said(
    id_: UUID,
    *,
    channel: Channel,
    actor: str,
    at: datetime,
    proof: Proof,
    text: str,
    files: Sequence[Drawn] = (),
) -> Said:
    """Return a message on its way into its case, free of numbers of cards and accounts."""
    clean = redact(text)
    return Said(
        id=id_,
        inbound=True,
        channel=channel,
        actor=actor,
        at=at,
        proof=proof,
        content=Content(text=clean, attachments=listed(files, message_id=id_)),
        redacted=clean != text,
    )
