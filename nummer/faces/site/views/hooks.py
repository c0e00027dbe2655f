"""Webhooks: where a customer's events are told, how that went, and telling them again."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from nummer.apps.webhooks import actions, queries
from nummer.apps.webhooks.actions.removing import KEPT
from nummer.apps.webhooks.kinds import KINDS, TEST, DeliveryState
from nummer.apps.webhooks.ports import Failure
from nummer.faces.site.refusals import NOT_FOUND, sentence
from nummer.faces.site.requests import account_id, customers_only
from nummer.kernel import clock
from nummer.kernel.errors import Refusal

LISTED: Final = 50

KIND_NAMES: Final = {
    "message.received": _("a message came"),
    "message.updated": _("a message that was sent changed its state"),
    "lease.activated": _("a rented number works"),
    "lease.failed": _("a number could not be supplied"),
    "lease.renewed": _("a number was renewed"),
    "lease.unpaid": _("a number is paused, since it is unpaid"),
    "lease.ended": _("a lease ended"),
    "lease.blocked": _("a number was blocked by its carrier, another one is offered"),
    "lease.replaced": _("another number took the place of one"),
    TEST: _("test"),
}
STATES: Final = {
    "on": _("on"),
    "off": _("switched off"),
    "failed": _("switched off, since nothing arrived for days"),
}
DELIVERED: Final = {
    DeliveryState.WAITING: _("waits"),
    DeliveryState.DONE: _("arrived"),
    DeliveryState.FAILED: _("did not arrive"),
    DeliveryState.MISSED: _("missed, the webhook was off"),
    DeliveryState.NOTHING: _("nothing left to tell"),
}
FAILURES: Final = {
    Failure.ADDRESS_REFUSED: _("the name leads to an address that we do not call"),
    Failure.NOT_FOUND: _("the name was not found"),
    Failure.NOT_CONNECTED: _("no connection"),
    Failure.NOT_TRUSTED: _("the certificate is not valid"),
    Failure.TOO_SLOW: _("no answer within 15 seconds"),
    Failure.TOO_LARGE: _("the answer was too large"),
    Failure.BROKEN: _("the connection broke"),
    Failure.OURS: _("our mistake; we try again"),
}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("made")
@customers_only
def hooks(request: HttpRequest) -> HttpResponse:
    """List the webhooks, and open one when the form is sent."""
    customer = account_id(request)
    made, refused, url = None, "", request.POST.get("url", "").strip()
    if request.method == "POST":
        try:
            made = actions.create_endpoint(
                customer,
                url=url,
                kinds=request.POST.getlist("kind")[: len(KINDS)],
                actor=f"customer:{customer}",
                now=clock.now(),
            )
        except Refusal as refusal:
            refused = sentence(refusal)
    context = {
        "rows": [(row, STATES[row.state]) for row in queries.endpoints(customer)],
        "kinds": [(kind, KIND_NAMES[kind]) for kind in KINDS],
        "made": made,
        "refused": refused,
        "url": "" if made else url,
        "chosen": request.POST.getlist("kind") if refused else [],
    }
    return render(request, "site/hooks.html", context, status=409 if refused else 200)


@never_cache
@require_GET
@customers_only
def hook(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """Show a webhook and its log, newest first."""
    customer = account_id(request)
    return _hook_page(request, customer, endpoint_id)


@never_cache
@require_POST
@sensitive_variables("fresh")
@customers_only
def secret(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """Give a webhook a new secret and show it this once."""
    customer = account_id(request)
    fresh = actions.rotate_secret(
        customer, endpoint_id=endpoint_id, actor=f"customer:{customer}", now=clock.now()
    )
    return _hook_page(request, customer, endpoint_id, secret=fresh.secret)


@require_POST
@customers_only
def change(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """Do what one of the buttons says."""
    customer, now = account_id(request), clock.now()
    me, step = f"customer:{customer}", request.POST.get("step", "")
    queries.endpoint(customer, endpoint_id=endpoint_id)  # another's is not there, whatever the step
    try:
        if step == "remove":
            actions.remove_endpoint(customer, endpoint_id=endpoint_id, actor=me, now=now)
            messages.success(request, gettext("The webhook is removed."))
            return redirect("site:hooks")
        if step in ("on", "off"):
            actions.switch(customer, endpoint_id=endpoint_id, on=step == "on", actor=me, now=now)
            messages.success(request, gettext("Saved."))
        elif step == "test":
            actions.send_test(customer, endpoint_id=endpoint_id, now=now)
            messages.success(request, gettext("A test event is on its way."))
        elif step == "replay":
            _replay_failed(request, customer, endpoint_id)
        elif step == "settings":
            actions.change_endpoint(
                customer,
                endpoint_id=endpoint_id,
                url=request.POST.get("url", "").strip(),
                kinds=request.POST.getlist("kind")[: len(KINDS)],
                actor=me,
                now=now,
            )
            messages.success(request, gettext("Saved."))
    except Refusal as refusal:
        if refusal.code in NOT_FOUND:
            raise
        messages.error(request, sentence(refusal))
    return redirect("site:hook", endpoint_id)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@customers_only
def delivery(request: HttpRequest, endpoint_id: UUID, event_id: UUID) -> HttpResponse:
    """Show each attempt to tell one event, or tell it again."""
    customer = account_id(request)
    row = queries.endpoint(customer, endpoint_id=endpoint_id)
    told = queries.delivery(customer, endpoint_id=endpoint_id, event_id=event_id)
    if request.method == "POST":
        try:
            actions.replay(customer, endpoint_id=endpoint_id, event_id=event_id, now=clock.now())
            messages.success(request, gettext("The event is told again."))
        except Refusal as refusal:
            messages.error(request, sentence(refusal))
        return redirect("site:hook-delivery", endpoint_id, event_id)
    calls = queries.attempts(customer, endpoint_id=endpoint_id, event_id=event_id)
    context = {
        "row": row,
        "told": told,
        "kind": KIND_NAMES.get(told.kind, told.kind),
        "state": DELIVERED[told.state],
        "calls": [
            (call, FAILURES.get(Failure(call.error)) if call.error else "") for call in calls
        ],
    }
    return render(request, "site/hook_delivery.html", context)


def _hook_page(
    request: HttpRequest, customer: int, endpoint_id: UUID, *, secret: str | None = None
) -> HttpResponse:
    row = queries.endpoint(customer, endpoint_id=endpoint_id)
    named = request.GET.get("state", "")
    state = DeliveryState(named) if named in DeliveryState.values else None
    before = _event_id(request.GET.get("before", ""))
    rows = queries.deliveries(
        customer, endpoint_id=endpoint_id, state=state, before=before, limit=LISTED
    )
    context = {
        "row": row,
        "state": STATES[row.state],
        "kinds": [(kind, KIND_NAMES[kind]) for kind in KINDS],
        "log": [(one, KIND_NAMES.get(one.kind, one.kind), DELIVERED[one.state]) for one in rows],
        "more": rows[-1].event_id if len(rows) == LISTED else None,
        "paged": before is not None,
        "states": [(value, DELIVERED[value]) for value in DeliveryState],
        "wanted": state or "",
        "secret": secret,
    }
    return render(request, "site/hook.html", context)


def _replay_failed(request: HttpRequest, customer: int, endpoint_id: UUID) -> None:
    now = clock.now()
    hours = request.POST.get("hours", "")
    within = timedelta(hours=int(hours)) if hours in ("1", "24") else KEPT
    count = actions.replay_failed(customer, endpoint_id=endpoint_id, since=now - within, now=now)
    text = ngettext("%(count)s event is told again.", "%(count)s events are told again.", count) % {
        "count": count
    }
    messages.success(request, text)


def _event_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
