"""The verb of the official mailbox: a mail becomes a message of a case, and nothing else."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction

from nummer.apps.accounts import queries as accounts
from nummer.apps.agreements.queries import operator
from nummer.apps.cases.actions.store import (
    New,
    Said,
    add,
    address_index,
    begin,
    may_answer,
    one_at_a_time,
    reopened,
    send_receipt,
)
from nummer.apps.cases.content import Content, Listed
from nummer.apps.cases.errors import MailLoops
from nummer.apps.cases.kinds import kind_of
from nummer.apps.cases.models import Case, CaseNumber, Channel, Kind, Message, Proof
from nummer.apps.cases.threads import case_of, is_report_of_abuse
from nummer.apps.vault.actions import keyed_digest
from nummer.apps.vault.keys import OPERATOR_ACCOUNT_ID
from nummer.kernel.ids import id_of
from nummer.kernel.locale import DRAFTING_LANGUAGE
from nummer.policy.clause import clause
from nummer.protocols.mail.evidence import Dkim
from nummer.protocols.mail.headers import HOPS_MAX
from nummer.protocols.mail.reading import ReadMail

_OWN_ID: Final = re.compile(r"<[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}@(.+)>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Received:
    """Where a mail went: the case's number, whether it opened it, whether it came before."""

    number: int
    opened: bool
    repeated: bool


@clause(
    "PP-1.3",
    quote="We collect through forms, through necessary cookies, and through messages that you send "
    "us by page, e-mail or phone.",
)
@clause(
    "PP-4.1b",
    quote="Before we act on a message we make sure that it comes from you.",
    reading="ADR 0131",
)
def receive_mail(
    mail: ReadMail, *, dkim: Dkim, recipients: Sequence[str], received_at: datetime
) -> Received:
    """Store a mail as a message of its case, or of a new one.

    It continues a case whose valid token one of the recipients bears, if it comes from that
    case's customer or first sender. What it asks for is not done here or by anybody because of
    it. A mail that a server brings twice is stored once. Refuses: MailLoops.
    """
    _refuse_loops(mail)
    owner = _owner(mail)
    proof = _proof(mail, owner, dkim)
    message_id = _message_id(mail)
    with transaction.atomic():
        one_at_a_time(message_id)
        thread = _thread(mail, owner, recipients, received_at)
        if (known := _known(owner, thread, message_id)) is not None:
            return Received(known.number, opened=False, repeated=True)
        row = thread
        if row is None:
            case_id = id_of("case", message_id)
            kind = (
                Kind.ABUSE
                if is_report_of_abuse(recipients)
                else kind_of(f"{mail.subject}\n{mail.text}")
            )
            row = _opened(
                mail, owner, kind=kind, proof=proof, case_id=case_id, received_at=received_at
            )
        add(
            row,
            _said(mail, row, message_id=message_id, proof=proof, dkim=dkim, at=received_at),
        )
        if thread is not None:
            reopened(row, at=received_at)
        elif _wants_receipt(mail, received_at):
            send_receipt(row, sender=mail.sender, message_id=mail.message_id, now=received_at)
    return Received(row.number, opened=thread is None, repeated=False)


def _refuse_loops(mail: ReadMail) -> None:
    ours = {operator().mailbox.casefold(), _letters_from().casefold()}
    own = _OWN_ID.fullmatch(mail.message_id or "")
    written_by_us = own is not None and own[1].casefold() == _letters_from().rpartition("@")[2]
    if written_by_us or (mail.sender or "").casefold() in ours or mail.hops > HOPS_MAX:
        raise MailLoops


def _letters_from() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].casefold()


def _owner(mail: ReadMail) -> int:
    found = accounts.account_by_email(mail.sender) if mail.sender else None
    return OPERATOR_ACCOUNT_ID if found is None else found.id


def _proof(mail: ReadMail, owner: int, dkim: Dkim) -> Proof:
    if owner == OPERATOR_ACCOUNT_ID:
        return Proof.NONE
    return Proof.ALIGNED if dkim is Dkim.ALIGNED and not mail.doubled_header else Proof.CLAIMED


def _thread(mail: ReadMail, owner: int, recipients: Sequence[str], now: datetime) -> Case | None:
    """Return the case that the mail may continue, locked."""
    found = case_of(recipients, now=now)
    if found is None or mail.sender is None:
        return None
    row = _followed(found)
    if row is None or _erased(row.account_id):
        return None
    of_the_account = row.account_id == owner != OPERATOR_ACCOUNT_ID
    of_its_sender = row.sender_index is not None and (
        bytes(row.sender_index) == address_index(mail.sender)
    )
    return row if of_the_account or of_its_sender else None


def _followed(found: tuple[int, UUID]) -> Case | None:
    """Return the case, or the one that it was merged into, locked."""
    row = Case.objects.select_for_update().filter(account_id=found[0], id=found[1]).first()
    if row is None or row.merged_into is None:
        return row
    into = CaseNumber.objects.filter(number=row.merged_into).first()
    return None if into is None else _followed((into.account_id, into.case_id))


def _erased(account_id: int) -> bool:
    """Tell whether nothing can be sealed for the account any more."""
    return account_id != OPERATOR_ACCOUNT_ID and accounts.email(account_id) is None


def _message_id(mail: ReadMail) -> UUID:
    """Return the same id for the same mail, however often a server brings it."""
    octets = hashlib.sha256(mail.raw).hexdigest()
    said = f"{mail.sender}|{mail.message_id}|{octets}"
    return id_of("case-mail", keyed_digest("case-mail", said).hex())


def _known(owner: int, thread: Case | None, message_id: UUID) -> Case | None:
    """Return the case that holds this very mail already."""
    account_id = owner if thread is None else thread.account_id
    row = Message.objects.filter(account_id=account_id, id=message_id).first()
    if row is None:
        return None
    return Case.objects.filter(account_id=account_id, id=row.case_id).first()


def _opened(
    mail: ReadMail, owner: int, *, kind: Kind, proof: Proof, case_id: UUID, received_at: datetime
) -> Case:
    return begin(
        New(
            account_id=owner,
            id=case_id,
            kind=kind,
            channel=Channel.MAIL,
            proof=proof,
            language=_language(mail, owner),
            subject=mail.subject,
            received_at=received_at,
            sender=mail.sender,
        )
    )


def _language(mail: ReadMail, owner: int) -> str:
    if owner != OPERATOR_ACCOUNT_ID:
        return accounts.account(owner).locale
    return mail.language or DRAFTING_LANGUAGE


@clause(
    "PP-2.3b",
    quote="If you send us such a number by mistake, we remove it.",
    reading="ADR 0132",
)
def _said(
    mail: ReadMail, row: Case, *, message_id: UUID, proof: Proof, dkim: Dkim, at: datetime
) -> Said:
    return Said(
        id=message_id,
        inbound=True,
        channel=Channel.MAIL,
        actor=f"customer:{row.account_id}",
        at=at,
        proof=proof,
        dkim=dkim.value,
        automatic=mail.automatic,
        redacted=mail.redacted,
        cut=mail.cut,
        content=Content(
            text=mail.text,
            subject=mail.subject,
            sender=mail.sender,
            message_id=mail.message_id,
            attachments=tuple(
                Listed(one.name, one.media_type, one.octets) for one in mail.attachments
            ),
        ),
        raw=mail.raw,
    )


def _wants_receipt(mail: ReadMail, now: datetime) -> bool:
    return not mail.automatic and mail.sender is not None and may_answer(mail.sender, now=now)
