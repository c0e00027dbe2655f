"""What talk costs, to the second and the micro-unit (LD-S2, LD-H5; ADR 450).

Talk is whole seconds that were begun. From these the free seconds at the beginning are taken away;
what is left counts as at least the minimum and is rounded up to whole steps. A package of minutes
covers the first of these billed seconds, money pays for the others; what began under a package has
no set-up fee. The sum without tax is rounded up to a micro-unit once, and so is its tax.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MINUTE_S: Final = 60
_BP: Final = 10_000  # basis points of a whole


@dataclass(frozen=True, slots=True)
class Terms:
    """How a destination is charged: sums without tax, in micro-units of one currency."""

    setup_micro: int
    minute_micro: int
    minimum_s: int = 1
    step_s: int = 1
    free_s: int = 0

    def __post_init__(self) -> None:
        assert self.setup_micro >= 0, "a fee is not negative"
        assert self.minute_micro >= 0, "a price is not negative"
        assert self.minimum_s >= 1, "a second is the least"
        assert self.step_s >= 1, "a step goes forward"
        assert self.free_s >= 0, "free seconds are not negative"

    def billed_s(self, talk_s: int) -> int:
        """Return how many seconds of talk count."""
        if talk_s <= self.free_s:
            return 0
        beyond = max(talk_s - self.free_s - self.minimum_s, 0)
        return self.minimum_s + -(-beyond // self.step_s) * self.step_s


@dataclass(frozen=True, slots=True)
class Charge:
    """What a call takes: seconds of a package, and money without and of tax."""

    billed_s: int
    covered_s: int
    net_micro: int
    tax_micro: int

    @property
    def total_micro(self) -> int:
        """Return the money with its tax."""
        return self.net_micro + self.tax_micro


def charge(terms: Terms, *, talk_s: int, tax_bp: int, package_s: int = 0) -> Charge:
    """Return what an answered call takes that lasted `talk_s`.

    `package_s` are the seconds of a package that are kept for it.
    """
    assert talk_s >= 0, "nobody talks backwards"
    billed = terms.billed_s(talk_s)
    covered = min(billed, package_s)
    setup = 0 if package_s else terms.setup_micro
    net = setup + -(-terms.minute_micro * (billed - covered) // MINUTE_S)
    return Charge(billed, covered, net, _tax(net, tax_bp))


def affordable_s(terms: Terms, *, micro: int, tax_bp: int, package_s: int = 0, most_s: int) -> int:
    """Return for how long somebody may talk, so that `charge` takes no more than `micro`.

    At most `most_s`, and 0 where not even the first second is covered. The answer is the last
    second before the sum would be too high: found by halving, since the charge never falls with
    time.
    """
    assert most_s >= 0, "a limit is not negative"

    def fits(talk_s: int) -> bool:
        return charge(terms, talk_s=talk_s, tax_bp=tax_bp, package_s=package_s).total_micro <= micro

    if most_s == 0 or not fits(1):
        return 0
    low, high = 1, most_s
    while low < high:
        middle = (low + high + 1) // 2
        if fits(middle):
            low = middle
        else:
            high = middle - 1
    return low


def _tax(net_micro: int, tax_bp: int) -> int:
    return -(-net_micro * tax_bp // _BP)
