"""The longest prefix is found, whatever the table."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from nummer.kernel.prefixes import Prefixes

DIGITS = st.text("0189", min_size=7, max_size=12)
ROWS = st.dictionaries(st.text("0189", max_size=10), st.integers(0, 99), max_size=40)


def _by_hand(rows: dict[str, int], digits: str) -> int | None:
    fitting = [prefix for prefix in rows if digits.startswith(prefix)]
    return rows[max(fitting, key=len)] if fitting else None


@settings(deadline=None, max_examples=100)
@given(rows=ROWS, numbers=st.lists(DIGITS, max_size=20))
def test_any_table_answers_as_reading_all_rows_does(
    rows: dict[str, int], numbers: list[str]
) -> None:
    table = Prefixes(rows)
    expected = [_by_hand(rows, digits) for digits in numbers]

    assert [table.find(digits) for digits in numbers] == expected


@settings(deadline=None, max_examples=100)
@given(
    rows=ROWS,
    within=st.text("0189", max_size=4),
    numbers=st.lists(st.text("0189", min_size=7, max_size=12), max_size=20),
)
def test_a_table_for_some_numbers_answers_as_one_for_all(
    rows: dict[str, int], within: str, numbers: list[str]
) -> None:
    table = Prefixes(rows, within=within)
    for digits in (within + number for number in numbers):
        assert table.find(digits) == _by_hand(rows, digits)


@settings(deadline=None, max_examples=60)
@given(rows=ROWS, tail=st.text("0189", max_size=3))
def test_at_every_edge_of_a_prefix(rows: dict[str, int], tail: str) -> None:
    table = Prefixes(rows)
    for prefix in rows:
        for digits in (f"{prefix}{tail}".ljust(7, "0"), f"{prefix}{tail}".ljust(11, "9")):
            assert table.find(digits) == _by_hand(rows, digits)


def test_nothing_is_found_in_an_empty_table() -> None:
    assert Prefixes[int]({}).find("4721234567") is None


def test_long_prefixes_inside_one_another_are_told_apart() -> None:
    rows = {"47": 1, "4799999": 2, "479999912": 3, "4799999129": 4, "479999999999": 5}
    table = Prefixes(rows)
    for digits in (
        "47999980000",
        "47999990000",
        "47999991200",
        "479999912899",
        "479999912999",
        "479999913000",
        "4799999999990",
        "4799999999989",
        "48000000000",
    ):
        assert table.find(digits) == _by_hand(rows, digits)


def test_the_empty_prefix_is_every_number() -> None:
    assert Prefixes({"": 1}).find("4721234567") == 1
