"""Letters about incidents, one for each open order in their scope; and what is old goes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from nummer.apps.catalogue import queries as catalogue
from nummer.apps.incidents.actions import purging
from nummer.apps.incidents.actions.scopes import affected_link
from nummer.apps.incidents.models import IncidentLetter
from nummer.apps.incidents.queries import incident
from nummer.apps.notify import actions as notify
from nummer.apps.numbers import queries as numbers
from nummer.kernel.due import DueRow, DueSource
from nummer.kernel.ids import id_of


def _find(until: datetime, limit: int) -> Sequence[DueRow]:
    rows = IncidentLetter.objects.filter(due_at__lte=until)
    return [
        DueRow(row.due_at, row.account_id, row.order_id)
        for row in rows.order_by("due_at", "account_id", "order_id")[:limit]
    ]


def _tell(row: DueRow, now: datetime) -> None:
    """Write to the holder of an order about what concerns it; repeating it writes nothing."""
    with transaction.atomic():
        owed = IncidentLetter.objects.filter(account_id=row.account_id, order_id=row.key)
        seen = [letter.incident_id for letter in owed.select_for_update().order_by("incident_id")]
        for incident_id in seen:
            _write(row.account_id, row.key, incident_id, now=now)
        owed.filter(incident_id__in=seen).delete()  # another may be owed since they were read


def _write(account_id: int, order_id: UUID, incident_id: UUID, *, now: datetime) -> None:
    order = numbers.activation_of_order(account_id, order_id=order_id)
    if not order.open or incident(incident_id).ended_at is not None:
        return  # there is nothing left to report
    link = affected_link(incident_id, account_id=account_id, order_id=order_id)
    notify.send_letter(
        account_id,
        letter="incident-notice",
        context={
            "service": catalogue.service(order.service).name,
            "country": order.country,
            "activation_id": order.activation_id,
            "path": f"/incidents/{incident_id}/{link}/",
        },
        now=now,
        key=id_of("incident-notice", incident_id, order_id),
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
    DueSource("incidents.purge", _find_old, _purge, lead=purging.WORDS_KEPT),
)
