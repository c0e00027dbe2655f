"""How the tax of a sale comes back when a part of its price does."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from nummer.kernel.money import MICRO, Money, minor_digits


@dataclass(frozen=True, slots=True)
class Parts:
    """A sum as a sale books it: without tax, and the tax."""

    net: Money
    tax: Money

    @property
    def total(self) -> Money:
        """Return what the customer pays or gets."""
        return self.net + self.tax


def returned_parts(amount: Money, *, charged: Parts, returned: Parts) -> Parts:
    """Split what a customer gets back into price and tax.

    `returned` is what came back before. The tax is that of all that has come back by now, rounded
    to the minor unit, less what came back of it before: so the last part of a whole refund brings
    the last of the tax, and never is more tax given back than was charged.
    """
    back = returned.total + amount
    assert Money(0, amount.currency) < amount, "something comes back"
    assert back <= charged.total, "never more comes back than was paid"
    tax = _tax_of(back, charged=charged) - returned.tax
    least, most = Money(0, amount.currency), amount
    tax = min(max(tax, least), most)
    return Parts(net=amount - tax, tax=tax)


def _tax_of(back: Money, *, charged: Parts) -> Money:
    if back == charged.total:
        return charged.tax
    minor = MICRO // 10 ** minor_digits(back.currency)
    exact = Fraction(back.micro * charged.tax.micro, charged.total.micro * minor)
    return Money(int(exact + Fraction(1, 2)) * minor, back.currency)
