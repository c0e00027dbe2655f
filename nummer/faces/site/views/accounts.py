"""The account page: confirmations, language, security, accepted texts, login activity."""

from __future__ import annotations

from typing import Final

from allauth.mfa.adapter import get_adapter as second_factor
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from nummer.apps.accounts import actions as accounts_actions
from nummer.apps.accounts import queries as accounts
from nummer.apps.agreements import queries as agreements
from nummer.apps.notify import queries as notify
from nummer.faces.site.requests import account_id, customers_only, only_login
from nummer.faces.site.views.preferences import keep
from nummer.kernel import clock
from nummer.kernel.locale import LANGUAGES

TRIES_SHOWN: Final = 10


@never_cache
@require_safe
@customers_only
def account(request: HttpRequest) -> HttpResponse:
    """Show what we know about the account, and what is still missing."""
    customer = account_id(request)
    context = {
        "account": accounts.account(customer),
        "email": request.user.email,  # type: ignore[union-attr]  # signed in
        "owns": only_login(request) is None,
        "mail_mark": notify.mark_of(customer, now=clock.now()),
        "phone": accounts.phone(customer),
        "second_factor": second_factor().is_mfa_enabled(request.user),
        "acceptances": agreements.acceptances(customer),
        "pending": agreements.pending(customer, language=get_language() or "en", now=clock.now()),
        "activity": accounts.login_activity(
            customer, login_id=only_login(request), limit=TRIES_SHOWN
        ),
    }
    return render(request, "site/account.html", context)


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
