"""A route whose probes fail again and again: a spell, and a draft of an incident for the staff.

Every function here is called with the plan's row locked.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from nummer.apps.agreements.queries import operator
from nummer.apps.incidents.actions import drafts, scopes
from nummer.apps.incidents.errors import IncidentOver
from nummer.apps.notify import actions as notify
from nummer.apps.notify.reach import Reach
from nummer.apps.probes.models import Plan, Spell
from nummer.apps.probes.rules import ProbeRules
from nummer.apps.vault.keys import OPERATOR_ACCOUNT_ID
from nummer.kernel.ids import id_of, new_id
from nummer.kernel.locale import DRAFTING_LANGUAGE

REASON: Final = "probes"  # of a draft
ACTOR: Final = "system:probes"


def count_failure(plan: Plan, *, started_at: datetime, rules: ProbeRules, now: datetime) -> None:
    """Note one more failure; with as many in a row as the rules say, the staff is asked."""
    if plan.failing_since is None:
        plan.failing_since = started_at
    plan.failed_in_row += 1
    plan.save(update_fields=["failed_in_row", "failing_since"])
    if plan.failed_in_row >= rules.failures_in_row and _open(plan) is None:
        _begin(plan, declares=rules.declares, now=now)


def forget_failures(plan: Plan, *, at: datetime, now: datetime) -> None:
    """Note that the route worked at a moment, or that nobody looks any more: the spell is over."""
    plan.failed_in_row, plan.failing_since = 0, None
    plan.save(update_fields=["failed_in_row", "failing_since"])
    spell = _open(plan)
    if spell is None:
        return
    spell.ended_at = max(at, spell.began_at)
    spell.save(update_fields=["ended_at"])
    if spell.incident_id is not None:
        _end_incident(spell, now=now)
    elif spell.draft_id is not None and not _others(spell):
        drafts.note_over(spell.draft_id, at=spell.ended_at)


def _open(plan: Plan) -> Spell | None:
    return Spell.objects.filter(plan=plan, ended_at=None).first()


def _others(spell: Spell) -> bool:
    """Tell whether another route of the same carrier and country still fails."""
    rows = Spell.objects.filter(carrier=spell.carrier, country=spell.country, ended_at=None)
    return rows.exclude(id=spell.id).exists()


def _begin(plan: Plan, *, declares: bool, now: datetime) -> None:
    assert plan.failing_since is not None, "what failed has failed since a moment"
    spell = Spell(
        id=new_id(),
        plan=plan,
        carrier=plan.carrier,
        country=plan.country,
        began_at=plan.failing_since,
    )
    told = Spell.objects.filter(
        carrier=plan.carrier, country=plan.country, ended_at=None, incident_id__isnull=False
    ).first()
    if told is not None:
        spell.incident_id = told.incident_id
    elif declares:
        scope = scopes.Scope(carrier=plan.carrier, country=plan.country)
        made = scopes.publish(scope, began_at=spell.began_at, actor=ACTOR, now=now)
        spell.incident_id = made.id
    else:
        spell.draft_id = drafts.raise_draft(
            carrier=plan.carrier,
            country=plan.country,
            reason=REASON,
            began_at=spell.began_at,
            now=now,
        )
    spell.save(force_insert=True)
    _tell(spell, now=now)


def _tell(spell: Spell, *, now: datetime) -> None:
    """Write to the operator's own mailbox, once for what is to be decided."""
    matter = spell.draft_id or spell.incident_id
    assert matter is not None, "somebody is asked, or it is made known"
    notify.send_letter(
        OPERATOR_ACCOUNT_ID,
        letter="route-fails",
        context={
            "carrier": spell.carrier,
            "country": spell.country,
            "since": spell.began_at.isoformat(),
        },
        now=now,
        key=id_of("route-fails", matter),
        reach=Reach(to=operator().mailbox, language=DRAFTING_LANGUAGE),
    )


def _end_incident(spell: Spell, *, now: datetime) -> None:
    """End what was made known without a person, once no route of it fails any more."""
    assert spell.incident_id is not None, "it was made known"
    assert spell.ended_at is not None, "it is over"
    rows = Spell.objects.filter(incident_id=spell.incident_id, ended_at=None)
    if rows.exclude(id=spell.id).exists():
        return
    try:
        scopes.end_incident(spell.incident_id, ended_at=spell.ended_at, actor=ACTOR, now=now)
    except IncidentOver:
        return  # the staff was quicker
