"""One customer as support sees him, and the reason that opens him without a case."""

from __future__ import annotations

from typing import Final

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from nummer.apps.accounts import queries as accounts
from nummer.apps.cases import actions
from nummer.apps.cases import queries as cases
from nummer.apps.cases.actions import Why
from nummer.apps.leases import queries as leases
from nummer.apps.ledger import queries as ledger
from nummer.apps.orders import queries as orders
from nummer.faces.backoffice.case_words import KINDS, ROLES, STATES
from nummer.faces.backoffice.customer_parts import tabs
from nummer.faces.backoffice.leases import STATES as LEASE_STATES
from nummer.faces.backoffice.requests import SUPPORT, member, seen, staff_only
from nummer.kernel import clock

SHOWN_MAX: Final = 10
REASONS: Final = {
    Why.CALLED: _("the customer is on the phone"),
    Why.OTHER_CASE: _("a case of another customer leads here"),
    Why.FAULT: _("a fault or a block may concern the customer"),
    Why.CHECK: _("I check our own work"),
}


class ReasonForm(forms.Form):
    """Why an account is opened that no open case leads to."""

    why = forms.ChoiceField(
        label=_("Why do you open this account?"), choices=[("", "\N{EM DASH}"), *REASONS.items()]
    )
    next = forms.CharField(widget=forms.HiddenInput, required=False)


@require_safe
@staff_only(*ROLES)
def customer(request: HttpRequest, account_id: int) -> HttpResponse:
    """Show what an agent needs to know of one customer, without any content."""
    if not accounts.known(account_id):
        raise Http404
    seen(request, verb="view_account", place="accounts_account", row=str(account_id))
    found = cases.cases_of(account_id, limit=SHOWN_MAX)
    context = {
        "account": accounts.account(account_id),
        "tabs": tabs(member(request), account_id),
        "balance": ledger.balance(account_id),
        "orders": orders.recent(limit=SHOWN_MAX, account_ids=[account_id]),
        "leases": [
            (row, LEASE_STATES[row.state.value])
            for row in leases.leases_of(account_id, limit=SHOWN_MAX)
        ],
        "cases": [(row.head, KINDS[row.head.kind], STATES[row.head.state]) for row in found],
    }
    return render(request, "backoffice/customer.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(SUPPORT)
def open_account(request: HttpRequest, number: int) -> HttpResponse:
    """Ask for a reason, write it down where the customer can read it, and lead on."""
    if not accounts.known(number):
        raise Http404
    form = ReasonForm(
        request.POST if request.method == "POST" else None, initial=request.GET.dict()
    )
    if request.method == "POST" and form.is_valid():
        actions.look_by_reason(
            number,
            why=Why(form.cleaned_data["why"]),
            actor=member(request).actor,
            now=clock.now(),
        )
        return redirect(_onward(form.cleaned_data["next"], number))
    context = {"form": form, "number": number}
    status = 400 if form.errors else 200
    return render(request, "backoffice/open_account.html", context, status=status)


def _onward(wanted: str, number: int) -> str:
    """Return the page of the staff that was asked for, or the customer's."""
    ours = wanted.startswith("/staff/") and url_has_allowed_host_and_scheme(wanted, None)
    return wanted if ours else reverse("backoffice:customer", args=[number])
