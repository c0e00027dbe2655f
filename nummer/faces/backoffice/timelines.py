"""An order as its customer sees it, for the staff: why it went as it did, without any content."""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from nummer.apps.catalogue import queries as catalogue
from nummer.apps.numbers import queries as numbers
from nummer.apps.refunds.timeline import Kind, timeline
from nummer.faces.backoffice.requests import (
    COMPLIANCE,
    FINANCE,
    OPERATIONS,
    SUPPORT,
    member,
    seen,
    staff_only,
)
from nummer.kernel import clock
from nummer.kernel.errors import Refusal
from nummer.kernel.locale import DRAFTING_LANGUAGE

FACTS: Final = (SUPPORT, COMPLIANCE, OPERATIONS)
MESSAGES: Final = (SUPPORT, COMPLIANCE, OPERATIONS)  # who may see that an SMS came, and where


@require_safe
@staff_only(SUPPORT, FINANCE, COMPLIANCE, OPERATIONS)
def order(request: HttpRequest, account_id: int, order_id: UUID) -> HttpResponse:
    """Show one order's time line and clause; who looked is recorded with the order's id.

    Nobody of the staff sees sender, text or code here; finance sees neither number nor SMS.
    """
    now, sees_messages = clock.now(), member(request).may(MESSAGES)
    try:
        row = numbers.activation_of_order(account_id, order_id=order_id)
    except Refusal:
        raise Http404 from None
    seen(request, verb="view_order", place="orders_order", row=str(order_id))
    line = timeline(
        account_id,
        activation_id=row.activation_id,
        language=get_language() or DRAFTING_LANGUAGE,
        now=now,
    )
    if not sees_messages:
        events = [event for event in line.events if event.kind is not Kind.SMS_RECEIVED]
        line = replace(line, events=events)
    left_s = int((row.window_ends_at - now).total_seconds()) if row.open else 0
    context = {
        "timeline": line,
        "service_name": catalogue.service(row.service).name,
        "seconds_left": max(0, left_s),
        "may_see_number": sees_messages,
        "staff_view": True,
        "account_id": account_id,
        "order_id": order_id,
        "may_see_facts": member(request).may(FACTS),
    }
    return render(request, "backoffice/order.html", context)
