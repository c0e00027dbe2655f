"""Topping up by a voucher: a code, once."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from nummer.apps.vouchers import actions
from nummer.faces.site.refusals import sentence
from nummer.faces.site.requests import account_id, customers_only, told_when
from nummer.faces.site.templatetags.nummer import money
from nummer.faces.site.views.money import refuse_card_data
from nummer.kernel import clock
from nummer.kernel.errors import Refusal


class VoucherForm(forms.Form):
    """A code as it is printed, with or without its dashes."""

    code = forms.CharField(
        label=_("Voucher code"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@customers_only
def voucher(request: HttpRequest) -> HttpResponse:
    """Take a code; writing it twice pays in once."""
    customer, form = account_id(request), VoucherForm(request.POST or None)
    if request.method == "POST":
        refuse_card_data(request)
        if form.is_valid():
            try:
                redeemed = actions.redeem(customer, code=form.cleaned_data["code"], now=clock.now())
            except Refusal as refusal:
                form.add_error("code", sentence(refusal))
                return told_when(_page(request, form), refusal)
            else:
                messages.success(
                    request,
                    gettext("%(amount)s were added to your balance.")
                    % {"amount": money(redeemed.amount)},
                )
                return redirect("site:balance")
    return _page(request, form)


def _page(request: HttpRequest, form: VoucherForm) -> HttpResponse:
    return render(request, "site/voucher.html", {"form": form}, status=400 if form.errors else 200)
