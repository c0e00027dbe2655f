"""The one verb of visits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import connection

from nummer.apps.visits.counting import Counter, Sums
from nummer.policy.clause import clause


@clause(
    "PP-3.1b",
    quote="Visits are counted by our own counter without profiles; a counter of another company "
    "runs only if you agree.",
)
def write_counted(counter: Counter, *, now: datetime) -> int:
    """Write what a process counted to the day of `now`, in one statement; return how many pages.

    Where the database is away the counts stay in memory, and the error goes on.
    """
    taken = counter.take()
    if not taken:
        return 0
    try:
        _add(taken, now)
    except Exception:
        counter.give_back(taken)
        raise
    return len(taken)


def _add(taken: Mapping[str, Sums], now: datetime) -> None:
    pages = sorted(taken)  # in one order, so that two processes never wait for each other
    with connection.cursor() as cursor:
        cursor.execute(
            _ADD,
            [
                now.date(),
                pages,
                [taken[page].views for page in pages],
                [taken[page].timed for page in pages],
                [taken[page].seconds for page in pages],
            ],
        )


_ADD = """
    INSERT INTO visits_pageday (day, page, views, timed, seconds)
    SELECT %s, page, views, timed, seconds
      FROM unnest(%s::text[], %s::bigint[], %s::bigint[], %s::bigint[])
           AS counted (page, views, timed, seconds)
     ORDER BY page
        ON CONFLICT (day, page) DO UPDATE
       SET views = visits_pageday.views + EXCLUDED.views,
           timed = visits_pageday.timed + EXCLUDED.timed,
           seconds = visits_pageday.seconds + EXCLUDED.seconds
"""
