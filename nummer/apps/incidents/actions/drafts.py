"""What a machine takes for an outage: a draft, until a person makes it known or drops it.

A draft is no fact: nothing about money follows from it, and no customer sees it.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from nummer.apps.audit import actions as audit
from nummer.apps.incidents.actions.scopes import Scope, end_incident, publish
from nummer.apps.incidents.errors import NoSuchIncident
from nummer.apps.incidents.models import IncidentDraft
from nummer.apps.incidents.queries import IncidentRow, incident
from nummer.kernel.ids import new_id


def raise_draft(
    *, carrier: str = "", country: str = "", reason: str, began_at: datetime, now: datetime
) -> UUID:
    """Ask the staff whether something is an outage; what waits already is asked once.

    It fails again where it had looked well: then it is not over.
    """
    with transaction.atomic():
        row, fresh = IncidentDraft.objects.select_for_update().get_or_create(
            carrier=carrier,
            country=country,
            reason=reason,
            decided_at=None,
            defaults={"id": new_id(), "began_at": began_at, "raised_at": now},
        )
        if row.over_at is not None:
            row.over_at = None
            row.save(update_fields=["over_at"])
        if fresh:
            _record("raise_incident_draft", row.id, actor="system:incidents", now=now)
    return row.id


def note_over(draft_id: UUID, *, at: datetime) -> None:
    """Note that what a draft is about looks well again; a decided one stays as it is."""
    IncidentDraft.objects.filter(id=draft_id, decided_at=None).update(over_at=at)


def publish_draft(draft_id: UUID, *, words: str, actor: str, now: datetime) -> IncidentRow:
    """Make it known as an incident of its scope; one that is over is ended at once.

    Repeating it returns the first incident. Refuses: NoSuchIncident. Locks: the draft.
    """
    with transaction.atomic():
        row = _locked(draft_id)
        if row.incident_id is not None:
            return incident(row.incident_id)
        if row.decided_at is not None:
            raise NoSuchIncident
        made = publish(
            Scope(row.carrier, row.country),
            began_at=row.began_at,
            words=words,
            actor=actor,
            now=now,
        )
        if row.over_at is not None:
            end_incident(made.id, ended_at=row.over_at, actor=actor, now=now)
        row.decided_at, row.incident_id, row.actor = now, made.id, actor
        row.save(update_fields=["decided_at", "incident", "actor"])
        _record("publish_incident_draft", row.id, actor=actor, now=now)
    return incident(made.id)


def drop_draft(draft_id: UUID, *, actor: str, now: datetime) -> None:
    """Say that it is no outage. Repeating it changes nothing. Refuses: NoSuchIncident."""
    with transaction.atomic():
        row = _locked(draft_id)
        if row.decided_at is not None:
            return
        row.decided_at, row.actor = now, actor
        row.save(update_fields=["decided_at", "actor"])
        _record("drop_incident_draft", row.id, actor=actor, now=now)


def _locked(draft_id: UUID) -> IncidentDraft:
    row = IncidentDraft.objects.select_for_update().filter(id=draft_id).first()
    if row is None:
        raise NoSuchIncident
    return row


def _record(verb: str, draft_id: UUID, *, actor: str, now: datetime) -> None:
    audit.record(
        actor=actor, verb=verb, place="incidents_incidentdraft", row=str(draft_id), now=now
    )
