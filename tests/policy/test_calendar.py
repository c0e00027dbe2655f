"""Dates of the contract: ends of days, ends of months, calendars we have."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from nummer.policy import calendar

OSLO = "Europe/Oslo"


@pytest.mark.parametrize(
    ("day", "timezone", "hour"),
    [
        (date(2026, 1, 15), OSLO, datetime(2026, 1, 15, 23, tzinfo=UTC)),
        (date(2026, 6, 15), OSLO, datetime(2026, 6, 15, 22, tzinfo=UTC)),
        (date(2026, 3, 28), OSLO, datetime(2026, 3, 28, 23, tzinfo=UTC)),  # a day of 23 hours next
        (date(2026, 3, 29), OSLO, datetime(2026, 3, 29, 22, tzinfo=UTC)),
        (date(2026, 10, 25), OSLO, datetime(2026, 10, 25, 23, tzinfo=UTC)),
        (date(2028, 2, 28), OSLO, datetime(2028, 2, 28, 23, tzinfo=UTC)),
        (date(2026, 12, 31), "Asia/Tokyo", datetime(2026, 12, 31, 15, tzinfo=UTC)),
        (date(2026, 11, 1), "America/New_York", datetime(2026, 11, 2, 5, tzinfo=UTC)),
    ],
)
def test_day_ends_at_the_local_midnight(day: date, timezone: str, hour: datetime) -> None:
    end = calendar.end_of_day(day, timezone=timezone)
    assert end == hour
    assert end.tzinfo is UTC


@pytest.mark.parametrize(
    ("day", "later"),
    [
        (date(2026, 1, 31), date(2026, 2, 28)),
        (date(2028, 1, 31), date(2028, 2, 29)),
        (date(2027, 1, 29), date(2027, 2, 28)),
        (date(2026, 11, 30), date(2026, 12, 30)),
        (date(2026, 12, 31), date(2027, 1, 31)),
        (date(2026, 12, 1), date(2027, 1, 1)),
        (date(2026, 2, 28), date(2026, 3, 28)),
    ],
)
def test_a_month_later_is_the_same_day_or_the_last(day: date, later: date) -> None:
    assert calendar.one_month_after(day) == later


def test_countries_are_known_by_their_two_letters() -> None:
    assert [calendar.known_country(code) for code in ("NO", "DE", "US", "NOR", "no", "")] == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]


def test_period_of_less_than_a_day_has_one() -> None:
    start = datetime(2026, 6, 10, 8, tzinfo=UTC)
    end = datetime(2026, 6, 10, 9, tzinfo=UTC)
    assert calendar.local_days(start, end=end, timezone=OSLO) == 1
