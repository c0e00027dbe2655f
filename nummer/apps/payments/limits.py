"""How much may be paid in at once, and how fast by a new account, in each currency of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from nummer.kernel.money import Money

NEW_FOR: Final = timedelta(days=30)  # disputes of stolen cards mostly come within the first month
COUNTED_FOR: Final = timedelta(hours=24)
FAILURES_COUNTED_FOR: Final = timedelta(hours=1)
TOP_UPS_OF_NEW_MAX: Final = 20  # paid or begun, within COUNTED_FOR
FAILURES_MAX: Final = 8  # of anybody: who tries stolen cards fails often


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

# What a new account may have paid, or begun to pay, within COUNTED_FOR: twice the largest top-up,
# so that one that was begun and left does not stand in the way of the next.
NEW_ACCOUNT_MOST: Final[Mapping[str, Money]] = MappingProxyType(
    {currency: limits.most + limits.most for currency, limits in LIMITS.items()}
)


def limits_of(currency: str, own: Mapping[str, TopUpLimits] | None) -> TopUpLimits | None:
    """Return the least and most of a method: everybody's, where it has no narrower ones."""
    usual = LIMITS.get(currency)
    narrower = (own or {}).get(currency)
    if usual is None or narrower is None:
        return usual
    return TopUpLimits(
        least=max(usual.least, narrower.least, key=_micro),
        most=min(usual.most, narrower.most, key=_micro),
    )


def _micro(money: Money) -> int:
    return money.micro
