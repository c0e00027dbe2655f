"""What is probed, and by which rules: the staff decides it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from nummer.apps.audit import actions as audit
from nummer.apps.numbers import queries as numbers
from nummer.apps.numbers.actions import add_for_probes
from nummer.apps.numbers.importing import NumberLine
from nummer.apps.probes.actions import spells
from nummer.apps.probes.errors import NoSuchProbePlan, ProbeNotPossible, ProbePlanTaken
from nummer.apps.probes.models import Plan, Rules
from nummer.apps.probes.rules import (
    EVERY_MINUTES_MAX,
    EVERY_MINUTES_MIN,
    FAILURES_MAX,
    PER_DAY_MAX,
    WAIT_MINUTES_MAX,
    ProbeRules,
)
from nummer.kernel.ids import id_of, new_id
from nummer.kernel.phone import PhoneNumber

_MINUTE: Final = timedelta(minutes=1)


def set_rules(wanted: ProbeRules, *, actor: str, now: datetime) -> None:
    """Put rules in force for the probes that start from now on. Refuses: ProbeNotPossible."""
    every, wait = wanted.every // _MINUTE, wanted.wait // _MINUTE
    assert wanted.cost_per_day_max.currency == "EUR", "costs are compared in euros"
    if not (
        EVERY_MINUTES_MIN <= every <= EVERY_MINUTES_MAX
        and 1 <= wait <= min(WAIT_MINUTES_MAX, every - 1)
        and 1 <= wanted.failures_in_row <= FAILURES_MAX
        and 0 <= wanted.per_day_max <= PER_DAY_MAX
        and wanted.cost_per_day_max.micro >= 0
    ):
        raise ProbeNotPossible
    with transaction.atomic():
        Rules.objects.update_or_create(
            id=1,
            defaults={
                "every_minutes": every,
                "wait_minutes": wait,
                "failures_in_row": wanted.failures_in_row,
                "per_day_max": wanted.per_day_max,
                "euro_micro_per_day_max": wanted.cost_per_day_max.micro,
                "declares": wanted.declares,
                "changed_at": now,
            },
        )
        audit.record(actor=actor, verb="set_probe_rules", place="probes_rules", row="1", now=now)


def add_number(line: NumberLine, *, actor: str, now: datetime) -> None:
    """Keep a number for probes: it is never sold. Refuses: NumberOfOtherUse."""
    with transaction.atomic():
        add_for_probes(line, now=now)
        audit.record(
            actor=actor,
            verb="keep_number_for_probes",
            place="numbers_number",
            row=str(id_of("probes.number", line.number.e164)),
            now=now,
        )


def add_plan(*, carrier: str, number: PhoneNumber, actor: str, now: datetime) -> UUID:
    """Begin to probe a carrier's route to a number that is kept for probes; the first goes at once.

    Refuses: ProbeNotPossible, ProbePlanTaken.
    """
    side = numbers.number_for_probes(number)
    if side is None or not side.active or not carrier:
        raise ProbeNotPossible
    with transaction.atomic():
        row, fresh = Plan.objects.get_or_create(
            carrier=carrier,
            number=number.e164,
            defaults={
                "id": new_id(),
                "country": side.country,
                "number_carrier": side.carrier,
                "added_at": now,
                "next_at": now,
            },
        )
        if not fresh:
            raise ProbePlanTaken
        _record("add_probe_plan", row.id, actor=actor, now=now)
    return row.id


def pause_plan(plan_id: UUID, *, actor: str, now: datetime) -> None:
    """Start no more probes of a route; what is under way ends as ever.

    What failed until now is over: from here on nobody knows. Repeating it changes nothing.
    Refuses: NoSuchProbePlan. Locks: the plan.
    """
    with transaction.atomic():
        row = locked_plan(plan_id)
        if row.paused_at is not None:
            return
        spells.forget_failures(row, at=now, now=now)
        row.paused_at = now
        row.save()
        _record("pause_probe_plan", row.id, actor=actor, now=now)


def resume_plan(plan_id: UUID, *, actor: str, now: datetime) -> None:
    """Probe a route again, at once. Repeating it changes nothing. Refuses: NoSuchProbePlan."""
    with transaction.atomic():
        row = locked_plan(plan_id)
        if row.paused_at is None:
            return
        row.paused_at, row.next_at = None, now
        row.save()
        _record("resume_probe_plan", row.id, actor=actor, now=now)


def locked_plan(plan_id: UUID) -> Plan:
    """Return a plan with its row locked. Refuses: NoSuchProbePlan."""
    row = Plan.objects.select_for_update().filter(id=plan_id).first()
    if row is None:
        raise NoSuchProbePlan
    return row


def _record(verb: str, plan_id: UUID, *, actor: str, now: datetime) -> None:
    audit.record(actor=actor, verb=verb, place="probes_plan", row=str(plan_id), now=now)
