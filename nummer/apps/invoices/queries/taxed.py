"""How a customer is taxed, and what the staff should look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef

from nummer.apps.agreements.queries import operator
from nummer.apps.invoices.details import TaxNumberRow, number_row
from nummer.apps.invoices.evidence import pieces_in
from nummer.apps.invoices.models import Evidence, TaxNumber
from nummer.apps.invoices.ports import ReverseCharge, reverse_charge


@dataclass(frozen=True, slots=True)
class Doubt:
    """A customer whose country no two pieces of evidence confirm."""

    id: UUID
    account_id: int
    country: str
    used: list[dict[str, Any]]
    against: list[dict[str, Any]]
    noted_at: datetime


def reverse_charged(account_id: int, country: str) -> bool:
    """Tell whether a company in `country` owes the tax of its purchases itself (ADR 121)."""
    rule = reverse_charge()
    if rule is ReverseCharge.NEVER or country == operator().country:
        return False
    number = TaxNumber.objects.filter(account_id=account_id, country=country, withdrawn_at=None)
    if rule is ReverseCharge.CHECKED:
        number = number.filter(checked_at__isnull=False)
    return number.exists()


def doubts(*, before: UUID | None = None, limit: int = 50) -> list[Doubt]:
    """Return the customers whose last note has no two pieces that agree, newest first."""
    newer = Evidence.objects.filter(account_id=OuterRef("account_id"), id__gt=OuterRef("id"))
    rows = Evidence.objects.filter(~Exists(newer), confirmed=False)
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [_doubt(row) for row in rows.order_by("-id")[:limit]]


def unchecked_tax_numbers(*, before: UUID | None = None, limit: int = 50) -> list[TaxNumberRow]:
    """Return the tax numbers that nobody looked up in a register, newest first."""
    rows = TaxNumber.objects.filter(withdrawn_at=None, checked_at=None)
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [number_row(row) for row in rows.order_by("-id")[:limit]]


def _doubt(row: Evidence) -> Doubt:
    content = pieces_in(row)
    return Doubt(
        row.id, row.account_id, row.country, content["used"], content["against"], row.noted_at
    )
