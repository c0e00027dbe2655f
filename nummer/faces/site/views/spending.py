"""What a customer lets his account spend on messages within a day."""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from nummer.apps.accounts import queries as accounts
from nummer.apps.messaging.actions import habits
from nummer.faces.site.requests import account_id, customers_only
from nummer.faces.site.views.money import typed_amount
from nummer.kernel import clock
from nummer.kernel.money import Money


class SpendingForm(forms.Form):
    """The limit of a day; empty is none."""

    limit = forms.CharField(
        label=_("At most a day, with tax"),
        help_text=_(
            "Leave it empty for no limit. A day begins with the first message after the last one"
            " ended; what would exceed the limit is refused and costs nothing."
        ),
        max_length=16,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency

    def clean_limit(self) -> Money | None:
        """Read the amount, where there is one."""
        typed = self.cleaned_data["limit"]
        return typed_amount(typed, currency=self.currency) if typed.strip() else None


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@customers_only
@reauthentication_required()  # type: ignore[untyped-decorator]  # allauth's has no types
def spending(request: HttpRequest) -> HttpResponse:
    """Show and change the limit, to somebody who signed in just now."""
    customer = account_id(request)
    currency = accounts.account(customer).currency
    limit = habits.spend_limit(customer, currency=currency)
    form = SpendingForm(
        request.POST if request.method == "POST" else None,
        currency=currency,
        initial={"limit": "" if limit is None else limit.decimal_text()},
    )
    if request.method == "POST" and form.is_valid():
        habits.set_spend_limit(
            customer,
            limit=form.cleaned_data["limit"],
            actor=f"customer:{customer}",
            now=clock.now(),
        )
        messages.success(request, gettext("Saved. It holds for the next message."))
        return redirect("site:account-spending")
    context = {"form": form, "currency": currency}
    return render(request, "site/spending.html", context, status=400 if form.errors else 200)
