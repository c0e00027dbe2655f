"""How often and how fast codes came: counted once, shown only of many, never from a scan."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from fractions import Fraction

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from nummer.apps.numbers.jobs import DUE_SOURCES
from nummer.apps.numbers.models import Activation, CodeDay
from nummer.apps.numbers.models import CodeRate as RateRow
from nummer.apps.numbers.queries import activation, audit_lines
from nummer.apps.numbers.rates import (
    BUYERS_MIN,
    EVERY_COUNTRY,
    ORDERS_MIN,
    WINDOW_DAYS,
    CodeRate,
    code_rates,
    count_ended,
    recount,
    slide_window,
)
from nummer.apps.numbers.rates.figures import BOUNDS_S, Tally, told, within_s
from nummer.config.sweeper import sweep_until
from nummer.kernel.ids import new_id
from tests.builders import NOW

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def ended(
    count: int,
    *,
    code_after_s: float | None = None,
    buyers: int = BUYERS_MIN,
    service: str = "tg",
    country: str = "NO",
    opened_at: datetime = NOW,
) -> None:
    """Let activations have ended 20 minutes after their order, spread over customers."""
    shown = None if code_after_s is None else opened_at + timedelta(seconds=code_after_s)
    first = Activation.objects.count()
    Activation.objects.bulk_create(
        Activation(
            account_id=1 + n % buyers,
            id=new_id(),
            public_id=first + n,
            order_id=new_id(),
            slot_id=first + n,
            e164="+4759440001",
            service_code=service,
            country=country,
            carrier="sandbox",
            state="expired" if shown is None else "finished",
            opened_at=opened_at,
            window_ends_at=opened_at + timedelta(minutes=20),
            displayed_at=shown,
            closed_at=opened_at + timedelta(minutes=20),
        )
        for n in range(count)
    )


def only() -> CodeRate:
    return code_rates()["tg", "NO"]


def test_share_and_times_are_those_of_the_activations_that_ended() -> None:
    ended(20, code_after_s=4.2)
    ended(15, code_after_s=31)
    ended(5, code_after_s=700)
    ended(10)

    assert count_ended(now=LATER) == 50

    assert only() == CodeRate(
        service="tg",
        country="NO",
        orders=50,
        share_percent=80,
        half_within_s=5,
        nine_of_ten_within_s=900,
        since=NOW.date(),
    )


def test_all_countries_of_a_service_are_added_up() -> None:
    ended(15, code_after_s=4)
    ended(15, country="DE")

    count_ended(now=LATER)

    assert list(code_rates()) == [("tg", EVERY_COUNTRY)]
    assert code_rates(service="tg", country=EVERY_COUNTRY)["tg", ""].share_percent == 50
    assert code_rates(service="wa") == {}


@pytest.mark.parametrize(
    ("orders", "buyers"), [(ORDERS_MIN - 1, BUYERS_MIN), (ORDERS_MIN, BUYERS_MIN - 1)]
)
@pytest.mark.clause("PP-3.1a")
def test_figures_of_few_orders_or_few_customers_are_not_told(orders: int, buyers: int) -> None:
    ended(orders, code_after_s=3, buyers=buyers)

    count_ended(now=LATER)

    assert code_rates() == {}


@pytest.mark.clause("PP-3.1a")
def test_figures_of_enough_orders_of_enough_customers_are_told() -> None:
    ended(ORDERS_MIN, code_after_s=3)
    count_ended(now=LATER)
    assert (only().orders, only().share_percent) == (30, 100)


def test_number_of_orders_is_told_in_tens_and_a_share_never_rounded_up() -> None:
    ended(338, code_after_s=3)
    ended(1)
    count_ended(now=LATER)
    assert (only().orders, only().share_percent) == (330, 99)


def test_no_time_is_told_where_few_codes_came() -> None:
    ended(9, code_after_s=3)
    ended(30)
    count_ended(now=LATER)
    assert (only().share_percent, only().half_within_s, only().nine_of_ten_within_s) == (
        23,
        None,
        None,
    )


def test_open_activations_wait_for_their_end() -> None:
    ended(40, code_after_s=3)
    Activation.objects.update(state="shown", closed_at=None)

    assert count_ended(now=LATER) == 0
    assert code_rates() == {}


def test_counting_again_counts_nothing_twice() -> None:
    ended(40, code_after_s=3)
    count_ended(now=LATER)
    before = only()

    assert count_ended(now=LATER) == 0
    assert only() == before


def test_many_small_steps_give_what_one_step_gives() -> None:
    ended(40, code_after_s=3)
    ended(13, country="DE")
    count_ended(now=LATER)
    whole = figures()
    recount(now=LATER)

    while count_ended(now=LATER, limit=7):
        pass

    assert figures() == whole


def test_count_that_was_killed_leaves_nothing_half() -> None:
    ended(40, code_after_s=3)
    with transaction.atomic():
        count_ended(now=LATER)
        transaction.set_rollback(True)

    assert figures() == []
    assert count_ended(now=LATER) == 40


def test_counted_anew_the_figures_are_the_same() -> None:
    ended(40, code_after_s=3)
    ended(11, country="DE", opened_at=NOW - timedelta(days=3))
    count_ended(now=LATER)
    before = figures()

    recount(now=LATER)
    assert code_rates() == {}
    count_ended(now=LATER)

    assert figures() == before


def figures() -> list[tuple[object, ...]]:
    days = CodeDay.objects.order_by("on_day", "service_code", "country").values_list()
    rates = RateRow.objects.order_by("service_code", "country").values_list()
    return [*days, *rates]


def test_day_leaves_the_figures_after_the_window() -> None:
    ended(40, code_after_s=3, opened_at=NOW - timedelta(days=WINDOW_DAYS - 1))
    ended(40, opened_at=NOW)
    count_ended(now=LATER)
    assert (only().orders, only().share_percent) == (80, 50)
    assert only().since == (NOW - timedelta(days=WINDOW_DAYS - 1)).date()

    slide_window(now=LATER)
    assert (only().orders, only().share_percent) == (80, 50)
    slide_window(now=LATER + timedelta(days=1))

    assert (only().orders, only().share_percent, only().since) == (40, 0, NOW.date())
    assert set(CodeDay.objects.values_list("on_day", flat=True)) == {NOW.date()}


def test_what_is_counted_after_its_day_left_is_not_in_the_figures() -> None:
    ended(40, code_after_s=3, opened_at=NOW - timedelta(days=WINDOW_DAYS))
    assert count_ended(now=LATER) == 40
    assert figures() == []


def test_time_below_zero_after_the_clock_went_back_is_no_time() -> None:
    ended(40, code_after_s=-90)
    assert count_ended(now=LATER) == 40

    assert (only().share_percent, only().half_within_s, only().nine_of_ten_within_s) == (
        100,
        None,
        None,
    )


def test_nothing_of_an_activation_is_shown_before_its_beginning() -> None:
    ended(1, code_after_s=-90)
    Activation.objects.update(closed_at=NOW - timedelta(hours=1))
    stored = Activation.objects.get()

    shown = activation(stored.account_id, activation_id=stored.public_id)

    assert (shown.opened_at, shown.displayed_at, shown.closed_at) == (NOW, NOW, NOW)


def test_due_rows_count_and_let_the_days_go_by() -> None:
    ended(40, code_after_s=3)
    closed_at = NOW + timedelta(minutes=20)

    early = sweep_until(closed_at + timedelta(seconds=59), sources=DUE_SOURCES)
    assert (early.fired, code_rates()) == (0, {})
    assert sweep_until(closed_at + timedelta(seconds=60), sources=DUE_SOURCES).fired == 1
    assert only().orders == 40

    swept = sweep_until(NOW + timedelta(days=400), sources=DUE_SOURCES)

    assert (swept.fired, swept.failed) == (WINDOW_DAYS, 0)
    assert code_rates() == {}


def test_audit_finds_figures_that_activations_do_not_bear_out() -> None:
    ended(40, code_after_s=3)
    count_ended(now=LATER)
    assert breaches() == 0

    CodeDay.objects.update(ended=41)

    assert breaches() == 1


def breaches() -> int:
    return {name: found for name, found, _ in audit_lines()}[
        "numbers: figures of a day are what its activations say"
    ]


def test_reading_the_figures_is_one_statement_and_no_activation() -> None:
    ended(40, code_after_s=3)
    count_ended(now=LATER)
    with counted_statements() as seen:
        assert code_rates()
    assert len(seen) == 1
    assert "numbers_activation" not in seen[0]


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    found: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield found
    found.extend(query["sql"] for query in captured)


def test_nothing_in_the_figures_says_whose_orders_they_are() -> None:
    tally = Tally()
    for account_id in range(1000, 3000):
        tally.add(account_id=account_id, waited_s=None)
    assert tally.buyers.bit_count() <= 63


@given(st.lists(st.integers(1, 10**12), max_size=80))
def test_more_customers_are_never_claimed_than_there_were(accounts: list[int]) -> None:
    tally = Tally()
    for account_id in accounts:
        tally.add(account_id=account_id, waited_s=None)
    assert tally.buyers.bit_count() <= len(set(accounts))
    assert tally.buyers < 2**63


@given(st.lists(st.floats(0, 7200), min_size=1, max_size=60), st.sampled_from([(1, 2), (9, 10)]))
def test_at_least_the_share_lies_within_the_time_told(
    waited: list[float], share: tuple[int, int]
) -> None:
    tally, wanted = Tally(), Fraction(*share)
    for waited_s in waited:
        tally.add(account_id=1, waited_s=waited_s)

    bound_s = within_s(tally.times, share=wanted)

    assert sum(one <= bound_s for one in waited) >= len(waited) * wanted
    lower = BOUNDS_S[BOUNDS_S.index(bound_s) - 1] if bound_s != BOUNDS_S[0] else -1
    assert sum(one <= lower for one in waited) < len(waited) * wanted


def test_empty_tally_tells_nothing() -> None:
    assert told(Tally(), service="tg", country="NO", since=date(2026, 11, 22)) is None
