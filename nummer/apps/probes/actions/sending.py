"""A probe starts: within the limits, one of a plan at a time, and no lost one is made up for."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, Sum

from nummer.apps.audit import actions as audit
from nummer.apps.catalogue import sms_rates
from nummer.apps.catalogue.sms_rates import Route
from nummer.apps.messaging.actions.probing import ProbeText, queue_probe
from nummer.apps.numbers import queries as numbers
from nummer.apps.probes.actions.plans import locked_plan
from nummer.apps.probes.errors import (
    ProbeLimitReached,
    ProbeNotPossible,
    ProbeRouteMissing,
    ProbeUnderWay,
)
from nummer.apps.probes.models import Plan, Probe
from nummer.apps.probes.rules import ProbeRules, rules
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_id
from nummer.kernel.phone import PhoneNumber

LOOK_FIRST: Final = timedelta(seconds=15)
A_DAY: Final = timedelta(hours=24)
_LOCK: Final = 0x9B0BE  # of our advisory locks: starts are counted one after the other
_SIGNS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # no digits: nothing in it looks like a code
_SIGNS_OF_A_TOKEN: Final = 12
_TRILLIONTHS: Final = 1_000_000  # 10⁻¹² euros in a micro-unit


def run_due(plan_id: UUID, *, due_at: datetime, now: datetime) -> UUID | None:
    """Start the probe of a plan that is due, and say when the next one is; None where none goes.

    `now` is the present moment: what was due while the program was away is not made up for. What
    a limit or a missing route keeps back is left out, and noted. Locks: the plan.
    """
    with transaction.atomic():
        plan, ruled = locked_plan(plan_id), rules()
        if plan.paused_at is not None or plan.next_at > due_at:
            return None
        plan.next_at = _next(due_at, every=ruled.every, now=now)
        plan.save(update_fields=["next_at"])
        if now - due_at >= ruled.every:
            return None
        try:
            with transaction.atomic():
                return _start(plan, ruled, now=now)
        except ProbeUnderWay:
            return None
        except Refusal:
            plan.skipped_at = now
            plan.save(update_fields=["skipped_at"])
            return None


def run_now(plan_id: UUID, *, actor: str, now: datetime) -> UUID:
    """Start a probe because a person wants to know; a paused plan may be tried, too.

    Refuses: NoSuchProbePlan, ProbeUnderWay, ProbeLimitReached, ProbeRouteMissing, ProbeNotPossible.
    """
    with transaction.atomic():
        probe_id = _start(locked_plan(plan_id), rules(), now=now)
        audit.record(actor=actor, verb="run_probe", place="probes_plan", row=str(plan_id), now=now)
    return probe_id


def _next(due_at: datetime, *, every: timedelta, now: datetime) -> datetime:
    """Return the first moment after `now` that lies in step with the last one."""
    return due_at + every * (max(now - due_at, timedelta()) // every + 1)


def _start(plan: Plan, ruled: ProbeRules, *, now: datetime) -> UUID:
    if Probe.objects.filter(plan=plan, ended_at=None).exists():
        raise ProbeUnderWay
    number = PhoneNumber(plan.number)
    side = numbers.number_for_probes(number)
    if side is None or not side.active:
        raise ProbeNotPossible
    route = _route(plan.carrier, number, now=now)
    cost = _euro_micro(route)
    _require_within_limits(ruled, cost=cost, now=now)
    probe_id, token = new_id(), _token()
    text_id = queue_probe(
        ProbeText(
            to=number,
            text=f"Probe {token}",
            carrier=plan.carrier,
            route=route,
            rate_id=sms_rates.measured_by(to=number, now=now),
        ),
        key=probe_id,
        now=now,
    )
    Probe.objects.create(
        id=probe_id,
        plan=plan,
        token=token,
        text_id=text_id,
        started_at=now,
        wait_until=now + ruled.wait,
        look_at=now + LOOK_FIRST,
        reserved_euro_micro=cost,
    )
    return probe_id


def _route(carrier: str, number: PhoneNumber, *, now: datetime) -> Route | None:
    """Return the carrier's route to a number; None where the operator keeps no routes at all.

    Refuses: ProbeRouteMissing.
    """
    for route in sms_rates.routes_to(to=number, now=now):
        if route.carrier == carrier and route.compared is not None:
            return route
    if sms_rates.any_route():
        raise ProbeRouteMissing
    return None


def _euro_micro(route: Route | None) -> int:
    """Return what a probe is expected to cost, rounded up; a cost that nobody wrote down is 0."""
    if route is None or route.compared is None:
        return 0
    return -(-route.compared // _TRILLIONTHS)


def _require_within_limits(ruled: ProbeRules, *, cost: int, now: datetime) -> None:
    """Refuses: ProbeLimitReached. Locks: the starts of all probes, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    started = Probe.objects.filter(started_at__gt=now - A_DAY)
    sums = started.aggregate(count=Count("id"), spent=Sum("reserved_euro_micro"))
    if sums["count"] >= ruled.per_day_max:
        raise ProbeLimitReached
    if (sums["spent"] or 0) + cost > ruled.cost_per_day_max.micro:
        raise ProbeLimitReached


def _token() -> str:
    return "".join(secrets.choice(_SIGNS) for _ in range(_SIGNS_OF_A_TOKEN))
