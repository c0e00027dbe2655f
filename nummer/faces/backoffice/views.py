"""The pages of the staff; small on purpose, each says who may open it."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nummer.apps.catalogue import actions as catalogue_actions
from nummer.apps.catalogue import queries as catalogue
from nummer.apps.messaging import queries as messaging
from nummer.apps.numbers import actions as numbers_actions
from nummer.apps.numbers import importing
from nummer.apps.numbers import queries as numbers
from nummer.apps.orders import queries as orders
from nummer.faces.backoffice.forms import PriceForm
from nummer.faces.backoffice.requests import (
    COMPLIANCE,
    FINANCE,
    OPERATIONS,
    ROWS_PER_PAGE,
    SUPPORT,
    accounts_of,
    member,
    place,
    seen,
    sentence,
    staff_only,
)
from nummer.kernel import clock
from nummer.kernel.errors import Refusal

OUTCOMES: Final = {
    "shown": _("its code was shown"),
    "text": _("shown, without a code"),
    "other": _("of another service"),
    "nobody": _("nobody had the number"),
    "rented": _("for a rented number"),
    "kept": _("kept until the number is paid"),
}
_COUNTED_MAX: Final = 1_000  # free numbers of a place; more are not counted


@require_safe
@staff_only(OPERATIONS)
def services(request: HttpRequest) -> HttpResponse:
    """List every service with its switch and its free numbers, counted so far in each country."""
    free: dict[str, list[int]] = {}
    for (code, _country), count in numbers.stock_up_to(_COUNTED_MAX).items():
        free.setdefault(code, []).append(count)
    rows = [
        (row, sum(counts), _COUNTED_MAX in counts)
        for row in catalogue.services(enabled_only=False)
        for counts in [free.get(row.code, [])]
    ]
    return render(request, "backoffice/services.html", {"rows": rows})


@require_POST
@staff_only(OPERATIONS)
def switch_service(request: HttpRequest, code: str) -> HttpResponse:
    """Offer a service, or stop offering it; open orders go on."""
    wanted = request.POST.get("enabled")
    if wanted not in ("yes", "no"):
        return HttpResponseBadRequest()
    now, enabled = clock.now(), wanted == "yes"
    try:
        catalogue_actions.switch_service(
            code, enabled=enabled, actor=member(request).actor, now=now
        )
        if enabled:
            numbers_actions.stock_slots(service=code)
        messages.success(request, gettext("Saved."))
    except Refusal as refusal:
        messages.error(request, sentence(refusal))
    return redirect("backoffice:services")


@require_safe
@staff_only(OPERATIONS, FINANCE, SUPPORT)
def prices(request: HttpRequest) -> HttpResponse:
    """List the prices without tax that hold now, in one currency, and those to come."""
    chosen = {name: request.GET.get(name, "") for name in ("service", "currency")}
    return _price_page(request, PriceForm(initial=chosen))


@require_POST
@staff_only(OPERATIONS, FINANCE)
def set_price(request: HttpRequest) -> HttpResponse:
    """Let a price hold from a moment on, or end an offer then."""
    form, now = PriceForm(request.POST), clock.now()
    if form.is_valid():
        try:
            catalogue_actions.set_price(
                **form.price(), now=now, from_at=form.begins(now), actor=member(request).actor
            )
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            messages.success(request, gettext("Saved."))
            query = urlencode({name: form.cleaned_data[name] for name in ("currency", "service")})
            return redirect(f"{reverse('backoffice:prices')}?{query}")
    return _price_page(request, form)


def _price_page(request: HttpRequest, form: PriceForm) -> HttpResponse:
    shown = request.POST or request.GET
    wanted = shown.get("currency", "")
    currency = wanted if wanted in catalogue.currencies() else catalogue.currencies()[0]
    known = {row.code for row in catalogue.services(enabled_only=False)}
    service = shown.get("service", "")
    only = service if service in known else None
    now = clock.now()
    context = {
        "rows": catalogue.prices(currency, now=now, service=only)[:1000],
        "planned": catalogue.planned_prices(currency, now=now, service=only),
        "form": form if member(request).may((OPERATIONS, FINANCE)) else None,
        "currency": currency,
        "currencies": catalogue.currencies(),
        "service": service,
        "services": catalogue.services(enabled_only=True),
    }
    return render(request, "backoffice/prices.html", context, status=400 if form.errors else 200)


@require_safe
@staff_only(OPERATIONS, SUPPORT)
def stock(request: HttpRequest) -> HttpResponse:
    """List the free numbers of each service and country, fewest first; many are not counted."""
    names = {row.code: row.name for row in catalogue.services(enabled_only=False)}
    rows = sorted(
        (count, names.get(code, code), country)
        for (code, country), count in numbers.stock_up_to(_COUNTED_MAX).items()
    )
    context = {"rows": rows[:2000], "most": _COUNTED_MAX}
    return render(request, "backoffice/stock.html", context)


@require_safe
@staff_only(SUPPORT, FINANCE, COMPLIANCE, OPERATIONS)
def order_list(request: HttpRequest) -> HttpResponse:
    """List the latest orders of all customers, without their content."""
    mine = accounts_of(request)
    rows = orders.recent(after=place(request, "after"), limit=ROWS_PER_PAGE, account_ids=mine)
    seen(request, verb="list_orders", place="orders_order")
    context = {
        "rows": rows,
        "more": rows[-1] if len(rows) == ROWS_PER_PAGE else None,
        "narrowed": mine is not None,
    }
    return render(request, "backoffice/orders.html", context)


@require_safe
@staff_only(SUPPORT, COMPLIANCE, OPERATIONS)
def message_list(request: HttpRequest) -> HttpResponse:
    """List the latest messages: when, where, what became of them; never sender or text."""
    mine = accounts_of(request)
    rows = messaging.heads(after=place(request, "after"), limit=ROWS_PER_PAGE, account_ids=mine)
    seen(request, verb="list_messages", place="messaging_message")
    context = {
        "rows": [(row, OUTCOMES[row.outcome]) for row in rows],
        "more": rows[-1] if len(rows) == ROWS_PER_PAGE else None,
        "narrowed": mine is not None,
    }
    return render(request, "backoffice/messages.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(OPERATIONS)
def imports(request: HttpRequest) -> HttpResponse:
    """List the latest imports of numbers, and take a new file."""
    refused = ""
    if request.method == "POST":
        file = request.FILES.get("file")
        if file is None:
            refused = gettext("Please choose a file.")
        elif file.size is None or file.size > importing.SHEET_BYTES_MAX:
            return render(request, "413.html", status=413)
        else:
            try:
                run_id = importing.start_import(
                    file.read(), actor=member(request).actor, now=clock.now()
                )
                return redirect("backoffice:import", run_id=run_id)
            except Refusal as refusal:
                refused = sentence(refusal)
    context = {
        "runs": importing.import_runs(),
        "columns": ",".join(importing.COLUMNS),
        "refused": refused,
    }
    return render(request, "backoffice/imports.html", context, status=400 if refused else 200)


@require_safe
@staff_only(OPERATIONS)
def import_run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Show how far an import is, and each line that was left out with its reason."""
    try:
        run = importing.import_run(run_id)
    except Refusal:
        raise Http404 from None
    after = request.GET.get("after", "0")
    lines = importing.refused_lines(
        run_id,
        after=int(after) if after.isascii() and after.isdigit() and len(after) < 9 else 0,  # noqa: PLR2004 -- an integer
    )
    context = {
        "run": run,
        "lines": [(line.line, gettext(importing.REASONS[line.reason])) for line in lines],
        "more": lines[-1].line if len(lines) == 200 else None,  # noqa: PLR2004 -- the page of importing
    }
    fragment = request.headers.get("HX-Request")
    page = "backoffice/_import_state.html" if fragment else "backoffice/import.html"
    return render(request, page, context)
