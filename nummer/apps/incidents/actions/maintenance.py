"""Work that is planned: said beforehand, by letter and on the status page (LD-H1).

A plan changes nothing about money: who finds that his number does not work reports it as ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from nummer.apps.audit import actions as audit
from nummer.apps.incidents.errors import NoSuchIncident, PlanNotPossible
from nummer.apps.incidents.models import Maintenance, PlanLetter
from nummer.apps.incidents.ports import rented_numbers
from nummer.kernel.ids import new_id


def plan_maintenance(
    *,
    words: str,
    translated: Mapping[str, str] | None = None,
    carrier: str = "",
    country: str,
    begins_at: datetime,
    ends_at: datetime,
    actor: str,
    now: datetime,
) -> UUID:
    """Make planned work known; an empty carrier or country means all.

    `words` are English, `translated` has them by language. Whoever rents numbers there is owed one
    letter, however many he has. Refuses: PlanNotPossible.
    """
    if begins_at < now or ends_at <= begins_at or not words.strip():
        raise PlanNotPossible
    said = translated or {}
    with transaction.atomic():
        row = Maintenance.objects.create(
            id=new_id(),
            words=words,
            words_nb=said.get("nb", ""),
            words_de=said.get("de", ""),
            carrier=carrier,
            country=country,
            begins_at=begins_at,
            ends_at=ends_at,
            published_at=now,
            actor=actor,
        )
        PlanLetter.objects.bulk_create(
            [
                PlanLetter(account_id=account_id, plan_id=row.id, due_at=now)
                for account_id in rented_numbers().accounts_in(country, carrier=carrier)
            ],
            batch_size=5000,
        )
        _record("plan_maintenance", row.id, actor=actor, now=now)
    return row.id


def call_off_maintenance(plan_id: UUID, *, actor: str, now: datetime) -> None:
    """Say that planned work does not take place, or is over before its time.

    Repeating it changes nothing. Refuses: NoSuchIncident. Locks: the plan.
    """
    with transaction.atomic():
        row = Maintenance.objects.select_for_update().filter(id=plan_id).first()
        if row is None:
            raise NoSuchIncident
        if row.called_off_at is not None:
            return
        row.called_off_at = now
        row.save(update_fields=["called_off_at"])
        PlanLetter.objects.filter(plan_id=plan_id).delete()  # who was not told need not be
        _record("call_off_maintenance", row.id, actor=actor, now=now)


def _record(verb: str, plan_id: UUID, *, actor: str, now: datetime) -> None:
    audit.record(actor=actor, verb=verb, place="incidents_maintenance", row=str(plan_id), now=now)
