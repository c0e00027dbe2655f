"""The page that asks for the acceptance of new versions, after signing in and at any time."""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from nummer.apps.agreements import actions as agreements_actions
from nummer.apps.agreements import queries as agreements
from nummer.apps.agreements.queries import AcceptedText
from nummer.faces.site.refusals import sentence
from nummer.faces.site.requests import account_id, customers_only
from nummer.kernel import clock
from nummer.kernel.errors import Refusal

SURFACE: Final = "site"
TEXTS_MAX: Final = 20  # more than we have documents


def page_after_login(customer: int, onward: str) -> str:
    """Return where a customer goes who has signed in: first to what he has not accepted."""
    if not agreements.outstanding(customer, now=clock.now()):
        return onward
    return f"{reverse('site:account-accept')}?{urlencode({'next': onward})}"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@customers_only
def accept(request: HttpRequest) -> HttpResponse:
    """Show the new versions with what changed, and take the acceptance of those ticked."""
    customer, now = account_id(request), clock.now()
    refused = _accept(request, customer) if request.method == "POST" else None
    language = get_language() or "en"
    pending = agreements.pending(customer, language=language, now=now)
    if request.method == "POST" and refused is None:
        messages.success(request, gettext("Accepted. Thank you."))
        return redirect(_onward(request))
    context = {"pending": pending, "onward": _onward(request), "refused": refused}
    return render(request, "site/accept.html", context, status=409 if refused else 200)


def _accept(request: HttpRequest, customer: int) -> str | None:
    """Write the ticked texts down; return why not, None when it is done."""
    lines = [line.split("|") for line in request.POST.getlist("text")[:TEXTS_MAX]]
    texts = [AcceptedText(*line) for line in lines if len(line) == 4]  # noqa: PLR2004 -- its fields
    if not texts:
        return gettext("Please read and tick what you accept.")
    try:
        agreements_actions.accept(customer, accepted=texts, surface=SURFACE, now=clock.now())
    except Refusal as refusal:
        return sentence(refusal)
    return None


def _onward(request: HttpRequest) -> str:
    """Return the page that the customer was on his way to, if it is one of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    own = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/")
    return wanted if own else reverse("site:account")
