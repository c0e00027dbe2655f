"""Minor units of currencies, as ISO 4217 lists them."""

import pytest

from nummer.policy.currency import MINOR_DIGITS


@pytest.mark.parametrize(
    ("code", "digits"),
    [
        ("BIF", 0),
        ("JPY", 0),
        ("XPF", 0),
        ("AED", 2),
        ("EUR", 2),
        ("ZWG", 2),
        ("BHD", 3),
        ("KWD", 3),
        ("TND", 3),
        ("CLF", 4),
        ("UYW", 4),
    ],
)
def test_currency_has_its_minor_digits(code: str, digits: int) -> None:
    assert MINOR_DIGITS[code] == digits


def test_what_is_no_money_is_not_listed() -> None:
    assert not MINOR_DIGITS.keys() & {"XAU", "XTS", "XXX", "DEM", "BGN", "HRK"}
    assert all(len(code) == 3 for code in MINOR_DIGITS)
