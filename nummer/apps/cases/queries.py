"""Reads of cases for faces, and for the apps that take claims from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db import connection

from nummer.apps.cases.content import Listed, contents, file_of, raw_of, sender_of, subjects
from nummer.apps.cases.errors import NoSuchCase
from nummer.apps.cases.kinds import answer_on
from nummer.apps.cases.models import (
    AnswerCount,
    Attachment,
    Case,
    CaseNumber,
    Kind,
    Message,
    Proof,
    State,
)
from nummer.apps.paging import behind, keys_of
from nummer.apps.vault.keys import OPERATOR_ACCOUNT_ID

_INVARIANTS: Final = {
    "every case has a first message, and no message came before its case": """
        SELECT count(*) FROM cases_case c
         WHERE c.merged_into IS NULL AND c.received_at IS DISTINCT FROM (
               SELECT min(m.at) FROM cases_message m
                WHERE m.account_id = c.account_id AND m.case_id = c.id)
    """,
    "every message belongs to a case": """
        SELECT count(*) FROM cases_message m
         WHERE NOT EXISTS (SELECT FROM cases_case c
                            WHERE c.account_id = m.account_id AND c.id = m.case_id)
    """,
    "every number leads to its case": """
        SELECT count(*) FROM cases_case c FULL JOIN cases_casenumber n
               ON n.account_id = c.account_id AND n.case_id = c.id AND n.number = c.number
         WHERE c.id IS NULL OR n.number IS NULL
    """,
}


@dataclass(frozen=True, slots=True)
class CaseHead:
    """A case without its words: what lists and clocks need."""

    account_id: int
    id: UUID
    number: int
    kind: Kind
    channel: str
    proof: Proof
    state: State
    language: str
    order_id: UUID | None
    received_at: datetime
    confirmed_at: datetime | None
    last_at: datetime
    answered_at: datetime | None
    closed_at: datetime | None
    due_on: date | None
    due_rule: str
    assignee: str
    merged_into: int | None
    waits_since: datetime | None
    rating: str

    @property
    def answer_on(self) -> date | None:
        """Return by which day we mean to answer, None while nothing waits."""
        due_on = None if self.answered_at else self.due_on
        return answer_on(waits_since=self.waits_since, due_on=due_on)

    @property
    def to_be_confirmed(self) -> bool:
        """Tell whether the customer has yet to say that it was he who wrote.

        A signature of his domain is evidence beside the case and does not stand in for it.
        """
        return self.confirmed_at is None and self.account_id != OPERATOR_ACCOUNT_ID


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case with what it is called, and from which address it was opened by mail."""

    head: CaseHead
    subject: str = field(repr=False)
    sender: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message. `dkim` is what the signatures of a mail showed, empty for others."""

    id: UUID
    inbound: bool
    channel: str
    actor: str
    at: datetime
    proof: Proof
    dkim: str
    standard: str
    automatic: bool
    redacted: bool
    cut: bool
    has_raw: bool
    subject: str = field(repr=False)
    sender: str | None = field(repr=False)
    text: str = field(repr=False)
    attachments: tuple[Listed, ...] = field(repr=False)


def case(account_id: int, *, case_id: UUID) -> CaseRow:
    """Return a case of an account; 0 holds those of unknown senders. Refuses: NoSuchCase."""
    return _named(Case.objects.filter(account_id=account_id, id=case_id).first())


def case_of_customer(account_id: int, *, number: int) -> CaseRow:
    """Return a customer's own case by its number, or what it was merged into.

    Refuses: NoSuchCase.
    """
    found = _named(Case.objects.filter(account_id=account_id, number=number).first())
    merged = found.head.merged_into
    return found if merged is None else case_of_customer(account_id, number=merged)


def case_by_number(number: int) -> CaseRow:
    """Return anybody's case by its number, for the staff, or what it was merged into.

    Refuses: NoSuchCase.
    """
    found = CaseNumber.objects.filter(number=number).first()
    if found is None:
        raise NoSuchCase
    row = case(found.account_id, case_id=found.case_id)
    merged = row.head.merged_into
    return row if merged is None else case_by_number(merged)


def cases_of(account_id: int, *, before: int | None = None, limit: int = 25) -> list[CaseRow]:
    """Return an account's cases, newest first; `before` is the last number seen."""
    rows = Case.objects.filter(account_id=account_id, merged_into=None)
    if before is not None:
        rows = rows.filter(number__lt=before)
    found = list(rows.order_by("-number")[:limit])
    return [
        CaseRow(head_of(row), subject, None)
        for row, subject in zip(found, subjects(found), strict=True)
    ]


def messages(
    account_id: int, *, case_id: UUID, limit: int = 200, skip: int = 0
) -> list[MessageRow]:
    """Return the last messages of a case, the earliest first; `skip` leaves the latest out."""
    latest_first = (
        Message.objects.filter(account_id=account_id, case_id=case_id)
        .defer("raw")
        .order_by("-at", "-id")
    )
    return list(_messages(list(latest_first[skip : skip + limit])[::-1]))


def messages_before(
    account_id: int, *, case_id: UUID, before: UUID | None = None, limit: int = 50
) -> list[MessageRow]:
    """Return a page of the messages of a case, newest first; `before` is the last one seen.

    Refuses: NoSuchCase, where `before` is none of its messages.
    """
    rows = Message.objects.filter(account_id=account_id, case_id=case_id).defer("raw")
    if before is not None:
        keys = keys_of(rows.filter(id=before), by=("-at", "-id"))
        if keys is None:
            raise NoSuchCase
        rows = rows.filter(behind(keys))
    return list(_messages(list(rows.order_by("-at", "-id")[:limit])))


def message(account_id: int, *, case_id: UUID, message_id: UUID) -> MessageRow:
    """Return one message of a case. Refuses: NoSuchCase."""
    rows = Message.objects.filter(account_id=account_id, case_id=case_id, id=message_id)
    found = list(rows.defer("raw").order_by("id"))
    if not found:
        raise NoSuchCase
    return next(iter(_messages(found)))


def raw_mail(account_id: int, *, message_id: UUID) -> bytes | None:
    """Return the octets of a mail as they are kept. Refuses: NoSuchCase."""
    row = Message.objects.filter(account_id=account_id, id=message_id).first()
    if row is None:
        raise NoSuchCase
    return raw_of(row)


def attachment(account_id: int, *, case_id: UUID, file_id: UUID) -> tuple[str, str, bytes]:
    """Return name, type and octets of a file of a case. Refuses: NoSuchCase."""
    row = Attachment.objects.filter(account_id=account_id, id=file_id).first()
    if row is None:
        raise NoSuchCase
    written = message(account_id, case_id=case_id, message_id=row.message_id)
    name = next(file.name for file in written.attachments if file.id == str(file_id))
    return name, row.media, file_of(row)


def raw_to_purge(*, until: datetime, limit: int) -> list[tuple[datetime, int, UUID]]:
    """Return (moment, account, message) of octets whose time is over."""
    rows = Message.objects.filter(raw__isnull=False, raw_until__lte=until)
    return [
        (moment, account_id, message_id)
        for moment, account_id, message_id in rows.order_by("raw_until", "id").values_list(
            "raw_until", "account_id", "id"
        )[:limit]
        if moment is not None
    ]


def to_purge(*, until: datetime, limit: int) -> list[tuple[datetime, int, UUID]]:
    """Return (moment, account, case) of cases whose time is over."""
    rows = Case.objects.filter(purge_at__lte=until).order_by("purge_at", "id")
    return list(rows.values_list("purge_at", "account_id", "id")[:limit])


def audit_lines() -> list[tuple[str, int, str]]:
    """Return (invariant, breaches, detail) for `nummer audit`."""
    with connection.cursor() as cursor:
        counted = []
        for invariant, sql in _INVARIANTS.items():
            cursor.execute(sql)
            counted.append((f"cases: {invariant}", int(cursor.fetchone()[0]), "rows"))
    return counted


def oldest_count() -> date | None:
    """Return the earliest day whose automatic answers are still counted."""
    return AnswerCount.objects.order_by("day").values_list("day", flat=True).first()


def _messages(rows: list[Message]) -> Iterable[MessageRow]:
    for row, said in zip(rows, contents(rows), strict=True):
        yield MessageRow(
            id=row.id,
            inbound=row.inbound,
            channel=row.channel,
            actor=row.actor,
            at=row.at,
            proof=Proof(row.proof),
            dkim=row.dkim,
            standard=row.standard,
            automatic=row.automatic,
            redacted=row.redacted,
            cut=row.cut,
            has_raw=row.raw_until is not None,
            subject=said.subject,
            sender=said.sender,
            text=said.text,
            attachments=said.attachments,
        )


def _named(row: Case | None) -> CaseRow:
    if row is None:
        raise NoSuchCase
    (subject,) = subjects([row])
    return CaseRow(head_of(row), subject, sender_of(row))


def head_of(row: Case) -> CaseHead:
    """Return a row without its words."""
    return CaseHead(
        account_id=row.account_id,
        id=row.id,
        number=row.number,
        kind=Kind(row.kind),
        channel=row.channel,
        proof=Proof(row.proof),
        state=State(row.state),
        language=row.language,
        order_id=row.order_id,
        received_at=row.received_at,
        confirmed_at=row.confirmed_at,
        last_at=row.last_at,
        answered_at=row.answered_at,
        closed_at=row.closed_at,
        due_on=row.due_on,
        due_rule=row.due_rule,
        assignee=row.assignee,
        merged_into=row.merged_into,
        waits_since=row.waits_since,
        rating=row.rating,
    )
