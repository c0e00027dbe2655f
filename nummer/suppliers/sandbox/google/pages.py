"""Google's page of the sandbox: who you are there, and what a client may know of you."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode, urlsplit

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from nummer.suppliers.sandbox.google import grants
from nummer.suppliers.sandbox.google.api import client_keys, google_desk

CALLBACK: Final = "/accounts/google/login/callback/"  # what our client is registered with
PEOPLE_MAX: Final = 20
_THIS_MACHINE: Final = ("127.0.0.1", "localhost")


class PersonForm(forms.Form):
    """Who somebody is at Google."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail address at Google"),
        widget=forms.EmailInput(attrs={"list": "people", "autocomplete": "off"}),
    )
    name = forms.CharField(label=gettext_lazy("Name at Google"), required=False, max_length=60)
    verified = forms.BooleanField(
        label=gettext_lazy("Google has verified this address"), required=False, initial=True
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def consent(request: HttpRequest) -> HttpResponse:
    """Ask a person what Google asks, name exactly what was asked for, and send him back."""
    desk, wish = google_desk(settings.SANDBOX_FOLDER), request.GET.dict()
    mistake = _mistake(request, wish, client_id=client_keys(desk)[0])
    if mistake:
        return render(request, "sandbox/google.html", {"mistake": mistake}, status=400)
    if request.method == "POST" and request.POST.get("button") == "refuse":
        return _back(wish, error="access_denied")
    form = PersonForm(request.POST if request.method == "POST" else None, auto_id="google-%s")
    scope = wish["scope"].split()
    with desk.change() as memory:
        if request.method == "POST" and form.is_valid():
            who = grants.person(memory, **form.cleaned_data)
            code = grants.allow(memory, who["id"], scope=scope, wish=wish, now=time.time())
            return _back(wish, code=code, scope=wish["scope"])
        known = grants.people(memory)[:PEOPLE_MAX]
    context = {
        "form": form,
        "people": known,
        "scopes": [(name, _said(name)) for name in scope],
        "client": urlsplit(wish["redirect_uri"]).netloc,
    }
    return render(request, "sandbox/google.html", context)


def _mistake(request: HttpRequest, wish: Mapping[str, str], *, client_id: str) -> str:
    """Return what Google would call a wrong question, empty where it is a right one."""
    back = urlsplit(wish.get("redirect_uri", ""))
    own = {request.get_host(), urlsplit(settings.SITE_URL).netloc}
    ours = back.netloc in own or back.hostname in _THIS_MACHINE
    scope = wish.get("scope", "").split()
    if wish.get("client_id") != client_id:
        return "invalid_client"
    if back.scheme not in ("http", "https") or not ours or back.path != CALLBACK:
        return "redirect_uri_mismatch"
    if wish.get("response_type") != "code":
        return "unsupported_response_type"
    if not scope or not set(scope) <= set(grants.SCOPES):
        return "invalid_scope"
    if wish.get("code_challenge") and wish.get("code_challenge_method") != "S256":
        return "invalid_request"
    return ""


def _back(wish: Mapping[str, str], **said: str) -> HttpResponseRedirect:
    query = {**({"state": wish["state"]} if "state" in wish else {}), **said}
    return HttpResponseRedirect(f"{wish['redirect_uri']}?{urlencode(query)}")


def _said(scope: str) -> str:
    return {
        "openid": _("Know who you are at Google"),
        "email": _("See your e-mail address"),
        "profile": _("See your name and your picture"),
    }[scope]


google_urls = [path("google/auth", consent, name="sandbox-google")]
