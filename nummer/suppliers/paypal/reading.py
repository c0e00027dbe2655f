"""Reads PayPal's objects and events: plain tables in, notices out, their form never believed.

A fact has one name however it is told, by webhook, by list or as an answer: the id of its object
and its state. So each is taken once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Final

from nummer.apps.payments.errors import CallbackUnreadable
from nummer.apps.payments.ports import (
    ApprovalNotice,
    DisputeNotice,
    DisputeWord,
    PaymentNotice,
    ProviderNotice,
    RefundNotice,
    RefundWord,
)
from nummer.kernel.money import MICRO, Money, known_currencies

SUM_MAX_MICRO: Final = 100_000_000 * MICRO  # no payment of ours comes near


class About(Enum):
    """What kind of object an event is about, and where it is read anew."""

    ORDER = "order"
    CAPTURE = "capture"
    REFUND = "refund"
    REVERSAL = "reversal"  # a refund that PayPal made itself, against us
    DISPUTE = "dispute"

    @property
    def path(self) -> str:
        """Return where an object of this kind stands."""
        return _PATHS[self]


_PATHS: Final = {
    About.ORDER: "/v2/checkout/orders/",
    About.CAPTURE: "/v2/payments/captures/",
    About.REFUND: "/v2/payments/refunds/",
    About.REVERSAL: "/v2/payments/refunds/",
    About.DISPUTE: "/v1/customer/disputes/",
}


FOLLOWED: Final[Mapping[str, About]] = {
    "CHECKOUT.ORDER.APPROVED": About.ORDER,
    "PAYMENT.CAPTURE.COMPLETED": About.CAPTURE,
    "PAYMENT.CAPTURE.DECLINED": About.CAPTURE,
    "PAYMENT.CAPTURE.DENIED": About.CAPTURE,
    "PAYMENT.CAPTURE.REFUNDED": About.REFUND,
    "PAYMENT.CAPTURE.REVERSED": About.REVERSAL,
    "PAYMENT.REFUND.PENDING": About.REFUND,
    "PAYMENT.REFUND.FAILED": About.REFUND,
    "CUSTOMER.DISPUTE.CREATED": About.DISPUTE,
    "CUSTOMER.DISPUTE.UPDATED": About.DISPUTE,
    "CUSTOMER.DISPUTE.RESOLVED": About.DISPUTE,
}
CAPTURED: Final = {  # a capture that was refunded since was paid all the same
    "COMPLETED": True,
    "PARTIALLY_REFUNDED": True,
    "REFUNDED": True,
    "DECLINED": False,
    "FAILED": False,
}
REFUND_WORDS: Final[Mapping[str, RefundWord]] = {
    "PENDING": RefundWord.PENDING,
    "COMPLETED": RefundWord.PAID,
    "FAILED": RefundWord.FAILED,
    "CANCELLED": RefundWord.FAILED,
}
OUTCOMES: Final[Mapping[str, DisputeWord]] = {
    "RESOLVED_BUYER_FAVOUR": DisputeWord.LOST,
    "ACCEPTED": DisputeWord.LOST,
    "RESOLVED_SELLER_FAVOUR": DisputeWord.WON,
    "RESOLVED_WITH_PAYOUT": DisputeWord.WON,  # PayPal pays the buyer itself
    "CANCELED_BY_BUYER": DisputeWord.WON,
    "DENIED": DisputeWord.WON,
}

_WORD: Final = re.compile(r"[!-~]{1,100}", re.ASCII)
_COUNTRY: Final = re.compile(r"[A-Z]{2}", re.ASCII)
_ODD_COUNTRIES: Final = {"C2": "CN"}  # PayPal's own code for payers of China
_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,60}", re.ASCII)
_UP: Final = re.compile(r"/v2/payments/captures/([A-Za-z0-9._-]{1,60})/?$", re.ASCII)


@dataclass(frozen=True, slots=True)
class Event:
    """An event: what it is about, and the object as it was then."""

    about: About
    object_id: str
    resource: Mapping[str, Any]


def read_event(event: Any) -> Event | None:
    """Return what an event is about; None for nothing that we follow. Refuses: CallbackUnreadable.

    A dispute calls its id otherwise than everything else does.
    """
    try:
        _word(event["id"])
        about = FOLLOWED.get(_word(event["event_type"]))
        if about is None:
            return None
        resource = event["resource"]
        name = "dispute_id" if about is About.DISPUTE else "id"
        return Event(about, object_id(resource[name]), resource)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise CallbackUnreadable from None


def read_object(about: About, found: Any) -> ProviderNotice | None:
    """Return what an object tells, None where that is nothing yet. Refuses: CallbackUnreadable."""
    try:
        match about:
            case About.ORDER:
                return _order(found)
            case About.CAPTURE:
                return _capture(found)
            case About.REFUND:
                return _refund(found)
            case About.REVERSAL:
                return _reversal(found)
            case About.DISPUTE:
                return _dispute(found)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        raise CallbackUnreadable from None


def object_id(text: Any) -> str:
    """Return an id that can be put into an address. Raises ValueError."""
    if not (isinstance(text, str) and _ID.fullmatch(text)):
        raise ValueError("not an id of PayPal")
    return text


def money(amount: Any) -> Money:
    """Return an amount as PayPal writes it. Raises ValueError, KeyError, TypeError."""
    currency = _word(amount["currency_code"])
    value = amount["value"]
    if currency not in known_currencies() or not isinstance(value, str):
        raise ValueError("not an amount")
    read = Money.parse(value, currency)
    if read.micro > SUM_MAX_MICRO:
        raise ValueError("not an amount")
    return read


def refund_word(refund: Any) -> RefundWord:
    """Return where a refund stands; what is not known is pending."""
    return REFUND_WORDS.get(refund.get("status") or "", RefundWord.PENDING)


def _order(order: Any) -> ProviderNotice | None:
    """Read an order: paid where it was captured, approved where it waits for that."""
    unit = order["purchase_units"][0]
    ours = _optional(unit.get("custom_id"))
    captures = (unit.get("payments") or {}).get("captures") or []
    if captures:
        best = next((each for each in captures if CAPTURED.get(each["status"])), captures[-1])
        return _captured(best, order_id=object_id(order["id"]), ours=ours, country=_country(order))
    if order["status"] != "APPROVED":
        return None
    return ApprovalNotice(
        event_id=f"{object_id(order['id'])}.approved",
        reference=order["id"],
        amount=money(unit["amount"]),
        ours=ours,
    )


def _capture(capture: Any) -> PaymentNotice | None:
    related = (capture.get("supplementary_data") or {}).get("related_ids") or {}
    order_id = _optional(related.get("order_id")) or object_id(capture["id"])
    return _captured(capture, order_id=order_id, ours=_optional(capture.get("custom_id")))


def _captured(capture: Any, *, order_id: str, ours: str, country: str = "") -> PaymentNotice | None:
    paid = CAPTURED.get(capture["status"])
    if paid is None:
        return None
    name = object_id(capture["id"])
    return PaymentNotice(
        event_id=f"{name}.{'paid' if paid else 'failed'}",
        reference=order_id,
        paid=paid,
        amount=money(capture["amount"]),
        payment=name if paid else "",
        ours=ours,
        country=country if paid else "",
    )


def _country(order: Any) -> str:
    """Return the country of the account that paid, '' where it is not told.

    Nobody's money waits for it, so no form of it refuses an order.
    """
    payer = order.get("payer")
    address = payer.get("address") if isinstance(payer, dict) else None
    code = address.get("country_code") if isinstance(address, dict) else None
    if not isinstance(code, str):
        return ""
    code = _ODD_COUNTRIES.get(code, code)
    return code if _COUNTRY.fullmatch(code) else ""


def _refund(refund: Any) -> RefundNotice | None:
    payment = _captured_by(refund)
    if not payment:
        return None
    name, word = object_id(refund["id"]), refund_word(refund)
    return RefundNotice(
        event_id=f"{name}.{word.value}",
        reference=name,
        payment=payment,
        amount=money(refund["amount"]),
        word=word,
        ours=_optional(refund.get("custom_id")),
    )


def _reversal(refund: Any) -> DisputeNotice | None:
    """Read what PayPal took back by itself, for the payer's bank or for the payer."""
    payment = _captured_by(refund)
    if not payment:
        return None
    name = object_id(refund["id"])
    return DisputeNotice(
        event_id=f"{name}.reversed",
        reference=name,
        payment=payment,
        amount=money(refund["amount"]),
        word=DisputeWord.REVERSED,
    )


def _captured_by(refund: Any) -> str:
    """Return the capture that a refund is of: only its link `up` names it."""
    for link in refund.get("links") or []:
        found = _UP.search(link["href"]) if link.get("rel") == "up" else None
        if found:
            return found[1]
    return ""


def _dispute(dispute: Any) -> DisputeNotice | None:
    """Read a dispute; while the buyer only asks (INQUIRY), no money moves and it is none."""
    word = DisputeWord.OPEN
    if dispute["status"] == "RESOLVED":
        outcome = (dispute.get("dispute_outcome") or {}).get("outcome_code") or ""
        word = OUTCOMES.get(outcome, DisputeWord.OPEN)
    if word is DisputeWord.OPEN and dispute.get("dispute_life_cycle_stage") == "INQUIRY":
        return None
    name, amount = object_id(dispute["dispute_id"]), money(dispute["dispute_amount"])
    return DisputeNotice(
        event_id=f"{name}.{word.value}.{amount.micro}",
        reference=name,
        payment=object_id(dispute["disputed_transactions"][0]["seller_transaction_id"]),
        amount=amount,
        word=word,
        answer_by=_moment(dispute.get("seller_response_due_date")),
    )


def _moment(text: Any) -> datetime | None:
    """Return a moment, None for what is none: a dispute counts without it."""
    try:
        at = datetime.fromisoformat(text)
    except (ValueError, TypeError):
        return None
    return at if at.tzinfo is not None else None


def _word(text: Any) -> str:
    if not (isinstance(text, str) and _WORD.fullmatch(text)):
        raise ValueError("not a short word")
    return text


def _optional(text: Any) -> str:
    return "" if text is None else _word(text)
