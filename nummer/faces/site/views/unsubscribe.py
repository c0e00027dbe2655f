"""Ends offers by the link in a mail: one click, no login, no question (RFC 8058)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from nummer.apps.notify import unsubscribing
from nummer.faces.site.requests import public
from nummer.faces.site.views.consents import PURPOSES
from nummer.kernel import clock
from nummer.policy.clause import clause


@csrf_exempt  # a mail program posts here; the signed link says whose offers end
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@public
@clause(
    "PP-2.2",
    quote="Offers are sent only if you agreed to them, and every offer lets you stop them with "
    "one click.",
    reading="ADR 0416",
)
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """End offers by POST; by GET, which programs open by themselves, show the button."""
    if request.method != "POST":
        purpose = unsubscribing.purpose_of(token)
        return render(request, "site/unsubscribe.html", {"what": PURPOSES[purpose]})
    everything = request.POST.get("everything") == "yes"
    purpose = unsubscribing.unsubscribe(token, everything=everything, now=clock.now())
    context = {"what": PURPOSES[purpose], "done": True, "everything": everything}
    return render(request, "site/unsubscribe.html", context)
