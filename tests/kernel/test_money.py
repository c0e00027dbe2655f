"""Money: what is read from others, and how it is cut."""

from __future__ import annotations

import pytest

from nummer.kernel.money import Money


@pytest.mark.parametrize(
    ("text", "micro"),
    [
        ("0", 0),
        ("5.5", 5_500_000),
        ("0.1234567", 123_456),
        ("99.99999999999999999999", 99_999_999),
        ("999999999.9999999", 999_999_999_999_999),
    ],
)
def test_parts_of_a_micro_unit_are_cut_and_never_rounded_up(text: str, micro: int) -> None:
    assert Money.parse_floor(text, "EUR") == Money(micro, "EUR")


@pytest.mark.parametrize(
    "text",
    ["", "-1", "+1", "1.", ".5", "1,5", "1e9", "NaN", "٣", "1\n", "9" * 10, "0." + "1" * 21],
)
def test_other_forms_are_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match="plain decimal"):
        Money.parse_floor(text, "EUR")
