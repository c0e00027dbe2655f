"""Verbs of the staff; each is written into the record of deeds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from nummer.apps.accounts import queries as accounts
from nummer.apps.audit import actions as audit
from nummer.apps.cases.actions.attaching import Upload, attach, drawn, listed
from nummer.apps.cases.actions.conversation import in_conversation
from nummer.apps.cases.actions.desk import move_notes
from nummer.apps.cases.actions.opening import checked
from nummer.apps.cases.actions.store import Said, add, closed, kept_for, locked, reach
from nummer.apps.cases.content import (
    CONTENT,
    RAW,
    SENDER,
    SUBJECT,
    Content,
    contents,
    raw_of,
    seal,
    sender_of,
    subjects,
)
from nummer.apps.cases.errors import (
    CaseAssigned,
    CaseHasNoAddress,
    FilesNeedAnAccount,
    NoSuchCustomer,
)
from nummer.apps.cases.kinds import due
from nummer.apps.cases.models import Case, CaseNumber, Channel, Kind, Message, Proof, State
from nummer.apps.cases.threads import survey_token
from nummer.apps.notify.actions import send_letter
from nummer.apps.vault.keys import OPERATOR_ACCOUNT_ID
from nummer.kernel.ids import id_of
from nummer.kernel.redact import redact

MOVED_AT_ONCE: Final = 20  # mails with their octets, in memory together


def answer(
    account_id: int,
    *,
    case_id: UUID,
    key: UUID,
    text: str,
    closes: bool,
    actor: str,
    now: datetime,
    standard: str = "",
    files: Sequence[Upload] = (),
) -> None:
    """Write to the customer; the answer stands in the case and goes out by mail.

    `standard` names the standard answer that it began with, and its version. Files stay in the
    case, where the customer fetches them signed in; the mail only tells of them. The same key
    again writes nothing. Refuses: NoSuchCase, NothingWritten, MessageTooLong,
    CaseHasNoAddress, FilesNeedAnAccount, what `drawn` refuses of files. Locks: the case's row.
    """
    if files and account_id == OPERATOR_ACCOUNT_ID:
        raise FilesNeedAnAccount
    written, kept = checked(text), drawn(account_id, files)
    with transaction.atomic():
        row = locked(account_id, case_id)
        message_id = id_of("case-answer", case_id, key)
        if Message.objects.filter(account_id=account_id, id=message_id).exists():
            return
        sender = sender_of(row)
        if account_id == OPERATOR_ACCOUNT_ID and sender is None:
            raise CaseHasNoAddress
        clean = redact(written)
        add(
            row,
            _said(
                message_id,
                actor,
                now,
                Content(text=clean, attachments=listed(kept, message_id=message_id)),
                standard=standard,
                redacted=clean != written,
            ),
        )
        attach(kept, account_id=account_id, message_id=message_id)
        _answered(row, closes=closes, now=now)
        (subject,) = subjects([row])
        send_letter(
            account_id,
            letter="case-answer",
            context={
                "number": str(row.number),
                "subject": subject,
                "answer": clean,
                "survey": _survey(row, now) if closes else "",
                "files": str(len(kept)) if kept else "",
            },
            now=now,
            key=message_id,
            reach=in_conversation(row, sender=sender, but=message_id),
        )
        _record(row, verb="answer_case", actor=actor, now=now)


def set_kind(account_id: int, *, case_id: UUID, kind: Kind, actor: str, now: datetime) -> None:
    """Say what a case is about; its day is computed anew, from the same first contact.

    Refuses: NoSuchCase. Locks: the case's row.
    """
    with transaction.atomic():
        row = locked(account_id, case_id)
        term = due(kind, received_at=row.received_at)
        Case.objects.filter(account_id=account_id, id=case_id).update(
            kind=kind,
            due_on=term.on,
            due_rule=term.rule,
            calendar_version=term.calendar_version,
        )
        _record(row, verb="set_case_kind", actor=actor, now=now, fields=["kind", "due_on"])


def close_case(account_id: int, *, case_id: UUID, actor: str, now: datetime) -> None:
    """End a case without a word, such as the mail of a machine; a new message opens it again.

    Refuses: NoSuchCase. Locks: the case's row.
    """
    with transaction.atomic():
        row = locked(account_id, case_id)
        if row.state != State.CLOSED:
            closed(row, now=now)
            _record(row, verb="close_case", actor=actor, now=now, fields=["state"])


def assign_case(case_id: UUID, *, to_account_id: int, actor: str, now: datetime) -> None:
    """Give a case of an unknown sender to an account, sealed anew with its keys.

    It is not the customer's word until he confirms it in his account; a letter asks him to.
    Refuses: NoSuchCase, NoSuchCustomer, CaseAssigned. Locks: the case's row.
    """
    if not accounts.known(to_account_id) or to_account_id == OPERATOR_ACCOUNT_ID:
        raise NoSuchCustomer
    with transaction.atomic():
        if (
            CaseNumber.objects.filter(case_id=case_id)
            .exclude(account_id=OPERATOR_ACCOUNT_ID)
            .exists()
        ):
            raise CaseAssigned
        row = locked(OPERATOR_ACCOUNT_ID, case_id)
        moved = _moved(row, to_account_id)
        CaseNumber.objects.filter(number=row.number).update(account_id=to_account_id)
        send_letter(
            to_account_id,
            letter="case-assigned",
            context={"number": str(row.number), "received_at": row.received_at.isoformat()},
            now=now,
            key=id_of("case-assigned", case_id),
            reach=reach(moved, sender=None, message_id=None),
        )
        _record(moved, verb="assign_case", actor=actor, now=now, fields=["account_id"])


def _survey(row: Case, now: datetime) -> str:
    return survey_token(row.number, case_id=row.id, ended_at=now)


def _said(
    id_: UUID, actor: str, now: datetime, content: Content, *, standard: str, redacted: bool
) -> Said:
    return Said(
        id=id_,
        inbound=False,
        channel=Channel.MAIL,
        actor=actor,
        at=now,
        proof=Proof.STAFF,
        content=content,
        standard=standard,
        redacted=redacted,
    )


def _answered(row: Case, *, closes: bool, now: datetime) -> None:
    Case.objects.filter(account_id=row.account_id, id=row.id).update(
        state=State.CLOSED if closes else State.ANSWERED,
        closed_at=now if closes else None,
        waits_since=None,
        answered_at=row.answered_at or now,
        last_at=now,
        purge_at=now + kept_for(row.account_id),
    )


def _moved(row: Case, to_account_id: int) -> Case:
    """Write a stranger's case anew for an account, with every message and the mails' octets."""
    (subject,), sender = subjects([row]), sender_of(row)
    Case.objects.filter(account_id=OPERATOR_ACCOUNT_ID, id=row.id).delete()
    row.account_id = to_account_id
    row.subject = seal(subject.encode(), account_id=to_account_id, place=SUBJECT, row=row.id)
    if sender is not None:
        row.sender = seal(sender.encode(), account_id=to_account_id, place=SENDER, row=row.id)
    row.purge_at = row.last_at + kept_for(to_account_id)
    row.save(force_insert=True)
    move_notes(row.id, to_account_id=to_account_id)
    left = Message.objects.filter(account_id=OPERATOR_ACCOUNT_ID, case_id=row.id).order_by("id")
    while some := list(left[:MOVED_AT_ONCE]):
        _move(some, to_account_id)
    return row


def _move(messages: list[Message], to_account_id: int) -> None:
    raws = [raw_of(message) for message in messages]
    for message, content, raw in zip(messages, contents(messages), raws, strict=True):
        Message.objects.filter(account_id=OPERATOR_ACCOUNT_ID, id=message.id).delete()
        message.account_id = to_account_id
        message.content = content.sealed(account_id=to_account_id, row=message.id)
        if raw is not None:
            message.raw = seal(raw, account_id=to_account_id, place=RAW, row=message.id)
        message.save(force_insert=True)


def _record(
    row: Case, *, verb: str, actor: str, now: datetime, fields: list[str] | None = None
) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        place="cases_case",
        row=str(row.id),
        account_id=row.account_id,
        fields=fields or [CONTENT.rpartition(".")[2]],
        now=now,
    )
