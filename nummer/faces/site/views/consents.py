"""The customer's page of consents: what he agreed to, since when, and how he takes it back."""

from __future__ import annotations

from typing import Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nummer.apps.agreements import offers
from nummer.apps.agreements.offers import Channel, Purpose
from nummer.apps.marketing import actions
from nummer.apps.marketing.actions import agreeing, profiles
from nummer.apps.marketing.actions.profiles import Told
from nummer.apps.notify import preferences
from nummer.faces.site.requests import account_id, customers_only, public
from nummer.kernel import clock
from nummer.kernel.locale import LANGUAGES

PURPOSES: Final = {
    Purpose.NEWS: _("News about services and countries"),
    Purpose.OFFERS: _("Offers and lower prices"),
    Purpose.SURVEYS: _("Questions about how satisfied you are"),
}
CHANNELS: Final = {Channel.MAIL: _("by e-mail"), Channel.PAGE: _("on your pages")}


@never_cache
@require_safe
@customers_only
def consents(request: HttpRequest) -> HttpResponse:
    """Show how every consent stands and its history, and by which way letters of service come."""
    customer = account_id(request)
    language = _language()
    context = {
        "rows": [
            (
                row,
                PURPOSES[row.purpose],
                offers.sentence(row.purpose, row.channel, language=language),
            )
            for row in offers.state(customer)
        ],
        "history": [
            (line, PURPOSES[line.purpose], CHANNELS[line.channel])
            for line in offers.history(customer)
        ],
        "channel": preferences.channel(customer),
    }
    return render(request, "site/consents.html", context)


@require_POST
@customers_only
def agree(request: HttpRequest) -> HttpResponse:
    """Agree to one purpose by one channel; mail is confirmed from the mailbox."""
    chosen = _chosen(request)
    if chosen is None:
        return HttpResponseBadRequest()
    purpose, channel = chosen
    actions.ask(
        account_id(request),
        purpose=purpose,
        channel=channel,
        language=_language(),
        surface="site",
        now=clock.now(),
    )
    if channel is Channel.MAIL:
        messages.success(request, gettext("We have sent you a mail. It counts once you open it."))
    else:
        messages.success(request, gettext("Saved."))
    return redirect("site:consents")


@require_POST
@customers_only
def withdraw(request: HttpRequest) -> HttpResponse:
    """Take one consent back at once."""
    chosen = _chosen(request)
    if chosen is None:
        return HttpResponseBadRequest()
    purpose, channel = chosen
    actions.withdraw(
        account_id(request), purpose=purpose, channel=channel, surface="site", now=clock.now()
    )
    messages.success(request, gettext("Taken back. From now on nothing of it is sent."))
    return redirect("site:consents")


@require_POST
@customers_only
def object_to_all(request: HttpRequest) -> HttpResponse:
    """End every offer by every channel."""
    agreeing.object_to_all(account_id(request), surface="site", now=clock.now())
    messages.success(request, gettext("We send you no offers of any kind any more."))
    return redirect("site:consents")


@require_POST
@customers_only
def channel(request: HttpRequest) -> HttpResponse:
    """Choose by which way letters of the service come."""
    wanted = request.POST.get("channel", "")
    if wanted not in (preferences.MAIL, preferences.PAGE):
        return HttpResponseBadRequest()
    preferences.prefer(account_id(request), wanted=wanted, now=clock.now())
    messages.success(request, gettext("Saved."))
    return redirect("site:consents")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@public
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Confirm a consent by the link of a mail, without a login; programs open links, so by POST."""
    now = clock.now()
    if request.method == "POST":
        purpose = actions.confirm(token, language=_language(), now=now)
        return render(request, "site/consent_confirm.html", {"done": PURPOSES[purpose]})
    _customer, purpose = agreeing.purpose_of(token, now=now)
    sentence = offers.sentence(purpose, Channel.MAIL, language=_language())
    return render(request, "site/consent_confirm.html", {"sentence": sentence})


class ProfileForm(forms.Form):
    """What a customer tells of himself; every field may stay empty."""

    interest = forms.ChoiceField(
        label=_("What interests you most"),
        required=False,
        choices=[
            ("", "\N{EM DASH}"),
            ("codes", _("numbers for one code")),
            ("rent", _("rented numbers")),
            ("sending", _("sending SMS")),
        ],
        help_text=_("So that news and offers you agreed to are about it."),
    )
    age_group = forms.ChoiceField(
        label=_("Your age"),
        required=False,
        choices=[
            ("", "\N{EM DASH}"),
            ("under-30", _("under 30")),
            ("30-49", _("30 to 49")),
            ("50-64", _("50 to 64")),
            ("65-up", _("65 or older")),
        ],
        help_text=_("So that we learn for whom our pages must be easy; kept encrypted."),
    )
    usage = forms.ChoiceField(
        label=_("What you use numbers for"),
        required=False,
        choices=[
            ("", "\N{EM DASH}"),
            ("private", _("privately")),
            ("work", _("at work")),
            ("shop", _("in my shop or service")),
            ("testing", _("to test programs")),
        ],
        help_text=_("So that we improve what is needed; kept encrypted."),
    )
    satisfaction = forms.TypedChoiceField(
        label=_("How satisfied are you with us?"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[
            ("", "\N{EM DASH}"),
            (5, _("5, very")),
            (4, "4"),
            (3, "3"),
            (2, "2"),
            (1, _("1, not at all")),
        ],
        help_text=_("Counted together with others only, from ten answers on."),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@customers_only
def profile(request: HttpRequest) -> HttpResponse:
    """Show and change what a customer tells of himself."""
    customer = account_id(request)
    told = profiles.profile(customer)
    form = ProfileForm(
        request.POST if request.method == "POST" else None,
        initial={name: getattr(told, name) for name in ProfileForm.base_fields},
    )
    if request.method == "POST" and form.is_valid():
        profiles.set_profile(customer, told=Told(**form.cleaned_data), now=clock.now())
        messages.success(request, gettext("Saved."))
        return redirect("site:consents-profile")
    return render(request, "site/profile.html", {"form": form}, status=400 if form.errors else 200)


def _chosen(request: HttpRequest) -> tuple[Purpose, Channel] | None:
    try:
        return Purpose(request.POST.get("purpose", "")), Channel(request.POST.get("channel", ""))
    except ValueError:
        return None


def _language() -> str:
    found = (get_language() or "en")[:2]
    return found if found in LANGUAGES else "en"
