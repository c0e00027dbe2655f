"""How a case went: whoever got its last mail may say so, without a login, and need not (LD-D4)."""

from __future__ import annotations

from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from nummer.apps.cases import actions
from nummer.apps.cases.actions import Rating
from nummer.apps.cases.threads import case_of_survey
from nummer.faces.site.requests import public
from nummer.kernel import clock

RATINGS: Final = {
    Rating.GOOD: _("It went well"),
    Rating.FAIR: _("It was all right"),
    Rating.POOR: _("It did not go well"),
}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@public
def how_it_went(request: HttpRequest, token: str) -> HttpResponse:
    """Ask with three buttons, and keep what is pressed; opening the page keeps nothing.

    Programs that look into mails open each of their links, so only a button counts.
    """
    now, pressed = clock.now(), request.POST.get("rating", "")
    if case_of_survey(token, now=now) is None:
        raise Http404
    if pressed in RATINGS:
        actions.rate_case(token, rating=Rating(pressed), now=now)
    context = {"ratings": list(RATINGS.items()), "thanks": pressed in RATINGS}
    return render(request, "site/how_it_went.html", context)
