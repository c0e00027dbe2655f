"""Handing a rented number over, and taking one over: the pages of both sides."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from nummer.apps.agreements import queries as agreements
from nummer.apps.agreements.texts import REFUND_POLICY, RENTED_RESTRICTIONS, TERMS
from nummer.apps.catalogue.cities import city
from nummer.apps.leases import actions, handovers, queries
from nummer.apps.leases.handovers import Offered
from nummer.faces.site.refusals import NOT_FOUND
from nummer.faces.site.requests import account_id, customers_only
from nummer.faces.site.views.ordering import key_of, shown_texts, shown_total
from nummer.kernel import clock
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_id
from nummer.kernel.phone import PhoneNumber

ACKNOWLEDGED: Final = (TERMS, REFUND_POLICY, RENTED_RESTRICTIONS)


class OfferForm(forms.Form):
    """Who is to have the number; the answer never says whether there is such an account."""

    email = forms.EmailField(
        label=_("E-mail address of the other account"),
        help_text=_("To protect everybody, we do not say whether there is such an account."),
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=new_id)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@customers_only
def hand_over(request: HttpRequest, lease_id: UUID) -> HttpResponse:
    """Say what a handover is, and offer a number to somebody."""
    customer = account_id(request)
    row = queries.lease(customer, lease_id=lease_id)
    form = OfferForm(request.POST or None, initial={"key": new_id()})
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            actions.offer(
                customer,
                lease_id=lease_id,
                email=form.cleaned_data["email"],
                key=form.cleaned_data["key"],
                now=clock.now(),
            )
        except Refusal as refused:
            if refused.code in NOT_FOUND:
                raise
            refusal = refused
        else:
            messages.success(
                request,
                gettext("Offered. If there is an account with this address, we write to it now."),
            )
            return redirect("site:my-number", lease_id=lease_id)
    context = {"lease": row, "form": form, "refusal": refusal}
    status = 409 if refusal else 400 if form.errors else 200
    return render(request, "site/hand_over.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@customers_only
@reauthentication_required()  # type: ignore[untyped-decorator]  # allauth's has no types
def confirm(request: HttpRequest, lease_id: UUID, handover_id: UUID) -> HttpResponse:
    """Take the giver's second word, from somebody who signed in just now."""
    customer, now = account_id(request), clock.now()
    given = handovers.given(customer, handover_id=handover_id)
    row = queries.lease(customer, lease_id=given.lease_id)
    refusal = None
    if request.method == "POST":
        try:
            actions.hand_over(customer, handover_id=handover_id, now=now)
        except Refusal as refused:
            if refused.code in NOT_FOUND:
                raise
            refusal = refused
        else:
            messages.success(request, gettext("The number has been handed over."))
            return redirect("site:my-number", lease_id=lease_id)
    context = {"lease": row, "given": given, "refusal": refusal}
    return render(request, "site/hand_over_confirm.html", context, status=409 if refusal else 200)


@require_POST
@customers_only
def withdraw(request: HttpRequest, lease_id: UUID, handover_id: UUID) -> HttpResponse:
    """Keep the number after all."""
    actions.withdraw_handover(account_id(request), handover_id=handover_id, now=clock.now())
    messages.success(request, gettext("The offer is withdrawn. The number stays yours."))
    return redirect("site:my-number", lease_id=lease_id)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@customers_only
def offered(request: HttpRequest, handover_id: UUID) -> HttpResponse:
    """Show the receiver what he would agree to, and take his word."""
    customer, now = account_id(request), clock.now()
    shown = handovers.offered(customer, handover_id=handover_id)
    if shown.lease_id is not None:
        return redirect("site:my-number", lease_id=shown.lease_id)
    if request.method != "POST":
        return _show(request, customer, shown)
    if "decline" in request.POST:
        actions.decline(customer, handover_id=handover_id, now=now)
        messages.success(request, gettext("Declined. Nothing was agreed to."))
        return redirect("site:my-numbers")
    agreed = actions.Agreed(
        texts=shown_texts(request),
        terms=request.POST.get("restrictions") == "yes" and request.POST.get("immediate") == "yes",
        monthly_max=shown_total(request),
    )
    try:
        actions.accept(
            customer, handover_id=handover_id, agreed=agreed, key=key_of(request), now=now
        )
    except Refusal as refusal:
        if refusal.code in NOT_FOUND:
            raise
        return _show(request, customer, shown, refusal=refusal)
    messages.success(
        request,
        gettext("Accepted. The number is yours as soon as the other customer confirms once more."),
    )
    return redirect("site:offered", handover_id=handover_id)


def _show(
    request: HttpRequest, customer: int, shown: Offered, *, refusal: Refusal | None = None
) -> HttpResponse:
    now, language = clock.now(), get_language() or "en"
    quote, unsold = None, None
    try:
        quote = actions.quote_for(customer, offered=shown, now=now)
    except Refusal as refused:
        unsold = refused
    context = {
        "offered": shown,
        "number": PhoneNumber(shown.e164),
        "city": city(shown.country, code=shown.city).name(language) if shown.city else "",
        "quote": quote,
        "waits": shown.open and shown.monthly_net is not None,
        "texts": [agreements.in_force(one, language=language, now=now) for one in ACKNOWLEDGED],
        "key": new_id(),
        "refusal": refusal or unsold,
    }
    return render(request, "site/offered.html", context, status=409 if refusal else 200)
