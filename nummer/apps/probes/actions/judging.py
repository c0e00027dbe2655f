"""Looks after a probe that is under way: how far its text came, whether it arrived, how it ended.

The way in of SMS knows nothing of probes: what comes to a number that nobody holds is stored as
ever, and found here by its token, later (ADR 320).
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from nummer.apps.incidents import queries as incidents
from nummer.apps.messaging.actions.probing import ProbeFate, correct_probe, drop_probe, probe_fate
from nummer.apps.messaging.queries.nobody import came
from nummer.apps.probes.actions import spells
from nummer.apps.probes.actions.plans import locked_plan
from nummer.apps.probes.actions.sending import LOOK_FIRST
from nummer.apps.probes.models import FAILURES, Outcome, Plan, Probe
from nummer.apps.probes.rules import rules
from nummer.kernel.phone import PhoneNumber

_RECEIPTS = ("delivered", "undelivered")


def look(probe_id: UUID, *, late: bool, now: datetime) -> str:
    """Look how far a probe came, and end it once that is known; return its outcome, '' before.

    With `late` the look comes so long after its time that the program must have been away: what
    did not arrive then is held against nobody. Looking twice looks once. Locks: the plan, then the
    probe.
    """
    with transaction.atomic():
        known = Probe.objects.filter(id=probe_id).values_list("plan_id", flat=True).first()
        if known is None:
            return ""
        plan = locked_plan(known)
        probe = Probe.objects.select_for_update().get(id=probe_id)
        if probe.ended_at is not None:
            return probe.outcome
        fate = probe_fate(probe.text_id)
        _note(probe, fate)
        _note_arrival(probe, now=now)
        outcome = _outcome(probe, fate, late=late, now=now)
        if outcome is None:
            probe.look_at = _next_look(probe, now=now)
            probe.save()
            return ""
        _end(plan, probe, outcome, now=now)
        return outcome.value


def _note(probe: Probe, fate: ProbeFate | None) -> None:
    """Write down what the carrier said, as far as the text came."""
    if fate is None:
        return
    probe.taken_at, probe.accepted_at = fate.taken_at, fate.accepted_at
    if fate.state in _RECEIPTS:
        probe.receipt, probe.receipt_at = fate.state, fate.done_at
    if fate.cost is not None:
        probe.cost_micro, probe.cost_currency = fate.cost.micro, fate.cost.currency


def _note_arrival(probe: Probe, *, now: datetime) -> None:
    if probe.arrived_at is not None:
        return
    found = came(
        PhoneNumber(probe.plan.number),
        word=probe.token,
        since=probe.started_at,
        until=min(probe.wait_until, now),
    )
    if found is not None:
        probe.arrived_at, probe.arrived_over = found.at, found.carrier


def _outcome(probe: Probe, fate: ProbeFate | None, *, late: bool, now: datetime) -> Outcome | None:
    """Return how it ended, None while it may go on."""
    over = now >= probe.wait_until
    if probe.arrived_at is not None:
        return Outcome.ARRIVED if probe.receipt or over else None
    if fate is not None and fate.state == "failed":
        return Outcome.REFUSED
    if not over:
        return None
    if late or fate is None:
        return Outcome.UNJUDGED
    return Outcome.NOT_TAKEN if fate.state in ("queued", "taken") else Outcome.LOST


def _next_look(probe: Probe, *, now: datetime) -> datetime:
    """Return a moment twice as far from the start as this one, or the last."""
    return min(now + max(LOOK_FIRST, now - probe.started_at), probe.wait_until)


def _end(plan: Plan, probe: Probe, outcome: Outcome, *, now: datetime) -> None:
    probe.outcome, probe.ended_at, probe.look_at = outcome, now, None
    if outcome in (Outcome.REFUSED, Outcome.NOT_TAKEN):
        probe.reserved_euro_micro = 0  # the carrier bills what it accepted
    probe.counted = not incidents.under_maintenance(
        carrier=plan.carrier, country=plan.country, at=probe.started_at
    )
    probe.save()
    if outcome is Outcome.UNJUDGED or not probe.counted:
        drop_probe(probe.text_id, now=now)
        return
    if outcome is Outcome.ARRIVED:
        assert probe.arrived_at is not None, "it came"
        correct_probe(probe.text_id, arrived_at=probe.arrived_at)
        spells.forget_failures(plan, at=probe.arrived_at, now=now)
        return
    assert outcome in FAILURES, "the others are above"
    drop_probe(probe.text_id, now=now)
    correct_probe(probe.text_id, arrived_at=None)
    if plan.paused_at is None:
        spells.count_failure(plan, started_at=probe.started_at, rules=rules(), now=now)
