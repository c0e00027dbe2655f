"""The staff's page of margins: what SMS of rented numbers brought and cost."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from nummer.apps.catalogue import sms_listing
from nummer.apps.messaging.queries.margins import (
    MARGINS_PAGE,
    MarginRow,
    all_margins,
)
from nummer.apps.messaging.queries.margins import margins as read
from nummer.faces.backoffice.requests import FINANCE, OPERATIONS, staff_only
from nummer.kernel import clock
from nummer.kernel.money import Money
from nummer.kernel.sheets import csv_lines

SHOWN: Final = timedelta(days=6)  # a week with today, where nobody asks for other days
DAYS_MAX: Final = timedelta(days=366)
_HEAD: Final = (
    "day",
    "prefix",
    "carrier",
    "supplier",
    "messages",
    "parts",
    "revenue",
    "currency",
    "cost",
    "cost_currency",
    "margin",
    "margin_percent",
)


@require_safe
@staff_only(OPERATIONS, FINANCE)
def margins(request: HttpRequest) -> HttpResponse:
    """List what each day, prefix and carrier brought and cost."""
    since, until, carrier = _asked(request)
    rows = read(since=since, until=until, carrier=carrier, after=request.GET.get("after", "")[:120])
    chosen = {"since": since.isoformat(), "until": until.isoformat(), "carrier": carrier}
    context = {
        "rows": rows,
        **chosen,
        "carriers": sms_listing.carriers_of_sms(),
        "query": urlencode(chosen),
        "more": "?" + urlencode({**chosen, "after": rows[-1].cursor})
        if len(rows) == MARGINS_PAGE
        else "",
    }
    return render(request, "backoffice/margins.html", context)


@require_safe
@staff_only(OPERATIONS, FINANCE)
def exported(request: HttpRequest) -> StreamingHttpResponse:
    """Give the same as CSV."""
    since, until, carrier = _asked(request)
    steps = all_margins(since=since, until=until, carrier=carrier)
    return StreamingHttpResponse(
        csv_lines(head=_HEAD, steps=([_cells(row) for row in step] for step in steps)),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="margins-{since}-{until}.csv"',
            "Cache-Control": "no-store",
        },
    )


def _asked(request: HttpRequest) -> tuple[date, date, str]:
    """Return the days and the carrier that were asked for, or a week of all."""
    today = clock.now().date()
    until = _day(request.GET.get("until", "")) or today
    since = _day(request.GET.get("since", "")) or until - SHOWN
    since = max(min(since, until), until - DAYS_MAX)
    carrier = request.GET.get("carrier", "")
    return since, until, carrier if carrier in sms_listing.carriers_of_sms() else ""


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if _FIRST <= day <= _LAST else None


_FIRST, _LAST = date(2020, 1, 1), date(2199, 12, 31)


def _cells(row: MarginRow) -> list[str]:
    left = row.margin_bp
    return [
        row.day.isoformat(),
        row.prefix,
        row.carrier,
        row.supplier,
        str(row.messages),
        str(row.parts),
        *_sum(row.net),
        *_sum(row.cost),
        _sum(row.margin)[0],
        "" if left is None else f"{left / 100:.2f}",
    ]


def _sum(amount: Money | None) -> tuple[str, str]:
    return ("", "") if amount is None else (amount.decimal_text(), amount.currency)
