"""The page on which the customer of the sandbox pays, fails, or lets the shop wait."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from nummer.kernel.clock import SystemClock
from nummer.suppliers.sandbox.payment import Desk, OpenPage

PAY: Final = "pay"
FAIL: Final = "fail"
TWICE: Final = "twice"
LATE: Final = "late"
TELL: Final = "tell"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def pay(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the checkout, or do what its buttons say and send the customer back to the shop."""
    desk = Desk(settings.SANDBOX_FOLDER)
    page = desk.page(reference)
    if page is None:
        raise Http404
    if request.method != "POST":
        return _show(request, page)
    button = request.POST.get("button")
    if button not in {PAY, FAIL, TWICE, LATE, TELL}:
        return _show(request, page, status=400)
    if button != TELL:
        page = desk.decide(reference, "failed" if button == FAIL else "paid")
    if button == LATE or page.state == "open":
        return _show(request, page)
    for _time in range(2 if button == TWICE else 1):
        # Signatures age by the real clock, wherever the sandbox's stands.
        if not desk.tell(page, sent_at=SystemClock().now()):
            return _show(request, page, told=_("The shop did not take the message. Try again."))
    return HttpResponseRedirect(page.return_url)


def _show(
    request: HttpRequest, page: OpenPage, *, told: str = "", status: int = 200
) -> HttpResponse:
    return render(request, "sandbox/pay.html", {"page": page, "told": told}, status=status)


payment_urls = [path("pay/<str:reference>", pay, name="sandbox-pay")]
