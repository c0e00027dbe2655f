"""Topping up by itself: read a sentence with all its amounts, agree to it, stop it at any time."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from nummer.apps.accounts import queries as accounts
from nummer.apps.agreements.queries import operator
from nummer.apps.payments import actions as payments
from nummer.apps.payments import queries as payment_queries
from nummer.apps.payments.queries import AutoTopUpRow, Method
from nummer.faces.site.refusals import sentence
from nummer.faces.site.requests import account_id, customers_only, told_when
from nummer.faces.site.templatetags.nummer import money
from nummer.faces.site.views.money import key_of, refuse_card_data, to_provider, typed_amount
from nummer.kernel import clock
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money

_TYPED = {"inputmode": "decimal", "autocomplete": "off"}


class AutomaticForm(forms.Form):
    """When, how much and how much in a month at most; nothing of a card."""

    threshold = forms.CharField(
        label=_("When the balance falls below"),
        max_length=16,
        widget=forms.TextInput(attrs=_TYPED),
    )
    amount = forms.CharField(
        label=_("top up by"), max_length=16, widget=forms.TextInput(attrs=_TYPED)
    )
    cap = forms.CharField(
        label=_("in a calendar month at most"), max_length=16, widget=forms.TextInput(attrs=_TYPED)
    )
    method = forms.ChoiceField(label=_("Payment method"), widget=forms.RadioSelect)

    def __init__(self, *args: object, currency: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        self.currency = currency
        self.methods = [way for way in payment_queries.methods(currency) if way.keepable]
        field = self.fields["method"]
        assert isinstance(field, forms.ChoiceField), "declared above"
        field.choices = [(method.code, method.code) for method in self.methods]

    def clean_threshold(self) -> Money:
        """Read an amount."""
        return typed_amount(self.cleaned_data["threshold"], currency=self.currency)

    def clean_amount(self) -> Money:
        """Read an amount."""
        return typed_amount(self.cleaned_data["amount"], currency=self.currency)

    def clean_cap(self) -> Money:
        """Read an amount."""
        return typed_amount(self.cleaned_data["cap"], currency=self.currency)

    def wish(self) -> payments.AutoTopUpWish:
        """Return what was filled in."""
        filled = self.cleaned_data
        return payments.AutoTopUpWish(
            method=filled["method"],
            threshold=filled["threshold"],
            amount=filled["amount"],
            cap=filled["cap"],
        )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@customers_only
def automatic(request: HttpRequest) -> HttpResponse:
    """Show the automatic top-up; ask for amounts, have them agreed to, then paid once."""
    customer = account_id(request)
    currency = accounts.account(customer).currency
    if request.method != "POST":
        return _ask(request, AutomaticForm(currency=currency))
    refuse_card_data(request)
    form = AutomaticForm(request.POST, currency=currency)
    if not form.is_valid():
        return _ask(request, form)
    if request.POST.get("confirmed") != "yes":
        return _confirm(request, form)
    try:
        return _agree(request, customer, form.wish())
    except Refusal as refusal:
        form.add_error(None, sentence(refusal))
        return told_when(_ask(request, form), refusal)


@never_cache
@require_POST
@customers_only
def stop(request: HttpRequest) -> HttpResponse:
    """End automatic top-ups at once."""
    payments.stop_auto_top_up(account_id(request), now=clock.now())
    return redirect("site:automatic")


def _agree(request: HttpRequest, customer: int, wish: payments.AutoTopUpWish) -> HttpResponse:
    """Keep the consent, then have the first sum paid, with which the provider keeps the method."""
    now = clock.now()
    payments.consent_to_auto_top_up(
        customer,
        wish=wish,
        sentence=_sentence(wish),
        agreed=request.POST.get("agree") == "yes",
        locale=(get_language() or "en")[:2],
        now=now,
    )
    started = payments.start_top_up(
        customer,
        amount=wish.amount,
        method=wish.method,
        key=key_of(request),
        keep_method=True,
        now=now,
    )
    return to_provider(started)


def _sentence(wish: payments.AutoTopUpWish) -> str:
    return gettext(
        "Whenever my balance falls below %(threshold)s, %(operator)s may charge %(amount)s to the "
        "payment method that I pay with now, and %(cap)s in a calendar month at most. I can stop "
        "this at any time, with immediate effect."
    ) % {
        "threshold": money(wish.threshold),
        "operator": operator().company.name,
        "amount": money(wish.amount),
        "cap": money(wish.cap),
    }


def _confirm(request: HttpRequest, form: AutomaticForm) -> HttpResponse:
    wish = form.wish()
    context = {
        "wish": wish,
        "method": _method(form, wish.method),
        "sentence": _sentence(wish),
        "key": new_id(),
    }
    return render(request, "site/automatic_confirm.html", context)


def _ask(request: HttpRequest, form: AutomaticForm) -> HttpResponse:
    standing = payment_queries.auto_top_up(account_id(request))
    context = {
        "form": form,
        "currency": form.currency,
        "standing": standing,
        "standing_method": None if standing is None else _method(form, standing.method),
        "declined": _declined(standing),
    }
    return render(request, "site/automatic.html", context, status=400 if form.errors else 200)


def _declined(standing: AutoTopUpRow | None) -> bool:
    return standing is not None and standing.stop_reason not in ("", "withdrawn")


def _method(form: AutomaticForm, code: str) -> Method | None:
    return next((method for method in form.methods if method.code == code), None)
