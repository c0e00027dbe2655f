"""A dossier on its way to a supplier: what the rule of an order names, once, and his verdict.

First the row, then what leaves, after the row is committed. A job that dies leaves a row whose
time runs out; the next one asks the supplier what he has before it sends anything (ADR 310).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from nummer.apps.identity import queries
from nummer.apps.identity.actions.store import file_of, one_at_a_time
from nummer.apps.identity.errors import PapersNotComplete
from nummer.apps.identity.models import Document, Papers, Transfer
from nummer.apps.identity.queries import SAID, Asked, declared
from nummer.apps.identity.words import DocumentKind, Media, Part, Verdict
from nummer.apps.outbound import actions as outbound
from nummer.apps.outbound.actions import Cleared
from nummer.apps.outbound.register import NUMBER_SUPPLIER
from nummer.apps.vault.actions import forget_keys, seal_text
from nummer.apps.vault.keys import KeyClass
from nummer.kernel.redact import redact
from nummer.policy.clause import clause

# Longer than a job speaks with a supplier: a dozen calls of at most 25 s each.
SENDING: Final = timedelta(minutes=10)
SAID_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class Sheet:
    """A document in clear, on its way to whoever encrypts it for the supplier."""

    kind: DocumentKind
    media: Media
    octets: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Dossier:
    """The fields that a rule names and its documents; nothing else leaves."""

    declared: Cleared
    documents: tuple[Sheet, ...]


@clause(
    "LD-T3",
    quote="Carriers and number providers receive the registration details that the rules for your "
    "number require, and nothing else.",
)
def begin_transfer(
    account_id: int, *, order_id: UUID, supplier: str, wanted: Asked, now: datetime
) -> Verdict | None:
    """Let this caller send the dossier of an order; None says that it may, and must finish.

    Another verdict than PENDING stands for good; PENDING: it was sent, or somebody sends it now.
    Refuses: PapersNotComplete (no approved papers fit). Locks: the account's papers.
    """
    with transaction.atomic():
        one_at_a_time(account_id)
        row = Transfer.objects.filter(account_id=account_id, id=order_id).first()
        if row is None:
            row = _new(account_id, order_id, supplier, wanted, now)
        elif row.sent_at is not None or (row.sending_until and row.sending_until > now):
            return Verdict(row.verdict)
        row.sending_until = now + SENDING
        row.save()
        return None


@clause("LD-T4", quote="Your account shows who received which data and when.")
def dossier_of(account_id: int, *, order_id: UUID, now: datetime) -> Dossier:
    """Let what a transfer names go; the customer reads that it went (LD-T3, LD-T4).

    Refuses: PapersNotComplete (they were purged meanwhile), KeyDestroyed.
    """
    with transaction.atomic():
        row = Transfer.objects.get(account_id=account_id, id=order_id)
        papers = Papers.objects.get(account_id=account_id, id=row.papers_id)
        if papers.purged_at is not None:
            raise PapersNotComplete
        said = declared(papers)
        fields = {name: said[name] for name in row.fields}
        left = outbound.clear(NUMBER_SUPPLIER, "papers", fields, account_id=account_id, now=now)
        return Dossier(left, tuple(_sheets(row, now)))


def note_sent(account_id: int, *, order_id: UUID, now: datetime) -> None:
    """Write down that the supplier has all of a dossier; repeating it changes nothing."""
    Transfer.objects.filter(account_id=account_id, id=order_id, sent_at=None).update(
        sent_at=now, sending_until=None
    )


def give_up_sending(account_id: int, *, order_id: UUID) -> None:
    """Let another job try at once what this one could not finish."""
    Transfer.objects.filter(account_id=account_id, id=order_id, sent_at=None).update(
        sending_until=None
    )


def note_verdict(
    account_id: int, *, order_id: UUID, verdict: Verdict, said: str = "", now: datetime
) -> None:
    """Write a supplier's verdict about a dossier, once; PENDING is none.

    In the transaction that acts upon it. Locks: the transfer.
    """
    if verdict is Verdict.PENDING:
        return
    rows = Transfer.objects.select_for_update().filter(account_id=account_id, id=order_id)
    row = rows.first()
    if row is None or row.verdict != Verdict.PENDING:
        return
    row.verdict, row.judged_at, row.sent_at = verdict, now, row.sent_at or now
    row.sending_until = None
    if said:
        forget_keys(account_id)  # it may be another one than this process remembers
        row.said = seal_text(
            redact(said)[:SAID_MAX],
            account_id=account_id,
            klass=KeyClass.PAPERS,
            place=SAID,
            row=order_id,
        )
    row.save()


def _new(  # noqa: PLR0917 -- a step of the one above
    account_id: int, order_id: UUID, supplier: str, wanted: Asked, now: datetime
) -> Transfer:
    papers_id = queries.fitting(account_id, wanted=wanted, now=now)
    if papers_id is None:
        raise PapersNotComplete
    return Transfer(
        account_id=account_id,
        id=order_id,
        papers_id=papers_id,
        supplier=supplier,
        fields=list(wanted.fields),
        documents=list(wanted.documents),
        begun_at=now,
    )


def _sheets(row: Transfer, now: datetime) -> list[Sheet]:
    """Return the copies of the documents in clear, each let through the gate by its kind."""
    sheets = []
    documents = Document.objects.filter(
        account_id=row.account_id, papers_id=row.papers_id, kind__in=row.documents
    )
    for one in documents.order_by("kind"):
        outbound.clear(
            NUMBER_SUPPLIER, "paper", {"paper": one.kind}, account_id=row.account_id, now=now
        )
        octets = file_of(row.account_id, document_id=one.id, part=Part.COPY)
        sheets.append(Sheet(DocumentKind(one.kind), Media(one.media), octets))
    return sheets
