"""Reads of probes: what is due, and what the staff looks at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Min, Sum

from nummer.apps.probes.actions.purging import KEPT
from nummer.apps.probes.errors import NoSuchProbePlan
from nummer.apps.probes.models import FAILURES, Outcome, Plan, Probe, Spell
from nummer.kernel.ids import id_of
from nummer.kernel.money import Money
from nummer.kernel.phone import PhoneNumber

LISTED_MAX: Final = 200
MEASURED: Final = timedelta(days=7)  # over which the delays of a route are told
_PURGE: Final = id_of("probes.purge")


@dataclass(frozen=True, slots=True)
class ProbeRow:
    """A probe and every moment on its way; `outcome` is '' while it is under way."""

    id: UUID
    started_at: datetime
    taken_at: datetime | None
    accepted_at: datetime | None
    receipt: str
    receipt_at: datetime | None
    arrived_at: datetime | None
    arrived_over: str
    outcome: str
    counted: bool
    cost: Money | None

    @property
    def delay(self) -> timedelta | None:
        """Return how long it took from the carrier's link to our number."""
        if self.arrived_at is None:
            return None
        return max(self.arrived_at - (self.taken_at or self.started_at), timedelta())

    @property
    def failed(self) -> bool:
        """Tell whether it speaks against the route."""
        return self.counted and self.outcome in FAILURES


@dataclass(frozen=True, slots=True)
class Measured:
    """What the probes of a week showed: how many counted, arrived, and how fast."""

    counted: int = 0
    arrived: int = 0
    p50: timedelta | None = None
    p95: timedelta | None = None


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A route that is probed, and how it stands."""

    id: UUID
    carrier: str
    number: PhoneNumber
    country: str
    number_carrier: str
    next_at: datetime
    paused_at: datetime | None
    skipped_at: datetime | None
    failed_in_row: int
    failing_since: datetime | None
    spell_since: datetime | None
    last: ProbeRow | None
    week: Measured


def plans(*, now: datetime, after: UUID | None = None, limit: int = LISTED_MAX) -> list[PlanRow]:
    """Return a page of the probed routes, in the order in which they were added."""
    rows = Plan.objects.order_by("id")
    if after is not None:
        rows = rows.filter(id__gt=after)
    return _plan_rows(list(rows[: min(limit, LISTED_MAX)]), now=now)


def plan(plan_id: UUID, *, now: datetime) -> PlanRow:
    """Return one of them. Refuses: NoSuchProbePlan."""
    rows = _plan_rows(list(Plan.objects.filter(id=plan_id)), now=now)
    if not rows:
        raise NoSuchProbePlan
    return rows[0]


def history(plan_id: UUID, *, before: UUID | None = None, limit: int = 50) -> list[ProbeRow]:
    """Return a page of a route's probes, newest first; `before` is the last id seen."""
    rows = Probe.objects.filter(plan_id=plan_id).order_by("-id")
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [_probe(row) for row in rows[: min(limit, LISTED_MAX)]]


def spent(*, since: datetime) -> list[Money]:
    """Return what carriers took for probes that started after a moment, by currency."""
    rows = Probe.objects.filter(started_at__gt=since, cost_micro__isnull=False)
    sums = rows.values_list("cost_currency").annotate(sum=Sum("cost_micro"))
    return [Money(micro, currency) for currency, micro in sums.order_by("cost_currency")]


def started(*, since: datetime) -> int:
    """Return how many probes started after a moment."""
    return Probe.objects.filter(started_at__gt=since).count()


def due_plans(*, until: datetime, limit: int) -> list[tuple[datetime, UUID]]:
    """Return (moment, plan) of the routes whose next probe is due, earliest first."""
    rows = Plan.objects.filter(paused_at=None, next_at__lte=until).order_by("next_at", "id")
    return list(rows.values_list("next_at", "id")[:limit])


def due_looks(*, until: datetime, limit: int) -> list[tuple[datetime, UUID]]:
    """Return (moment, probe) of those under way that are to be looked at, earliest first."""
    rows = Probe.objects.filter(ended_at=None, look_at__lte=until).order_by("look_at", "id")
    found = rows.values_list("look_at", "id")[:limit]
    return [(at, key) for at, key in found if at is not None]


def old(*, until: datetime, limit: int) -> list[tuple[datetime, UUID]]:
    """Return the moment at which the oldest of what is kept has to go, if that is by `until`."""
    ended = Probe.objects.filter(ended_at__isnull=False).aggregate(at=Min("started_at"))["at"]
    over = Spell.objects.filter(ended_at__isnull=False).aggregate(at=Min("ended_at"))["at"]
    known = [at + KEPT for at in (ended, over) if at is not None]
    return [(at, _PURGE) for at in sorted(known)[:1] if at <= until][:limit]


_NEWEST: Final = """
SELECT newest.id FROM unnest(%s::uuid[]) AS wanted (plan_id)
 CROSS JOIN LATERAL (SELECT p.id FROM probes_probe p WHERE p.plan_id = wanted.plan_id
                      ORDER BY p.id DESC LIMIT 1) newest
"""
_MEASURED: Final = """
SELECT plan_id, count(*), count(*) FILTER (WHERE outcome = 'arrived'),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY delay_s) FILTER (WHERE outcome = 'arrived'),
       percentile_cont(0.95) WITHIN GROUP (ORDER BY delay_s) FILTER (WHERE outcome = 'arrived')
  FROM (SELECT plan_id, outcome,
               greatest(0, extract(epoch FROM arrived_at - coalesce(taken_at, started_at)))
                 AS delay_s
          FROM probes_probe
         WHERE plan_id = ANY(%s) AND started_at > %s AND counted
           AND outcome NOT IN ('', 'unjudged')) AS measured
 GROUP BY plan_id ORDER BY plan_id
"""


def _plan_rows(rows: Sequence[Plan], *, now: datetime) -> list[PlanRow]:
    ids = [row.id for row in rows]
    last = {row.plan_id: _probe(row) for row in _newest(ids)}
    week = _weeks(ids, since=now - MEASURED)
    failing = Spell.objects.filter(plan_id__in=ids, ended_at=None).order_by("began_at")
    spells = dict(failing.values_list("plan_id", "began_at"))
    return [
        PlanRow(
            id=row.id,
            carrier=row.carrier,
            number=PhoneNumber(row.number),
            country=row.country,
            number_carrier=row.number_carrier,
            next_at=row.next_at,
            paused_at=row.paused_at,
            skipped_at=row.skipped_at,
            failed_in_row=row.failed_in_row,
            failing_since=row.failing_since,
            spell_since=spells.get(row.id),
            last=last.get(row.id),
            week=week.get(row.id, Measured()),
        )
        for row in rows
    ]


def _newest(ids: Sequence[UUID]) -> list[Probe]:
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST, [list(ids)])
        found = [row[0] for row in cursor.fetchall()]
    return list(Probe.objects.filter(id__in=found).order_by("id"))


def _weeks(ids: Sequence[UUID], *, since: datetime) -> dict[UUID, Measured]:
    with connection.cursor() as cursor:
        cursor.execute(_MEASURED, [list(ids), since])
        return {row[0]: _measured(*row[1:]) for row in cursor.fetchall()}


def _measured(counted: int, arrived: int, p50_s: Any, p95_s: Any) -> Measured:
    return Measured(counted, arrived, _seconds(p50_s), _seconds(p95_s))


def _seconds(found: Any) -> timedelta | None:
    return None if found is None else timedelta(seconds=float(found))


def _probe(row: Probe) -> ProbeRow:
    cost = None if row.cost_micro is None else Money(row.cost_micro, row.cost_currency)
    return ProbeRow(
        id=row.id,
        started_at=row.started_at,
        taken_at=row.taken_at,
        accepted_at=row.accepted_at,
        receipt=row.receipt,
        receipt_at=row.receipt_at,
        arrived_at=row.arrived_at,
        arrived_over=row.arrived_over,
        outcome=Outcome(row.outcome).value if row.outcome else "",
        counted=row.counted,
        cost=cost,
    )


def audit_lines() -> list[tuple[str, int, str]]:
    """Prove this app's invariants: (name, breaches, detail) each."""
    lines = []
    with connection.cursor() as cursor:
        for name, query in _AUDIT:
            cursor.execute(query)
            lines.append((f"probes: {name}", int(cursor.fetchone()[0]), ""))
    return lines


_AUDIT: Final = (
    (
        "no customer is charged for a probe",
        """
        SELECT count(*) FROM messaging_outgoing o
         WHERE o.purpose = 'probe'
           AND (o.account_id <> 0 OR o.lease_id IS NOT NULL OR o.charge_id IS NOT NULL
                OR o.net_micro IS NOT NULL)
        """,
    ),
    (
        "number of a probed route is kept for probes",
        """
        SELECT count(*) FROM probes_plan p
          LEFT JOIN numbers_number n ON n.e164 = p.number
         WHERE n.use IS DISTINCT FROM 'probe'
        """,
    ),
)
