"""Reads of facts, incidents, notices, cases and blocks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from nummer.apps.incidents.errors import NoSuchAbuseCase, NoSuchBalanceBlock, NoSuchIncident
from nummer.apps.incidents.models import (
    BalanceBlock,
    BlockProposal,
    BlockRelease,
    Fact,
    Incident,
    IncidentDraft,
    IncidentKind,
    Kind,
    Maintenance,
    Source,
    SubjectKind,
)
from nummer.apps.paging import behind
from nummer.apps.vault.actions import Sealed, unseal_many
from nummer.apps.vault.keys import KeyClass

LISTED_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Place:
    """Where an order's number lives: what incidents and notices of carriers are scoped by."""

    number: str  # E.164
    carrier: str
    country: str
    service: str


@dataclass(frozen=True, slots=True)
class Known:
    """One thing that is known about an order: a fact, or what concerns it among many.

    `what` is a fact's kind, or "incident", "closure", "notice_block", "notice_fault",
    "notice_repair" or "balance_block"; `own` says that a fact is about this very order.
    """

    what: str
    id: UUID
    word: str
    holds: bool | None
    about: UUID | None
    incident_id: UUID | None
    source: str
    happened_at: datetime
    learned_at: datetime
    ended_at: datetime | None
    own: bool
    of_account: bool
    wide: bool
    reference: str
    snapshot: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FactRow:
    """A fact as it was written, without its sealed evidence."""

    account_id: int
    id: UUID
    subject_kind: str
    subject_id: UUID | None
    kind: Kind
    word: str
    holds: bool | None
    about: UUID | None
    incident_id: UUID | None
    source: Source
    actor: str
    with_actor: str
    happened_at: datetime
    learned_at: datetime
    reference: str


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """What the staff made known; `ended_at` is None while it lasts."""

    id: UUID
    kind: str
    carrier: str
    country: str
    service: str
    numbers: tuple[str, ...]
    words: str
    began_at: datetime
    published_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class MaintenanceRow:
    """Work that is planned; an empty carrier or country means all. No customer reads the carrier.

    `words` are English, `translated` has them by language where they were written.
    """

    id: UUID
    carrier: str
    country: str
    words: str
    translated: Mapping[str, str]
    begins_at: datetime
    ends_at: datetime
    called_off_at: datetime | None

    def words_in(self, language: str) -> str:
        """Return the words in a language, the English ones where there are no others."""
        return self.translated.get(language) or self.words


@dataclass(frozen=True, slots=True)
class DraftRow:
    """What a machine takes for an outage, and nobody has decided."""

    id: UUID
    carrier: str
    country: str
    reason: str
    began_at: datetime
    raised_at: datetime
    over_at: datetime | None


@dataclass(frozen=True, slots=True)
class BlockRow:
    """A block of a balance as it stands: proposed, in force, or released."""

    account_id: int
    id: UUID
    reference: str
    authority: str
    proposed_by: str
    proposed_at: datetime
    approved_by: str
    began_at: datetime | None
    released_at: datetime | None


@dataclass(frozen=True, slots=True)
class AbuseCase:
    """A case of abuse: where it stands, and every step that led there, oldest first."""

    account_id: int
    id: UUID
    order_id: UUID | None
    state: str
    steps: tuple[FactRow, ...]

    @property
    def objected(self) -> bool:
        """Tell whether the customer's objection waits for its answer."""
        return self.steps[-1].word == "appealed"

    @property
    def decided_at(self) -> datetime:
        """The moment of the latest decision, or of the suspicion."""
        return [step.learned_at for step in self.steps if step.word != "appealed"][-1]


_NOWHERE: Final = Place(number="-", carrier="-", country="-", service="-")  # nothing has these

_KNOWN: Final = """
SELECT kind AS what, id, word, holds, about, incident_id, source, happened_at, learned_at,
       NULL::timestamptz AS ended_at, true AS own, false AS of_account, false AS wide,
       reference, snapshot
  FROM incidents_fact
 WHERE account_id = %(account_id)s AND subject_id = %(subject_id)s AND happened_at <= %(now)s
UNION ALL
SELECT kind, id, word, holds, about, incident_id, source, happened_at, learned_at,
       NULL, false, subject_kind = 'account', false, reference, snapshot
  FROM incidents_fact
 WHERE account_id = %(account_id)s AND (kind = 'abuse' OR subject_kind = 'account')
       AND subject_id IS DISTINCT FROM %(subject_id)s AND happened_at <= %(now)s
UNION ALL
SELECT CASE i.kind WHEN 'closure' THEN 'closure' ELSE 'incident' END, i.id, '', NULL, NULL, i.id,
       'staff', i.began_at, i.published_at, e.ended_at, false, false, true, '', '{}'
  FROM incidents_incident i LEFT JOIN incidents_incidentend e ON e.incident_id = i.id
 WHERE i.began_at <= %(until)s AND i.began_at <= %(now)s
       AND (e.ended_at IS NULL OR e.ended_at >= %(since)s)
       AND i.carrier IN ('', %(carrier)s) AND i.country IN ('', %(country)s)
       AND i.service IN ('', %(service)s)
       AND (i.numbers = '{}' OR %(number)s = ANY (i.numbers))
UNION ALL
SELECT 'notice_' || event, id, reason, NULL, NULL, NULL, 'carrier', happened_at, received_at,
       NULL, false, false, number = '', '', '{}'
  FROM incidents_carriernotice
 WHERE carrier = %(carrier)s AND number IN ('', %(number)s) AND country IN ('', %(country)s)
       AND happened_at <= %(now)s AND (event = 'repair' OR happened_at <= %(until)s)
UNION ALL
SELECT 'balance_block', b.id, '', NULL, NULL, NULL, 'staff', b.began_at, b.began_at,
       NULL, false, true, false, b.reference, '{}'
  FROM incidents_balanceblock b
 WHERE b.account_id = %(account_id)s AND b.began_at <= %(now)s AND NOT EXISTS (
       SELECT 1 FROM incidents_blockrelease r
        WHERE r.account_id = b.account_id AND r.id = b.id AND r.released_at <= %(now)s)
 ORDER BY 8, 2
"""


def known(
    account_id: int,
    *,
    subject_id: UUID | None,
    place: Place | None,
    since: datetime,
    until: datetime,
    now: datetime,
) -> list[Known]:
    """Return all that is known about an order and its account by `now`; one statement.

    `since` and `until` bound the time in which the customer held the number: what concerns many
    counts for him only then. Without a place nothing that concerns many is returned.
    """
    place = place or _NOWHERE
    with connection.cursor() as cursor:
        cursor.execute(
            _KNOWN,
            {
                "account_id": account_id,
                "subject_id": subject_id,
                "carrier": place.carrier,
                "country": place.country,
                "service": place.service,
                "number": place.number,
                "since": since,
                "until": until,
                "now": now,
            },
        )
        return [_known(row) for row in cursor.fetchall()]


def _known(row: tuple[Any, ...]) -> Known:
    values: tuple[Any, ...] = (*row[:-1], json.loads(row[-1]))  # the driver hands JSON over as text
    return Known(*values)


def fact(account_id: int, *, fact_id: UUID) -> FactRow:
    """Return one fact that stands."""
    return _fact(Fact.objects.get(account_id=account_id, id=fact_id))


def facts(account_id: int, *, subject_id: UUID, limit: int = LISTED_MAX) -> list[FactRow]:
    """Return what happened to an order, earliest first."""
    rows = Fact.objects.filter(account_id=account_id, subject_id=subject_id)
    return [_fact(row) for row in rows.order_by("happened_at", "id")[:limit]]


def reports(account_id: int, *, subject_id: UUID, limit: int = LISTED_MAX) -> list[FactRow]:
    """Return the problems reported about an order, earliest first."""
    rows = Fact.objects.filter(account_id=account_id, subject_id=subject_id, kind=Kind.PROBLEM)
    return [_fact(row) for row in rows.order_by("happened_at", "id")[:limit]]


def lately_reported(*, since: datetime, limit: int = LISTED_MAX) -> list[FactRow]:
    """Return the problems with one-time numbers that anybody reported since a moment, latest first.

    By the path of facts whose words are kept, which the youngest always are.
    """
    rows = Fact.objects.filter(
        kind=Kind.PROBLEM, subject_kind=SubjectKind.ONE_TIME, learned_at__gte=since
    ).exclude(actor="gone")
    return [_fact(row) for row in rows.order_by("-learned_at", "-id")[:limit]]


def breached(account_id: int, *, order_ids: Sequence[UUID]) -> frozenset[UUID]:
    """Return which of an account's orders had a restriction ignored so that nothing came."""
    rows = Fact.objects.filter(
        account_id=account_id, subject_id__in=list(order_ids), kind=Kind.BREACH, holds=True
    )
    found = rows.order_by("id").values_list("subject_id", flat=True)
    return frozenset(one for one in found if one is not None)


def reports_of_case(account_id: int, *, case_id: UUID, limit: int = LISTED_MAX) -> list[FactRow]:
    """Return the problems that were written down from a case, earliest first."""
    rows = Fact.objects.filter(account_id=account_id, case_id=case_id, kind=Kind.PROBLEM)
    return [_fact(row) for row in rows.order_by("happened_at", "id")[:limit]]


def evidence(account_id: int, *, fact_id: UUID) -> str:
    """Return what was said or what proves a fact, unsealed; empty where nothing was written."""
    return evidence_of(account_id, fact_ids=[fact_id]).get(fact_id, "")


def evidence_of(account_id: int, *, fact_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return what was said or what proves facts, unsealed, by id; those without have no entry."""
    rows = Fact.objects.filter(account_id=account_id, id__in=fact_ids, evidence__isnull=False)
    found = list(rows.order_by("id").values_list("id", "evidence"))
    opened = unseal_many(
        [
            Sealed(
                bytes(sealed), account_id, KeyClass.COMMUNICATION, "incidents_fact.evidence", id_
            )
            for id_, sealed in found
            if sealed is not None
        ]
    )
    return {id_: octets.decode() for (id_, _), octets in zip(found, opened, strict=True)}


def incident(incident_id: UUID) -> IncidentRow:
    """Return one incident. Refuses: NoSuchIncident."""
    row = Incident.objects.select_related("incidentend").filter(id=incident_id).first()
    if row is None:
        raise NoSuchIncident
    return _incident(row)


def incidents(*, before: UUID | None = None, limit: int = 50) -> list[IncidentRow]:
    """Return a page of what was made known, newest first; `before` is the last id seen."""
    rows = Incident.objects.select_related("incidentend").order_by("-id")
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [_incident(row) for row in rows[: min(limit, LISTED_MAX)]]


def incidents_at(place: Place, *, now: datetime, limit: int = 20) -> list[IncidentRow]:
    """Return the outages that concern a place now, latest first."""
    rows = Incident.objects.select_related("incidentend").filter(
        Q(numbers=[]) | Q(numbers__contains=[place.number]),
        kind=IncidentKind.OUTAGE,
        carrier__in=("", place.carrier),
        country__in=("", place.country),
        service__in=("", place.service),
        began_at__lte=now,
        incidentend=None,
    )
    return [_incident(row) for row in rows.order_by("-began_at", "id")[:limit]]


def maintenance(*, now: datetime, limit: int = 50) -> list[MaintenanceRow]:
    """Return the work that is planned or goes on at `now`, earliest first."""
    rows = Maintenance.objects.filter(ends_at__gt=now, called_off_at=None)
    return [_maintenance(row) for row in rows.order_by("begins_at", "id")[:limit]]


def maintenance_over(*, since: datetime, now: datetime, limit: int = 50) -> list[MaintenanceRow]:
    """Return the work that ended after `since`, or was called off then, latest first."""
    rows = Maintenance.objects.filter(
        Q(called_off_at=None, ends_at__gt=since, ends_at__lte=now)
        | Q(called_off_at__gt=since, called_off_at__lte=now)
    )
    return [_maintenance(row) for row in rows.order_by("-begins_at", "id")[:limit]]


def under_maintenance(*, carrier: str, country: str, at: datetime) -> bool:
    """Tell whether work on numbers of a carrier in a country was planned for a moment."""
    return Maintenance.objects.filter(
        Q(called_off_at=None) | Q(called_off_at__gt=at),
        carrier__in=("", carrier),
        country__in=("", country),
        begins_at__lte=at,
        ends_at__gt=at,
    ).exists()


def drafts(*, limit: int = 50) -> list[DraftRow]:
    """Return the drafts that wait for a person, the longest first."""
    rows = IncidentDraft.objects.filter(decided_at=None).order_by("raised_at", "id")
    return [
        DraftRow(
            row.id,
            row.carrier,
            row.country,
            row.reason,
            row.began_at,
            row.raised_at,
            row.over_at,
        )
        for row in rows[:limit]
    ]


def plan(plan_id: UUID) -> MaintenanceRow | None:
    """Return planned work; None where it was called off."""
    row = Maintenance.objects.filter(id=plan_id, called_off_at=None).first()
    if row is None:
        return None
    return _maintenance(row)


def abuse_case(account_id: int, *, case_id: UUID) -> AbuseCase:
    """Return one case of an account. Refuses: NoSuchAbuseCase."""
    rows = Fact.objects.filter(Q(id=case_id) | Q(about=case_id), account_id=account_id)
    steps = [_fact(row) for row in rows.filter(kind=Kind.ABUSE).order_by("learned_at", "id")]
    if not steps:
        raise NoSuchAbuseCase
    return _case(steps)


def abuse_cases(*, before: UUID | None = None, limit: int = 50) -> list[AbuseCase]:
    """Return a page of cases of all accounts, latest first; `before` is the last id seen."""
    first = Fact.objects.filter(kind=Kind.ABUSE, word="suspected").order_by("-id")
    if before is not None:
        first = first.filter(id__lt=before)
    opened = [_fact(row) for row in first[: min(limit, LISTED_MAX)]]
    later = Fact.objects.filter(
        kind=Kind.ABUSE, account_id__in=[row.account_id for row in opened], about__isnull=False
    )
    steps = [_fact(row) for row in later.order_by("learned_at", "id")]
    return [_case([row, *(step for step in steps if step.about == row.id)]) for row in opened]


def decisions_on_misuse(account_id: int) -> list[AbuseCase]:
    """Return the account's cases that were decided, latest first; a mere suspicion is not shown."""
    return [case for case in abuse_of(account_id) if case.state != "suspected"]


def abuse_of(account_id: int) -> list[AbuseCase]:
    """Return all cases of abuse of one account, latest first; for the staff."""
    rows = Fact.objects.filter(account_id=account_id, kind=Kind.ABUSE)
    steps = [_fact(row) for row in rows.order_by("learned_at", "id")[:LISTED_MAX]]
    cases = [
        _case([first, *(step for step in steps if step.about == first.id)])
        for first in steps
        if first.about is None
    ]
    return cases[::-1]


def balance_blocks(
    *, before: UUID | None = None, among_released: bool = False, limit: int = LISTED_MAX
) -> list[BlockRow]:
    """Return proposals and blocks of all accounts, latest first, released ones last.

    `before` is the last one seen, `among_released` whether it was shown as released.
    """
    ended = BlockRelease.objects.filter(account_id=OuterRef("account_id"), id=OuterRef("id"))
    rows = BlockProposal.objects.annotate(released=Exists(ended))
    if before is not None:
        rows = rows.filter(behind({"released": among_released, "-id": before}))
    return _blocks(list(rows.order_by("released", "-id")[:limit]))


def balance_block(account_id: int, *, block_id: UUID) -> BlockRow:
    """Return a proposal with what became of it. Refuses: NoSuchBalanceBlock."""
    row = BlockProposal.objects.filter(account_id=account_id, id=block_id).first()
    if row is None:
        raise NoSuchBalanceBlock
    return _blocks([row])[0]


def balance_blocked(account_id: int, *, now: datetime) -> bool:
    """Tell whether a block of the balance stands."""
    return any(row.what == "balance_block" for row in _of_account(account_id, now))


def _of_account(account_id: int, now: datetime) -> list[Known]:
    return known(account_id, subject_id=None, place=None, since=now, until=now, now=now)


def audit_lines() -> list[tuple[str, int, str]]:
    """Prove this app's invariants: (name, breaches, detail) each."""
    lines = []
    with connection.cursor() as cursor:
        for name, query in _AUDIT:
            cursor.execute(query)
            lines.append((f"incidents: {name}", int(cursor.fetchone()[0]), ""))
    return lines


_AUDIT: Final = (
    (
        "balance block has a reference and two persons",
        """
        SELECT count(*) FROM incidents_balanceblock b
          LEFT JOIN incidents_blockproposal p USING (account_id, id)
         WHERE b.reference !~ '[[:alnum:]]' OR b.proposed_by = b.approved_by
            OR (p.reference, p.actor) IS DISTINCT FROM (b.reference, b.proposed_by)
        """,
    ),
    (
        "step of a case belongs to a case of the same account",
        """
        SELECT count(*) FROM incidents_fact s
         WHERE s.kind = 'abuse' AND s.about IS NOT NULL AND NOT EXISTS (
           SELECT 1 FROM incidents_fact c
            WHERE c.account_id = s.account_id AND c.id = s.about AND c.kind = 'abuse'
              AND c.word = 'suspected' AND c.subject_id IS NOT DISTINCT FROM s.subject_id)
        """,
    ),
    (
        "blocked balance stops orders",
        """
        SELECT count(*) FROM incidents_balanceblock b
         WHERE NOT EXISTS (SELECT 1 FROM incidents_blockrelease r
                            WHERE r.account_id = b.account_id AND r.id = b.id)
           AND NOT EXISTS (SELECT 1 FROM standing_suspension s
                            WHERE s.account_id = b.account_id AND s.reason = 'balance_blocked'
                              AND s.service = '' AND s.lifted_at IS NULL)
        """,
    ),
)


def _fact(row: Fact) -> FactRow:
    return FactRow(
        account_id=row.account_id,
        id=row.id,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        kind=Kind(row.kind),
        word=row.word,
        holds=row.holds,
        about=row.about,
        incident_id=row.incident_id,
        source=Source(row.source),
        actor=row.actor,
        with_actor=row.with_actor,
        happened_at=row.happened_at,
        learned_at=row.learned_at,
        reference=row.reference,
    )


def _maintenance(row: Maintenance) -> MaintenanceRow:
    return MaintenanceRow(
        id=row.id,
        carrier=row.carrier,
        country=row.country,
        words=row.words,
        translated={"nb": row.words_nb, "de": row.words_de},
        begins_at=row.begins_at,
        ends_at=row.ends_at,
        called_off_at=row.called_off_at,
    )


def _incident(row: Incident) -> IncidentRow:
    end = getattr(row, "incidentend", None)
    return IncidentRow(
        id=row.id,
        kind=row.kind,
        carrier=row.carrier,
        country=row.country,
        service=row.service,
        numbers=tuple(row.numbers),
        words=row.words,
        began_at=row.began_at,
        published_at=row.published_at,
        ended_at=None if end is None else end.ended_at,
    )


def _case(steps: Sequence[FactRow]) -> AbuseCase:
    decided = [step.word for step in steps if step.word != "appealed"]
    return AbuseCase(
        account_id=steps[0].account_id,
        id=steps[0].id,
        order_id=steps[0].subject_id,
        state=decided[-1],
        steps=tuple(steps),
    )


def _blocks(rows: Sequence[BlockProposal]) -> list[BlockRow]:
    """Return proposals with what became of them; two statements, however many there are."""
    ids = {
        "account_id__in": {row.account_id for row in rows},
        "id__in": [row.id for row in rows],
    }
    approved = {row.id: row for row in BalanceBlock.objects.filter(**ids).order_by("id")}
    released = {row.id: row for row in BlockRelease.objects.filter(**ids).order_by("id")}
    return [_block(row, approved.get(row.id), released.get(row.id)) for row in rows]


def _block(
    row: BlockProposal, block: BalanceBlock | None, release: BlockRelease | None
) -> BlockRow:
    return BlockRow(
        account_id=row.account_id,
        id=row.id,
        reference=row.reference,
        authority=row.authority,
        proposed_by=row.actor,
        proposed_at=row.proposed_at,
        approved_by=block.approved_by if block else "",
        began_at=block.began_at if block else None,
        released_at=release.released_at if release else None,
    )
