"""The order table: numbers, countdowns, live codes, and what can be done with an open order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from nummer.apps.catalogue import queries as catalogue
from nummer.apps.incidents import queries as incidents
from nummer.apps.messaging import queries as messaging
from nummer.apps.messaging.queries import MessageRow
from nummer.apps.numbers import actions as numbers_actions
from nummer.apps.numbers import queries as numbers
from nummer.apps.numbers.queries import ActivationRow
from nummer.apps.orders import queries as orders
from nummer.apps.orders.queries import OrderRow
from nummer.apps.refunds import actions as refunds
from nummer.apps.refunds import queries as decisions
from nummer.apps.refunds.queries import DecisionRow
from nummer.apps.refunds.timeline import cancelling_barred
from nummer.faces.site.exports import csv_answer
from nummer.faces.site.paging import cursor_of
from nummer.faces.site.refusals import NOT_FOUND, sentence
from nummer.faces.site.requests import account_id, customers_only
from nummer.faces.site.templatetags.nummer import money
from nummer.faces.site.views.problems import concerns
from nummer.faces.site.views.timelines import timeline_context
from nummer.kernel import clock
from nummer.kernel.errors import Refusal

SURFACE: Final = "site"
ROWS_PER_PAGE: Final = 20
ROWS_PER_EXPORT_STEP: Final = 500
Filter = Literal["all", "open", "ended"]


@dataclass(frozen=True, slots=True)
class OrderView:
    """One line of the order table."""

    activation: ActivationRow
    order: OrderRow
    service_name: str
    messages: Sequence[MessageRow]
    seconds_left: int
    refund: DecisionRow | None
    barred: bool = False  # by RP-X4

    @property
    def can_cancel(self) -> bool:
        """Say whether cancelling pays back: it is open, no code was shown, and no rule bars it."""
        return self.activation.open and self.activation.displayed_at is None and not self.barred

    @property
    def has_code(self) -> bool:
        """Say whether a code was shown."""
        return self.activation.displayed_at is not None


@never_cache
@require_safe
@customers_only
def table(request: HttpRequest) -> HttpResponse:
    """Show a page of the customer's orders, newest first."""
    buyer, wanted = account_id(request), _filter(request)
    rows = _page(buyer, wanted=wanted, before=cursor_of(request), limit=ROWS_PER_PAGE + 1)
    more = rows[ROWS_PER_PAGE - 1].activation_id if len(rows) > ROWS_PER_PAGE else None
    lines = _lines(buyer, rows[:ROWS_PER_PAGE], clock.now())
    context = {"lines": lines, "wanted": wanted, "more": more, "paged": "before" in request.GET}
    return render(request, "site/orders.html", context)


def _filter(request: HttpRequest) -> Filter:
    match request.GET.get("show"):
        case "open":
            return "open"
        case "ended":
            return "ended"
        case _:
            return "all"


def _page(buyer: int, *, wanted: Filter, before: int | None, limit: int) -> Sequence[ActivationRow]:
    states = {
        "all": None,
        "open": numbers.OPEN,
        "ended": numbers.ENDED,
    }[wanted]
    return numbers.activations(buyer, states=states, before=before, limit=limit)


def _lines(buyer: int, rows: Sequence[ActivationRow], now: datetime) -> list[OrderView]:
    texts = messaging.messages_of(buyer, activation_keys=[row.key for row in rows])
    order_ids = [row.order_id for row in rows]
    placed = orders.orders_of(buyer, order_ids=order_ids)
    decided = decisions.decisions_of(buyer, order_ids=order_ids)
    names = {service.code: service.name for service in catalogue.services(enabled_only=False)}
    barred = _barred(buyer, rows, now)
    return [
        OrderView(
            activation=row,
            order=placed[row.order_id],
            service_name=names[row.service],
            messages=texts[row.key],
            seconds_left=max(0, int((row.window_ends_at - now).total_seconds())),
            refund=decided.get(row.order_id),
            barred=row.order_id in barred,
        )
        for row in rows
    ]


def _barred(buyer: int, rows: Sequence[ActivationRow], now: datetime) -> set[UUID]:
    """Return the open orders whose cancelling the policy refuses; asked of it where it may be."""
    waiting = {row.order_id: row.activation_id for row in rows if row.open}
    breached = incidents.breached(buyer, order_ids=list(waiting)) if waiting else ()
    return {
        order_id
        for order_id in breached
        if cancelling_barred(buyer, activation_id=waiting[order_id], now=now)
    }


def _line(buyer: int, activation_id: int) -> OrderView:
    row = numbers.activation(buyer, activation_id=activation_id)
    return _lines(buyer, [row], clock.now())[0]


@never_cache
@require_safe
@customers_only
def line(request: HttpRequest, activation_id: int) -> HttpResponse:
    """Give one line of the table anew, after a wake-up or at the end of a countdown."""
    context = {"line": _line(account_id(request), activation_id)}
    return render(request, "site/_order_line.html", context)


@never_cache
@require_safe
@customers_only
def detail(request: HttpRequest, activation_id: int) -> HttpResponse:
    """Show one order with everything that was agreed; made to be printed."""
    buyer = account_id(request)
    line = _line(buyer, activation_id)
    context = {
        "line": line,
        "concerns": concerns(line.activation, now=clock.now()),
        **timeline_context(buyer, activation_id, line.service_name),
    }
    return render(request, "site/order_detail.html", context)


@require_POST
@customers_only
def cancel(request: HttpRequest, activation_id: int) -> HttpResponse:
    """Cancel an order before its code; the price goes back to the balance."""
    buyer = account_id(request)

    def act() -> str:
        decided = refunds.cancel_activation(
            buyer, activation_id=activation_id, surface=SURFACE, now=clock.now()
        )
        return gettext(
            "Cancelled. %(amount)s is back on your balance (refund policy, %(clause)s)."
        ) % {"amount": money(decided.amount), "clause": decided.clause}

    return _act(request, activation_id, act)


@require_POST
@customers_only
def another(request: HttpRequest, activation_id: int) -> HttpResponse:
    """Ask for another code on the same number inside the window."""
    buyer = account_id(request)

    def act() -> str:
        numbers_actions.ask_another_code(buyer, activation_id=activation_id, now=clock.now())
        return gettext("Waiting for another code until the window ends.")

    return _act(request, activation_id, act)


@require_POST
@customers_only
def finish(request: HttpRequest, activation_id: int) -> HttpResponse:
    """End an order whose code came."""
    buyer = account_id(request)

    def act() -> str:
        numbers_actions.finish_activation(buyer, activation_id=activation_id, now=clock.now())
        return gettext("Finished. The number belongs to you no longer.")

    return _act(request, activation_id, act)


def _act(request: HttpRequest, activation_id: int, act: Callable[[], str]) -> HttpResponse:
    """Do one thing with an order and show its line again, with what came of it."""
    told, refused = "", ""
    try:
        told = act()
    except Refusal as refusal:
        if refusal.code in NOT_FOUND:
            raise
        refused = sentence(refusal)
    if request.headers.get("HX-Request"):
        line = _line(account_id(request), activation_id)
        context = {"line": line, "told": told, "refused": refused}
        return render(request, "site/_order_line.html", context)
    if refused:
        messages.error(request, refused)
    else:
        messages.success(request, told)
    return redirect(f"{reverse('site:orders')}#activation-{activation_id}")


@never_cache
@require_safe
@customers_only
def export(request: HttpRequest) -> StreamingHttpResponse:
    """Give all orders as CSV, newest first, without SMS texts."""
    buyer = account_id(request)
    return csv_answer(
        "orders.csv",
        head=[
            "order",
            "placed_at",
            "service",
            "country",
            "number",
            "state",
            "total",
            "tax",
            "currency",
            "window_ends_at",
            "displayed_at",
            "closed_at",
        ],
        steps=_export_steps(buyer),
    )


def _export_steps(buyer: int) -> Iterator[list[list[str]]]:
    before: int | None = None
    while rows := _page(buyer, wanted="all", before=before, limit=ROWS_PER_EXPORT_STEP):
        placed = orders.orders_of(buyer, order_ids=[row.order_id for row in rows])
        yield [_exported(row, placed[row.order_id]) for row in rows]
        before = rows[-1].activation_id


def _exported(row: ActivationRow, order: OrderRow) -> list[str]:
    return [
        str(row.activation_id),
        order.placed_at.isoformat(),
        row.service,
        row.country,
        row.number.e164,
        str(row.state.value),
        order.total.decimal_text(),
        order.tax.decimal_text(),
        order.total.currency,
        row.window_ends_at.isoformat(),
        "" if row.displayed_at is None else row.displayed_at.isoformat(),
        "" if row.closed_at is None else row.closed_at.isoformat(),
    ]
