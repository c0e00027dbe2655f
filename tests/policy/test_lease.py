"""The dates of a lease and the table of its states."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nummer.policy.calendar import local_days
from nummer.policy.lease import (
    ENDS,
    GRACE_DAYS,
    HOLDING,
    PENDING,
    QUARANTINE,
    SERVED,
    TRANSITIONS,
    LeaseEvent,
    LeaseState,
    Period,
    after,
    grace_ends,
    next_period,
    papers_by,
    period_of,
    quarantine_ends,
    reminders,
    supplied_by,
)

OSLO = "Europe/Oslo"
ZONES = ("Europe/Oslo", "Europe/Berlin", "UTC", "America/New_York", "Australia/Lord_Howe")


def local(text: str, zone: str = OSLO) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


ENDS_OF_PERIODS = (
    ("an ordinary day stays that day", "2026-11-22T12:00", 0, "2026-12-22T12:00"),
    ("a year is twelve months", "2026-11-22T12:00", 11, "2027-11-22T12:00"),
    ("31 January ends on the last of February", "2027-01-31T09:00", 0, "2027-02-28T09:00"),
    ("and on 31 March after it", "2027-01-31T09:00", 1, "2027-03-31T09:00"),
    ("and on 30 April", "2027-01-31T09:00", 2, "2027-04-30T09:00"),
    ("in a leap year on the 29th", "2028-01-31T09:00", 0, "2028-02-29T09:00"),
    ("29 February is the 29th of March", "2028-02-29T09:00", 0, "2028-03-29T09:00"),
    ("and 28 February a year later", "2028-02-29T09:00", 11, "2029-02-28T09:00"),
    ("2100 is no leap year", "2100-01-30T09:00", 0, "2100-02-28T09:00"),
    ("summer time keeps the time of day", "2027-03-10T08:00", 0, "2027-04-10T08:00"),
    ("winter time too", "2027-10-10T08:00", 0, "2027-11-10T08:00"),
    ("a skipped time is as long after the skip", "2027-02-28T02:30", 0, "2027-03-28T03:30"),
    ("and the usual one a month later", "2027-02-28T02:30", 1, "2027-04-28T02:30"),
    ("December leads into January", "2026-12-31T23:59", 0, "2027-01-31T23:59"),
)


@pytest.mark.parametrize(("case", "anchor", "index", "ends"), ENDS_OF_PERIODS)
def test_a_period_ends_on_the_right_day(case: str, anchor: str, index: int, ends: str) -> None:
    found = period_of(local(anchor), index=index, timezone=OSLO)

    assert found.ends_at == local(ends).astimezone(UTC), case


def test_a_time_shown_twice_is_the_first_of_the_two() -> None:
    found = period_of(local("2027-09-30T02:30"), index=0, timezone=OSLO)
    twice = period_of(local("2027-08-31T02:30"), index=1, timezone=OSLO)  # 31 October, 02:30

    assert found.ends_at == datetime(2027, 10, 30, 0, 30, tzinfo=UTC)
    assert twice.ends_at == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


def test_the_zone_of_the_contract_decides_the_day() -> None:
    at = datetime(2027, 1, 30, 23, 30, tzinfo=UTC)  # 31 January in Oslo, the 30th in London

    assert period_of(at, index=1, timezone=OSLO).ends_at.day == 30  # 31 March, 00:30 in Oslo
    assert period_of(at, index=1, timezone="UTC").ends_at.day == 30
    assert period_of(at, index=1, timezone=OSLO).ends_at.hour == 22
    assert period_of(at, index=1, timezone="UTC").ends_at.hour == 23


def test_reminders_come_seven_three_and_one_day_before() -> None:
    ends_at = local("2027-03-30T10:00")  # the clocks change two days before

    assert reminders(ends_at, timezone=OSLO) == (
        local("2027-03-23T10:00"),
        local("2027-03-27T10:00"),
        local("2027-03-29T10:00"),
    )


def test_a_number_that_is_not_paid_is_kept_for_a_week() -> None:
    assert grace_ends(local("2027-03-25T10:00"), timezone=OSLO) == local("2027-04-01T10:00")
    assert GRACE_DAYS == 7


def test_a_released_number_rests_for_ninety_days() -> None:
    at = datetime(2026, 11, 22, tzinfo=UTC)

    assert quarantine_ends(at) - at == timedelta(days=90) == QUARANTINE


def test_an_order_waits_a_week_for_its_supplier_and_thirty_days_for_papers() -> None:
    at = datetime(2026, 11, 22, tzinfo=UTC)

    assert supplied_by(at) == datetime(2026, 11, 29, tzinfo=UTC)
    assert papers_by(at) == datetime(2026, 12, 22, tzinfo=UTC)


def test_a_period_that_does_not_last_is_our_own_mistake() -> None:
    at = datetime(2026, 11, 22, tzinfo=UTC)

    with pytest.raises(AssertionError):
        Period(index=0, starts_at=at, ends_at=at)


def test_a_fee_paid_in_time_leaves_no_gap() -> None:
    anchor = local("2027-01-31T09:00")
    second = period_of(anchor, index=1, timezone=OSLO)

    assert next_period(anchor, index=1, paid_at=second.starts_at, timezone=OSLO) == (anchor, second)


def test_a_fee_paid_late_buys_a_month_from_its_payment() -> None:
    anchor, paid_at = local("2027-01-31T09:00"), local("2027-03-03T18:00")

    moved, bought = next_period(anchor, index=1, paid_at=paid_at, timezone=OSLO)

    assert (moved, bought.index) == (paid_at, 0)
    assert (bought.starts_at, bought.ends_at) == (paid_at, local("2027-04-03T18:00"))


ANCHORS = st.builds(
    lambda at, zone: (at, zone),
    st.integers(1_577_836_800, 4_733_510_400).map(lambda s: datetime.fromtimestamp(s, UTC)),
    st.sampled_from(ZONES),
)


@given(ANCHORS, st.integers(0, 120))
def test_periods_follow_one_another_and_none_is_longer_than_a_month(
    anchor: tuple[datetime, str], index: int
) -> None:
    at, zone = anchor
    this, following = (period_of(at, index=n, timezone=zone) for n in (index, index + 1))

    assert this.ends_at == following.starts_at
    assert 28 <= local_days(this.starts_at, end=this.ends_at, timezone=zone) <= 31
    assert (
        timedelta(days=27, hours=22) < this.ends_at - this.starts_at < timedelta(days=31, hours=2)
    )
    first, here = (moment.astimezone(ZoneInfo(zone)) for moment in (at, this.ends_at))
    months = (here.year - first.year) * 12 + here.month - first.month
    assert months == index + 1, "one period for each calendar month, over ten years"
    assert here.day == min(first.day, monthrange(here.year, here.month)[1])


@given(ANCHORS, st.integers(0, 60))
def test_all_reminders_lie_inside_the_period_they_remind_of(
    anchor: tuple[datetime, str], index: int
) -> None:
    at, zone = anchor
    period = period_of(at, index=index, timezone=zone)
    moments = reminders(period.ends_at, timezone=zone)

    assert list(moments) == sorted(moments)
    assert period.starts_at < moments[0]
    assert moments[-1] < period.ends_at < grace_ends(period.ends_at, timezone=zone)


@given(ANCHORS, st.integers(1, 40), st.timedeltas(timedelta(0), timedelta(days=40)))
def test_no_moment_is_paid_twice(anchor: tuple[datetime, str], index: int, late: timedelta) -> None:
    at, zone = anchor
    before = period_of(at, index=index - 1, timezone=zone)

    _, bought = next_period(at, index=index, paid_at=before.ends_at + late, timezone=zone)

    assert bought.starts_at == before.ends_at + late


def test_every_state_and_event_stands_in_the_table() -> None:
    assert set(TRANSITIONS) == set(LeaseState)
    assert {event for row in TRANSITIONS.values() for event in row} == set(LeaseEvent)


def test_only_ends_are_final_and_every_lease_can_reach_one() -> None:
    assert {state for state, row in TRANSITIONS.items() if not row} == ENDS
    reached = set(ENDS)
    for _ in LeaseState:
        reached |= {state for state, row in TRANSITIONS.items() if reached & set(row.values())}
    assert reached == set(LeaseState)


def test_what_was_served_never_fails_and_what_failed_was_never_served() -> None:
    assert all(after(state, LeaseEvent.NOT_SUPPLIED) for state in PENDING)
    assert not any(after(state, LeaseEvent.NOT_SUPPLIED) for state in set(LeaseState) - PENDING)


@pytest.mark.parametrize("state", sorted(HOLDING))
def test_customer_and_operator_can_end_it_at_any_time(state: LeaseState) -> None:
    assert after(state, LeaseEvent.ENDED_NOW) in ENDS
    assert after(state, LeaseEvent.ENDED_BY_OPERATOR) in ENDS


def test_a_lease_under_notice_is_never_renewed() -> None:
    assert after(LeaseState.CANCELLED, LeaseEvent.RENEWED) is None
    assert HOLDING >= SERVED | PENDING


ENDED = {"ended_now": "released", "ended_by_operator": "released"}
TABLE = {  # in the words that are stored
    "paid": {"papers_needed": "papers", "papers_complete": "at_supplier", "not_supplied": "failed"},
    "papers": {"papers_complete": "at_supplier", "not_supplied": "failed"},
    "at_supplier": {"supplied": "active", "not_supplied": "failed"},
    "active": {
        "renewed": "active",
        "unpaid": "grace",
        "notice_given": "cancelled",
        "handed_over": "released",
        "ported": "released",
    },
    "cancelled": {
        "notice_taken_back": "active",
        "period_over": "released",
        "ported": "released",
    },
    "grace": {
        "renewed": "active",
        "notice_given": "released",
        "grace_over": "released",
        "ported": "released",
    },
}


@pytest.mark.parametrize("state", LeaseState)
def test_nothing_happens_to_a_lease_but_what_was_agreed(state: LeaseState) -> None:
    agreed = TABLE[state.value] | ENDED if state.value in TABLE else {}
    found = {event.value: to.value for event in LeaseEvent if (to := after(state, event))}

    assert found == agreed


def test_the_kinds_of_states_are_those_agreed() -> None:
    assert {state.value for state in PENDING} == {"paid", "papers", "at_supplier"}
    assert {state.value for state in SERVED} == {"active", "cancelled"}
    assert {state.value for state in HOLDING} == set(TABLE)
    assert {state.value for state in ENDS} == {"released", "failed"}


def test_a_lease_that_began_in_the_second_of_two_equal_hours_goes_on_by_the_first() -> None:
    began = datetime(2025, 10, 26, 1, 30, tzinfo=UTC)  # 02:30 in Oslo, shown for the second time

    later = period_of(began, index=72, timezone="Europe/Oslo")  # that day has both hours again

    assert later.starts_at == datetime(2031, 10, 26, 0, 30, tzinfo=UTC)
