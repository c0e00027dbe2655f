"""Reporting what was done with a number of ours: for everybody, without a login."""

from __future__ import annotations

from typing import Final

from allauth.account.adapter import get_adapter
from django import forms
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from nummer.apps.cases import actions
from nummer.apps.cases.actions.opening import CHARACTERS_MAX
from nummer.apps.cases.threads import abuse_address
from nummer.faces.site.counting import wait_s
from nummer.faces.site.refusals import sentence
from nummer.faces.site.requests import public
from nummer.kernel import clock
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_id
from nummer.kernel.locale import DRAFTING_LANGUAGE, LANGUAGES

REPORTS_MAX: Final = 5  # from one address of the network, within
REPORTS_WITHIN_S: Final = 600
NUMBER_MAX: Final = 40
_SALT: Final = "nummer.abuse-received"


class AbuseForm(forms.Form):
    """What happened, with which number, and where we can ask."""

    number = forms.CharField(
        label=_("Which number of ours is it about?"),
        max_length=NUMBER_MAX,
        help_text=_("With its country code. We look for who used it at that time."),
    )
    text = forms.CharField(
        label=_("What happened, and when?"),
        max_length=CHARACTERS_MAX,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("Please quote messages word for word. We use this to examine the misuse only."),
    )
    email = forms.EmailField(
        label=_("Your e-mail address"),
        help_text=_(
            "For a receipt and for questions. Whoever used the number does not learn of it from us."
        ),
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=new_id)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@public
def report(request: HttpRequest) -> HttpResponse:
    """Take a report of abuse; it opens a case that people examine, and does nothing else."""
    if request.method != "POST":
        return _asked(request, AbuseForm())
    form, now = AbuseForm(request.POST), clock.now()
    if not form.is_valid():
        return _asked(request, form)
    address = get_adapter(request).get_client_ip(request)
    if seconds := wait_s("abuse", address, most=REPORTS_MAX, within_s=REPORTS_WITHIN_S, now=now):
        answer = render(request, "429.html", status=429)
        answer["Retry-After"] = str(seconds)
        return answer
    given, language = form.cleaned_data, (get_language() or DRAFTING_LANGUAGE)[:2]
    try:
        number = actions.report_abuse(
            key=given["key"],
            text=given["text"],
            number=given["number"],
            sender=given["email"],
            language=language if language in LANGUAGES else DRAFTING_LANGUAGE,
            now=now,
        )
    except Refusal as refusal:
        form.add_error(None, sentence(refusal))
        return _asked(request, form)
    said = signing.dumps(number, salt=_SALT)
    return redirect(f"{reverse('site:abuse-received')}?of={said}")


@never_cache
@require_safe
@public
def received(request: HttpRequest) -> HttpResponse:
    """Show the number of the case that a report opened."""
    try:
        number = signing.loads(request.GET.get("of", ""), salt=_SALT)
    except signing.BadSignature:
        raise Http404 from None
    return render(request, "site/abuse_received.html", {"number": number})


def _asked(request: HttpRequest, form: AbuseForm) -> HttpResponse:
    context = {"form": form, "mailbox": abuse_address()}
    return render(request, "site/abuse.html", context, status=400 if form.errors else 200)
