"""The page on which the customer of the sandbox pays, fails, cancels, or lets the shop wait."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from nummer.kernel.money import MICRO, Money, minor_digits
from nummer.suppliers.sandbox.payments import objects
from nummer.suppliers.sandbox.payments.desk import Desk, Memory
from nummer.suppliers.sandbox.payments.events import deliver

PAY: Final = "pay"
FAIL: Final = "fail"
CANCEL: Final = "cancel"
LATE: Final = "late"
TELL: Final = "tell"
TWICE: Final = "twice"
DISPUTE: Final = "dispute"
DISPUTE_WON: Final = "dispute-won"
DISPUTE_LOST: Final = "dispute-lost"
LEADS_BACK: Final = frozenset({PAY, FAIL, CANCEL, TELL})
TOLD_WITHIN_S: Final = 3.0

_REFERENCE = re.compile(r"cs_test_[0-9a-f]{24}", re.ASCII)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def pay(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the checkout, or do what its buttons say and send the customer back to the shop."""
    desk = Desk(settings.SANDBOX_FOLDER)
    session = _session(desk, reference)
    if request.method != "POST":
        return _show(request, desk, session)
    button = request.POST.get("button")
    if button not in _DO:
        return _show(request, desk, session, status=400)
    if (button in _LATER) != (session["payment_status"] == "paid") and button != TELL:
        return _show(request, desk, session)
    with desk.change() as memory:
        _DO[button](memory, session)
    session = _session(desk, reference)
    if button == LATE or session["status"] == "open":
        return _show(request, desk, session)
    if not _tell(desk, reference):
        told = _("The shop did not take the message. Try again.")
        return _show(request, desk, session, told=told)
    if button in LEADS_BACK:
        return HttpResponseRedirect(session["success_url"])
    return _show(request, desk, session)


def _session(desk: Desk, reference: str) -> dict[str, Any]:
    if not _REFERENCE.fullmatch(reference):
        raise Http404
    with desk.change() as memory:
        session = memory.find(reference, "checkout.session")
    if session is None:
        raise Http404
    return session


def _tell(desk: Desk, reference: str) -> bool:
    """Deliver what happened once, whoever does it; tell whether the shop took all of it."""
    give_up_at = time.monotonic() + TOLD_WITHIN_S
    while True:
        deliver(desk, about=reference)
        with desk.change() as memory:
            if not memory.untold(reference):
                return True
        if time.monotonic() > give_up_at:
            return False
        time.sleep(0.05)


def _pay(memory: Memory, session: Mapping[str, Any]) -> None:
    objects.pay_session(memory, session["id"])


def _fail(memory: Memory, session: Mapping[str, Any]) -> None:
    objects.fail_session(memory, session["id"])


def _cancel(memory: Memory, session: Mapping[str, Any]) -> None:
    if session["status"] == "open":
        objects.expire_session(memory, session["id"])


def _late(memory: Memory, session: Mapping[str, Any]) -> None:
    objects.pay_session(memory, session["id"], held=True)


def _release(memory: Memory, session: Mapping[str, Any]) -> None:
    memory.release(session["id"], now=time.time())


def _twice(memory: Memory, session: Mapping[str, Any]) -> None:
    objects.pay_again(memory, session["id"])


def _dispute(memory: Memory, session: Mapping[str, Any]) -> None:
    objects.dispute(memory, session["payment_intent"], about=session["id"])


def _dispute_won(memory: Memory, session: Mapping[str, Any]) -> None:
    objects.end_dispute(memory, session["payment_intent"], won=True, about=session["id"])


def _dispute_lost(memory: Memory, session: Mapping[str, Any]) -> None:
    objects.end_dispute(memory, session["payment_intent"], won=False, about=session["id"])


_DO: Final = {
    PAY: _pay,
    FAIL: _fail,
    CANCEL: _cancel,
    LATE: _late,
    TELL: _release,
    TWICE: _twice,
    DISPUTE: _dispute,
    DISPUTE_WON: _dispute_won,
    DISPUTE_LOST: _dispute_lost,
}
_LATER: Final = frozenset({TWICE, DISPUTE, DISPUTE_WON, DISPUTE_LOST})


def _show(
    request: HttpRequest,
    desk: Desk,
    session: Mapping[str, Any],
    *,
    told: str = "",
    status: int = 200,
) -> HttpResponse:
    currency = session["currency"].upper()
    micro = session["amount_total"] * (MICRO // 10 ** minor_digits(currency))
    with desk.change() as memory:
        disputes = memory.all_of("dispute", session["payment_intent"] or "")
        known = not memory.untold(session["id"])
    page = {
        "amount": Money(micro, currency).decimal_text(),
        "currency": currency,
        "status": session["status"],
        "paid": session["payment_status"] == "paid",
        "told": known,
        "return_url": session["cancel_url"] or session["success_url"],
        "dispute": disputes[0]["status"] if disputes else "",
    }
    return render(request, "sandbox/pay.html", {"page": page, "told": told}, status=status)


payment_urls = [path("pay/<str:reference>", pay, name="sandbox-pay")]
