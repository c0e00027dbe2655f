"""The page of the sandbox: the mails and SMS that went out, and a way to let one come in."""

from __future__ import annotations

import re
from typing import Final

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from nummer.kernel.errors import Unavailable
from nummer.suppliers.sandbox import carrier_control
from nummer.suppliers.sandbox.mail import mails

SHOWN_MAX: Final = 30

_NUMBER = re.compile(r"\+?[0-9]{7,15}", re.ASCII)


class DeliveryForm(forms.Form):
    """An SMS that the simulated carrier shall deliver."""

    to = forms.CharField(label=gettext_lazy("To our number"), max_length=20)
    sender = forms.CharField(label=gettext_lazy("From"), max_length=15)
    text = forms.CharField(
        label=gettext_lazy("Text"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def clean_to(self) -> str:
        """Take a number as people write it."""
        digits = re.sub(r"[\s()-]", "", self.cleaned_data["to"])
        if not _NUMBER.fullmatch(digits):
            raise forms.ValidationError(_("Give a phone number with + and its digits."))
        return "+" + digits.removeprefix("+")


@never_cache
@require_http_methods(["GET", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Show what went out; on a POST let the carrier deliver an SMS first."""
    form = DeliveryForm(request.POST or None, auto_id="delivery-%s")
    told = _deliver(form) if request.method == "POST" and form.is_valid() else ""
    return render(request, "sandbox/page.html", {"form": form, "told": told, **_news()})


@never_cache
@require_GET
def news(request: HttpRequest) -> HttpResponse:
    """Answer the lists alone; the page asks for them again and again."""
    return render(request, "sandbox/news.html", _news())


def _news() -> dict[str, object]:
    texts = carrier_control.sent(home=settings.SANDBOX_FOLDER.parent)
    return {
        "texts": [{**text, "sender": text["from"]} for text in texts[: -SHOWN_MAX - 1 : -1]],
        "mails": mails()[: -SHOWN_MAX - 1 : -1],
    }


def _deliver(form: DeliveryForm) -> str:
    wanted = form.cleaned_data
    try:
        told = carrier_control.deliver(
            wanted["to"],
            sender=wanted["sender"],
            text=wanted["text"],
            home=settings.SANDBOX_FOLDER.parent,
        )
    except Unavailable:
        return _("The carrier is not running.")
    except ValueError:
        return _("The carrier cannot send this text.")
    if told["acknowledged"]:
        return _("Delivered and acknowledged.")
    return _("The SMS was not acknowledged.")
