"""How much may be paid in at once, in each currency in which we sell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from nummer.kernel.money import Money


@dataclass(frozen=True, slots=True)
class TopUpLimits:
    """The least and the most that one top-up may be."""

    least: Money
    most: Money


def _limits(currency: str, least: str, most: str) -> TopUpLimits:
    return TopUpLimits(Money.parse(least, currency), Money.parse(most, currency))


LIMITS: Final[Mapping[str, TopUpLimits]] = MappingProxyType(
    {
        "EUR": _limits("EUR", "1.00", "1000.00"),
        "GBP": _limits("GBP", "1.00", "1000.00"),
        "NOK": _limits("NOK", "10.00", "10000.00"),
        "USD": _limits("USD", "1.00", "1000.00"),
    }
)
