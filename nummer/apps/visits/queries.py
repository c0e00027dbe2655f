"""How often pages were read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db.models import Sum

from nummer.apps.visits.models import PageDay

PAGES_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class PageRow:
    """A kind of page over some days; `average_s` is None where nobody agreed to be measured."""

    page: str
    views: int
    timed: int
    seconds: int

    @property
    def average_s(self) -> int | None:
        """Return how long a measured view lasted, in whole seconds."""
        return self.seconds // self.timed if self.timed else None


@dataclass(frozen=True, slots=True)
class DayRow:
    """All pages on one day."""

    day: date
    views: int


def pages(*, since: date, until: date) -> list[PageRow]:
    """Return the sums of each kind of page, the most read first."""
    rows = (
        PageDay.objects.filter(day__gte=since, day__lte=until)
        .values("page")
        .annotate(v=Sum("views"), t=Sum("timed"), s=Sum("seconds"))
        .order_by("-v", "page")
        .values_list("page", "v", "t", "s")
    )
    return [PageRow(*row) for row in rows[:PAGES_MAX]]


def days(*, since: date, until: date, page: str = "") -> list[DayRow]:
    """Return every day's views, of one kind of page or of all; days without any, too."""
    rows = PageDay.objects.filter(day__gte=since, day__lte=until)
    if page:
        rows = rows.filter(page=page)
    found = dict(
        rows.values("day").annotate(v=Sum("views")).order_by("day").values_list("day", "v")
    )
    count = (until - since).days + 1
    every = (since + timedelta(days=n) for n in range(count))
    return [DayRow(day, found.get(day, 0)) for day in every]


def by_day(*, since: date, until: date) -> Iterator[tuple[date, str, int, int, int]]:
    """Return day, page, views, measured views and their seconds, for an export."""
    rows = PageDay.objects.filter(day__gte=since, day__lte=until).order_by("day", "page")
    yield from rows.values_list("day", "page", "views", "timed", "seconds").iterator(2_000)
