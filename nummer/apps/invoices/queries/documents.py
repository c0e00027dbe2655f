"""Invoices and credit notes as their customer and the staff read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from nummer.apps.invoices.contents import number_text
from nummer.apps.invoices.errors import NoSuchInvoice
from nummer.apps.invoices.models import Document
from nummer.apps.invoices.page import set_page
from nummer.apps.invoices.sealing import unseal_json
from nummer.kernel.money import Money
from nummer.policy.tax import TaxMonth

LISTED_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document without what its page shows."""

    account_id: int
    id: UUID
    kind: str
    number: str
    month: TaxMonth
    net: Money
    tax: Money
    total: Money
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """A document as a PDF."""

    number: str
    pdf: bytes


def documents(
    account_id: int, *, kind: str | None = None, before: UUID | None = None, limit: int = 50
) -> list[DocumentRow]:
    """Return a customer's documents, newest first; `before` is the last id seen."""
    rows = Document.objects.filter(account_id=account_id)
    if kind is not None:
        rows = rows.filter(kind=kind)
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [_row(row) for row in rows.order_by("-id")[: max(1, min(limit, LISTED_MAX))]]


def documents_of_month(
    month: TaxMonth, *, before: UUID | None = None, limit: int = 50
) -> list[DocumentRow]:
    """Return all customers' documents of a month for the staff, newest first."""
    rows = Document.objects.filter(month=month.first_day)
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [_row(row) for row in rows.order_by("-id")[: max(1, min(limit, LISTED_MAX))]]


def pdf(account_id: int, *, document_id: UUID) -> Page:
    """Set a document as a PDF, the same bytes each time. Refuses: NoSuchInvoice, KeyDestroyed."""
    row = Document.objects.filter(account_id=account_id, id=document_id).first()
    if row is None:
        raise NoSuchInvoice
    content = unseal_json(
        row.content, account_id=account_id, place="document.content", row=document_id
    )
    return Page(content["number"], set_page(content, form=row.form))


def _row(row: Document) -> DocumentRow:
    return DocumentRow(
        account_id=row.account_id,
        id=row.id,
        kind=row.kind,
        number=number_text(row.kind, row.year, row.serial),
        month=TaxMonth.beginning(row.month),
        net=Money(row.net_micro, row.currency),
        tax=Money(row.tax_micro, row.currency),
        total=Money(row.total_micro, row.currency),
        issued_at=row.issued_at,
    )
