"""The staff's page of visits: which pages were read, how often and for how long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from nummer.apps.visits import queries
from nummer.apps.visits.queries import DayRow
from nummer.faces.backoffice.requests import FINANCE, OPERATIONS, staff_only
from nummer.kernel import clock
from nummer.kernel.sheets import csv_lines

SHOWN: Final = timedelta(days=29)  # thirty days with today
DAYS_MAX: Final = timedelta(days=366)
_FIRST, _LAST = date(2020, 1, 1), date(2199, 12, 31)
_HEAD: Final = ("day", "page", "views", "measured_views", "measured_seconds")
_WIDTH, _HEIGHT = 720, 160  # of the drawing, in its own units


@dataclass(frozen=True, slots=True)
class Bar:
    """One day of the drawing."""

    day: date
    views: int
    x: float
    y: float
    width: float
    height: float


@require_safe
@staff_only(OPERATIONS, FINANCE)
def visits(request: HttpRequest) -> HttpResponse:
    """Show views by day as a drawing, and each kind of page with its views and time."""
    since, until, page = _asked(request)
    found = queries.days(since=since, until=until, page=page)
    context = {
        "since": since.isoformat(),
        "until": until.isoformat(),
        "page": page,
        "rows": queries.pages(since=since, until=until),
        "bars": bars(found),
        "total": sum(row.views for row in found),
        "most": max(row.views for row in found),
        "width": _WIDTH,
        "height": _HEIGHT,
        "query": urlencode({"since": since.isoformat(), "until": until.isoformat()}),
    }
    return render(request, "backoffice/visits.html", context)


@require_safe
@staff_only(OPERATIONS, FINANCE)
def exported(request: HttpRequest) -> StreamingHttpResponse:
    """Give every day and page as CSV."""
    since, until, _ = _asked(request)
    return StreamingHttpResponse(
        csv_lines(head=_HEAD, steps=_cells(since, until)),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="visits-{since}-{until}.csv"',
            "Cache-Control": "no-store",
        },
    )


def bars(found: Sequence[DayRow]) -> list[Bar]:
    """Return the bars of a drawing, as high as their views against the most."""
    step = _WIDTH / len(found)
    most = max(1, *(row.views for row in found)) if len(found) > 1 else max(1, found[0].views)
    return [
        Bar(
            row.day,
            row.views,
            x=round(n * step, 2),
            y=round(_HEIGHT - _HEIGHT * row.views / most, 2),
            width=round(step * 0.85, 2),
            height=round(_HEIGHT * row.views / most, 2),
        )
        for n, row in enumerate(found)
    ]


def _cells(since: date, until: date) -> Iterator[list[list[str]]]:
    for day, page, *sums in queries.by_day(since=since, until=until):
        yield [[day.isoformat(), page, *map(str, sums)]]


def _asked(request: HttpRequest) -> tuple[date, date, str]:
    """Return the days and the page that were asked for, or thirty days of all."""
    until = _day(request.GET.get("until", "")) or clock.now().date()
    since = _day(request.GET.get("since", "")) or until - SHOWN
    since = max(min(since, until), until - DAYS_MAX)
    return since, until, request.GET.get("page", "")[:100]


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if _FIRST <= day <= _LAST else None
