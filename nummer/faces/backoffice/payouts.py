"""The staff's pages of payouts: what waits, a call or mail written down, release, transfers."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from nummer.apps.ledger import queries as wallets
from nummer.apps.payouts import actions, queries
from nummer.apps.payouts.actions import PayoutWish, Told
from nummer.apps.payouts.queries import Channel
from nummer.faces.backoffice.forms import AccountForm, moment, typed_money
from nummer.faces.backoffice.requests import (
    FINANCE,
    ROWS_PER_PAGE,
    SUPPORT,
    member,
    page_of,
    place,
    seen,
    sentence,
    staff_only,
)
from nummer.kernel import clock
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_id
from nummer.policy.refund import Reason

STATES: Final = {
    "missing": _("asked for what is missing"),
    "held": _("waits"),
    "review": _("to be looked at"),
    "release": _("to be released by two persons"),
    "paying": _("on its way"),
}
REASONS: Final = {
    Reason.CHANGED_MIND: _("withdraws from the payment"),
    Reason.ACCIDENTAL_TOPUP: _("paid by accident"),
    Reason.DOUBLE_CHARGE: _("was charged twice"),
    Reason.UNUSED_BALANCE: _("does not need the money any more"),
    Reason.MISUNDERSTANDING: _("misunderstood the offer"),
    Reason.DISSATISFIED: _("is not satisfied"),
    Reason.OTHER: _("another reason"),
}


class RequestForm(AccountForm):
    """What a customer asked for by mail or phone; what he did not say stays empty."""

    channel = forms.ChoiceField(
        label=_("How"), choices=[(Channel.PHONE.value, _("phone")), (Channel.MAIL.value, _("mail"))]
    )
    received = moment(_("When (UTC)"))
    payment = forms.UUIDField(label=_("Id of the top-up"), required=False)
    amount = forms.DecimalField(
        label=_("Amount"), required=False, min_value=0, max_digits=12, decimal_places=3
    )
    reason = forms.ChoiceField(
        label=_("Reason"), required=False, choices=[("", "\N{EM DASH}"), *REASONS.items()]
    )
    details = forms.CharField(
        label=_("Reference of the original payment"), required=False, max_length=100
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=new_id)

    def received_at(self, now: datetime) -> datetime:
        """Return when it reached us, never later than now."""
        at: datetime | None = self.cleaned_data["received"]
        return min(at or now, now)

    def wish(self) -> PayoutWish:
        """Return what was asked for. Refuses: ledger's WalletMissing."""
        said = self.cleaned_data
        currency = wallets.balance(said["account"]).currency
        amount = said["amount"]
        return PayoutWish(
            top_up_id=said["payment"],
            amount=None if not amount else typed_money(amount, currency=currency),
            reason=Reason(said["reason"]) if said["reason"] else None,
            details=said["details"],
        )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(FINANCE, SUPPORT)
def listed(request: HttpRequest) -> HttpResponse:
    """List what waits, the most urgent first, and write down a call or a mail."""
    form, now = RequestForm(request.POST or None), clock.now()
    if request.method == "POST" and form.is_valid():
        told = Told(
            channel=Channel(form.cleaned_data["channel"]),
            actor=member(request).actor,
            received_at=form.received_at(now),
            key=form.cleaned_data["key"],
        )
        try:
            actions.ask(form.cleaned_data["account"], wish=form.wish(), told=told, now=now)
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            messages.success(request, gettext("Saved."))
            return redirect("backoffice:payouts")
    seen(request, verb="list_payouts", place="payouts_payout")
    rows, more = page_of(
        queries.to_do(
            after=place(request, "after"), start=place(request, "from"), limit=ROWS_PER_PAGE + 1
        )
    )
    transfers, more_transfers = page_of(
        queries.transfers_to_make(after=place(request, "transfers"), limit=ROWS_PER_PAGE + 1)
    )
    context = {
        "rows": [(row, STATES[row.state]) for row in rows],
        "more": more,
        "transfers": transfers,
        "more_transfers": more_transfers,
        "today": now.date(),
        "form": form,
        "finance": member(request).may((FINANCE,)),
    }
    return render(request, "backoffice/payouts.html", context, status=400 if form.errors else 200)


@require_POST
@staff_only(FINANCE)
def decide(request: HttpRequest, account_id: int, payout_id: UUID) -> HttpResponse:
    """Release a granted payout as one of two persons, look at it again, or refuse it."""
    actor, now = member(request).actor, clock.now()
    try:
        match request.POST.get("deed"):
            case "release":
                actions.release(account_id, payout_id=payout_id, actor=actor, now=now)
            case "look":
                actions.look_again(account_id, payout_id=payout_id, now=now)
            case "refuse":
                actions.refuse(account_id, payout_id=payout_id, actor=actor, now=now)
            case _:
                raise Http404
        messages.success(request, gettext("Saved."))
    except Refusal as refusal:
        messages.error(request, sentence(refusal))
    return redirect("backoffice:payouts")


@require_POST
@staff_only(FINANCE)
def confirm(request: HttpRequest, account_id: int, share_id: UUID) -> HttpResponse:
    """Write down that a transfer was made at the bank, with the bank's reference."""
    try:
        actions.confirm_transfer(
            account_id,
            share_id=share_id,
            bank_reference=request.POST.get("reference", ""),
            actor=member(request).actor,
            now=clock.now(),
        )
        messages.success(request, gettext("Saved."))
    except Refusal as refusal:
        messages.error(request, sentence(refusal))
    return redirect("backoffice:payouts")
