"""Balance, statement, and topping up through the provider's own page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from nummer.apps.accounts import queries as accounts
from nummer.apps.banking import queries as banking
from nummer.apps.ledger import queries as ledger
from nummer.apps.payments import actions as payments
from nummer.apps.payments import queries as payment_queries
from nummer.faces.site.paging import cursor_of
from nummer.faces.site.refusals import sentence
from nummer.faces.site.requests import account_id, customers_only, told_when
from nummer.faces.site.views.statement import kind_name
from nummer.kernel import clock
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money, minor_digits

LINES_PER_PAGE: Final = 25
NOT_TYPED: Final = ("csrfmiddlewaretoken", "key")  # made by us, so no card data
SUGGESTED: Final = {"NOK": (100, 200, 500)}  # whole units; 10, 20 and 50 of any other currency


@never_cache
@require_safe
@customers_only
def balance(request: HttpRequest) -> HttpResponse:
    """Show what can be spent, and a page of the statement."""
    customer = account_id(request)
    lines = ledger.statement(customer, before=cursor_of(request), limit=LINES_PER_PAGE + 1)
    more = lines[LINES_PER_PAGE - 1].line if len(lines) > LINES_PER_PAGE else None
    context = {
        "balance": ledger.balance(customer),
        "lines": [(line, kind_name(line.kind)) for line in lines[:LINES_PER_PAGE]],
        "more": more,
        "paged": "before" in request.GET,
        "transfers": banking.open_transfers(customer),
    }
    return render(request, "site/balance.html", context)


def typed_amount(typed: str, *, currency: str) -> Money:
    """Return an amount as people type it: 20, 20.00 or 20,00. Raises forms.ValidationError."""
    try:
        amount = Money.parse(typed.strip().replace(",", "."), currency)
    except ValueError:
        raise forms.ValidationError(gettext("Please write an amount like 20.00.")) from None
    if amount.micro <= 0:
        raise forms.ValidationError(gettext("Please write an amount above zero."))
    if amount.micro * 10 ** minor_digits(currency) % 1_000_000:
        raise forms.ValidationError(gettext("Please write an amount like 20.00."))
    return amount


class TopUpForm(forms.Form):
    """Amount and method; nothing about a card is ever asked or taken."""

    amount = forms.CharField(
        label=_("Amount"),
        max_length=16,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    method = forms.ChoiceField(label=_("Payment method"), widget=forms.RadioSelect)

    def __init__(self, *args: object, currency: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        self.currency = currency
        self.methods = payment_queries.methods(currency)
        field = self.fields["method"]
        assert isinstance(field, forms.ChoiceField), "declared above"
        field.choices = [(method.code, method.code) for method in self.methods]

    def clean_amount(self) -> Money:
        """Read 20, 20.00 or 20,00."""
        return typed_amount(self.cleaned_data["amount"], currency=self.currency)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@customers_only
def top_up(request: HttpRequest) -> HttpResponse:
    """Ask for amount and method, have the amount confirmed, send on to the provider's page."""
    customer = account_id(request)
    currency = accounts.account(customer).currency
    if request.method != "POST":
        form = TopUpForm(currency=currency, initial={"amount": request.GET.get("amount", "")})
        return _ask(request, form)
    refuse_card_data(request)
    form = TopUpForm(request.POST, currency=currency)
    if not form.is_valid():
        return _ask(request, form)
    if request.POST.get("confirmed") != "yes":
        chosen = next(way for way in form.methods if way.code == form.cleaned_data["method"])
        context = {"amount": form.cleaned_data["amount"], "method": chosen, "key": new_id()}
        return render(request, "site/top_up_confirm.html", context)
    try:
        started = payments.start_top_up(
            customer,
            amount=form.cleaned_data["amount"],
            method=form.cleaned_data["method"],
            key=key_of(request),
            now=clock.now(),
        )
    except Refusal as refusal:
        form.add_error(None, sentence(refusal))
        return told_when(_ask(request, form), refusal)
    return to_provider(started)


def refuse_card_data(request: HttpRequest, *, except_for: Sequence[str] = ()) -> None:
    """Let a form through only if nobody typed card or bank data. Refuses: CardDataRefused.

    `except_for` names fields that hold ids of ours.
    """
    ours = (*NOT_TYPED, *except_for)
    typed = {name: str(text) for name, text in request.POST.items() if name not in ours}
    payments.refuse_card_data(typed)


def to_provider(started: payments.StartedTopUp) -> HttpResponse:
    """Send the customer on to the provider's page."""
    if started.pay_url.startswith((settings.ENV.public_url + "/", "/")):
        return redirect(started.pay_url)
    # Our content policy lets no form lead to another site; the next page has a link to it.
    return redirect("site:top-up-state", top_up_id=started.id)


def key_of(request: HttpRequest) -> UUID:
    """Return the key made with the page, so that two clicks are one top-up."""
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError:
        return new_id()


def _ask(request: HttpRequest, form: TopUpForm) -> HttpResponse:
    context = {
        "form": form,
        "suggested": [
            Money.parse(str(units), form.currency)
            for units in SUGGESTED.get(form.currency, (10, 20, 50))
        ],
        "currency": form.currency,
        "may_be_automatic": any(method.keepable for method in form.methods),
        "by_transfer": any(method.takes for method in form.methods),
    }
    return render(request, "site/top_up.html", context, status=400 if form.errors else 200)


@never_cache
@require_safe
@customers_only
def top_up_state(request: HttpRequest, top_up_id: UUID) -> HttpResponse:
    """Show how a top-up stands; the page asks again by itself until the provider has told us."""
    customer = account_id(request)
    if banking.transfer_order(customer, top_up_id=top_up_id) is not None:
        return redirect("site:transfer", top_up_id=top_up_id)
    payments.return_from_provider(customer, top_up_id=top_up_id, now=clock.now())
    context = {
        "top_up": payment_queries.top_up(customer, top_up_id=top_up_id),
        "beside": payment_queries.came_beside(customer, top_up_id=top_up_id),
        "balance": ledger.balance(customer),
    }
    fragment = request.headers.get("HX-Request")
    page = "site/_top_up_state.html" if fragment else "site/top_up_state.html"
    return render(request, page, context)
