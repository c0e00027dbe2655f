"""Sub-accounts: parts of an account for the holder's own customers (ADR 433)."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from nummer.apps.accounts import sub_accounts as parts
from nummer.apps.accounts.errors import NoSuchSubAccount
from nummer.apps.accounts.sub_accounts import NAME_LENGTH_MAX, NewToken
from nummer.apps.leases import held
from nummer.faces.site.refusals import sentence
from nummer.faces.site.requests import account_id, customers_only
from nummer.kernel import clock
from nummer.kernel.errors import Refusal

ROWS_PER_PAGE: Final = 25
STATES: Final[dict[str, Promise]] = {
    "active": _("active"),
    "suspended": _("suspended"),
    "closed": _("closed"),
}


class NameForm(forms.Form):
    """What a new sub-account is called."""

    name = forms.CharField(
        label=_("Name"),
        max_length=NAME_LENGTH_MAX,
        help_text=_("Only you and this sub-account see it. We keep it to tell yours apart."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("made")
@customers_only
def sub_accounts(request: HttpRequest) -> HttpResponse:
    """List the sub-accounts, and make one when the form is sent."""
    if request.method != "POST":
        return _page(request, NameForm())
    form = NameForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=400)
    try:
        made = parts.create(account_id(request), name=form.cleaned_data["name"], now=clock.now())
    except Refusal as refusal:
        form.add_error(None, sentence(refusal))
        return _page(request, form, status=409)
    return _page(request, NameForm(), made=made)


@require_POST
@customers_only
def change(request: HttpRequest, sid: str) -> HttpResponse:
    """Name a sub-account, suspend it, let it go on, or close it where that was ticked."""
    state = request.POST.get("state")
    if state == "closed" and request.POST.get("sure") != "yes":
        state = None
        messages.error(request, gettext("Tick that you want to close it for good."))
    try:
        parts.change(
            account_id(request),
            sid=sid,
            name=request.POST.get("name"),
            state=state,
            now=clock.now(),
        )
    except NoSuchSubAccount:
        raise Http404 from None
    except Refusal as refusal:
        messages.error(request, sentence(refusal))
    else:
        if state is not None or "name" in request.POST:
            messages.success(request, gettext("Saved."))
    return redirect("site:sub-accounts")


@never_cache
@require_POST
@sensitive_variables("made")
@customers_only
def roll(request: HttpRequest, sid: str) -> HttpResponse:
    """Give a sub-account a new token, shown now and never again."""
    try:
        made = parts.roll(account_id(request), sid=sid, now=clock.now())
    except NoSuchSubAccount:
        raise Http404 from None
    except Refusal as refusal:
        messages.error(request, sentence(refusal))
        return redirect("site:sub-accounts")
    return _page(request, NameForm(), made=made)


def _page(
    request: HttpRequest, form: NameForm, *, made: NewToken | None = None, status: int = 200
) -> HttpResponse:
    rows = parts.listed(account_id(request), limit=ROWS_PER_PAGE + 1, before=_before(request))
    more, rows = len(rows) > ROWS_PER_PAGE, rows[:ROWS_PER_PAGE]
    numbers = held.counted(account_id(request), sub_account_ids=[row.id for row in rows])
    context = {
        "rows": [(row, STATES[row.state], numbers.get(row.id, 0)) for row in rows],
        "older": rows[-1].id if more else None,
        "form": form,
        "made": made,
        "name_length_max": NAME_LENGTH_MAX,
    }
    return render(request, "site/sub_accounts.html", context, status=status)


def _before(request: HttpRequest) -> UUID | None:
    """Return the last row of the page before; what is no id means the first page."""
    try:
        return UUID(request.GET.get("before", ""))
    except ValueError:
        return None
