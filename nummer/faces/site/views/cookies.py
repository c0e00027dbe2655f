"""The page *Cookies*, made of the register, and the answer to the question about statistics."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from nummer.faces.site import consent
from nummer.faces.site.cookies import Need, registered
from nummer.faces.site.requests import own_account_id
from nummer.faces.site.views.preferences import page_to_return_to
from nummer.kernel import clock
from nummer.policy.clause import clause


@require_safe
def cookies(request: HttpRequest) -> HttpResponse:
    """List every cookie with its purpose and life, and let the answer be changed."""
    found = registered()
    context = {
        "groups": [
            (need.value, [cookie for cookie in found if cookie.need is need]) for need in Need
        ],
        "words": consent.words(),
    }
    return render(request, "site/cookies.html", context)


@require_POST
@clause(
    "PP-1.3",
    quote="Cookies that are not necessary are set only after you agree, and saying no is as easy "
    "as saying yes.",
)
def answer(request: HttpRequest) -> HttpResponse:
    """Keep a yes or a no and go back to the page; for customers in the account, too."""
    word = request.POST.get("statistics")
    if word not in ("yes", "no"):
        return HttpResponseBadRequest()
    response = HttpResponseRedirect(page_to_return_to(request))
    decision = consent.answer(response, given=word == "yes", now=clock.now())
    customer = own_account_id(request)
    if customer is not None:
        consent.record(customer, decision=decision)
    if decision.given:
        messages.success(
            request, gettext("You accepted statistics. You can refuse below on any page.")
        )
    else:
        consent.forget_statistics(request, response)
        messages.success(
            request, gettext("You refused statistics. You can accept below on any page.")
        )
    return response
