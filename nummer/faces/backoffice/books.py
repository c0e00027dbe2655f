"""The operator's books: the tax of a month, documents, evidence, and days of money."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from babel.dates import format_date
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext, pgettext
from django.views.decorators.http import require_POST, require_safe

from nummer.apps.accounts import queries as accounts
from nummer.apps.invoices import actions, queries
from nummer.apps.invoices.queries import Gap, ListState, Side, TaxRow, TaxTotals
from nummer.faces.backoffice.requests import (
    COMPLIANCE,
    FINANCE,
    ROWS_PER_PAGE,
    SUPPORT,
    cursor,
    member,
    seen,
    sentence,
    staff_only,
)
from nummer.kernel import clock
from nummer.kernel.errors import Refusal, Unavailable
from nummer.kernel.sheets import csv_lines
from nummer.policy.tax import TaxMonth

SHOWN: Final = 50  # doubts and numbers that wait, on the page of tax


@require_safe
@staff_only(FINANCE)
def tax(request: HttpRequest) -> HttpResponse:
    """Show the tax of a month by country and rate, and whether the ledger says the same."""
    months = queries.closed_months()
    month = _month(request) or (months[0] if months else None)
    context = {
        "months": [(str(one), _month_name(one)) for one in months],
        "month": str(month) if month else "",
        "totals": queries.tax_totals(month) if month else None,
        "treatments": _treatments(),
        "doubts": queries.doubts(limit=SHOWN),
        "numbers": queries.unchecked_tax_numbers(limit=SHOWN),
    }
    if context["doubts"] or context["numbers"]:
        seen(request, verb="tax_evidence_seen", place="invoices_evidence")
    return render(request, "backoffice/tax.html", context)


def _month(request: HttpRequest) -> TaxMonth | None:
    try:
        return TaxMonth.parse(request.GET.get("month", ""))
    except ValueError:
        return None


def _month_name(month: TaxMonth) -> str:
    return format_date(month.first_day, "LLLL y", locale=_language())


def _language() -> str:
    return (get_language() or "en").split("-")[0]


def _treatments() -> dict[str, str]:
    return {
        "reverse_charge": gettext("reverse charge"),
        "outside": gettext("no rate"),
    }


@require_safe
@staff_only(FINANCE)
def tax_export(request: HttpRequest, month: str) -> StreamingHttpResponse:
    """Give the tax of a month as CSV: sales and what came back, and the sums of the ledger."""
    try:
        totals = queries.tax_totals(TaxMonth.parse(month))
    except ValueError:
        raise Http404 from None
    return _file(
        f"tax-{totals.month}.csv",
        head=[
            "month",
            "customer_country",
            "treatment",
            "tax_rate_percent",
            "document",
            "sales",
            "currency",
            "net",
            "tax",
        ],
        rows=[*_tax_rows(totals), *_ledger_rows(totals)],
    )


def _tax_rows(totals: TaxTotals) -> Iterator[list[str]]:
    for row in totals.rows:
        yield [str(totals.month), row.country, row.treatment.value, *_sold(row)]


def _sold(row: TaxRow) -> list[str]:
    percent = f"{row.rate_bp / 100:.2f}"
    sign = 1 if row.kind.value == "invoice" else -1
    net, tax = (row.net, row.tax) if sign == 1 else (-row.net, -row.tax)
    return [
        percent,
        row.kind.value,
        str(row.sales),
        net.currency,
        net.decimal_text(),
        tax.decimal_text(),
    ]


def _ledger_rows(totals: TaxTotals) -> Iterator[list[str]]:
    for currency, (net, tax) in sorted(totals.booked.items()):
        empty = ["", "", "", "ledger", "", currency]
        yield [str(totals.month), *empty, net.decimal_text(), tax.decimal_text()]


def _file(name: str, *, head: list[str], rows: list[list[str]]) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        csv_lines(head=head, steps=[rows]),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


@require_safe
@staff_only(FINANCE, SUPPORT)
def documents(request: HttpRequest) -> HttpResponse:
    """List all customers' documents of a month, newest first."""
    months = queries.closed_months()
    month = _month(request) or (months[0] if months else None)
    rows = (
        queries.documents_of_month(month, before=cursor(request), limit=ROWS_PER_PAGE + 1)
        if month
        else []
    )
    shown = rows[:ROWS_PER_PAGE]
    seen(request, verb="invoices_seen", place="invoices_document")
    context = {
        "months": [(str(one), _month_name(one)) for one in months],
        "month": str(month) if month else "",
        "rows": shown,
        "more": shown[-1].id if len(rows) > ROWS_PER_PAGE else None,
    }
    return render(request, "backoffice/invoices.html", context)


@require_safe
@staff_only(FINANCE, SUPPORT)
def document(request: HttpRequest, account_id: int, document_id: UUID) -> HttpResponse:
    """Give one customer's document as a PDF; that it was read is recorded."""
    try:
        page = queries.pdf(account_id, document_id=document_id)
    except Refusal:
        raise Http404 from None
    seen(request, verb="invoice_seen", place="invoices_document", row=str(document_id))
    return HttpResponse(
        page.pdf,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="{page.number}.pdf"',
            "Cache-Control": "no-store",
        },
    )


@require_POST
@staff_only(FINANCE, COMPLIANCE)
def confirm_number(request: HttpRequest, account_id: int) -> HttpResponse:
    """Write down that a tax number stands in the register of its country."""
    if not accounts.known(account_id):
        raise Http404
    try:
        actions.confirm_tax_number(account_id, actor=member(request).actor, now=clock.now())
    except Refusal as refusal:
        messages.error(request, sentence(refusal))
    else:
        messages.success(request, gettext("The tax number is noted as found in the register."))
    return redirect("backoffice:tax")


@require_safe
@staff_only(FINANCE)
def day(request: HttpRequest) -> HttpResponse:
    """Show a day of money from every side, yesterday unless another is asked for."""
    asked = _day(request) or queries.day_of(clock.now()) - timedelta(days=1)
    try:
        found = queries.reconcile(asked)
    except Unavailable:
        return render(request, "503.html", status=503)
    context = {
        "found": found,
        "sums": [(side_words()[one.side], one) for one in found.sums],
        "differences": [(gap_words()[one.gap], one) for one in found.differences],
        "sources": [(code, list_state_words()[state]) for code, state in found.sources.items()],
    }
    return render(request, "backoffice/day.html", context)


def _day(request: HttpRequest) -> date | None:
    try:
        asked = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return None
    return asked if 1 < asked.year < date.max.year else None  # a zone moves it by a day


def side_words() -> dict[Side, str]:
    """Return how each side is called."""
    return {
        Side.PROVIDER: gettext("List of the provider"),
        Side.NOTED: gettext("Noted by us"),
        Side.LEDGER: gettext("Ledger"),
        Side.BANK: gettext("Bank"),
    }


def gap_words() -> dict[Gap, str]:
    """Return what each difference means."""
    return {
        Gap.NOT_NOTED: gettext("The provider lists it, we never heard of it."),
        Gap.NOT_LISTED: gettext("We noted it, the provider does not list it."),
        Gap.OTHER_SUM: gettext("The sums differ."),
        Gap.OTHER_DAY: gettext("The sides have it on different days."),
        Gap.NOT_BOOKED: gettext("We noted it, the ledger does not have it."),
        Gap.NOTHING_NOTED: gettext("The ledger has it, and no payment belongs to it."),
        Gap.NOT_TAKEN: gettext("A signed message that fitted no payment of ours."),
        Gap.IN_SUSPENSE: gettext("The bank has it, and a person has yet to say whose it is."),
    }


def list_state_words() -> dict[ListState, str]:
    """Return whether a side could be asked, in words."""
    return {
        ListState.LISTED: pgettext("provider", "asked"),
        ListState.LISTS_NOTHING: pgettext("provider", "has no list"),
        ListState.AWAY: pgettext("provider", "does not answer"),
        ListState.NOT_CONNECTED: pgettext("provider", "not connected"),
        ListState.TOO_LONG: pgettext("provider", "its list is too long to compare at once"),
    }
