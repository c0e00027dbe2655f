"""The staff's pages of wholesalers of numbers: money left, what they have, what differs."""

from __future__ import annotations

from typing import Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from nummer.apps.catalogue import leasing
from nummer.apps.supply import actions as supply
from nummer.apps.supply import queries
from nummer.faces.backoffice.forms import countries
from nummer.faces.backoffice.requests import (
    FINANCE,
    OPERATIONS,
    ROWS_PER_PAGE,
    cursor,
    member,
    sentence,
    staff_only,
)
from nummer.kernel import clock
from nummer.kernel.errors import Refusal
from nummer.kernel.money import Money

KINDS: Final = {
    "local": _("Local"),
    "mobile": _("Mobile"),
    "national": _("National"),
    "tollfree": _("Toll-free"),
}
ODD: Final = {
    "stray": _("The supplier keeps it for us, and no lease asked for it."),
    "ended": _("Its lease is over, and the supplier renews it. He is told again."),
    "second": _("Its lease has another number there already."),
    "other": _("It is not the number of its lease."),
    "missing": _("A customer rents it, and the supplier does not count it as ours."),
    "lapses": _("A customer rents it, and the supplier will not renew it. He is told again."),
}
CHANGED: Final = {
    "new": _("new"),
    "gone": _("no longer sold"),
    "setup": _("set-up"),
    "monthly": _("month"),
    "needs_papers": _("papers needed"),
    "restriction": _("restriction"),
    "features": _("what it can do"),
    "selectable": _("numbers can be chosen"),
}


class LeastBalanceForm(forms.Form):
    """Below what the operator gets a letter."""

    least = forms.DecimalField(
        label=_("Write to us below"),
        min_value=0,
        max_digits=9,
        decimal_places=2,
        required=False,
        help_text=_("Empty: never."),
    )


class LeastStockForm(forms.Form):
    """Below how many free numbers of a place the operator gets a letter."""

    country = forms.ChoiceField(label=_("Country"), choices=countries)
    kind = forms.ChoiceField(label=_("Kind"), choices=tuple(KINDS.items()))
    least = forms.IntegerField(
        label=_("Write to us below"), min_value=0, max_value=1_000_000, help_text=_("0: never.")
    )


@require_safe
@staff_only(OPERATIONS, FINANCE)
def listed(request: HttpRequest) -> HttpResponse:
    """List the wholesalers."""
    return render(request, "backoffice/suppliers.html", {"rows": queries.accounts()})


@require_safe
@staff_only(OPERATIONS, FINANCE)
def supplier(request: HttpRequest, code: str) -> HttpResponse:
    """Show one: what is left, the looks, what differs, what he has beside what we ask for it."""
    return _page(request, code, LeastBalanceForm(), LeastStockForm())


@require_POST
@staff_only(OPERATIONS)
def look(request: HttpRequest, code: str) -> HttpResponse:
    """Look at all that he sells, now."""
    try:
        supply.start_sync(code, actor=member(request).actor, now=clock.now())
    except Refusal as refusal:
        messages.error(request, sentence(refusal))
    return redirect("backoffice:supplier", code=code)


@require_POST
@staff_only(OPERATIONS, FINANCE)
def least_balance(request: HttpRequest, code: str) -> HttpResponse:
    """Set below what the operator gets a letter."""
    form = LeastBalanceForm(request.POST)
    row = _row(code)
    if not form.is_valid():
        return _page(request, code, form, LeastStockForm())
    said = form.cleaned_data["least"]
    currency = "USD" if row.balance is None else row.balance.currency
    least = None if said is None else Money.parse(str(said), currency)
    supply.set_least_balance(code, least=least, actor=member(request).actor, now=clock.now())
    messages.success(request, gettext("Saved."))
    return redirect("backoffice:supplier", code=code)


@require_POST
@staff_only(OPERATIONS)
def least_stock(request: HttpRequest, code: str) -> HttpResponse:
    """Set below how many free numbers the operator gets a letter."""
    form = LeastStockForm(request.POST)
    _row(code)
    if not form.is_valid():
        return _page(request, code, LeastBalanceForm(), form)
    supply.set_least_stock(code, **form.cleaned_data, actor=member(request).actor, now=clock.now())
    messages.success(request, gettext("Saved."))
    return redirect("backoffice:supplier", code=code)


def _page(
    request: HttpRequest, code: str, balance: LeastBalanceForm, stock: LeastStockForm
) -> HttpResponse:
    now = clock.now()
    changes = queries.changes(code, before=cursor(request), limit=ROWS_PER_PAGE)
    prices = leasing.list_prices(now=now)
    context = {
        "row": _row(code),
        "syncs": queries.syncs(code),
        "places": [
            (place, KINDS[place.kind], prices.get((place.country, place.kind), ()))
            for place in queries.places(code, now=now)
        ],
        "changes": [(change, CHANGED[change.field]) for change in changes],
        "more": changes[-1].id if len(changes) == ROWS_PER_PAGE else None,
        "differences": [(odd, ODD[odd.odd.value]) for odd in queries.differences(code)],
        "balance_form": balance,
        "stock_form": stock if member(request).may((OPERATIONS,)) else None,
    }
    failed = balance.errors or stock.errors
    return render(request, "backoffice/supplier.html", context, status=400 if failed else 200)


def _row(code: str) -> queries.AccountRow:
    try:
        return queries.account(code)
    except Refusal:
        raise Http404 from None
