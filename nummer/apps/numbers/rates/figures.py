"""The arithmetic of code rates: tallies that can be added, and what may be told of them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from math import ceil
from typing import Final

WINDOW_DAYS: Final = 28  # four whole weeks, so that no weekday counts more often than another
ORDERS_MIN: Final = 30  # ADR 78: below, one order would move the share by more than three points
BUYERS_MIN: Final = 10  # PP-3.1a: a figure over fewer than ten customers is not shown
TIMES_MIN: Final = 10  # a nine-of-ten of fewer codes than ten is just the slowest one
EVERY_COUNTRY: Final = ""

# Upper ends in seconds, finer where codes usually come; the last one exceeds every window.
BOUNDS_S: Final = (
    *(1, 2, 3, 5, 8, 10, 15, 20, 25, 30, 40, 50, 60, 75, 90, 120, 150, 180, 240, 300),
    *(420, 600, 900, 1200, 1800, 3600, 86_400),
)
_BUYER_BITS: Final = 63  # a bigint without its sign


@dataclass(slots=True)
class Tally:
    """What is kept of ended activations: counts, none of which says whose they were.

    `buyers` has one of 63 bits set for each customer, so the number of bits is at most the number
    of customers: enough to prove that there were ten, too little to say who.
    """

    ended: int = 0
    with_code: int = 0
    buyers: int = 0
    times: list[int] = field(default_factory=lambda: [0] * len(BOUNDS_S))

    def add(self, *, account_id: int, waited_s: float | None) -> None:
        """Count one activation; `waited_s` is the time to its first code, None without one.

        A time below zero comes from a clock that was put back; it says nothing, so only the code
        is counted.
        """
        self.ended += 1
        self.buyers |= 1 << (account_id % _BUYER_BITS)
        if waited_s is not None:
            self.with_code += 1
        if waited_s is not None and waited_s >= 0:
            self.times[min(bisect_left(BOUNDS_S, waited_s), len(BOUNDS_S) - 1)] += 1


@dataclass(frozen=True, slots=True)
class CodeRate:
    """What is shown of one service in one country, or in `EVERY_COUNTRY`.

    `orders` is rounded down to tens, `share_percent` down to a whole percent. The times run from
    the order to the first code: half of the codes, and nine of ten, came within them; None where
    too few codes came to say so. `since` is the first day that the figures hold.
    """

    service: str
    country: str
    orders: int
    share_percent: int
    half_within_s: int | None
    nine_of_ten_within_s: int | None
    since: date


def told(tally: Tally, *, service: str, country: str, since: date) -> CodeRate | None:
    """Return what may be shown of a tally, None where it is too small (ADR 78)."""
    if tally.ended < ORDERS_MIN or tally.buyers.bit_count() < BUYERS_MIN:
        return None
    timed = sum(tally.times) >= TIMES_MIN
    return CodeRate(
        service=service,
        country=country,
        orders=tally.ended // 10 * 10,
        share_percent=tally.with_code * 100 // tally.ended,
        half_within_s=within_s(tally.times, share=Fraction(1, 2)) if timed else None,
        nine_of_ten_within_s=within_s(tally.times, share=Fraction(9, 10)) if timed else None,
        since=since,
    )


def within_s(times: Sequence[int], *, share: Fraction) -> int:
    """Return the first upper end within which at least `share` of all times lie."""
    assert sum(times), "there is a time to look at"
    wanted, seen = ceil(sum(times) * share), 0
    for bound_s, count in zip(BOUNDS_S, times, strict=True):
        seen += count
        if seen >= wanted:
            return bound_s
    raise AssertionError("the last end lies behind all times")
