"""Money on its way back to methods, disputes with banks, and how fast an account may pay in."""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from nummer.apps.accounts import queries as accounts
from nummer.apps.payments import actions, overview, queries
from nummer.apps.payouts import queries as payouts
from nummer.faces.backoffice.forms import AccountForm
from nummer.faces.backoffice.requests import (
    COMPLIANCE,
    FINANCE,
    ROWS_PER_PAGE,
    SUPPORT,
    cursor,
    member,
    seen,
    staff_only,
)
from nummer.kernel import clock

TOP_UPS_SHOWN: Final = 20
LISTS: Final = {
    "refunds-open": _("Refunds under way"),
    "refunds-failed": _("Refunds that failed"),
    "refunds": _("All refunds"),
    "disputes-open": _("Open disputes"),
    "disputes": _("All disputes"),
}
STATES: Final = {
    "wanted": _("the provider has not answered yet"),
    "pending": _("the provider is at it"),
    "paid": _("has arrived"),
    "failed": _("failed; the money is on the balance again"),
    "open": _("the bank has not decided yet"),
    "won": _("the payment stands"),
    "lost": _("the bank has taken it back"),
}
TOP_UP_STATES: Final = {
    "started": _("begun"),
    "paid": _("paid"),
    "failed": _("not paid"),
    "abandoned": _("left"),
}
_REFUND_STATES: Final = {
    "refunds-open": ("wanted", "pending"),
    "refunds-failed": ("failed",),
    "refunds": (),
}
_DISPUTE_STATES: Final = {"disputes-open": ("open",), "disputes": ()}


@require_safe
@staff_only(FINANCE, SUPPORT)
def listed(request: HttpRequest) -> HttpResponse:
    """List refunds or disputes, latest first, with the day by which the customer has his money."""
    which = request.GET.get("list", "")
    which = which if which in LISTS else "refunds-open"
    before = cursor(request)
    if which in _REFUND_STATES:
        rows = overview.refunds(states=_REFUND_STATES[which], before=before, limit=ROWS_PER_PAGE)
        due = payouts.settle_days([row.id for row in rows])
    else:
        rows = overview.disputes(states=_DISPUTE_STATES[which], before=before, limit=ROWS_PER_PAGE)
        due = {}
    seen(request, verb="list_payments", place="payments_refund")
    context = {
        "rows": [(row, STATES[row.state], due.get(row.id)) for row in rows],
        "lists": list(LISTS.items()),
        "which": which,
        "title": LISTS[which],
        "today": clock.now().date(),
        "now": clock.now(),
        "more": rows[-1].id if len(rows) == ROWS_PER_PAGE else None,
        "form": AccountForm(),
    }
    return render(request, "backoffice/payments.html", context)


@require_safe
@staff_only(FINANCE, SUPPORT)
def find(request: HttpRequest) -> HttpResponse:
    """Lead to one account's payments."""
    form = AccountForm(request.GET)
    if not form.is_valid() or not accounts.known(form.cleaned_data["account"]):
        messages.error(request, gettext("There is no account with this number."))
        return redirect("backoffice:payments")
    return redirect("backoffice:payer", account_id=form.cleaned_data["account"])


@require_safe
@staff_only(FINANCE, SUPPORT, COMPLIANCE)
def payer(request: HttpRequest, account_id: int) -> HttpResponse:
    """Show one account's top-ups, refunds and disputes, and how near it is to the limits."""
    if not accounts.known(account_id):
        raise Http404
    seen(request, verb="view_payments", place="payments_topup", row=str(account_id))
    refunds = overview.refunds(account_id=account_id)
    due = payouts.settle_days([row.id for row in refunds])
    context = {
        "account_id": account_id,
        "speed": overview.speed(account_id, now=clock.now()),
        "top_ups": [
            (row, TOP_UP_STATES[row.state])
            for row in queries.top_ups(account_id, limit=TOP_UPS_SHOWN)
        ],
        "refunds": [(row, STATES[row.state], due.get(row.id)) for row in refunds],
        "disputes": [
            (row, STATES[row.state], None) for row in overview.disputes(account_id=account_id)
        ],
        "today": clock.now().date(),
        "now": clock.now(),
        "finance": member(request).may((FINANCE,)),
    }
    return render(request, "backoffice/payer.html", context)


@require_POST
@staff_only(FINANCE)
def trust(request: HttpRequest, account_id: int) -> HttpResponse:
    """Lift the limits of a new account; doing it twice changes nothing."""
    if not accounts.known(account_id):
        raise Http404
    actions.trust_payer(account_id, actor=member(request).actor, now=clock.now())
    messages.success(request, gettext("Saved."))
    return redirect("backoffice:payer", account_id=account_id)
