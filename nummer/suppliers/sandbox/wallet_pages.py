"""The pages of the sandbox's PayPal and BTCPay: to approve, refuse, pay, or be late."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from nummer.suppliers.sandbox.payments.btcpay import objects as btcpay
from nummer.suppliers.sandbox.payments.btcpay.api import btcpay_desk
from nummer.suppliers.sandbox.payments.btcpay.events import btcpay_headers
from nummer.suppliers.sandbox.payments.desk import Desk, Memory
from nummer.suppliers.sandbox.payments.events import Headers, deliver
from nummer.suppliers.sandbox.payments.paypal import objects as paypal
from nummer.suppliers.sandbox.payments.paypal.api import paypal_desk
from nummer.suppliers.sandbox.payments.paypal.events import paypal_headers

TOLD_WITHIN_S: Final = 3.0
TELL: Final = "tell"

_WHOLE: Final = Decimal(1)
_REFERENCE: Final = re.compile(r"[A-Za-z0-9_-]{1,60}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Button:
    """A thing that can be done: it may lead back to the shop, and keep the news from it."""

    does: Callable[[Memory, str], None]
    leads_back: bool = False
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A page's content: `buttons` are names and labels in the reader's language."""

    title: str
    amount: str
    states: Sequence[str]
    buttons: Sequence[tuple[str, str]]
    back: str


@dataclass(frozen=True, slots=True)
class Counter:
    """One provider: its memory, its signature, what can be done, and what is shown."""

    desk: Desk
    headers: Headers
    buttons: Mapping[str, Button]
    show: Callable[[Memory, str], Shown]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def paypal_page(request: HttpRequest, reference: str) -> HttpResponse:
    """Show an order of PayPal, or do what its buttons say."""
    desk = paypal_desk(settings.SANDBOX_FOLDER)
    return _page(request, reference, Counter(desk, paypal_headers, _PAYPAL, _show_order))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def btcpay_page(request: HttpRequest, reference: str) -> HttpResponse:
    """Show an invoice of BTCPay, or do what its buttons say."""
    desk = btcpay_desk(settings.SANDBOX_FOLDER)
    return _page(request, reference, Counter(desk, btcpay_headers, _BTCPAY, _show_invoice))


def _page(request: HttpRequest, reference: str, counter: Counter) -> HttpResponse:
    shown = _shown(counter, reference)
    if request.method != "POST":
        return _render(request, shown)
    name = request.POST.get("button", "")
    button = counter.buttons.get(name)
    if button is None:
        return _render(request, shown, status=400)
    if name not in dict(shown.buttons):  # somebody else has pressed something meanwhile
        return _render(request, shown)
    with counter.desk.change() as memory:
        button.does(memory, reference)
        if name == TELL:
            memory.release(reference, now=time.time())
    if not button.quiet and not _tell(counter, reference):
        told = _("The shop did not take the message. Try again.")
        return _render(request, _shown(counter, reference), told=told)
    if button.leads_back:
        return HttpResponseRedirect(shown.back)
    return _render(request, _shown(counter, reference))


def _shown(counter: Counter, reference: str) -> Shown:
    if not _REFERENCE.fullmatch(reference):
        raise Http404
    with counter.desk.change() as memory:
        try:
            return counter.show(memory, reference)
        except (paypal.Wrong, btcpay.Wrong):
            raise Http404 from None


def _tell(counter: Counter, reference: str) -> bool:
    """Deliver what happened once, whoever does it; tell whether the shop took all of it."""
    give_up_at = time.monotonic() + TOLD_WITHIN_S
    while True:
        deliver(counter.desk, about=reference, headers=counter.headers)
        with counter.desk.change() as memory:
            if not memory.untold(reference):
                return True
        if time.monotonic() > give_up_at:
            return False
        time.sleep(0.05)


def _render(
    request: HttpRequest, shown: Shown, *, told: str = "", status: int = 200
) -> HttpResponse:
    return render(request, "sandbox/wallet.html", {"page": shown, "told": told}, status=status)


def _nothing(memory: Memory, reference: str) -> None:
    """Change nothing: the button only leads back, or tells."""


def _approve(*, how: str = "", held: bool = False) -> Callable[[Memory, str], None]:
    def do(memory: Memory, reference: str) -> None:
        paypal.approve(memory, reference, how=how, held=held)

    return do


def _end_waiting(*, completed: bool) -> Callable[[Memory, str], None]:
    def do(memory: Memory, reference: str) -> None:
        paypal.end_waiting(memory, reference, completed=completed)

    return do


def _dispute(memory: Memory, reference: str) -> None:
    for capture in memory.all_of(paypal.CAPTURE, reference):
        paypal.dispute(memory, capture["id"])


def _end_dispute(*, won: bool) -> Callable[[Memory, str], None]:
    def do(memory: Memory, reference: str) -> None:
        for capture in memory.all_of(paypal.CAPTURE, reference):
            paypal.end_dispute(memory, capture["id"], won=won)

    return do


def _show_order(memory: Memory, reference: str) -> Shown:
    order = paypal.shown_order(memory, reference)
    amount = order["purchase_units"][0]["amount"]
    captures = memory.all_of(paypal.CAPTURE, reference)
    disputes = [each for one in captures for each in memory.all_of(paypal.DISPUTE, one["id"])]
    state = captures[0]["status"] if captures else order["status"]
    states, buttons = _order_words(state, disputes)
    return Shown(
        title=_("Sandbox: PayPal"),
        amount=f"{amount['value']} {amount['currency_code']}",
        states=states,
        buttons=[*buttons, ("tell", _("Tell the shop now")), ("back", _("Back to the shop"))],
        back=memory.hidden(reference)["return_url"],
    )


def _order_words(
    state: str, disputes: Sequence[Mapping[str, Any]]
) -> tuple[list[str], list[tuple[str, str]]]:
    match state:
        case "PAYER_ACTION_REQUIRED":
            return [_("Not approved yet.")], [
                ("approve", _("Approve the payment")),
                ("decline", _("Approve, but let the bank decline")),
                ("wait", _("Approve, but let the money take its time")),
                ("late", _("Approve, but tell the shop later")),
                ("refuse", _("Refuse the payment")),
            ]
        case "APPROVED":
            return [_("Approved. The shop has not taken the money yet.")], []
        case "PENDING":
            return [_("The money is on its way.")], [
                ("arrive", _("Let the money arrive")),
                ("lose", _("Let the money not arrive")),
            ]
        case "DECLINED":
            return [_("The payment failed.")], []
    refunded = {
        "PARTIALLY_REFUNDED": [_("A part was sent back.")],
        "REFUNDED": [_("All of it was sent back.")],
    }.get(state, [])
    words, buttons = _dispute_words(disputes)
    return [_("Paid."), *refunded, *words], buttons


def _dispute_words(
    disputes: Sequence[Mapping[str, Any]],
) -> tuple[list[str], list[tuple[str, str]]]:
    if not disputes:
        return [], [("dispute", _("Dispute the payment at PayPal"))]
    if disputes[0]["status"] != "RESOLVED":
        return [_("The payer wants the money back.")], [
            ("dispute-won", _("PayPal decides for the shop")),
            ("dispute-lost", _("PayPal decides for the payer")),
        ]
    if disputes[0]["dispute_outcome"]["outcome_code"] == "RESOLVED_SELLER_FAVOUR":
        return [_("PayPal decided for the shop.")], []
    return [_("PayPal decided for the payer.")], []


def _pay(share: Decimal = _WHOLE, *, held: bool = False) -> Callable[[Memory, str], None]:
    def do(memory: Memory, reference: str) -> None:
        btcpay.pay(memory, reference, share=share, held=held)

    return do


def _mark(status: str) -> Callable[[Memory, str], None]:
    def do(memory: Memory, reference: str) -> None:
        btcpay.mark(memory, reference, status=status)

    return do


def _show_invoice(memory: Memory, reference: str) -> Shown:
    invoice = btcpay.found(memory, reference)
    states, buttons = _invoice_words(invoice["status"], invoice["additionalStatus"])
    return Shown(
        title=_("Sandbox: Bitcoin"),
        amount=f"{invoice['amount']} {invoice['currency']}",
        states=states,
        buttons=[*buttons, ("tell", _("Tell the shop now")), ("back", _("Back to the shop"))],
        back=str((invoice["checkout"] or {}).get("redirectURL") or "/"),
    )


def _invoice_words(state: str, more: str) -> tuple[list[str], list[tuple[str, str]]]:
    part = [_("A part has come.")] if more == "PaidPartial" else []
    match state:
        case "New":
            paying = (
                [("rest", _("Pay the other half"))]
                if part
                else [
                    ("pay", _("Pay")),
                    ("half", _("Pay half of it")),
                    ("over", _("Pay a tenth too much")),
                    ("seen", _("Pay, but let no block hold it yet")),
                    ("late", _("Pay, but tell the shop later")),
                ]
            )
            return [_("Waits for coins."), *part], [*paying, ("expire", _("Let the time end"))]
        case "Processing":
            return [_("The coins are seen, but no block holds them yet.")], [
                ("settle", _("Let a block hold them")),
                ("invalid", _("Let them never arrive")),
            ]
        case "Expired":
            paid_late = more == "PaidLate"
            words = [_("The coins came too late; the merchant decides.")] if paid_late else part
            after = (
                ("settle", _("As the merchant: mark as settled"))
                if paid_late
                else ("after", _("Pay after the time"))
            )
            return [_("The time has ended."), *words], [after]
        case "Settled":
            over = [_("More came than was asked.")] if more == "PaidOver" else []
            return [_("Paid."), *over], []
    return [_("The coins never arrived.")], []


_BACK: Final = {
    TELL: Button(_nothing),
    "back": Button(_nothing, leads_back=True, quiet=True),
}
_PAYPAL: Final[Mapping[str, Button]] = {
    "approve": Button(_approve(), leads_back=True),
    "decline": Button(_approve(how=paypal.DECLINES), leads_back=True),
    "wait": Button(_approve(how=paypal.WAITS), leads_back=True),
    "late": Button(_approve(held=True), quiet=True),
    "refuse": Button(_nothing, leads_back=True, quiet=True),
    "arrive": Button(_end_waiting(completed=True)),
    "lose": Button(_end_waiting(completed=False)),
    "dispute": Button(_dispute),
    "dispute-won": Button(_end_dispute(won=True)),
    "dispute-lost": Button(_end_dispute(won=False)),
    **_BACK,
}
_BTCPAY: Final[Mapping[str, Button]] = {
    "pay": Button(_pay(), leads_back=True),
    "half": Button(_pay(btcpay.PART)),
    "rest": Button(_pay(btcpay.PART), leads_back=True),
    "over": Button(_pay(btcpay.OVER), leads_back=True),
    "seen": Button(btcpay.see_unconfirmed),
    "late": Button(_pay(held=True), quiet=True),
    "settle": Button(_mark("Settled")),
    "invalid": Button(btcpay.fail_to_confirm),
    "expire": Button(btcpay.expire),
    "after": Button(_pay()),
    **_BACK,
}

wallet_urls = [
    path("paypal/<str:reference>", paypal_page, name="sandbox-paypal"),
    path("btcpay/<str:reference>", btcpay_page, name="sandbox-btcpay"),
]
