"""Who of the staff looked at the customer's data, when, at what and why (LD-U2, PP-2.3a)."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from nummer.apps.accounts import queries as accounts
from nummer.apps.cases import looking
from nummer.apps.cases.actions import Why
from nummer.apps.cases.looking import Looked
from nummer.faces.site.requests import account_id, customers_only

LOOKS_PER_PAGE: Final = 50
WHAT: Final = {
    "open_account": _("Your account was opened."),
    "view_account": _("Your account was looked at."),
    "view_case": _("A case of yours was read."),
    "view_case_file": _("A file of a case was opened."),
    "view_raw_mail": _("A mail of yours was opened as it came."),
    "view_order": _("An order was looked at."),
    "view_facts": _("What is on record about an order was looked at."),
    "view_lease": _("A rented number was looked at."),
    "view_claim": _("A request for money back was looked at."),
    "preview_claim": _("What the policy says about an order was looked at."),
    "view_payments": _("Your payments were looked at."),
    "view_standing": _("Your limits were looked at."),
    "invoice_seen": _("An invoice was looked at."),
    "list_letters": _("Which letters we sent you was looked at."),
}
FIELDS: Final = {
    "account": pgettext_lazy("what was shown", "account"),
    "balance": pgettext_lazy("what was shown", "balance"),
    "cases": pgettext_lazy("what was shown", "cases"),
    "confirmations": pgettext_lazy("what was shown", "confirmations"),
    "decision": pgettext_lazy("what was shown", "decision"),
    "facts": pgettext_lazy("what was shown", "facts"),
    "fees": pgettext_lazy("what was shown", "fees"),
    "file": pgettext_lazy("what was shown", "file"),
    "invoice": pgettext_lazy("what was shown", "invoice"),
    "letters": pgettext_lazy("what was shown", "letters"),
    "limits": pgettext_lazy("what was shown", "limits"),
    "mail": pgettext_lazy("what was shown", "mail"),
    "messages": pgettext_lazy("what was shown", "messages"),
    "notes": pgettext_lazy("what was shown", "our notes"),
    "number": pgettext_lazy("what was shown", "number"),
    "order": pgettext_lazy("what was shown", "order"),
    "orders": pgettext_lazy("what was shown", "orders"),
    "periods": pgettext_lazy("what was shown", "periods"),
    "reason": pgettext_lazy("what was shown", "reason"),
    "refunds": pgettext_lazy("what was shown", "refunds"),
    "rented_numbers": pgettext_lazy("what was shown", "rented numbers"),
    "reports": pgettext_lazy("what was shown", "reports"),
    "sender": pgettext_lazy("what was shown", "sender"),
    "service": pgettext_lazy("what was shown", "service"),
    "subject": pgettext_lazy("what was shown", "subject"),
    "suspensions": pgettext_lazy("what was shown", "suspensions"),
    "time_line": pgettext_lazy("what was shown", "time line"),
    "top_ups": pgettext_lazy("what was shown", "top-ups"),
}
REASONS: Final = {
    Why.CASE: _("The reason: a case of yours was open."),
    Why.CALLED: _("The reason that was written down: you called."),
    Why.OTHER_CASE: _("The reason: a case of another customer led there."),
    Why.FAULT: _("The reason: a fault or a block might concern you."),
    Why.CHECK: _("The reason: we checked our own work."),
}


@never_cache
@require_safe
@customers_only
def looks(request: HttpRequest) -> HttpResponse:
    """List the looks of the staff, newest first."""
    customer = account_id(request)
    rows = looking.looks_at(customer, before=_before(request), limit=LOOKS_PER_PAGE + 1)
    shown = rows[:LOOKS_PER_PAGE]
    roles = {row.login_id: _role(row.login_id) for row in shown}
    context = {
        "rows": [_said(row, roles[row.login_id]) for row in shown],
        "more": shown[-1].id if len(rows) > LOOKS_PER_PAGE else None,
        "paged": "before" in request.GET,
    }
    return render(request, "site/looks.html", context)


def _before(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.GET.get("before", ""))
    except ValueError:
        return None


def _said(row: Looked, role: str) -> dict[str, object]:
    return {
        "at": row.at,
        "who": row.login_id,
        "role": role,
        "what": WHAT[row.verb],
        "fields": [FIELDS[name] for name in row.fields if name in FIELDS],
        "why": "" if row.why is None else REASONS[row.why],
    }


def _role(login_id: int) -> str:
    """Return what a member of the staff does for us; of one who left no more than that."""
    names = {
        "support": gettext("support"),
        "finance": gettext("finance"),
        "identity": gettext("papers"),
        "compliance": gettext("compliance"),
        "operations": gettext("operations"),
        "owner": gettext("owner"),
    }
    found = accounts.staff(login_id)
    return gettext("no longer with us") if found is None else names[found.role]
