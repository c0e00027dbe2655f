"""Withdrawing from a contract: for everybody, in two steps, and with the time of receipt."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from allauth.account.adapter import get_adapter
from django import forms
from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nummer.apps.accounts import queries as accounts
from nummer.apps.numbers import queries as numbers
from nummer.apps.numbers.queries import ActivationRow
from nummer.apps.refunds import actions as refunds
from nummer.apps.refunds import queries as claims
from nummer.faces.site.counting import wait_s
from nummer.faces.site.requests import account_id, customers_only, own_account_id, public
from nummer.kernel import clock
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_id
from nummer.kernel.locale import DRAFTING_LANGUAGE

ORDER_MAX: Final = 40  # a number of an order, or its id
RECEIPT_SALT: Final = "nummer.withdrawal-received"
DECLARATIONS_MAX: Final = 10  # from one address of the network, within
DECLARATIONS_WITHIN_S: Final = 600


class WithdrawalForm(forms.Form):
    """Which contract, and who withdraws."""

    order = forms.RegexField(
        label=_("Number of the order"),
        regex=r"^\s*[0-9A-Fa-f-]{1,40}\s*$",
        max_length=ORDER_MAX,
        help_text=_("It stands in the mail that confirmed your order."),
    )
    email = forms.EmailField(label=_("Your e-mail address"))
    key = forms.UUIDField(widget=forms.HiddenInput, initial=new_id)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@public
def withdraw(request: HttpRequest) -> HttpResponse:
    """Ask for order and address, show the declaration, and take it when it is confirmed."""
    if request.method != "POST":
        return _asked(request, WithdrawalForm(initial=_known(request)))
    form = WithdrawalForm(request.POST)
    if not form.is_valid():
        return _asked(request, form)
    if "confirm" not in request.POST:
        return render(request, "site/withdraw_confirm.html", {"form": form, **_words(form)})
    if wait_s := declarations_wait_s(get_adapter(request).get_client_ip(request), clock.now()):
        answer = render(request, "429.html", status=429)
        answer["Retry-After"] = str(wait_s)
        return answer
    given, now = form.cleaned_data, clock.now()
    order = given["order"].strip()
    row = _own(request, order, given["email"])
    if row is not None:
        refunds.withdraw(
            row.account_id,
            activation_id=row.activation_id,
            key=given["key"],
            text=_words(form)["declaration"],
            now=now,
        )
    else:
        refunds.declare_withdrawal(
            refunds.Declaration(
                order=order,
                email=given["email"],
                language=get_language() or DRAFTING_LANGUAGE,
                text=_words(form)["declaration"],
            ),
            key=given["key"],
            now=now,
        )
    said = signing.dumps([order, now.isoformat()], salt=RECEIPT_SALT)
    return redirect(f"{reverse('site:withdraw-received')}?of={said}")


@never_cache
@require_safe
@public
def received(request: HttpRequest) -> HttpResponse:
    """Show when the declaration was received; the same words for every order."""
    try:
        order, at = signing.loads(request.GET.get("of", ""), salt=RECEIPT_SALT)
    except signing.BadSignature:
        raise Http404 from None
    context = {"order": order, "at": datetime.fromisoformat(at)}
    return render(request, "site/withdraw_received.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@public
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Let whoever reads the mailbox of the account say that it was he; following asks only."""
    if request.method != "POST":
        return render(request, "site/withdraw_mine.html")
    filed = refunds.confirm_by_mail(token, now=clock.now())
    return _answered(request, filed)


@require_POST
@customers_only
def confirm_own(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """Let the customer say in his account that a declaration was his."""
    customer = account_id(request)
    filed = refunds.confirm_claim(
        customer, claim_id=claim_id, actor=f"customer:{customer}", now=clock.now()
    )
    messages.success(request, gettext("Thank you. We have answered your withdrawal by mail."))
    return redirect("site:order-by-id", order_id=filed.order_id)


def declarations_wait_s(address: str | None, now: datetime) -> int:
    """Count a declaration and return 0, or how long its sender must wait."""
    return wait_s(
        "withdrawals", address, most=DECLARATIONS_MAX, within_s=DECLARATIONS_WITHIN_S, now=now
    )


def _answered(request: HttpRequest, filed: claims.ClaimRow) -> HttpResponse:
    context = {"at": filed.received_at, "decided": filed.decided_at is not None}
    return render(request, "site/withdraw_done.html", context)


def _asked(request: HttpRequest, form: WithdrawalForm) -> HttpResponse:
    status = 400 if form.errors else 200
    return render(request, "site/withdraw.html", {"form": form}, status=status)


def _words(form: WithdrawalForm) -> dict[str, str]:
    order, email = form.cleaned_data["order"].strip(), form.cleaned_data["email"]
    said = gettext("I withdraw from the contract about order %(order)s. (%(email)s)")
    return {"declaration": said % {"order": order, "email": email}, "order": order, "email": email}


def _known(request: HttpRequest) -> dict[str, object]:
    customer = own_account_id(request)
    email = None if customer is None else accounts.email(customer)
    return {"order": request.GET.get("order", "")[:ORDER_MAX], "email": email or ""}


def _own(request: HttpRequest, order: str, email: str) -> ActivationRow | None:
    """Return the order of whoever is signed in, where it is his and so is the address."""
    customer = own_account_id(request)
    if customer is None or not order.isdigit():
        return None
    named = accounts.account_by_email(email)
    if named is None or named.id != customer:
        return None
    try:
        return numbers.activation(customer, activation_id=int(order))
    except Refusal:
        return None
