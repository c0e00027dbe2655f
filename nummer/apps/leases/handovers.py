"""Reads of handovers: what the giver sees of his, and the receiver of what he was offered."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import F

from nummer.apps.leases.errors import NoSuchHandover
from nummer.apps.leases.models import HANDOVER_OPEN, Handover, HandoverState, Lease, Rentable
from nummer.apps.leases.queries import LeaseRow, lease_row
from nummer.apps.vault.actions import unseal_text
from nummer.apps.vault.keys import KeyClass
from nummer.kernel.money import Money

LISTED_MAX: Final = 50
TO_EMAIL: Final = "leases_handover.to_email"


@dataclass(frozen=True, slots=True)
class Given:
    """A handover as its giver sees it: never whether there is an account with that address."""

    account_id: int
    id: UUID
    lease_id: UUID
    state: HandoverState
    to_email: str = field(repr=False)  # empty once it is over
    offered_at: datetime
    expires_at: datetime
    accepted_at: datetime | None

    @property
    def open(self) -> bool:
        """Say whether it goes on."""
        return self.state.value in HANDOVER_OPEN


@dataclass(frozen=True, slots=True)
class Offered:
    """A handover as its receiver sees it: a number and a contract, and nothing of the giver's.

    `monthly_net` is what he agreed to, None before he did. `lease_id` is his own, at the end.
    """

    id: UUID
    state: HandoverState
    e164: str
    country: str
    kind: str
    city: str
    sms: bool
    voice: bool
    paid_until: datetime
    offered_at: datetime
    expires_at: datetime
    monthly_net: Money | None
    lease_id: UUID | None

    @property
    def open(self) -> bool:
        """Say whether it goes on."""
        return self.state.value in HANDOVER_OPEN


def given(account_id: int, *, handover_id: UUID) -> Given:
    """Return a handover that an account offers. Refuses: NoSuchHandover."""
    row = Handover.objects.filter(account_id=account_id, id=handover_id).first()
    if row is None:
        raise NoSuchHandover
    return given_row(row)


def latest_of(account_id: int, *, lease_id: UUID) -> Given | None:
    """Return the handover of a lease that goes on, or else the last one that ended."""
    rows = Handover.objects.filter(account_id=account_id, lease_id=lease_id)
    row = rows.order_by(F("ended_at").desc(nulls_first=True), "-id").first()
    return None if row is None else given_row(row)


def offered(to_account_id: int, *, handover_id: UUID) -> Offered:
    """Return what an account was offered. Refuses: NoSuchHandover."""
    row = Handover.objects.filter(to_account_id=to_account_id, id=handover_id).first()
    if row is None:
        raise NoSuchHandover
    return _offered(row, Lease.objects.get(account_id=row.account_id, id=row.lease_id))


def offered_to(to_account_id: int) -> list[Offered]:
    """Return what waits for an account or its giver, oldest first."""
    rows = Handover.objects.filter(to_account_id=to_account_id, state__in=HANDOVER_OPEN)
    return [
        _offered(row, Lease.objects.get(account_id=row.account_id, id=row.lease_id))
        for row in rows.order_by("id")[:LISTED_MAX]
    ]


def due(*, until: datetime, limit: int) -> list[tuple[datetime, int, UUID]]:
    """Return (moment, account, handover) of what is due, earliest first."""
    rows = Handover.objects.filter(due_at__lte=until).order_by("due_at", "account_id", "id")
    found = rows.values_list("due_at", "account_id", "id")[:limit]
    return [(at, account_id, key) for at, account_id, key in found if at is not None]


def email_of(row: Handover) -> str:
    """Return the address that the giver typed; empty once the handover is over."""
    if row.to_email is None:
        return ""
    return unseal_text(
        bytes(row.to_email),
        account_id=row.account_id,
        klass=KeyClass.IDENTITY,
        place=TO_EMAIL,
        row=row.id,
    )


def given_row(row: Handover) -> Given:
    """Return a handover as its giver sees it."""
    return Given(
        account_id=row.account_id,
        id=row.id,
        lease_id=row.lease_id,
        state=HandoverState(row.state),
        to_email=email_of(row),
        offered_at=row.offered_at,
        expires_at=row.expires_at,
        accepted_at=row.accepted_at,
    )


def _offered(row: Handover, lease: Lease) -> Offered:
    shown: LeaseRow = lease_row(lease)
    assert shown.paid_until is not None, "what is handed over was activated"
    able = _able(lease)
    agreed = row.monthly_net_micro
    return Offered(
        id=row.id,
        state=HandoverState(row.state),
        e164=row.e164,
        country=lease.country,
        kind=lease.kind,
        city=lease.city,
        sms=able[0],
        voice=able[1],
        paid_until=shown.paid_until,
        offered_at=row.offered_at,
        expires_at=row.expires_at,
        monthly_net=None if agreed is None else Money(agreed, row.currency),
        lease_id=row.to_lease_id,
    )


def _able(lease: Lease) -> tuple[bool, bool]:
    found: tuple[bool, bool] = Rentable.objects.values_list("sms", "voice").get(
        number_id=lease.number_id
    )
    return found
