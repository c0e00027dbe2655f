"""What happened to one customer's order or account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from nummer.apps.incidents.errors import MomentNotPossible, TooManyReports
from nummer.apps.incidents.models import ANSWERING, WORDS, Fact, Kind, Source, SubjectKind
from nummer.apps.incidents.queries import FactRow, fact, reports
from nummer.apps.numbers import queries as numbers
from nummer.apps.numbers.queries import ActivationRow
from nummer.apps.vault.actions import seal_text
from nummer.apps.vault.keys import KeyClass
from nummer.kernel.ids import new_id
from nummer.kernel.redact import redact

__all__ = [
    "Kind",
    "Source",
    "Subject",
    "SubjectKind",
    "Told",
    "note_stock_failure",
    "record",
    "report",
    "report_problem",
    "search_replacement",
]

REPORTS_MAX: Final = 50  # of one order; who needs more writes to us
EVIDENCE_LENGTH_MAX: Final = 2000


@dataclass(frozen=True, slots=True)
class Subject:
    """What a fact is about: an order of a kind by its id, or the account, which has none."""

    kind: SubjectKind
    id: UUID | None = None

    def __post_init__(self) -> None:
        assert (self.kind is SubjectKind.ACCOUNT) == (self.id is None), "an order has an id"


@dataclass(frozen=True, slots=True)
class Told:
    """How we learned of something: from where, who wrote it down, when it happened.

    `evidence` is what was said or what proves it; card and account numbers are blotted out of it
    (PP-2.3b), and it is sealed with the customer's key.
    `reference` is a number of ours or a carrier's that names nobody. `key` makes writing it
    twice writing it once.
    """

    source: Source
    actor: str
    happened_at: datetime
    evidence: str = field(default="", repr=False)
    reference: str = ""
    case_id: UUID | None = None
    key: UUID | None = None


def record(
    account_id: int,
    *,
    subject: Subject,
    kind: Kind,
    told: Told,
    word: str = "",
    holds: bool | None = None,
    about: UUID | None = None,
    incident_id: UUID | None = None,
    with_actor: str = "",
    snapshot: Mapping[str, Any] | None = None,
    now: datetime,
) -> FactRow:
    """Write one fact down; under a key that stands already, return what was written first.

    `snapshot` holds what was listed or searched, never a word about a person.
    Refuses: MomentNotPossible.
    """
    assert word in WORDS.get(kind, ("",)), "a kind has its own words"
    assert (holds is not None) == (kind in ANSWERING), "a kind asks for its answer"
    if told.happened_at > now:
        raise MomentNotPossible
    fact_id = told.key or new_id()
    Fact.objects.bulk_create(
        [
            Fact(
                account_id=account_id,
                id=fact_id,
                subject_kind=subject.kind,
                subject_id=subject.id,
                kind=kind,
                word=word,
                holds=holds,
                about=about,
                incident_id=incident_id,
                case_id=told.case_id,
                source=told.source,
                actor=told.actor,
                with_actor=with_actor,
                happened_at=told.happened_at,
                learned_at=now,
                evidence=_sealed(account_id, fact_id, told.evidence),
                reference=told.reference,
                snapshot=dict(snapshot or {}),
            )
        ],
        ignore_conflicts=True,
    )
    return fact(account_id, fact_id=fact_id)


def report_problem(account_id: int, *, activation_id: int, told: Told, now: datetime) -> FactRow:
    """Write down that a customer says his one-time number does not work, as `report` does.

    Refuses: NoSuchActivation, MomentNotPossible, TooManyReports.
    """
    row = numbers.activation(account_id, activation_id=activation_id)
    subject = Subject(SubjectKind.ONE_TIME, row.order_id)
    return report(account_id, subject=subject, since=row.opened_at, told=told, now=now)


def report(
    account_id: int,
    *,
    subject: Subject,
    since: datetime,
    told: Told,
    snapshot: Mapping[str, Any] | None = None,
    now: datetime,
) -> FactRow:
    """Write down that a customer says his number does not work; his contact is the fact (RP-B1).

    `since` is when he got it. Whoever reports twice has two rows: the policy counts what overlaps
    once.
    Refuses: MomentNotPossible, TooManyReports.
    """
    assert subject.id is not None, "a report is about an order"
    if not since <= told.happened_at <= now:
        raise MomentNotPossible
    with transaction.atomic():
        _require_room(account_id, subject.id, told.key)
        return record(
            account_id,
            subject=subject,
            kind=Kind.PROBLEM,
            told=told,
            snapshot=snapshot,
            now=now,
        )


def search_replacement(account_id: int, *, order_id: UUID, actor: str, now: datetime) -> FactRow:
    """Look for another number of the same service and country, and log what was found (RP-C2).

    Refuses: NoSuchActivation.
    """
    row = numbers.activation_of_order(account_id, order_id=order_id)
    free = _free(row)
    return record(
        account_id,
        subject=Subject(SubjectKind.ONE_TIME, order_id),
        kind=Kind.SEARCHED,
        holds=free > 0,
        told=Told(Source.STAFF, actor, now),
        snapshot={"service": row.service, "country": row.country, "free": free},
        now=now,
    )


def note_stock_failure(
    account_id: int,
    *,
    subject: Subject,
    service: str,
    country: str,
    shown_free: int,
    told: Told,
    now: datetime,
) -> FactRow:
    """Write down that an order could not be fulfilled, beside what the page had shown (RP-C1).

    `shown_free` is how many stood on the page as free; how many there are now is counted here.
    Refuses: MomentNotPossible.
    """
    free = numbers.stock(service=service, country=country).get((service, country), 0)
    return record(
        account_id,
        subject=subject,
        kind=Kind.STOCK_FAILURE,
        holds=free == 0,
        told=told,
        snapshot={
            "listed": shown_free > 0,
            "shown_free": shown_free,
            "free": free,
            "service": service,
            "country": country,
        },
        now=now,
    )


def _free(row: ActivationRow) -> int:
    found = numbers.stock(service=row.service, country=row.country)
    return found.get((row.service, row.country), 0)


def _require_room(account_id: int, subject_id: UUID, key: UUID | None) -> None:
    told = reports(account_id, subject_id=subject_id, limit=REPORTS_MAX)
    if len(told) >= REPORTS_MAX and all(each.id != key for each in told):
        raise TooManyReports(limit=REPORTS_MAX)


def _sealed(account_id: int, fact_id: UUID, evidence: str) -> bytes | None:
    if not evidence:
        return None
    return seal_text(
        redact(evidence[:EVIDENCE_LENGTH_MAX]),
        account_id=account_id,
        klass=KeyClass.COMMUNICATION,
        place="incidents_fact.evidence",
        row=fact_id,
    )
