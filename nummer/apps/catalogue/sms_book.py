"""What holds of rates, costs, routes and parities at a moment, as one thing to compare with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from django.db import connection

from nummer.apps.catalogue.models import SmsRoute
from nummer.kernel.money import MICRO, Money

T = TypeVar("T")
# A list that mends another of the same day begins some microseconds behind it.
JUST_AFTER: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Sold:
    """A rate that holds; `compared` in 10⁻¹² euros, None without a parity."""

    net: Money
    compared: int | None
    allowed: bool


@dataclass(frozen=True, slots=True)
class Book:
    """What holds beside a list.

    `costs` are the carrier's by prefix; `sold` has for each currency the rates by prefix, and the
    same with the local ones in their places; `routed` says of a prefix whether the carrier takes
    it; `parities` are micro-euros of a unit by currency. `planned` are costs that begin later, by
    prefix, the eldest first; None ends the prefix.
    """

    costs: Mapping[str, Money]
    sold: Sequence[Mapping[str, Sold]]
    routed: Mapping[str, bool]
    parities: Mapping[str, int]
    planned: Mapping[str, Sequence[tuple[datetime, Money | None]]]

    def cost(self, prefix: str, *, at: datetime) -> Money | None:
        """Return what stands at a prefix at a moment that has not passed."""
        found = self.costs.get(prefix)
        for begins, cost in self.planned.get(prefix, ()):
            if begins > at + JUST_AFTER:
                break
            found = cost
        return found


def held_book(carrier: str, *, at: datetime) -> Book:
    """Return the carrier's costs and routes, and all rates and parities that hold at a moment."""
    parities = held_parities(at=at)
    routes = SmsRoute.objects.filter(carrier=carrier).order_by("prefix")
    return Book(
        costs={row[0]: Money(row[2], row[1]) for row in _read(_COSTS, [carrier, at])},
        sold=_sold(_read(_RATES, [at]), parities=parities),
        routed=dict(routes.values_list("prefix", "enabled")),
        parities=parities,
        planned=_planned(_read(_PLANNED, [carrier, at])),
    )


def held_parities(*, at: datetime) -> Mapping[str, int]:
    """Return what a unit of each currency counts, in micro-euros."""
    return {"EUR": MICRO, **{str(row[0]): int(row[1]) for row in _read(_PARITIES, [at])}}


def held_costs(
    *, at: datetime, around: Sequence[str] | None = None
) -> Mapping[str, Mapping[str, Money]]:
    """Return by carrier and prefix what a part costs us.

    `around`: only what begins with one of these prefixes, or begins them.
    """
    shorter = [prefix[:length] for prefix in around or () for length in range(len(prefix))]
    longer = ["%"] if around is None else [f"{prefix}%" for prefix in around]
    found: dict[str, dict[str, Money]] = {}
    for carrier, prefix, currency, micro in _read(_ALL_COSTS, [at, shorter, longer]):
        found.setdefault(carrier, {})[prefix] = Money(micro, currency)
    return found


def held_rates(*, at: datetime) -> Sequence[tuple[str, bool, str]]:
    """Return currency, class and prefix of every rate."""
    return [(row[0], row[1], row[2]) for row in _read(_RATES, [at])]


def longest(rows: Mapping[str, T], digits: str) -> T | None:
    """Return what stands at the longest beginning of `digits`."""
    for length in range(len(digits), -1, -1):
        found = rows.get(digits[:length])
        if found is not None:
            return found
    return None


def compared(amount: Money, parities: Mapping[str, int]) -> int | None:
    """Return what an amount counts in 10⁻¹² euros, where somebody said it."""
    unit = MICRO if amount.currency == "EUR" else parities.get(amount.currency)
    return None if unit is None else amount.micro * unit


_PARITIES: Final = """
SELECT DISTINCT ON (currency) currency, euro_micro FROM catalogue_parity
 WHERE from_at <= %s ORDER BY currency, from_at DESC
"""
_COSTS: Final = """
SELECT prefix, currency, cost_micro
  FROM (SELECT DISTINCT ON (prefix) prefix, currency, cost_micro FROM catalogue_smscost
         WHERE carrier = %s AND from_at <= %s
         ORDER BY prefix, from_at DESC) held
 WHERE cost_micro IS NOT NULL
 ORDER BY prefix
"""
_ALL_COSTS: Final = """
SELECT carrier, prefix, currency, cost_micro
  FROM (SELECT DISTINCT ON (carrier, prefix) carrier, prefix, currency, cost_micro
          FROM catalogue_smscost
         WHERE from_at <= %s AND (prefix = ANY(%s) OR prefix LIKE ANY(%s))
         ORDER BY carrier, prefix, from_at DESC) held
 WHERE cost_micro IS NOT NULL
 ORDER BY carrier, prefix
"""
_PLANNED: Final = """
SELECT prefix, from_at, currency, cost_micro FROM catalogue_smscost
 WHERE carrier = %s AND from_at > %s
 ORDER BY prefix, from_at
"""
_RATES: Final = """
SELECT currency, local, prefix, net_micro, reason <> ''
  FROM (SELECT DISTINCT ON (currency, local, prefix) currency, local, prefix, net_micro, reason
          FROM catalogue_smsrate WHERE from_at <= %s
         ORDER BY currency, local, prefix, from_at DESC) held
 WHERE net_micro IS NOT NULL
 ORDER BY currency, local, prefix
"""


def _read(statement: str, values: list[Any]) -> Sequence[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: Sequence[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _sold(
    rows: Sequence[tuple[Any, ...]], *, parities: Mapping[str, int]
) -> list[Mapping[str, Sold]]:
    """Return for each currency its rates, and again with the local ones in their places."""
    lists: dict[tuple[str, bool], dict[str, Sold]] = {}
    for currency, local, prefix, net_micro, allowed in rows:
        unit = parities.get(currency)
        worth = None if unit is None else net_micro * unit
        sold = Sold(Money(net_micro, currency), compared=worth, allowed=allowed)
        lists.setdefault((currency, local), {})[prefix] = sold
    return [
        {**lists.get((currency, False), {}), **sold} if local else sold
        for (currency, local), sold in lists.items()
    ]


def _planned(
    rows: Sequence[tuple[Any, ...]],
) -> Mapping[str, Sequence[tuple[datetime, Money | None]]]:
    found: dict[str, list[tuple[datetime, Money | None]]] = {}
    for prefix, from_at, currency, micro in rows:
        cost = None if micro is None else Money(micro, currency)
        found.setdefault(prefix, []).append((from_at, cost))
    return found
