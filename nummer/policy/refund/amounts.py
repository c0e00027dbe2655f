"""Exact amounts and the four formulas of the refund policy; never a float."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from nummer.kernel.money import MICRO, Money

_FORM: Final = re.compile(r"[0-9]{1,100}(\.[0-9]{1,100})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Amount:
    """`units` times 10^-`decimals`; remembers how many decimals it was written with."""

    units: int
    decimals: int

    def __post_init__(self) -> None:
        assert self.units >= 0, "an amount is not negative"
        assert self.decimals >= 0, "decimals are counted"

    @classmethod
    def parse(cls, text: str) -> Amount:
        """Read a plain decimal such as `0.0750`. Raises ValueError for any other form."""
        if not _FORM.fullmatch(text):
            raise ValueError("not a plain decimal amount")
        whole, _, part = text.partition(".")
        return cls(int(whole + part), len(part))

    @property
    def value(self) -> Fraction:
        """Return the exact value."""
        return Fraction(self.units, 10**self.decimals)

    def __str__(self) -> str:
        digits = str(self.units).rjust(self.decimals + 1, "0")
        return f"{digits[: -self.decimals]}.{digits[-self.decimals :]}" if self.decimals else digits

    def __add__(self, other: Amount) -> Amount:
        decimals = max(self.decimals, other.decimals)
        return Amount(int((self.value + other.value) * 10**decimals), decimals)

    def money(self, currency: str) -> Money:
        """Return it for the ledger. Only for amounts that came from a ledger."""
        micro = self.value * MICRO
        assert micro.denominator == 1, "the ledger keeps whole micro-units"
        return Money(int(micro), currency)


def rounded_up(value: Fraction, *, digits: int) -> Amount:
    """Round up to the minor unit: a guarantee must not fall short by a fraction."""
    return Amount(-(-value.numerator * 10**digits // value.denominator), digits)


def rounded_down(value: Fraction, *, digits: int) -> Amount:
    """Cut to the minor unit: what a cap leaves; a negative rest is nothing."""
    return Amount(max(0, value.numerator * 10**digits // value.denominator), digits)


def capped(amount: Amount, *, at: Fraction, digits: int) -> Amount:
    """Return `amount` as it is when the cap allows it, else the cap cut to the minor unit."""
    return amount if amount.value <= at else rounded_down(at, digits=digits)


def days_share_up(whole: Amount, *, days: int, of: int, digits: int) -> Amount:
    """Return the price of `days` out of `of` days, rounded up; the days are clamped to 0…`of`."""
    return rounded_up(whole.value * min(max(days, 0), of) / of, digits=digits)
