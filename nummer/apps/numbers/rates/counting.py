"""Counts ended activations, each once, and lets the window of the figures move on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from operator import itemgetter
from typing import Final

from django.db import connection, transaction

from nummer.apps.numbers.models import CodeDay, CodeRate
from nummer.apps.numbers.rates.figures import EVERY_COUNTRY, WINDOW_DAYS, Tally

COUNT_AT_ONCE: Final = 5_000  # rows of one transaction; some 100 ms
_LOCK: Final = 0x636F6465  # "code"

Place = tuple[str, str]  # service, country


def count_ended(*, now: datetime, limit: int = COUNT_AT_ONCE) -> int:
    """Add activations that ended by `now` to the figures, oldest first; return how many.

    Marking and adding are one transaction, so each is counted once, whatever is repeated or
    killed. Locks: the figures, then the activations in the order of their keys.
    """
    today = now.astimezone(UTC).date()
    with transaction.atomic():
        _lock()
        with connection.cursor() as cursor:
            cursor.execute(_TAKE, {"until": now, "limit": limit})
            rows = cursor.fetchall()
        by_day: dict[tuple[date, Place], Tally] = defaultdict(Tally)
        by_place: dict[Place, Tally] = defaultdict(Tally)
        first: dict[Place, date] = {}
        for service, country, account_id, opened_at, displayed_at in rows:
            day = opened_at.astimezone(UTC).date()
            if day <= _before(today):
                continue  # counted late, after its day left the figures
            waited_s = None if displayed_at is None else (displayed_at - opened_at).total_seconds()
            by_day[day, (service, country)].add(account_id=account_id, waited_s=waited_s)
            for place in ((service, country), (service, EVERY_COUNTRY)):
                by_place[place].add(account_id=account_id, waited_s=waited_s)
                first[place] = min(first.get(place, day), day)
        _add_days(by_day)
        _add_rates(by_place, first=first, window_on=today)
    return len(rows)


def slide_window(*, now: datetime) -> None:
    """Let the figures begin a day later: drop days that left, add up those that are left.

    Repeating it changes nothing. Locks: the figures.
    """
    today = now.astimezone(UTC).date()
    with transaction.atomic():
        _lock()
        CodeDay.objects.filter(on_day__lte=_before(today)).delete()
        CodeRate.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(_SUM_UP, [today])


def recount(*, now: datetime) -> None:
    """Forget the figures and let the due rows count the whole window anew.

    For the case that somebody doubts them; it reads every activation once. Locks: the figures,
    then the activations of the window.
    """
    with transaction.atomic():
        _lock()
        CodeDay.objects.all().delete()
        CodeRate.objects.all().delete()
        first = datetime.combine(_before(now.astimezone(UTC).date()), time.max, tzinfo=UTC)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE numbers_activation SET counted = false WHERE counted AND opened_at > %s",
                [first],
            )


def _lock() -> None:
    """Let one transaction at a time change the figures."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _before(today: date) -> date:
    """Return the last day that is no longer in the window."""
    return today - timedelta(days=WINDOW_DAYS)


_TAKE = """
WITH ended AS MATERIALIZED (
  SELECT account_id, id FROM numbers_activation
   WHERE NOT counted AND closed_at IS NOT NULL AND closed_at <= %(until)s
   ORDER BY closed_at LIMIT %(limit)s
), locked AS MATERIALIZED (
  SELECT a.account_id, a.id FROM numbers_activation a
    JOIN ended e ON e.account_id = a.account_id AND e.id = a.id
   WHERE NOT a.counted ORDER BY a.account_id, a.id FOR UPDATE OF a
)
UPDATE numbers_activation a SET counted = true FROM locked l
 WHERE a.account_id = l.account_id AND a.id = l.id
RETURNING a.service_code, a.country, a.account_id, a.opened_at, a.displayed_at
"""

_ADD = """
  SET ended = t.ended + excluded.ended, with_code = t.with_code + excluded.with_code,
      buyers = t.buyers | excluded.buyers,
      times = (SELECT array_agg(u.here + u.new ORDER BY u.place)
                 FROM unnest(t.times, excluded.times) WITH ORDINALITY AS u(here, new, place))
"""

_ADD_DAY = f"""
INSERT INTO numbers_codeday AS t (on_day, service_code, country, ended, with_code, buyers, times)
VALUES (%s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (service_code, country, on_day) DO UPDATE {_ADD}
"""  # noqa: S608 -- constants of this app

_ADD_RATE = f"""
INSERT INTO numbers_coderate AS t
       (service_code, country, ended, with_code, buyers, times, since_on, window_on)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (service_code, country) DO UPDATE {_ADD},
      since_on = least(t.since_on, excluded.since_on)
"""  # noqa: S608 -- constants of this app


def _add_days(found: Mapping[tuple[date, Place], Tally]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            _ADD_DAY,
            [
                (day, *place, *_columns(tally))
                for (day, place), tally in sorted(found.items(), key=itemgetter(0))
            ],
        )


def _add_rates(
    found: Mapping[Place, Tally], *, first: Mapping[Place, date], window_on: date
) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            _ADD_RATE,
            [
                (*place, *_columns(tally), first[place], window_on)
                for place, tally in sorted(found.items(), key=itemgetter(0))
            ],
        )


def _columns(tally: Tally) -> tuple[int, int, int, list[int]]:
    return tally.ended, tally.with_code, tally.buyers, tally.times


_SUM_UP = """
WITH time AS (
  SELECT d.service_code, coalesce(d.country, '') AS country, u.place, sum(u.count)::int AS count
    FROM numbers_codeday d CROSS JOIN LATERAL unnest(d.times) WITH ORDINALITY AS u(count, place)
   GROUP BY GROUPING SETS ((d.service_code, d.country, u.place), (d.service_code, u.place))
), total AS (
  SELECT d.service_code, coalesce(d.country, '') AS country, sum(d.ended)::int AS ended,
         sum(d.with_code)::int AS with_code, bit_or(d.buyers) AS buyers, min(d.on_day) AS since_on
    FROM numbers_codeday d
   GROUP BY GROUPING SETS ((d.service_code, d.country), (d.service_code))
)
INSERT INTO numbers_coderate
       (service_code, country, ended, with_code, buyers, times, since_on, window_on)
SELECT t.service_code, t.country, t.ended, t.with_code, t.buyers,
       (SELECT array_agg(m.count ORDER BY m.place) FROM time m
         WHERE m.service_code = t.service_code AND m.country = t.country),
       t.since_on, %s
  FROM total t
"""
