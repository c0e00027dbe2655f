"""What takes the place of a lost number, and how long its holder may think about it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nummer.policy.calendar import local_date, working_days_after
from nummer.policy.lease import (
    ANSWER_WORKING_DAYS,
    Wanted,
    answer_by,
    in_place_of,
)
from nummer.policy.refund.deadlines import CREDIT_WORKING_DAYS

OSLO = "Europe/Oslo"


@pytest.mark.parametrize(
    ("known_at", "until"),
    [
        ("2026-12-02T12:00:00+00:00", "2026-12-07T23:00:00+00:00"),  # Wednesday to Monday
        ("2026-12-02T23:30:00+00:00", "2026-12-08T23:00:00+00:00"),  # Thursday already in Oslo
        ("2026-04-01T12:00:00+00:00", "2026-04-09T22:00:00+00:00"),  # over Easter
        ("2026-10-23T12:00:00+00:00", "2026-10-28T23:00:00+00:00"),  # clocks go back between
    ],
)
def test_offer_stands_until_the_end_of_the_third_working_day(known_at: str, until: str) -> None:
    found = answer_by(datetime.fromisoformat(known_at), timezone=OSLO, country="NO")

    assert found == datetime.fromisoformat(until)


@given(minutes=st.integers(0, 4 * 365 * 24 * 60))
def test_offer_is_over_before_the_credit_is_late(minutes: int) -> None:
    known_at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    day = local_date(known_at, timezone=OSLO)
    credit_by = working_days_after(day, count=CREDIT_WORKING_DAYS, country="NO")

    until = answer_by(known_at, timezone=OSLO, country="NO")

    assert ANSWER_WORKING_DAYS < CREDIT_WORKING_DAYS
    assert known_at < until
    assert local_date(until, timezone=OSLO) <= credit_by


def test_number_of_a_city_is_replaced_in_its_city_and_one_of_none_anywhere() -> None:
    oslo, nowhere = (
        in_place_of(country="NO", kind="local", city=city, sms=True, voice=False)
        for city in ("oslo", "")
    )

    assert oslo == Wanted("NO", "local", "oslo", sms=True, voice=False)
    assert nowhere.city is None
