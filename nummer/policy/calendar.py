"""Working days, months and local dates; `holidays` is pinned and its version is recorded."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.metadata import version
from typing import Final
from zoneinfo import ZoneInfo

import holidays

VERSION: Final = f"holidays {version('holidays')}"
SATURDAY: Final = 5
DECEMBER: Final = 12
ONE_DAY: Final = timedelta(days=1)
_CONTRACTS: Final = {"NO": "Europe/Oslo", "DE": "Europe/Berlin"}


@cache
def known_country(country: str) -> bool:
    """Return whether we have a calendar of public holidays for the ISO code."""
    return country in holidays.list_supported_countries(include_aliases=False)


@cache
def _public_holidays(country: str, year: int) -> frozenset[date]:
    """Return national public holidays of one year, observed days included."""
    return frozenset(holidays.country_holidays(country, years=year))


def is_working_day(day: date, *, country: str) -> bool:
    """Return whether `day` is Monday to Friday and no national public holiday."""
    return day.weekday() < SATURDAY and day not in _public_holidays(country, day.year)


def working_days_after(day: date, *, count: int, country: str) -> date:
    """Return the `count`-th working day after `day`, which itself is not counted."""
    left = count
    while left:
        day += ONE_DAY
        left -= is_working_day(day, country=country)
    return day


def next_working_day(day: date, *, country: str) -> date:
    """Return `day` itself when it is a working day, else the first one after it."""
    while not is_working_day(day, country=country):
        day += ONE_DAY
    return day


def one_month_after(day: date) -> date:
    """Return the same day of the next month, or that month's last day: 31 January, 28 February."""
    year, month = (day.year + 1, 1) if day.month == DECEMBER else (day.year, day.month + 1)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def contract_timezone(country: str, *, otherwise: str) -> str:
    """Return the zone of the contracts of a customer in a country; the seller's is `otherwise`."""
    return _CONTRACTS.get(country, otherwise)


def local_date(at: datetime, *, timezone: str) -> date:
    """Return the date people in `timezone` write at that instant."""
    return at.astimezone(ZoneInfo(timezone)).date()


def end_of_day(day: date, *, timezone: str) -> datetime:
    """Return the instant, in UTC, at which `day` is over in `timezone`: the next midnight."""
    return datetime.combine(day + ONE_DAY, time(), ZoneInfo(timezone)).astimezone(UTC)


def local_days(start: datetime, *, end: datetime, timezone: str) -> int:
    """Return how many calendar days lie from `start` to `end`; at least one."""
    days = local_date(end, timezone=timezone) - local_date(start, timezone=timezone)
    return max(1, days.days)


def service_day(at: datetime, *, start: datetime, timezone: str) -> int:
    """Return the day of a period, from 0, that contains `at`; negative before the start.

    A service day begins at the wall-clock time of `start`, so it lasts 23 to 25 hours when the
    clocks change.
    """
    zone = ZoneInfo(timezone)
    first = start.astimezone(zone)
    day = (at.astimezone(zone).date() - first.date()).days
    begins = (first.replace(tzinfo=None) + day * ONE_DAY).replace(tzinfo=zone)
    return day if begins.timestamp() <= at.timestamp() else day - 1
