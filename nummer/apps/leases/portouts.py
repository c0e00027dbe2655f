"""Reads of port-outs: what the holder sees of his, and what waits for the staff."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db.models import F

from nummer.apps.leases.errors import NoSuchPortOut
from nummer.apps.leases.leaving import PortRefusal
from nummer.apps.leases.models import PORT_OUT_OPEN, Lease, PortOut, PortOutState
from nummer.apps.vault.actions import unseal_text
from nummer.apps.vault.keys import KeyClass

LISTED_MAX: Final = 100
CODE: Final = "leases_portout.code"
WORDS: Final = "leases_portout.words"


@dataclass(frozen=True, slots=True)
class PortOutRow:
    """A port-out without its code."""

    account_id: int
    id: UUID
    lease_id: UUID
    case_number: int
    state: PortOutState
    asked_at: datetime
    port_on: date | None
    refusal: PortRefusal | None
    words: str = field(repr=False)

    @property
    def open(self) -> bool:
        """Say whether it goes on."""
        return self.state.value in PORT_OUT_OPEN


def latest_of(account_id: int, *, lease_id: UUID) -> PortOutRow | None:
    """Return the port-out of a lease that goes on, or else the last one that ended."""
    rows = PortOut.objects.filter(account_id=account_id, lease_id=lease_id)
    row = rows.order_by(F("ended_at").desc(nulls_first=True), "-id").first()
    return None if row is None else _row(row)


def port_out(account_id: int, *, port_out_id: UUID) -> PortOutRow:
    """Return a port-out. Refuses: NoSuchPortOut."""
    row = PortOut.objects.filter(account_id=account_id, id=port_out_id).first()
    if row is None:
        raise NoSuchPortOut
    return _row(row)


def number_of(account_id: int, *, port_out_id: UUID) -> UUID:
    """Return the id of the number that a port-out is about now. Refuses: NoSuchPortOut."""
    lease = Lease.objects.filter(
        account_id=account_id,
        id__in=PortOut.objects.filter(account_id=account_id, id=port_out_id).values("lease_id"),
    )
    number_id = lease.values_list("number_id", flat=True).first()
    if number_id is None:
        raise NoSuchPortOut
    return number_id


def code_of(account_id: int, *, port_out_id: UUID) -> str:
    """Return the code of a port-out, for its holder alone; empty where there is none."""
    row = PortOut.objects.filter(account_id=account_id, id=port_out_id).first()
    if row is None or row.code is None:
        return ""
    return unseal_text(
        bytes(row.code), account_id=account_id, klass=KeyClass.IDENTITY, place=CODE, row=row.id
    )


def waiting() -> list[PortOutRow]:
    """Return the port-outs of all accounts that go on, the longest first; for the staff."""
    rows = PortOut.objects.filter(state__in=PORT_OUT_OPEN).order_by("asked_at", "account_id", "id")
    return [_row(row) for row in rows[:LISTED_MAX]]


def _row(row: PortOut) -> PortOutRow:
    words = ""
    if row.words is not None:
        words = unseal_text(
            bytes(row.words),
            account_id=row.account_id,
            klass=KeyClass.COMMUNICATION,
            place=WORDS,
            row=row.id,
        )
    return PortOutRow(
        account_id=row.account_id,
        id=row.id,
        lease_id=row.lease_id,
        case_number=row.case_number,
        state=PortOutState(row.state),
        asked_at=row.asked_at,
        port_on=row.port_on,
        refusal=PortRefusal(row.refusal) if row.refusal else None,
        words=words,
    )
