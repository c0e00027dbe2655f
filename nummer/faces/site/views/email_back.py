"""The link of a mail by which an e-mail address that somebody changed is taken back."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from nummer.apps.notify import security
from nummer.faces.site.requests import public
from nummer.kernel import clock


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@public
def email_back(request: HttpRequest, token: str) -> HttpResponse:
    """Ask once more, since programs open links; then bring the address back, without a login."""
    now = clock.now()
    email = security.require_email_to_take_back(token, now=now)
    done = request.method == "POST"
    if done:
        security.take_email_back(token, now=now)
    return render(request, "site/email_back.html", {"email": email, "done": done})
