"""Invoices and credit notes, whom they name, and a company's tax number."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse

from nummer.apps.invoices import actions, queries
from nummer.apps.invoices.errors import NoSuchInvoice
from nummer.apps.invoices.queries import DocumentRow
from nummer.faces.api.errors import FieldMalformed
from nummer.faces.api.reading import (
    Caller,
    Json,
    before_uuid,
    body_of,
    named_id,
    page_length,
    parameter,
    text_of,
    texts_of,
)
from nummer.faces.api.views import answered, empty

KINDS: Final = ("invoice", "credit_note")
NAME_LENGTH_MAX: Final = 100
ADDRESS_LINES_MAX: Final = 8
_ADDRESSEE: Final = frozenset({"name", "address"})
_TAX_NUMBER: Final = frozenset({"number"})


def list_invoices(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Answer a page of invoices and credit notes, newest first."""
    limit = page_length(request)
    kind = parameter(request, "kind")
    if kind and kind not in KINDS:
        raise FieldMalformed(field="kind")
    rows = queries.documents(
        caller.account_id, kind=kind or None, before=before_uuid(request), limit=limit
    )
    return answered(
        {
            "invoices": [_form(row) for row in rows],
            "next_before": str(rows[-1].id) if len(rows) == limit else None,
        }
    )


def get_pdf(request: HttpRequest, caller: Caller, *, invoice_id: str) -> HttpResponse:
    """Answer one of them as a PDF, the same octets each time. Refuses: NoSuchInvoice."""
    del request
    page = queries.pdf(caller.account_id, document_id=named_id(invoice_id, NoSuchInvoice))
    return HttpResponse(
        page.pdf,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="{page.number}.pdf"',
            "Cache-Control": "no-store",
        },
    )


def get_details(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Answer whom the next documents name, and the tax number that counts."""
    del request
    return answered(_details(caller))


def set_addressee(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Say whom the next documents name; empty names nobody. Refuses: AddresseeRefused."""
    body = body_of(request, fields=_ADDRESSEE)
    lines = texts_of(body, "address", most=ADDRESS_LINES_MAX) or []
    actions.name_addressee(
        caller.account_id,
        name=text_of(body, "name", required=False, longest=NAME_LENGTH_MAX),
        address="\n".join(lines),
        now=caller.now,
    )
    return answered(_details(caller))


def set_tax_number(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Give a company's tax number. Refuses: OnlyForCompanies, TaxNumberRefused."""
    body = body_of(request, fields=_TAX_NUMBER)
    number = text_of(body, "number", required=True)
    actions.give_tax_number(caller.account_id, number=number, now=caller.now)
    return answered(_details(caller))


def remove_tax_number(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Take the tax number out of use. Refuses: NoSuchTaxNumber."""
    del request
    actions.withdraw_tax_number(caller.account_id, now=caller.now)
    return empty()


def _details(caller: Caller) -> dict[str, Json]:
    known = queries.addressee(caller.account_id)
    used = queries.tax_number(caller.account_id)
    return {
        "name": known.name if known else "",
        "address": list(known.address) if known else [],
        "tax_number": None if used is None else used.number,
        "tax_number_checked": used is not None and used.checked_at is not None,
    }


def _form(row: DocumentRow) -> dict[str, Json]:
    return {
        "id": str(row.id),
        "kind": row.kind,
        "number": row.number,
        "month": f"{row.month.first_day:%Y-%m}",
        "net": row.net.decimal_text(),
        "tax": row.tax.decimal_text(),
        "total": row.total.decimal_text(),
        "currency": row.total.currency,
        "issued_at": row.issued_at.isoformat(),
    }
