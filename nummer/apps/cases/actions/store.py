"""Steps that the verbs share: the rows of a case and of its messages, and the receipt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Value
from django.db.models.functions import Coalesce

from nummer.apps.accounts import queries as accounts
from nummer.apps.cases.content import RAW, SENDER, SUBJECT, Content, seal
from nummer.apps.cases.errors import NoSuchCase
from nummer.apps.cases.kinds import due
from nummer.apps.cases.models import Case, CaseNumber, Channel, Kind, Message, Proof, State
from nummer.apps.cases.threads import reply_address
from nummer.apps.notify.actions import send_letter
from nummer.apps.notify.reach import Reach
from nummer.apps.vault.actions import blind_index
from nummer.apps.vault.keys import OPERATOR_ACCOUNT_ID
from nummer.kernel.ids import id_of

KEPT: Final = timedelta(days=3 * 365)  # the time in which a contract can be disputed
KEPT_UNKNOWN: Final = timedelta(days=365)  # what nobody's account sent
RAW_KEPT: Final = timedelta(days=365)
RECEIPTS_A_DAY_MAX: Final = 5  # to one address, for mails
_LOCK_BITS: Final = 2**63 - 1
PROVEN: Final = (Proof.SIGNED_IN, Proof.KEY, Proof.STAFF)  # of who opens a case by himself

_COUNT: Final = """
INSERT INTO cases_answer_count AS c (address_index, day, count) VALUES (%s, %s, 1)
ON CONFLICT (address_index, day) DO UPDATE SET count = c.count + 1 WHERE c.count < %s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """What a case begins with."""

    account_id: int
    id: UUID
    kind: Kind
    channel: Channel
    proof: Proof
    language: str
    subject: str
    received_at: datetime
    sender: str | None = None
    order_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message on its way into its case."""

    id: UUID
    inbound: bool
    channel: Channel
    actor: str
    at: datetime
    proof: Proof
    content: Content
    dkim: str = ""
    standard: str = ""
    automatic: bool = False
    redacted: bool = False
    cut: bool = False
    raw: bytes | None = None


def one_at_a_time(id_: UUID) -> None:
    """Let nobody else write the thing of this id until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [id_.int & _LOCK_BITS])


def address_index(address: str) -> bytes:
    """Return by what an address is known again."""
    return blind_index("case-address", address)


def begin(new: New) -> Case:
    """Write the row of a case and give it its number."""
    number = CaseNumber.objects.create(account_id=new.account_id, case_id=new.id).number
    term = due(new.kind, received_at=new.received_at)
    sender = None
    if new.sender is not None:
        sender = seal(new.sender.encode(), account_id=new.account_id, place=SENDER, row=new.id)
    return Case.objects.create(
        account_id=new.account_id,
        id=new.id,
        number=number,
        kind=new.kind,
        channel=new.channel,
        proof=new.proof,
        language=new.language,
        order_id=new.order_id,
        subject=seal(
            new.subject.encode("utf-8", "replace"),
            account_id=new.account_id,
            place=SUBJECT,
            row=new.id,
        ),
        sender=sender,
        sender_index=None if new.sender is None else address_index(new.sender),
        received_at=new.received_at,
        confirmed_at=new.received_at if new.proof in PROVEN else None,
        last_at=new.received_at,
        waits_since=new.received_at,
        due_on=term.on,
        due_rule=term.rule,
        calendar_version=term.calendar_version,
        purge_at=new.received_at + kept_for(new.account_id),
    )


def add(case: Case, said: Said) -> None:
    """Write the row of a message."""
    raw = None
    if said.raw is not None:
        raw = seal(said.raw, account_id=case.account_id, place=RAW, row=said.id)
    Message.objects.create(
        account_id=case.account_id,
        id=said.id,
        case_id=case.id,
        inbound=said.inbound,
        channel=said.channel,
        actor=said.actor,
        at=said.at,
        proof=said.proof,
        dkim=said.dkim,
        standard=said.standard,
        automatic=said.automatic,
        redacted=said.redacted,
        cut=said.cut,
        content=said.content.sealed(account_id=case.account_id, row=said.id),
        raw=raw,
        raw_until=None if raw is None else said.at + RAW_KEPT,
    )


def reopened(case: Case, *, at: datetime) -> None:
    """Make it our turn again, whatever the state was; the first contact stays what it is."""
    last = max(case.last_at, at)
    Case.objects.filter(account_id=case.account_id, id=case.id).update(
        state=State.OPEN,
        closed_at=None,
        waits_since=Coalesce("waits_since", Value(at)),
        last_at=last,
        purge_at=last + kept_for(case.account_id),
    )


def closed(case: Case, *, now: datetime) -> None:
    """Make it nobody's turn."""
    Case.objects.filter(account_id=case.account_id, id=case.id).update(
        state=State.CLOSED, closed_at=now, waits_since=None
    )


def locked(account_id: int, case_id: UUID) -> Case:
    """Return the row, locked until the end of the transaction. Refuses: NoSuchCase."""
    row = Case.objects.select_for_update().filter(account_id=account_id, id=case_id).first()
    if row is None:
        raise NoSuchCase
    return row


def kept_for(account_id: int) -> timedelta:
    """Return how long a case is kept after its last message."""
    return KEPT_UNKNOWN if account_id == OPERATOR_ACCOUNT_ID else KEPT


def may_answer(address: str, *, now: datetime) -> bool:
    """Count an automatic answer to an address; False once it had enough of them today."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [address_index(address), now.date(), RECEIPTS_A_DAY_MAX])
        counted: int = cursor.rowcount
    return counted == 1


def send_receipt(case: Case, *, sender: str | None, message_id: str | None, now: datetime) -> None:
    """Tell the sender the number of his case and when it came; once for each case."""
    nobodys = case.account_id == OPERATOR_ACCOUNT_ID
    if sender is None and nobodys:
        return
    send_letter(
        case.account_id,
        letter="case-receipt",
        context={
            "number": str(case.number),
            "received_at": case.received_at.isoformat(),
            "proof": "abuse" if case.kind == Kind.ABUSE else str(case.proof),
        },
        now=now,
        key=receipt_id(case.id),
        reach=reach(case, sender=sender, message_id=message_id),
    )


def receipt_id(case_id: UUID) -> UUID:
    """Return under which id the receipt of a case is written."""
    return id_of("case-receipt", case_id)


def reach(
    case: Case,
    *,
    sender: str | None,
    message_id: str | None,
    references: tuple[str, ...] = (),
    by_a_person: bool = False,
) -> Reach:
    """Return the way of a letter of this case.

    To a customer it goes to the address of his account, whatever a mail said about an address.
    """
    nobodys = case.account_id == OPERATOR_ACCOUNT_ID
    return Reach(
        to=sender if nobodys else None,
        language=case.language if nobodys else None,
        reply_to=reply_address(case.number, case_id=case.id, received_at=case.received_at),
        in_reply_to=message_id,
        references=references,
        by_a_person=by_a_person,
    )


def language_of(account_id: int) -> str:
    """Return in which language an account is written to."""
    return accounts.account(account_id).locale
