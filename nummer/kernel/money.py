"""Money as whole micro-units of one currency."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Final

from babel.numbers import get_currency_precision, list_currencies

MICRO: Final = 1_000_000
CODE_LENGTH: Final = 3
_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?", re.ASCII)
_LONG_AMOUNT = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,20}))?", re.ASCII)  # as programs write floats


@cache
def minor_digits(currency: str) -> int:
    """Digits after the point that people use for `currency` (ISO 4217): EUR 2, JPY 0, KWD 3."""
    return get_currency_precision(currency)


@cache
def known_currencies() -> frozenset[str]:
    """Return every ISO 4217 code that Unicode's tables know."""
    return frozenset(list_currencies())


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An exact amount: `micro` is 10⁻⁶ of one unit of `currency`; it may be negative."""

    micro: int
    currency: str

    def __post_init__(self) -> None:
        assert type(self.micro) is int, "money is whole micro-units"
        assert len(self.currency) == CODE_LENGTH, "a currency has three letters (ISO 4217)"

    @classmethod
    def parse(cls, text: str, currency: str) -> Money:
        """Read a plain decimal such as `20.00`. Raises ValueError for any other form."""
        if not _AMOUNT.fullmatch(text):
            raise ValueError("not a plain decimal amount")
        return cls(int(Decimal(text) * MICRO), currency)

    @classmethod
    def parse_floor(cls, text: str, currency: str) -> Money:
        """Read a plain decimal with up to 20 digits after the point; parts of a micro-unit go.

        Raises ValueError for any other form.
        """
        read = _LONG_AMOUNT.fullmatch(text)
        if read is None:
            raise ValueError("not a plain decimal amount")
        units, fraction = read.groups(default="0")
        return cls.parse(f"{units}.{fraction[:6]}", currency)

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.micro + other.micro, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.micro - other.micro, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.micro, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._same(other)
        return self.micro < other.micro

    def __le__(self, other: Money) -> bool:
        self._same(other)
        return self.micro <= other.micro

    def __str__(self) -> str:
        return f"{self.decimal_text()} {self.currency}"

    def decimal(self) -> Decimal:
        """Return the exact amount in units."""
        return Decimal(self.micro).scaleb(-6)

    def decimal_text(self) -> str:
        """Return `20.00`: exact, with at least the currency's minor digits."""
        amount = self.decimal()
        digits = minor_digits(self.currency)
        shown = amount.quantize(Decimal(1).scaleb(-digits))
        return f"{shown if shown == amount else amount.normalize():f}"

    def share_up(self, numerator: int, denominator: int) -> Money:
        """Return numerator/denominator of it, rounded up to the minor unit (for sums >= 0)."""
        assert self.micro >= 0, "shares are taken of sums that are not negative"
        assert numerator >= 0, "a share is not negative"
        assert denominator > 0, "a share has a positive denominator"
        minor = 10 ** (6 - minor_digits(self.currency))
        return Money(-(-self.micro * numerator // (denominator * minor)) * minor, self.currency)

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError("two currencies are never added or compared")
