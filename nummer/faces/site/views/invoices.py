"""Invoices, credit notes, and whom they name."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from babel.dates import format_date
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nummer.apps.accounts import queries as accounts
from nummer.apps.invoices import actions, queries
from nummer.apps.invoices.queries import DocumentRow
from nummer.faces.site.refusals import sentence
from nummer.faces.site.requests import account_id, customers_only
from nummer.faces.site.templatetags.nummer import locale
from nummer.kernel import clock
from nummer.kernel.errors import Refusal

ROWS_PER_PAGE: Final = 24  # two years of invoices
KINDS: Final = ("invoice", "credit_note")


@never_cache
@require_safe
@customers_only
def documents(request: HttpRequest) -> HttpResponse:
    """List invoices and credit notes, newest first."""
    kind = request.GET.get("kind", "")
    wanted = kind if kind in KINDS else None
    rows = queries.documents(
        account_id(request), kind=wanted, before=_cursor(request), limit=ROWS_PER_PAGE + 1
    )
    shown = rows[:ROWS_PER_PAGE]
    context = {
        "rows": [(row, kind_name(row), _month(row)) for row in shown],
        "more": shown[-1].id if len(rows) > ROWS_PER_PAGE else None,
        "paged": "before" in request.GET,
        "wanted": wanted or "",
    }
    return render(request, "site/invoices.html", context)


def kind_name(row: DocumentRow) -> str:
    """Return what a document is called."""
    return gettext("Invoice") if row.kind == "invoice" else gettext("Credit note")


def _month(row: DocumentRow) -> str:
    return format_date(row.month.first_day, "LLLL y", locale=locale())


def _cursor(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.GET.get("before", ""))
    except ValueError:
        return None


@never_cache
@require_safe
@customers_only
def download(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """Give a document as a PDF."""
    page = queries.pdf(account_id(request), document_id=document_id)
    return HttpResponse(
        page.pdf,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="{page.number}.pdf"',
            "Cache-Control": "no-store",
        },
    )


class AddresseeForm(forms.Form):
    """Whom documents name; may be left empty."""

    name = forms.CharField(label=_("Name on invoices"), max_length=100, required=False)
    address = forms.CharField(
        label=_("Address on invoices"),
        max_length=600,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class TaxNumberForm(forms.Form):
    """A company's tax number."""

    number = forms.CharField(
        label=_("Tax number of your company"),
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@customers_only
def details(request: HttpRequest) -> HttpResponse:
    """Ask whom documents name, and of companies their tax number."""
    if request.method != "POST":
        return _ask(request)
    form = AddresseeForm(request.POST)
    if form.is_valid():
        try:
            actions.name_addressee(account_id(request), **form.cleaned_data, now=clock.now())
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            messages.success(request, gettext("From now on invoices name you like this."))
            return redirect("site:invoice-details")
    return _ask(request, addressee=form)


@require_POST
@customers_only
def tax_number(request: HttpRequest) -> HttpResponse:
    """Take a company's tax number, or take it out of use."""
    customer, now = account_id(request), clock.now()
    if request.POST.get("withdraw") == "yes":
        actions.withdraw_tax_number(customer, now=now)
        messages.success(request, gettext("The tax number is no longer used."))
        return redirect("site:invoice-details")
    form = TaxNumberForm(request.POST)
    if form.is_valid():
        try:
            actions.give_tax_number(customer, number=form.cleaned_data["number"], now=now)
        except Refusal as refusal:
            form.add_error("number", sentence(refusal))
        else:
            messages.success(request, gettext("The tax number counts from your next order on."))
            return redirect("site:invoice-details")
    return _ask(request, number=form)


def _ask(
    request: HttpRequest,
    *,
    addressee: AddresseeForm | None = None,
    number: TaxNumberForm | None = None,
) -> HttpResponse:
    customer = account_id(request)
    known, account = queries.addressee(customer), accounts.account(customer)
    lines = {"name": known.name, "address": "\n".join(known.address)} if known else {}
    context = {
        "addressee": addressee or AddresseeForm(initial=lines),
        "number": number or TaxNumberForm(),
        "used": queries.tax_number(customer),
        "company": account.kind == "company",
        "country": account.country,
        "untaxed": accounts.tax_country(account) == "",
    }
    return render(
        request, "site/invoice_details.html", context, status=400 if addressee or number else 200
    )
