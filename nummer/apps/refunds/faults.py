"""The faults that customers reported and that nobody has repaired yet, of all accounts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from nummer.apps.incidents import queries as incidents
from nummer.apps.leases import queries as leases
from nummer.apps.leases.held import able
from nummer.apps.numbers import queries as numbers
from nummer.apps.refunds.models import Reported
from nummer.apps.refunds.rentals import reports_of
from nummer.policy.lease import SERVED

WINDOW_MAX: Final = timedelta(days=1)  # the longest a window of a one-time number may be open
LOOKED_AT: Final = 200  # leases with a report; those that work again leave this list by themselves


@dataclass(frozen=True, slots=True)
class Fault:
    """An open fault: a rented number, or one of an order that still waits for its code."""

    account_id: int
    subject_id: UUID
    number: str
    carrier: str
    country: str
    sms: bool
    voice: bool
    since: datetime
    reports: int


def open_faults(*, now: datetime) -> list[Fault]:
    """Return the open faults that customers reported, the longest first."""
    rows = Reported.objects.order_by("look_at", "account_id", "lease_id")
    rented = [_of_lease(row.account_id, row.lease_id, now) for row in rows[:LOOKED_AT]]
    found = [fault for fault in rented if fault is not None]
    return sorted([*found, *_of_orders(now)], key=lambda one: (one.since, one.subject_id))


def _of_orders(now: datetime) -> list[Fault]:
    """Return the reports about one-time numbers whose windows are open still."""
    found: dict[UUID, Fault] = {}
    for told in incidents.lately_reported(since=now - WINDOW_MAX, limit=LOOKED_AT):
        assert told.subject_id is not None, "a report is about an order"
        before = found.get(told.subject_id)
        if before is not None:
            found[told.subject_id] = replace(
                before, since=min(before.since, told.happened_at), reports=before.reports + 1
            )
            continue
        order = numbers.activation_of_order(told.account_id, order_id=told.subject_id)
        if order.open and order.displayed_at is None:
            found[told.subject_id] = Fault(
                account_id=told.account_id,
                subject_id=told.subject_id,
                number=order.number.e164,
                carrier=order.carrier,
                country=order.country,
                sms=True,
                voice=False,
                since=told.happened_at,
                reports=1,
            )
    return list(found.values())


def _of_lease(account_id: int, lease_id: UUID, now: datetime) -> Fault | None:
    lease = leases.lease(account_id, lease_id=lease_id)
    lasting = [
        datetime.fromisoformat(each["reported_at"])
        for each in reports_of(lease, now=now)
        if "cleared_at" not in each
    ]
    if not lasting or lease.state not in SERVED:
        return None
    can = able(account_id, lease_ids=[lease_id]).get(lease_id)
    return Fault(
        account_id=account_id,
        subject_id=lease_id,
        number=lease.number.e164,
        carrier=lease.carrier,
        country=lease.country,
        sms=can is not None and can.sms,
        voice=can is not None and can.voice,
        since=min(lasting),
        reports=len(lasting),
    )
