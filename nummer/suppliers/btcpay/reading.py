"""Reads BTCPay's invoices: plain tables in, notices out, their form never believed.

A fact has one name however it is told: the invoice's id and what became of it.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from nummer.apps.payments.errors import CallbackUnreadable
from nummer.apps.payments.ports import PaymentNotice
from nummer.kernel.money import MICRO, Money, known_currencies, minor_digits

SUM_MAX: Final = Decimal(100_000_000)  # no payment of ours comes near
SETTLED: Final = "Settled"
EXPIRED: Final = "Expired"
INVALID: Final = "Invalid"
PAID_LATE: Final = "PaidLate"
PAID_OVER: Final = "PaidOver"

_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,60}", re.ASCII)
_WORD: Final = re.compile(r"[!-~]{1,100}", re.ASCII)


def notices(invoice: Any) -> list[PaymentNotice]:
    """Return what an invoice tells, the word that counts first; [] while it is open.

    - Settled: paid. What came beyond the sum is a notice of its own, which fits no top-up and is
      named by the reconciliation.
    - Expired: not paid. What was paid of it, too little or too late, is a notice of its own.
    - Invalid: not paid, or the coins never arrived for good.
    Refuses: CallbackUnreadable.
    """
    try:
        return _notices(invoice)
    except (ValueError, KeyError, TypeError, AttributeError, InvalidOperation):
        raise CallbackUnreadable from None


def object_id(text: Any) -> str:
    """Return an id that can be put into an address. Raises ValueError."""
    if not (isinstance(text, str) and _ID.fullmatch(text)):
        raise ValueError("not an id of BTCPay")
    return text


def asked(invoice: Any) -> Money:
    """Return the sum of an invoice. Raises ValueError, KeyError, TypeError."""
    return _money(invoice["amount"], invoice["currency"])


def order_id(invoice: Any) -> str:
    """Return our id out of an invoice, '' where it has none. Raises ValueError."""
    found = (invoice.get("metadata") or {}).get("orderId")
    if found is None:
        return ""
    if not (isinstance(found, str) and _WORD.fullmatch(found)):
        raise ValueError("not a short word")
    return found


def _notices(invoice: Any) -> list[PaymentNotice]:
    name, status, more = object_id(invoice["id"]), invoice["status"], invoice["additionalStatus"]
    amount, ours = asked(invoice), order_id(invoice)
    came = _came(invoice, amount)

    def told(what: str, *, paid: bool, sum_: Money = amount, late: bool = False) -> PaymentNotice:
        return PaymentNotice(
            event_id=f"{name}.{what}",
            reference=name,
            paid=paid,
            amount=sum_,
            payment=name if what == "settled" else f"{name}.{what}" if paid else "",
            ours=ours,
            late=late,
        )

    if status == SETTLED:
        over = [told("over", paid=True, sum_=came - amount, late=True)] if amount < came else []
        return [told("settled", paid=True), *over]
    if status == EXPIRED:
        expired = told("expired", paid=False)
        if more == PAID_LATE:
            return [told(f"late-{came.micro}", paid=True, sum_=came, late=True), expired]
        part = [told(f"part-{came.micro}", paid=True, sum_=came, late=True)] if came.micro else []
        return [expired, *part]
    return [told("invalid", paid=False)] if status == INVALID else []


def _came(invoice: Any, amount: Money) -> Money:
    """Return what was paid; servers before 2.0 do not say it."""
    said = invoice.get("paidAmount")
    if said is not None:
        return _money(said, amount.currency)
    full = invoice["status"] == SETTLED or invoice["additionalStatus"] == PAID_LATE
    return amount if full else Money(0, amount.currency)


def _money(said: Any, currency: Any) -> Money:
    """Read a decimal as BTCPay writes it, cut to whole coins."""
    if currency not in known_currencies() or not isinstance(said, str | int):
        raise ValueError("not an amount")
    units = Decimal(str(said))
    if not (units.is_finite() and 0 <= units <= SUM_MAX):
        raise ValueError("not an amount")
    coin = MICRO // 10 ** minor_digits(currency)
    return Money(int(units * MICRO) // coin * coin, currency)
