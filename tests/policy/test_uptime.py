"""How much of a time something worked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from nummer.policy.uptime import Down, uptime_percent

BEGAN = datetime(2026, 11, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def down(first: int, last: int | None) -> Down:
    """Return a time from one hour to another."""
    return Down(BEGAN + first * HOUR, None if last is None else BEGAN + last * HOUR)


@pytest.mark.parametrize(
    ("spoken", "downs", "percent"),
    [
        ("nothing was down", [], "100"),
        ("one of a hundred hours", [down(10, 11)], "99"),
        ("what overlaps counts once", [down(10, 12), down(11, 12), down(10, 11)], "98"),
        ("what began before counts from the beginning", [down(-50, 1)], "99"),
        ("what lasts counts until the end", [down(90, None)], "90"),
        ("what ends later counts until the end", [down(90, 500)], "90"),
        ("all of it was down", [down(-1, None), down(3, 5)], "0"),
        ("what lies outside counts nothing", [down(-5, 0), down(100, 120)], "100"),
        ("apart, and in any order", [down(50, 51), down(2, 3)], "98"),
        ("a moment is never rounded away", [Down(BEGAN, BEGAN + HOUR / 1_000_000)], "99.99"),
    ],
)
def test_share_in_which_nothing_was_down(spoken: str, downs: list[Down], percent: str) -> None:
    found = uptime_percent(downs, since=BEGAN, until=BEGAN + 100 * HOUR)
    assert found == Decimal(percent), spoken


def test_no_time_has_no_uptime() -> None:
    assert uptime_percent([], since=BEGAN, until=BEGAN) is None
    assert uptime_percent([], since=BEGAN, until=BEGAN - HOUR) is None
