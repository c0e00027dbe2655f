"""Finds rates that bring less than every carrier takes who is routed there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from nummer.apps.catalogue.models import SmsRoute
from nummer.apps.catalogue.sms_book import (
    compared,
    held_costs,
    held_parities,
    held_rates,
    longest,
)
from nummer.kernel.money import Money

# So many lines are looked up by their prefixes; for more, everything is read once.
_FEW: Final = 20


@dataclass(frozen=True, slots=True)
class RateLine:
    """What a part to a prefix costs the customer without tax; None ends the prefix."""

    prefix: str
    local: bool
    net: Money | None
    currency: str


@dataclass(frozen=True, slots=True)
class Loss:
    """A rate that brings less than the cheapest carrier takes for `prefix`."""

    line: RateLine
    prefix: str
    cost: Money


def losses(lines: Sequence[RateLine], *, at: datetime) -> list[Loss]:
    """Return the first loss of each line, were they to hold from `at` beside what holds then.

    A line sells its own prefix and the longer ones that have a cost and no rate of their own.
    Where no carrier is routed nothing is sold and nothing lost; what cannot be compared is one.
    """
    beginnings = [line.prefix for line in lines] if len(lines) <= _FEW else None
    parities = held_parities(at=at)
    carriers = _Carriers(held_costs(at=at, around=beginnings), parities)
    views = _views(lines, at=at)
    served = {key: _served(view, carriers.prefixes) for key, view in views.items()}
    found = []
    for line in lines:
        if line.net is None:
            continue
        points = [line.prefix, *served[line.currency, line.local].get(line.prefix, ())]
        for point in points:
            cost = carriers.cheapest(point)
            if cost is not None and _less(line.net, cost, parities):
                found.append(Loss(line, point, cost))
                break
    return found


class _Carriers:
    """What each routed carrier takes."""

    def __init__(
        self, costs: Mapping[str, Mapping[str, Money]], parities: Mapping[str, int]
    ) -> None:
        self._costs = costs
        self._parities = parities
        self._routed: dict[str, dict[str, bool]] = {}
        for carrier, prefix, enabled in SmsRoute.objects.order_by("carrier", "prefix").values_list(
            "carrier", "prefix", "enabled"
        ):
            self._routed.setdefault(carrier, {})[prefix] = enabled
        self.prefixes = sorted({prefix for rows in costs.values() for prefix in rows})

    def cheapest(self, prefix: str) -> Money | None:
        """Return what the cheapest carrier takes for a prefix; one nobody can compare is last."""
        asked = [
            cost
            for carrier, routed in self._routed.items()
            if longest(routed, prefix)
            and (cost := longest(self._costs.get(carrier, {}), prefix)) is not None
        ]
        return min(asked, key=self._rank, default=None)

    def _rank(self, cost: Money) -> tuple[bool, int]:
        worth = compared(cost, self._parities)
        return worth is None, cost.micro if worth is None else worth


def _views(
    lines: Sequence[RateLine], *, at: datetime
) -> Mapping[tuple[str, bool], Mapping[str, object]]:
    """Return by currency and class which prefixes have a rate, with the lines among them."""
    held: dict[tuple[str, bool], dict[str, object]] = {}
    for currency, local, prefix in held_rates(at=at):
        held.setdefault((currency, local), {})[prefix] = True
    for line in lines:
        rows = held.setdefault((line.currency, line.local), {})
        if line.net is None:
            rows.pop(line.prefix, None)
        else:
            rows[line.prefix] = True
    return {
        (currency, local): {**held.get((currency, False), {}), **rows} if local else rows
        for (currency, local), rows in held.items()
    }


def _served(view: Mapping[str, object], prefixes: Sequence[str]) -> Mapping[str, list[str]]:
    """Return by prefix of a rate the longer prefixes with a cost that it sells."""
    found: dict[str, list[str]] = {}
    for prefix in prefixes:
        for seller in _beginnings(prefix):
            if seller in view:
                found.setdefault(seller, []).append(prefix)
                break
    return found


def _beginnings(prefix: str) -> Iterator[str]:
    return (prefix[:length] for length in range(len(prefix), -1, -1))


def _less(net: Money, cost: Money, parities: Mapping[str, int]) -> bool:
    if net.currency == cost.currency:
        return net < cost
    worth, paid = compared(net, parities), compared(cost, parities)
    return worth is None or paid is None or worth < paid
