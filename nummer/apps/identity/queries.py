"""Reads of rules, papers and looks, and the proofs of this app."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Q

from nummer.apps.identity import ports
from nummer.apps.identity.errors import NoSuchPapers
from nummer.apps.identity.models import Acknowledgement, Document, Look, Papers, Rule, Transfer
from nummer.apps.identity.words import (
    Checked,
    DocumentKind,
    Field,
    Finding,
    Media,
    Reason,
    State,
    Verdict,
)
from nummer.apps.vault.actions import Sealed, unseal_many
from nummer.apps.vault.keys import KeyClass

LISTED_MAX: Final = 50
KEPT: Final = timedelta(days=30)  # PP-2.6: after the service for which they were needed
DECLARED: Final = "identity_papers.declared"
WORDS: Final = "identity_papers.words"
EVERY: Final = ""  # as country and kind: every purchase (ADR 409)
GROUNDS: Final = "identity_papers.grounds"
RELEASE: Final = "identity_document.release"
SAID: Final = "identity_transfer.said"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a rule asks for; both empty: nothing."""

    fields: tuple[Field, ...] = ()
    documents: tuple[DocumentKind, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.fields or self.documents)


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document of papers, without its content."""

    id: UUID
    kind: DocumentKind
    media: Media
    octets: int
    checked: Checked


@dataclass(frozen=True, slots=True)
class PapersRow:
    """Papers as the customer sees them; `words` are the reviewer's, in free text."""

    account_id: int
    id: UUID
    state: State
    handed_in_at: datetime
    judged_at: datetime | None
    reasons: tuple[Reason, ...]
    words: str = field(repr=False)
    expires_on: date | None
    documents: tuple[DocumentRow, ...]
    purged_at: datetime | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class QueueRow:
    """Papers that wait, as the queue shows them: nothing of what they say."""

    account_id: int
    id: UUID
    handed_in_at: datetime
    taken_by: str
    findings: tuple[Finding, ...]
    held: int  # documents that wait for the scanner


@dataclass(frozen=True, slots=True)
class TransferRow:
    """What went to whom for which order, and what he said; `said` are his own words."""

    order_id: UUID
    papers_id: UUID
    supplier: str
    fields: tuple[Field, ...]
    documents: tuple[DocumentKind, ...]
    verdict: Verdict
    begun_at: datetime
    sent_at: datetime | None
    judged_at: datetime | None
    said: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule as staff see it; an empty `supplier` or `customer` stands for every one."""

    id: UUID
    country: str
    kind: str
    supplier: str
    customer: str
    asked: Asked
    from_at: datetime


@dataclass(frozen=True, slots=True)
class LookRow:
    """One look of the staff at papers: at a document, or at the fields (`document` empty)."""

    papers_id: UUID
    document: str
    actor: str
    at: datetime


def asked(*, country: str, kind: str, supplier: str, customer: str, at: datetime) -> Asked:
    """Return what the rule asks for that counts at a moment; nothing where there is none."""
    rows = Rule.objects.filter(
        country=country,
        kind=kind,
        supplier__in=["", supplier],
        customer__in=["", customer],
        from_at__lte=at,
    )
    row = rows.order_by("-supplier", "-from_at", "-id").first()
    if row is None:
        return Asked()
    return _asked(row)


def asked_always(*, customer: str, at: datetime) -> Asked:
    """Return what is asked for before every purchase at a moment: by the rule of no country.

    It stays with us: no supplier's rule names it.
    """
    return asked(country=EVERY, kind=EVERY, supplier="", customer=customer, at=at)


def fitting(account_id: int, *, wanted: Asked, now: datetime) -> UUID | None:
    """Return the latest approved papers that hold all that is asked for, and count still."""
    today = now.astimezone(UTC).date()
    rows = Papers.objects.filter(
        Q(expires_on=None) | Q(expires_on__gte=today),
        account_id=account_id,
        state=State.APPROVED,
        purged_at=None,
    )
    for row in rows.order_by("-id")[:LISTED_MAX]:
        kinds = {each.kind for each in _documents(account_id, [row.id])}
        if kinds >= set(wanted.documents) and declared(row).keys() >= set(wanted.fields):
            return row.id
    return None


def papers_of(account_id: int) -> list[PapersRow]:
    """Return an account's papers, newest first."""
    rows = list(Papers.objects.filter(account_id=account_id).order_by("-id")[:LISTED_MAX])
    documents = _documents(account_id, [row.id for row in rows])
    return [_row(row, documents) for row in rows]


def waiting(account_id: int) -> bool:
    """Tell whether papers of an account wait for a judgement."""
    return Papers.objects.filter(account_id=account_id, state=State.WAITING).exists()


def held(account_id: int) -> bool:
    """Tell whether a document of an account waits for the scanner."""
    return Document.objects.filter(account_id=account_id, checked=Checked.HELD).exists()


def papers(account_id: int, *, papers_id: UUID) -> PapersRow:
    """Return some papers. Refuses: NoSuchPapers."""
    row = Papers.objects.filter(account_id=account_id, id=papers_id).first()
    if row is None:
        raise NoSuchPapers
    return _row(row, _documents(account_id, [papers_id]))


def scanner_ready() -> bool | None:
    """Tell whether the scanner answers and has signatures; None: there is no scanner."""
    scanner = ports.scanner()
    return None if scanner is None else scanner.ready()


def reader_ready() -> bool:
    """Tell whether this machine can read what is printed on a document."""
    return ports.reader() is not None


def queue() -> list[QueueRow]:
    """Return what waits for a judgement, the longest first; two questions, however many wait."""
    rows = list(
        Papers.objects.filter(state=State.WAITING).order_by("handed_in_at", "account_id", "id")[
            :LISTED_MAX
        ]
    )
    held = Document.objects.filter(
        account_id__in=[row.account_id for row in rows],
        papers_id__in=[row.id for row in rows],
        checked=Checked.HELD,
    )
    counts = Counter(held.values_list("papers_id", flat=True))
    return [
        QueueRow(
            row.account_id,
            row.id,
            row.handed_in_at,
            row.taken_by,
            tuple(Finding(one) for one in row.findings),
            counts[row.id],
        )
        for row in rows
    ]


def expiring(*, until: date, now: datetime) -> list[tuple[int, UUID, date]]:
    """Return (account, papers, last day) of accepted papers that expire by a day, soonest first."""
    rows = Papers.objects.filter(
        state=State.APPROVED,
        purged_at=None,
        expires_on__gte=now.astimezone(UTC).date(),
        expires_on__lte=until,
    )
    found: list[tuple[int, UUID, date]] = []
    for account_id, id_, day in rows.order_by("expires_on", "account_id", "id").values_list(
        "account_id", "id", "expires_on"
    )[:LISTED_MAX]:
        assert day is not None, "the condition says so"
        found.append((account_id, id_, day))
    return found


def expires(account_id: int, *, until: date, now: datetime) -> bool:
    """Tell whether accepted papers of an account that count now expire by a day."""
    return Papers.objects.filter(
        account_id=account_id,
        state=State.APPROVED,
        purged_at=None,
        expires_on__gte=now.astimezone(UTC).date(),
        expires_on__lt=until,
    ).exists()


def elsewhere(account_id: int, *, papers_id: UUID) -> list[int]:
    """Return the other accounts whose papers bear the same number, or one that looks like it."""
    row = Papers.objects.filter(account_id=account_id, id=papers_id).first()
    if row is None or row.zone_index is None:
        return []
    others = Papers.objects.filter(zone_index=row.zone_index).exclude(account_id=account_id)
    return sorted(set(others.values_list("account_id", flat=True)[:LISTED_MAX]))


def looks(account_id: int) -> list[LookRow]:
    """Return who looked at an account's papers, latest first."""
    rows = Look.objects.filter(account_id=account_id).order_by("-at", "-id")[: 4 * LISTED_MAX]
    return [LookRow(row.papers_id, row.document, row.actor, row.at) for row in rows]


def acknowledged(account_id: int, *, order_id: UUID) -> Asked | None:
    """Return what a customer ticked with his order that it needs; None where he did not."""
    row = Acknowledgement.objects.filter(account_id=account_id, id=order_id).first()
    return None if row is None else _asked(row)


def transfers(account_id: int) -> list[TransferRow]:
    """Return the dossiers of an account that went to suppliers, latest first."""
    rows = Transfer.objects.filter(account_id=account_id).order_by("-begun_at", "-id")
    return [_transfer(row) for row in rows[:LISTED_MAX]]


def transfer(account_id: int, *, order_id: UUID) -> TransferRow | None:
    """Return the dossier of one order; None where none was to be sent."""
    row = Transfer.objects.filter(account_id=account_id, id=order_id).first()
    return None if row is None else _transfer(row)


def rules(*, country: str = "", limit: int = 4 * LISTED_MAX) -> list[RuleRow]:
    """Return the rules of a country or of all, the latest first within each country and kind."""
    rows = Rule.objects.filter(**({"country": country} if country else {}))
    return [
        RuleRow(
            row.id,
            row.country,
            row.kind,
            row.supplier,
            row.customer,
            _asked(row),
            row.from_at,
        )
        for row in rows.order_by("country", "kind", "supplier", "customer", "-from_at", "-id")[
            :limit
        ]
    ]


def places_with_rules() -> set[tuple[str, str]]:
    """Return every country and kind of number that ever had a rule."""
    return set(Rule.objects.order_by("country", "kind").values_list("country", "kind").distinct())


def due_purges(*, until: datetime, limit: int) -> list[tuple[datetime, int, UUID]]:
    """Return (moment, account, papers) of what is to be looked at, earliest first."""
    rows = Papers.objects.filter(purge_at__lte=until).order_by("purge_at", "account_id", "id")
    found: list[tuple[datetime, int, UUID]] = []
    for at, account_id, id_ in rows.values_list("purge_at", "account_id", "id")[:limit]:
        assert at is not None, "the condition says so"
        found.append((at, account_id, id_))
    return found


def due_reminders(*, until: datetime, limit: int) -> list[tuple[datetime, int, UUID]]:
    """Return (moment, account, papers) of whose holders are told that they expire."""
    rows = Papers.objects.filter(remind_at__lte=until).order_by("remind_at", "account_id", "id")
    found: list[tuple[datetime, int, UUID]] = []
    for at, account_id, id_ in rows.values_list("remind_at", "account_id", "id")[:limit]:
        assert at is not None, "the condition says so"
        found.append((at, account_id, id_))
    return found


def due_checks(*, until: datetime, limit: int) -> list[tuple[datetime, int, UUID]]:
    """Return (moment, account, document) of what the scanner is asked about again."""
    rows = Document.objects.filter(check_at__lte=until).order_by("check_at", "account_id", "id")
    found: list[tuple[datetime, int, UUID]] = []
    for at, account_id, id_ in rows.values_list("check_at", "account_id", "id")[:limit]:
        assert at is not None, "the condition says so"
        found.append((at, account_id, id_))
    return found


def declared(row: Papers) -> dict[str, str]:
    """Return the fields of papers in clear; only for a look that was written down or a dossier."""
    assert row.declared is not None, "whoever asks has seen that they are not purged"
    sealed = Sealed(bytes(row.declared), row.account_id, KeyClass.PAPERS, DECLARED, row.id)
    found: dict[str, str] = json.loads(unseal_many([sealed])[0])
    return found


def _asked(row: Rule | Acknowledgement) -> Asked:
    return Asked(
        tuple(Field(name) for name in row.fields),
        tuple(DocumentKind(name) for name in row.documents),
    )


def _transfer(row: Transfer) -> TransferRow:
    said = ""
    if row.said is not None:
        sealed = Sealed(bytes(row.said), row.account_id, KeyClass.PAPERS, SAID, row.id)
        said = unseal_many([sealed])[0].decode()
    return TransferRow(
        row.id,
        row.papers_id,
        row.supplier,
        tuple(Field(name) for name in row.fields),
        tuple(DocumentKind(name) for name in row.documents),
        Verdict(row.verdict),
        row.begun_at,
        row.sent_at,
        row.judged_at,
        said,
    )


def _documents(account_id: int, papers_ids: Sequence[UUID]) -> list[Document]:
    rows = Document.objects.filter(account_id=account_id, papers_id__in=list(papers_ids))
    return list(rows.order_by("papers_id", "kind"))


def _row(row: Papers, documents: Sequence[Document]) -> PapersRow:
    words = ""
    if row.words is not None:
        sealed = Sealed(bytes(row.words), row.account_id, KeyClass.PAPERS, WORDS, row.id)
        words = unseal_many([sealed])[0].decode()
    return PapersRow(
        account_id=row.account_id,
        id=row.id,
        state=State(row.state),
        handed_in_at=row.handed_in_at,
        judged_at=row.judged_at,
        reasons=tuple(Reason(one) for one in row.reasons),
        words=words,
        expires_on=row.expires_on,
        documents=tuple(
            DocumentRow(
                one.id, DocumentKind(one.kind), Media(one.media), one.octets, Checked(one.checked)
            )
            for one in documents
            if one.papers_id == row.id
        ),
        purged_at=row.purged_at,
        findings=tuple(Finding(one) for one in row.findings),
    )


_AUDIT: Final = (
    (
        "document belongs to papers of its account",
        """
        SELECT count(*) FROM identity_document d
          LEFT JOIN identity_papers p ON p.account_id = d.account_id AND p.id = d.papers_id
         WHERE p.id IS NULL
        """,
    ),
    (
        "purged papers hold nothing, and neither do their documents",
        """
        SELECT count(*) FROM identity_papers p
          JOIN identity_document d ON d.account_id = p.account_id AND d.papers_id = p.id
         WHERE p.purged_at IS NOT NULL AND EXISTS (
           SELECT 1 FROM identity_slice s
            WHERE s.account_id = d.account_id AND s.document_id = d.id)
        """,
    ),
    (
        "every document that may be opened has its copy, and only held ones have the upload",
        """
        SELECT count(*) FROM identity_document d
          JOIN identity_papers p ON p.account_id = d.account_id AND p.id = d.papers_id
          LEFT JOIN LATERAL (
            SELECT count(*) FILTER (WHERE s.part = 'copy') AS copies,
                   count(*) FILTER (WHERE s.part = 'upload') AS uploads
              FROM identity_slice s
             WHERE s.account_id = d.account_id AND s.document_id = d.id) kept ON true
         WHERE p.purged_at IS NULL AND d.checked <> 'refused'
           AND (kept.copies = 0 OR (kept.uploads > 0) <> (d.checked = 'held'))
        """,
    ),
    (
        "slice belongs to a document of its account",
        """
        SELECT count(*) FROM identity_slice s
          LEFT JOIN identity_document d ON d.account_id = s.account_id AND d.id = s.document_id
         WHERE d.id IS NULL
        """,
    ),
    (
        "approved papers were scanned, or somebody answers for that",
        """
        SELECT count(*) FROM identity_papers p
          JOIN identity_document d ON d.account_id = p.account_id AND d.papers_id = p.id
         WHERE p.state = 'approved' AND d.checked NOT IN ('clean', 'released')
        """,
    ),
    (
        "judged papers were looked at before, by whoever judged them",
        """
        SELECT count(*) FROM identity_papers p
         WHERE p.state <> 'waiting' AND p.judged_by <> 'system:identity' AND NOT EXISTS (
           SELECT 1 FROM identity_look l
            WHERE l.account_id = p.account_id AND l.papers_id = p.id
              AND l.actor = p.judged_by AND l.at <= p.judged_at)
        """,
    ),
)


def audit_lines() -> list[tuple[str, int, str]]:
    """Prove this app's invariants: (name, breaches, detail) each."""
    lines = []
    with connection.cursor() as cursor:
        for name, query in _AUDIT:
            cursor.execute(query)
            lines.append((f"identity: {name}", int(cursor.fetchone()[0]), ""))
    return lines
