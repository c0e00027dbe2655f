"""Why an order went as it did: its time line and the clause that decides, live."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from nummer.apps.catalogue import queries as catalogue
from nummer.apps.leases import queries as leases
from nummer.apps.numbers import queries as numbers
from nummer.apps.numbers.errors import NoSuchActivation
from nummer.apps.refunds.timeline import timeline
from nummer.faces.site.requests import account_id, customers_only
from nummer.kernel import clock
from nummer.kernel.locale import DRAFTING_LANGUAGE

SETTLES: Final = timedelta(minutes=10)  # letters go out, and a late SMS may still come


def timeline_context(buyer: int, activation_id: int, service_name: str) -> dict[str, object]:
    """Return what the time line of an order shows to the customer who placed it."""
    now = clock.now()
    found = timeline(
        buyer,
        activation_id=activation_id,
        language=get_language() or DRAFTING_LANGUAGE,
        now=now,
    )
    row = found.activation
    return {
        "timeline": found,
        "service_name": service_name,
        "seconds_left": max(0, int((row.window_ends_at - now).total_seconds())) if row.open else 0,
        "moving": row.closed_at is None or now - row.closed_at < SETTLES,
        "may_see_number": True,
    }


@never_cache
@require_safe
@customers_only
def timeline_anew(request: HttpRequest, activation_id: int) -> HttpResponse:
    """Give the time line anew, after a wake-up or at the end of a countdown."""
    buyer = account_id(request)
    row = numbers.activation(buyer, activation_id=activation_id)
    name = catalogue.service(row.service).name
    return render(request, "site/_timeline_live.html", timeline_context(buyer, activation_id, name))


@never_cache
@require_safe
@customers_only
def by_order(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Lead from a line of the statement to the page of its order, or of its lease."""
    customer = account_id(request)
    with suppress(NoSuchActivation):
        row = numbers.activation_of_order(customer, order_id=order_id)
        return redirect("site:order-detail", activation_id=row.activation_id)
    lease_id = leases.lease_of_order(customer, order_id=order_id)
    return redirect("site:my-number", lease_id=lease_id)
