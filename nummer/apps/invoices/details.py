"""Whom documents name, and a company's tax number: reads of what the customer gave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from nummer.apps.invoices.models import Addressee as AddresseeTable
from nummer.apps.invoices.models import TaxNumber
from nummer.apps.invoices.sealing import unseal


@dataclass(frozen=True, slots=True)
class Addressee:
    """Name and address as documents show them."""

    name: str
    address: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TaxNumberRow:
    """A tax number in use; `checked_at` is when the staff found it in its register."""

    id: UUID
    account_id: int
    number: str
    country: str
    given_at: datetime
    checked_at: datetime | None


def addressee(account_id: int) -> Addressee | None:
    """Return what was given last; None where nothing was."""
    row = AddresseeTable.objects.filter(account_id=account_id).order_by("-id").first()
    if row is None:
        return None
    name = unseal(row.name, account_id=account_id, place="addressee.name", row=row.id)
    address = unseal(row.address, account_id=account_id, place="addressee.address", row=row.id)
    return Addressee(name, tuple(address.splitlines()))


def tax_number(account_id: int) -> TaxNumberRow | None:
    """Return the tax number in use; None where there is none."""
    row = TaxNumber.objects.filter(account_id=account_id, withdrawn_at=None).first()
    return None if row is None else number_row(row)


def number_row(row: TaxNumber) -> TaxNumberRow:
    """Return a row as others read it."""
    return TaxNumberRow(
        id=row.id,
        account_id=row.account_id,
        number=unseal(row.number, account_id=row.account_id, place="taxnumber.number", row=row.id),
        country=row.country,
        given_at=row.given_at,
        checked_at=row.checked_at,
    )
