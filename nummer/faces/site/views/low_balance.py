"""Below which sum a customer wants to be told that his balance is low."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from nummer.apps.accounts import queries as accounts
from nummer.apps.payments.actions import low_balance
from nummer.faces.site.requests import account_id, customers_only
from nummer.faces.site.views.money import typed_amount
from nummer.kernel import clock
from nummer.kernel.money import Money


class ThresholdForm(forms.Form):
    """The sum; empty is no letter."""

    threshold = forms.CharField(
        label=_("Tell me when my balance falls below"),
        help_text=_("Leave it empty for no letter. We write once for each time it falls below."),
        max_length=16,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency

    def clean_threshold(self) -> Money | None:
        """Read the amount, where there is one."""
        typed = self.cleaned_data["threshold"]
        return typed_amount(typed, currency=self.currency) if typed.strip() else None


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@customers_only
def low(request: HttpRequest) -> HttpResponse:
    """Show and change the sum."""
    customer = account_id(request)
    currency = accounts.account(customer).currency
    kept = low_balance.threshold(customer)
    form = ThresholdForm(
        request.POST if request.method == "POST" else None,
        currency=currency,
        initial={"threshold": "" if kept is None else kept.decimal_text()},
    )
    if request.method == "POST" and form.is_valid():
        low_balance.set_threshold(customer, wanted=form.cleaned_data["threshold"], now=clock.now())
        messages.success(request, gettext("Saved."))
        return redirect("site:balance-low")
    context = {"form": form, "currency": currency}
    return render(request, "site/low_balance.html", context, status=400 if form.errors else 200)
