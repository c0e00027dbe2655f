"""All that a document shows, as plain data that is sealed with it and never read anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from nummer.apps.accounts.queries import AccountRow
from nummer.apps.agreements.queries import operator
from nummer.apps.catalogue import queries as catalogue
from nummer.apps.invoices.cut import Sold
from nummer.apps.invoices.details import addressee, tax_number
from nummer.apps.invoices.models import DocumentKind
from nummer.policy.tax import TaxMonth

_LETTERS: Final = {DocumentKind.INVOICE: "INV", DocumentKind.CREDIT_NOTE: "CRN"}


@dataclass(frozen=True, slots=True)
class Written:
    """A document that is being written."""

    kind: DocumentKind
    year: int
    serial: int
    month: TaxMonth
    parts: Sequence[Sold]
    at: datetime

    @property
    def number(self) -> str:
        """Return its number as people read it."""
        return number_text(self.kind, self.year, self.serial)


def number_text(kind: str, year: int, serial: int) -> str:
    """Return INV-2026-000001: the same in each language."""
    return f"{_LETTERS[DocumentKind(kind)]}-{year}-{serial:06d}"


def content_of(written: Written, *, customer: AccountRow) -> dict[str, Any]:
    """Return what the document shows, in plain data; words are chosen when it is shown."""
    zone = operator().zone
    last = written.month.ends_at(zone) - timedelta(microseconds=1)
    return {
        "number": written.number,
        "kind": written.kind.value,
        "language": customer.locale,
        "currency": written.parts[0].net.currency,
        "issued_on": written.at.astimezone(zone).date().isoformat(),
        "period": [written.month.first_day.isoformat(), last.astimezone(zone).date().isoformat()],
        "seller": _seller(),
        "buyer": _buyer(customer),
        "lines": [_line(part) for part in written.parts],
    }


def _seller() -> dict[str, Any]:
    company = operator()
    return {
        "name": company.name,
        "brand": company.brand,
        "address": list(company.company.address),
        "country": company.country,
        "register": company.register,
        "register_number": company.register_number,
        "tax_number": company.tax_number,
        "mailbox": company.mailbox,
        "phone": company.phone.e164,
    }


def _buyer(customer: AccountRow) -> dict[str, Any]:
    named, number = addressee(customer.id), tax_number(customer.id)
    return {
        "account": customer.id,
        "kind": customer.kind,
        "country": customer.country,
        "name": named.name if named else "",
        "address": list(named.address) if named else [],
        "tax_number": number.number if number else "",
    }


def _line(part: Sold) -> dict[str, Any]:
    of = number_text(DocumentKind.INVOICE, *part.of) if part.of else ""
    return {
        "service": _service_name(part.service),
        "country": part.country,
        "rate_bp": part.rate_bp,
        "treatment": part.treatment.value,
        "of": of,
        "quantity": part.quantity,
        "net_micro": part.net.micro,
        "tax_micro": part.tax.micro,
    }


def _service_name(code: str) -> str:
    return catalogue.service(code).name if code else ""
