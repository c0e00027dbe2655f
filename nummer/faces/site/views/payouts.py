"""Payouts: ask for money back, add what is missing, choose the way where a method cannot."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from nummer.apps.accounts import queries as accounts
from nummer.apps.agreements.quoting import Quote, quote
from nummer.apps.agreements.texts import REFUND_POLICY
from nummer.apps.payments import queries as payments
from nummer.apps.payouts import actions, queries
from nummer.apps.payouts.actions import PayoutWish, Told
from nummer.apps.payouts.queries import Channel, Way
from nummer.faces.site.refusals import NOT_FOUND, sentence
from nummer.faces.site.requests import account_id, customers_only
from nummer.faces.site.templatetags.nummer import money
from nummer.faces.site.views.money import key_of, refuse_card_data, typed_amount
from nummer.kernel import clock
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_id
from nummer.kernel.locale import DRAFTING_LANGUAGE
from nummer.kernel.money import Money
from nummer.policy.refund import Reason

REASONS: Final = {
    Reason.CHANGED_MIND: _("I withdraw from this payment"),
    Reason.ACCIDENTAL_TOPUP: _("I paid by accident"),
    Reason.DOUBLE_CHARGE: _("I was charged twice"),
    Reason.UNUSED_BALANCE: _("I do not need the money here any more"),
    Reason.MISUNDERSTANDING: _("I misunderstood the offer"),
    Reason.DISSATISFIED: _("I am not satisfied"),
    Reason.OTHER: _("Another reason"),
}
STATES: Final = {
    "missing": _("we need something from you"),
    "held": _("waits"),
    "review": _("a person looks at it"),
    "release": _("granted, is being released"),
    "paying": _("granted, on its way"),
    "done": _("done"),
    "refused": _("not paid out"),
}
WAYS: Final = {
    "method": _("back the way it came"),
    "choose": _("waits for your choice"),
    "bank": _("by bank transfer"),
    "balance": _("stays on the balance"),
}


class PayoutForm(forms.Form):
    """What RP-T4 asks for; whatever is left empty is asked for once."""

    top_up = forms.ChoiceField(label=_("Which payment?"), required=False)
    amount = forms.CharField(
        label=_("Amount"),
        max_length=16,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text=_("Empty means everything that can be paid out."),
    )
    reason = forms.ChoiceField(
        label=_("Reason"), required=False, choices=[("", "\N{EM DASH}"), *REASONS.items()]
    )

    def __init__(self, *args: object, customer: int, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        self.currency = accounts.account(customer).currency
        field = self.fields["top_up"]
        assert isinstance(field, forms.ChoiceField), "declared above"
        field.choices = [
            ("", "\N{EM DASH}"),
            *(
                (str(row.id), f"{date_format(row.started_at)} · {money(row.amount)}")
                for row in payments.top_ups(customer, limit=100)
                if row.state == "paid"
            ),
        ]

    def clean_amount(self) -> Money | None:
        """Read an amount, where there is one."""
        typed = self.cleaned_data["amount"]
        return typed_amount(typed, currency=self.currency) if typed.strip() else None

    def wish(self) -> PayoutWish:
        """Return what is asked for."""
        said = self.cleaned_data
        return PayoutWish(
            top_up_id=UUID(said["top_up"]) if said["top_up"] else None,
            amount=said["amount"],
            reason=Reason(said["reason"]) if said["reason"] else None,
        )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@customers_only
def payouts(request: HttpRequest) -> HttpResponse:
    """List the customer's requests, and take a new one; sending the page twice asks once."""
    customer, now = account_id(request), clock.now()
    form = PayoutForm(request.POST or None, customer=customer)
    if request.method == "POST":
        refuse_card_data(request, except_for=("top_up",))
        if form.is_valid():
            told = Told(
                channel=Channel.PAGE,
                actor=f"customer:{customer}",
                received_at=now,
                key=key_of(request),
            )
            try:
                payout_id = actions.ask(customer, wish=form.wish(), told=told, now=now)
            except Refusal as refusal:
                form.add_error(None, sentence(refusal))
            else:
                return redirect("site:payout", payout_id=payout_id)
    context = {
        "rows": [(row, STATES[row.state]) for row in queries.payouts(customer)],
        "form": form,
        "key": new_id(),
    }
    return render(request, "site/payouts.html", context, status=400 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@customers_only
def payout(request: HttpRequest, payout_id: UUID) -> HttpResponse:
    """Show one request with its clause and shares; take what is missing."""
    customer = account_id(request)
    row = queries.payout(customer, payout_id=payout_id)
    form = PayoutForm(request.POST or None, customer=customer)
    if request.method == "POST":
        refuse_card_data(request, except_for=("top_up",))
        if form.is_valid():
            try:
                actions.complete(
                    customer,
                    payout_id=payout_id,
                    wish=form.wish(),
                    actor=f"customer:{customer}",
                    now=clock.now(),
                )
            except Refusal as refusal:
                if refusal.code in NOT_FOUND:
                    raise
                form.add_error(None, sentence(refusal))
            else:
                return redirect("site:payout", payout_id=payout_id)
    context: dict[str, Any] = {
        "row": row,
        "state": STATES[row.state],
        "quote": _quote(row),
        "shares": [(share, WAYS[share.way]) for share in row.shares],
        "form": form if row.state == "missing" else None,
    }
    return render(request, "site/payout.html", context, status=400 if form.errors else 200)


def _quote(row: queries.PayoutRow) -> Quote | None:
    """Return what the deciding clause says, in the version that decided."""
    return quote(
        REFUND_POLICY,
        version=row.policy_version,
        language=(get_language() or DRAFTING_LANGUAGE).split("-")[0],
        clause=row.clause,
    )


@require_POST
@customers_only
def choose(request: HttpRequest, payout_id: UUID, share_id: UUID) -> HttpResponse:
    """Take the way that the customer chooses for a share (RP-CF)."""
    customer, way = account_id(request), request.POST.get("way", "")
    row = queries.payout(customer, payout_id=payout_id)
    if share_id not in {share.id for share in row.shares}:
        raise Http404
    if way in (Way.BANK, Way.BALANCE):
        actions.choose(
            customer,
            share_id=share_id,
            way=Way(way),
            actor=f"customer:{customer}",
            now=clock.now(),
        )
        messages.success(request, gettext("Saved."))
    return redirect("site:payout", payout_id=payout_id)
