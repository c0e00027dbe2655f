"""A price list beside what holds: what is new, dearer, cheaper or gone, and what is left to earn.

Pure: everything that holds comes in as `Book`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from nummer.apps.catalogue.sms_book import Book, Sold, compared, longest
from nummer.apps.catalogue.sms_lists.reading import PriceLine
from nummer.kernel.money import Money

_BP: Final = 10_000
_BP_MAX: Final = 2**31 - 1  # what the column holds


class Change(StrEnum):
    """What a line does to the carrier's cost of its prefix."""

    NEW = "new"
    DEARER = "dearer"
    CHEAPER = "cheaper"
    GONE = "gone"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Difference:
    """A prefix of the list beside what holds: `sold` is the lowest rate that it serves."""

    prefix: str
    destination: str
    line: int | None
    change: Change
    before: Money | None
    after: Money | None
    change_bp: int | None
    from_at: datetime
    sold: Money | None
    margin_bp: int | None
    loss: bool


def differences(
    lines: Sequence[PriceLine], *, book: Book, whole: bool, from_at: datetime
) -> Iterator[Difference]:
    """Yield every prefix of the list, and of a whole list those it no longer has, in their order.

    A day that has come counts from `from_at`; each line is compared with what stands at its own
    day, planned costs among it. Loss is said where the carrier is routed and the
    lowest rate that his cost would serve brings less, or cannot be compared with it.
    """
    listed = {line.prefix: line for line in lines}
    gone = book.costs.keys() - listed.keys() if whole else frozenset()
    kept = {} if whole else book.costs
    after = {**kept, **{prefix: line.cost for prefix, line in listed.items()}}
    beneath = _beneath(book, after)
    for prefix in sorted({*listed, *gone}):
        line = listed.get(prefix)
        cost = None if line is None else line.cost
        begins = max(from_at, (line and line.from_at) or from_at)
        before = book.cost(prefix, at=begins)
        paid = longest(after, prefix)  # what a gone prefix costs then: its shorter one, if any
        lowest = _lowest([*_serving(book, prefix), *beneath.get(prefix, ())])
        change, change_bp = _change(before, cost, book.parities)
        yield Difference(
            prefix=prefix,
            destination="" if line is None else line.destination,
            line=None if line is None else line.line,
            change=change,
            before=before,
            after=cost,
            change_bp=change_bp,
            from_at=begins,
            sold=None if lowest is None else lowest.net,
            margin_bp=_margin_bp(lowest, paid, book.parities),
            loss=_loss(lowest, paid, book.parities) and bool(longest(book.routed, prefix)),
        )


def _beneath(book: Book, after: Mapping[str, Money]) -> Mapping[str, list[Sold]]:
    """Return the rates of longer prefixes by the prefix whose cost will serve them."""
    found: dict[str, list[Sold]] = {}
    for rates in book.sold:
        for prefix, sold in rates.items():
            served = next(
                (
                    prefix[:length]
                    for length in range(len(prefix), -1, -1)
                    if prefix[:length] in after
                ),
                None,
            )
            if served is not None:
                found.setdefault(served, []).append(sold)
    return found


def _serving(book: Book, prefix: str) -> Iterator[Sold]:
    for rates in book.sold:
        sold = longest(rates, prefix)
        if sold is not None:
            yield sold


def _lowest(rates: Sequence[Sold]) -> Sold | None:
    """Return the rate that brings least, of those that nobody allowed to be below cost."""
    asked = [sold for sold in rates if not sold.allowed]
    return min(asked, key=lambda sold: -1 if sold.compared is None else sold.compared, default=None)


def _change(
    before: Money | None, after: Money | None, parities: Mapping[str, int]
) -> tuple[Change, int | None]:
    if after is None:
        return Change.GONE, None
    if before is None:
        return Change.NEW, None
    if before == after:
        return Change.SAME, 0
    was, is_ = compared(before, parities), compared(after, parities)
    if was is None or is_ is None:
        return Change.NEW, None  # in a currency that nobody can compare any more
    change = Change.DEARER if is_ >= was else Change.CHEAPER
    return change, None if was == 0 else min((is_ - was) * _BP // was, _BP_MAX)


def _margin_bp(sold: Sold | None, cost: Money | None, parities: Mapping[str, int]) -> int | None:
    """Return what is left of a rate in hundredths of a per cent of it."""
    if sold is None or cost is None:
        return None
    paid = compared(cost, parities)
    if paid is None or sold.compared is None:
        return None
    return max((sold.compared - paid) * _BP // sold.compared, -_BP_MAX)


def _loss(sold: Sold | None, cost: Money | None, parities: Mapping[str, int]) -> bool:
    if sold is None or cost is None:
        return False
    if sold.net.currency == cost.currency:
        return sold.net < cost
    paid = compared(cost, parities)
    return paid is None or sold.compared is None or sold.compared < paid
