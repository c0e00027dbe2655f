"""Letters about incidents and planned work to whoever has numbers there; and what is old goes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from nummer.apps.accounts import queries as accounts
from nummer.apps.catalogue import queries as catalogue
from nummer.apps.incidents.actions import purging
from nummer.apps.incidents.actions.scopes import affected_link
from nummer.apps.incidents.models import IncidentLetter, PlanLetter
from nummer.apps.incidents.ports import rented_numbers
from nummer.apps.incidents.queries import MaintenanceRow, incident, plan
from nummer.apps.notify import actions as notify
from nummer.apps.numbers import queries as numbers
from nummer.apps.numbers.errors import NoSuchActivation
from nummer.kernel.due import DueRow, DueSource
from nummer.kernel.ids import id_of


def _find(until: datetime, limit: int) -> Sequence[DueRow]:
    rows = IncidentLetter.objects.filter(due_at__lte=until)
    return [
        DueRow(row.due_at, row.account_id, row.order_id)
        for row in rows.order_by("due_at", "account_id", "order_id")[:limit]
    ]


def _tell(row: DueRow, now: datetime) -> None:
    """Write to a number's holder about what concerns it; repeating it writes nothing."""
    with transaction.atomic():
        owed = IncidentLetter.objects.filter(account_id=row.account_id, order_id=row.key)
        seen = [letter.incident_id for letter in owed.select_for_update().order_by("incident_id")]
        for incident_id in seen:
            _write(row.account_id, row.key, incident_id, now=now)
        owed.filter(incident_id__in=seen).delete()  # another may be owed since they were read


def _write(account_id: int, subject_id: UUID, incident_id: UUID, *, now: datetime) -> None:
    if incident(incident_id).ended_at is not None:
        return  # there is nothing left to report
    link = affected_link(incident_id, account_id=account_id, order_id=subject_id)
    path = f"/incidents/{incident_id}/{link}/"
    try:
        order = numbers.activation_of_order(account_id, order_id=subject_id)
    except NoSuchActivation:
        _write_of_rented(account_id, subject_id, incident_id, path=path, now=now)
        return
    if not order.open:
        return
    notify.send_letter(
        account_id,
        letter="incident-notice",
        context={
            "service": catalogue.service(order.service).name,
            "country": order.country,
            "activation_id": order.activation_id,
            "path": path,
        },
        now=now,
        key=id_of("incident-notice", incident_id, subject_id),
    )


def _write_of_rented(
    account_id: int, lease_id: UUID, incident_id: UUID, *, path: str, now: datetime
) -> None:
    rented = rented_numbers().rented(account_id, lease_id=lease_id)
    known = incident(incident_id)
    if rented is None or (known.numbers and rented.number not in known.numbers):
        return  # it ended, or was replaced
    notify.send_letter(
        account_id,
        letter="incident-rented",
        context={
            "phone": rented.number,
            "began_at": known.began_at.isoformat(),
            "words": known.words,
            "path": path,
            "lease": str(lease_id),
        },
        now=now,
        key=id_of("incident-notice", incident_id, lease_id),
    )


def _find_plans(until: datetime, limit: int) -> Sequence[DueRow]:
    rows = PlanLetter.objects.filter(due_at__lte=until)
    return [
        DueRow(row.due_at, row.account_id, row.plan_id)
        for row in rows.order_by("due_at", "account_id", "plan_id")[:limit]
    ]


def _tell_plan(row: DueRow, now: datetime) -> None:
    """Write to whoever rents numbers where work is planned, once, and not after it is over."""
    with transaction.atomic():
        owed = PlanLetter.objects.select_for_update().filter(
            account_id=row.account_id, plan_id=row.key
        )
        if owed.first() is None:
            return
        planned = plan(row.key)
        if planned is not None and planned.ends_at > now:
            _write_plan(row.account_id, planned, now=now)
        owed.delete()


def _write_plan(account_id: int, planned: MaintenanceRow, *, now: datetime) -> None:
    count = rented_numbers().count_in(account_id, country=planned.country, carrier=planned.carrier)
    if not count:
        return
    notify.send_letter(
        account_id,
        letter="maintenance-planned",
        context={
            "country": planned.country,
            "words": planned.words_in(accounts.account(account_id).locale),
            "begins_at": planned.begins_at.isoformat(),
            "ends_at": planned.ends_at.isoformat(),
            "count": count,
        },
        now=now,
        key=id_of("maintenance-planned", planned.id, account_id),
    )


def _find_old(until: datetime, limit: int) -> Sequence[DueRow]:
    return [
        DueRow(due_at, account_id, id_of("incidents.purge", account_id))
        for due_at, account_id in purging.old(until=until, limit=limit)
    ]


def _purge(row: DueRow, now: datetime) -> None:
    purging.purge(row.account_id, now=now)


DUE_SOURCES: Final = (
    DueSource("incidents.letters", _find, _tell, lead=None),
    DueSource("incidents.plans", _find_plans, _tell_plan, lead=None),
    DueSource("incidents.purge", _find_old, _purge, lead=purging.WORDS_KEPT),
)
