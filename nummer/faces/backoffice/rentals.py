"""Numbers for rent: the stock by place, and a file of them that comes into it."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_safe

from nummer.apps.catalogue import cities
from nummer.apps.catalogue import queries as catalogue
from nummer.apps.leases import importing, stocktaking
from nummer.apps.leases.ports import supplier_codes
from nummer.apps.leases.searching import KINDS
from nummer.apps.leases.stocktaking import LOW_BELOW, Counted
from nummer.apps.numbers.importing import REASONS, SHEET_BYTES_MAX
from nummer.faces.backoffice.requests import (
    OPERATIONS,
    ROWS_PER_PAGE,
    SUPPORT,
    member,
    sentence,
    staff_only,
)
from nummer.kernel import clock
from nummer.kernel.errors import Refusal

SHOWN = 200


@require_safe
@staff_only(OPERATIONS, SUPPORT)
def stock(request: HttpRequest) -> HttpResponse:
    """List how many numbers for rent are free, leased, resting and withheld, by place."""
    codes = [row.code for row in catalogue.countries()]
    country, kind = request.GET.get("country", ""), request.GET.get("kind", "")
    chosen = {
        "country": country if country in codes else "",
        "kind": kind if kind in KINDS else "",
        "low": "yes" if request.GET.get("low") == "yes" else "",
    }
    rows = stocktaking.counted(
        now=clock.now(),
        country=chosen["country"],
        kind=chosen["kind"],
        low=bool(chosen["low"]),
        after=_after(request),
        limit=ROWS_PER_PAGE,
    )
    context = {
        **chosen,
        "rows": [(row, _city(row)) for row in rows],
        "countries": codes,
        "kinds": KINDS,
        "below": LOW_BELOW,
        "more": "?" + urlencode({**chosen, "after": ".".join(rows[-1].place)})
        if len(rows) == ROWS_PER_PAGE
        else "",
    }
    return render(request, "backoffice/stock_for_rent.html", context)


def _after(request: HttpRequest) -> tuple[str, str, str]:
    """Return the place after which the page begins; what is none means the first page."""
    parts = request.GET.get("after", "").replace("\0", "")[:80].split(".")
    match parts:
        case [country, kind, city]:
            return country, kind, city
        case _:
            return "", "", ""


def _city(row: Counted) -> str:
    if not row.city:
        return ""
    return cities.city(row.country, code=row.city).name(get_language() or "en")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(OPERATIONS)
def import_numbers(request: HttpRequest) -> HttpResponse:
    """Take a file of numbers for rent, and say of each line that was left out why."""
    refused, done = "", None
    if request.method == "POST":
        file = request.FILES.get("file")
        if file is None:
            refused = gettext("Please choose a file.")
        elif file.size is None or file.size > SHEET_BYTES_MAX:
            return render(request, "413.html", status=413)
        else:
            try:
                done = importing.import_for_rent(
                    file.read(),
                    supplier=request.POST.get("supplier", ""),
                    actor=member(request).actor,
                    now=clock.now(),
                )
            except Refusal as refusal:
                refused = sentence(refusal)
    left_out = [] if done is None else done.refused
    context = {
        "columns": ",".join(importing.RENT_COLUMNS),
        "suppliers": supplier_codes(),
        "done": done,
        "lines": [(line, gettext(REASONS[reason])) for line, reason in left_out[:SHOWN]],
        "refused": refused,
    }
    status = 400 if refused else 200
    return render(request, "backoffice/import_for_rent.html", context, status=status)
