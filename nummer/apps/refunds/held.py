"""What a customer has or had, of which he may say that it does not work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from nummer.apps.incidents.actions.facts import Subject, SubjectKind
from nummer.apps.leases import queries as leases
from nummer.apps.leases.errors import NoSuchLease
from nummer.apps.leases.queries import LeaseRow
from nummer.apps.numbers import queries as numbers
from nummer.apps.numbers.queries import ActivationRow

ORDERS_SHOWN: Final = 25
ENDED_LATELY: Final = timedelta(days=62)  # two periods: what may still be judged


@dataclass(frozen=True, slots=True)
class Held:
    """A number that a customer bought once or rents, since when, and until when."""

    subject: Subject
    order_id: UUID
    number: str
    since: datetime
    until: datetime | None
    activation_id: int | None = None  # the number of a one-time order, as he reads it

    @property
    def rented(self) -> bool:
        """Say whether it is by the month."""
        return self.activation_id is None


def held_order(account_id: int, *, order_id: UUID) -> Held:
    """Return a customer's one-time order or lease by its id.

    Refuses: NoSuchActivation where it is neither, or another's.
    """
    try:
        return _rented(leases.lease(account_id, lease_id=order_id))
    except NoSuchLease:
        return _bought(numbers.activation_of_order(account_id, order_id=order_id))


def held_at(account_id: int, *, at: datetime) -> list[Held]:
    """Return what a customer had at a moment or lost shortly before: leases first, then orders."""
    rented = [
        _rented(row)
        for row in leases.leases_of(account_id)
        if row.placed_at <= at and (row.ended_at is None or row.ended_at > at - ENDED_LATELY)
    ]
    bought = [
        _bought(row)
        for row in numbers.activations(account_id, limit=2 * ORDERS_SHOWN)
        if row.opened_at <= at
    ]
    return [*rented, *bought[:ORDERS_SHOWN]]


def _rented(row: LeaseRow) -> Held:
    subject = Subject(SubjectKind.RENTAL, row.id)
    return Held(subject, row.id, row.number.e164, row.placed_at, row.ended_at)


def _bought(row: ActivationRow) -> Held:
    subject = Subject(SubjectKind.ONE_TIME, row.order_id)
    return Held(
        subject, row.order_id, row.number.e164, row.opened_at, row.closed_at, row.activation_id
    )
