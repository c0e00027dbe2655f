"""The inbox of rented numbers: its conversations, a search, and what each number's SMS do."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from nummer.apps.accounts import queries as accounts
from nummer.apps.leases import queries as leases
from nummer.apps.leases.queries import LeaseRow
from nummer.apps.messaging import actions
from nummer.apps.messaging import queries as messaging
from nummer.apps.messaging.actions import habits
from nummer.faces.site.refusals import sentence
from nummer.faces.site.requests import account_id, customers_only
from nummer.kernel import clock
from nummer.kernel.errors import Refusal
from nummer.policy.lease import ENDS

CONVERSATIONS_PER_PAGE: Final = 25
NUMBERS_MAX: Final = 200
WORDS_MAX: Final = 100
REPLY_CHARACTERS_MAX: Final = 459  # three parts of GSM 7 bit


class SettingsForm(forms.Form):
    """What a number does with the SMS that come to it, and when it sends none."""

    mailed = forms.BooleanField(
        label=_("Send me every SMS by e-mail"),
        help_text=_("To the confirmed address of your account. Many at once come in one mail."),
        required=False,
    )
    reply = forms.CharField(
        label=_("Answer by itself"),
        help_text=_(
            "Leave it empty to answer nothing. Each sender is answered at most once in 24 hours,"
            " names and short codes never. An answer costs as much as any other SMS."
        ),
        max_length=REPLY_CHARACTERS_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    quiet = forms.BooleanField(
        label=_("Quiet hours: send nothing between 21 and 8 o'clock"),
        help_text=_(
            "In the time of the one who would get it. What your pages and programs send then is"
            " refused, not kept back. Leave it off for codes and alarms."
        ),
        required=False,
    )


@never_cache
@require_safe
@customers_only
def inbox(request: HttpRequest) -> HttpResponse:
    """List the conversations of all numbers or of one, or what a search finds."""
    context = listed(request, account_id(request))
    part = bool(request.headers.get("HX-Request"))
    return render(request, "site/_conversations.html" if part else "site/inbox.html", context)


def listed(request: HttpRequest, customer: int) -> dict[str, object]:
    """Return what the list shows, as the address asks for it."""
    numbers = leases.leases_of(customer, limit=NUMBERS_MAX)
    chosen = _chosen(request, numbers)
    words = request.GET.get("q", "").strip()[:WORDS_MAX]
    lease_id = None if chosen is None else chosen.id
    context: dict[str, object] = {
        "numbers": numbers,
        "chosen": chosen,
        "words": words,
        "kept": messaging.kept(customer, lease_id=lease_id),
        "paged": "before" in request.GET,
        "serves": any(row.state not in ENDS for row in numbers),
    }
    if words:
        found = messaging.searched(customer, words=words, lease_id=lease_id)
        return context | {"rows": found.conversations, "searched": found}
    rows = messaging.conversations(
        customer, lease_id=lease_id, before=uuid_of(request), limit=CONVERSATIONS_PER_PAGE + 1
    )
    shown = rows[:CONVERSATIONS_PER_PAGE]
    more = shown[-1].last.id if len(rows) > CONVERSATIONS_PER_PAGE else None
    return context | {"rows": shown, "more": more}


def _chosen(request: HttpRequest, numbers: list[LeaseRow]) -> LeaseRow | None:
    wanted = request.GET.get("number", "")
    return next((row for row in numbers if str(row.id) == wanted), None)


def uuid_of(request: HttpRequest) -> UUID | None:
    """Return `before`, the last id of the page before; what is none means the first page."""
    try:
        return UUID(request.GET.get("before", ""))
    except ValueError:
        return None


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@customers_only
def settings(request: HttpRequest, lease_id: UUID) -> HttpResponse:
    """Show and change what happens to the SMS that come to a number."""
    customer = account_id(request)
    lease = leases.lease(customer, lease_id=lease_id)
    now = messaging.inbox(customer, lease_id=lease_id)
    quiet = habits.quiet(customer, lease_id=lease_id)
    initial = {"mailed": now.mailed, "reply": now.reply or "", "quiet": quiet}
    form = SettingsForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_inbox(
                customer,
                lease_id=lease_id,
                mailed=form.cleaned_data["mailed"],
                reply=form.cleaned_data["reply"],
                now=clock.now(),
            )
            habits.set_quiet_hours(
                customer, lease_id=lease_id, quiet=form.cleaned_data["quiet"], now=clock.now()
            )
        except Refusal as refusal:
            form.add_error("reply", sentence(refusal))
        else:
            messages.success(request, gettext("Saved. It holds for what comes from now on."))
            return redirect("site:inbox-settings", lease_id=lease_id)
    context = {
        "lease": lease,
        "ended": lease.state in ENDS,
        "form": form,
        "confirmed": accounts.account(customer).email_confirmed_at is not None,
    }
    return render(request, "site/inbox_settings.html", context, status=400 if form.errors else 200)
