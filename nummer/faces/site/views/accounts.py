"""The account page: confirmations, language, security, accepted texts, login activity."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from allauth.mfa.adapter import get_adapter as second_factor
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from nummer.apps.accounts import actions as accounts_actions
from nummer.apps.accounts import queries as accounts
from nummer.apps.agreements import actions as agreements_actions
from nummer.apps.agreements import queries as agreements
from nummer.apps.agreements.queries import AcceptedText, PublishedText
from nummer.faces.site.refusals import sentence
from nummer.faces.site.requests import account_id, customers_only
from nummer.faces.site.views.preferences import keep
from nummer.kernel import clock
from nummer.kernel.errors import Refusal
from nummer.kernel.locale import LANGUAGES

TRIES_SHOWN: Final = 10
SURFACE: Final = "site"


@never_cache
@require_safe
@customers_only
def account(request: HttpRequest) -> HttpResponse:
    """Show what we know about the account, and what is still missing."""
    customer = account_id(request)
    context = {
        "account": accounts.account(customer),
        "email": accounts.email(customer),
        "phone": accounts.phone(customer),
        "second_factor": second_factor().is_mfa_enabled(request.user),
        "acceptances": agreements.acceptances(customer),
        "outstanding": _outstanding(customer, now=clock.now()),
        "activity": accounts.login_activity(customer, limit=TRIES_SHOWN),
    }
    return render(request, "site/account.html", context)


def _outstanding(customer: int, *, now: datetime) -> list[PublishedText]:
    """Return the texts of sign-up that changed since the customer accepted them."""
    documents = tuple(agreements.outstanding(customer, now=now))
    return agreements.texts_to_accept(
        documents, language=translation.get_language() or "en", now=now
    )


@require_POST
@customers_only
def accept(request: HttpRequest) -> HttpResponse:
    """Accept the new versions of the texts of sign-up, as they stood on the page."""
    lines = [line.split("|") for line in request.POST.getlist("text")[:10]]
    texts = [AcceptedText(*line) for line in lines if len(line) == 4]  # noqa: PLR2004 -- its fields
    customer, now = account_id(request), clock.now()
    try:
        agreements_actions.accept(customer, accepted=texts, surface=SURFACE, now=now)
    except Refusal as refusal:
        messages.error(request, sentence(refusal))
    else:
        messages.success(request, gettext("Accepted. Thank you."))
    return redirect("site:account")


@require_POST
@customers_only
def language(request: HttpRequest) -> HttpResponse:
    """Choose the language of pages and mails."""
    wanted = request.POST.get("language", "")
    if wanted not in LANGUAGES:
        return HttpResponseBadRequest()
    accounts_actions.set_locale(account_id(request), locale=wanted, now=clock.now())
    answer = redirect("site:account")
    keep(answer, settings.LANGUAGE_COOKIE_NAME, wanted)
    with translation.override(wanted):
        messages.success(request, gettext("From now on we write to you in this language."))
    return answer
