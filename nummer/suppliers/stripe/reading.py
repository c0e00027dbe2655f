"""Reads Stripe's events: plain tables in, notices out, nothing believed about their form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from nummer.apps.payments.errors import CallbackUnreadable
from nummer.apps.payments.ports import (
    DisputeNotice,
    DisputeWord,
    PaymentNotice,
    ProviderNotice,
    RefundNotice,
    RefundWord,
)
from nummer.kernel.money import MICRO, Money, known_currencies, minor_digits

SECONDS_MAX: Final = 2**32  # the year 2106
MINOR_MAX: Final = 10**10  # a hundred million units: no payment of ours comes near

REFUND_WORDS: Final[Mapping[str, RefundWord]] = {
    "pending": RefundWord.PENDING,
    "requires_action": RefundWord.PENDING,
    "succeeded": RefundWord.PAID,
    "failed": RefundWord.FAILED,
    "canceled": RefundWord.FAILED,
}
# An inquiry (warning_…) moves no money; it may become a dispute, which then comes as one.
DISPUTE_WORDS: Final[Mapping[str, DisputeWord]] = {
    "needs_response": DisputeWord.OPEN,
    "under_review": DisputeWord.OPEN,
    "won": DisputeWord.WON,
    "lost": DisputeWord.LOST,
}
_PAGE_ENDS: Final = {
    "checkout.session.completed": True,
    "checkout.session.async_payment_succeeded": True,
    "checkout.session.async_payment_failed": False,
    "checkout.session.expired": False,
}
_PAYMENT_ENDS: Final = {
    "payment_intent.succeeded": True,
    "payment_intent.payment_failed": False,
    "payment_intent.canceled": False,
}
_REFUNDS: Final = frozenset({"refund.created", "refund.updated", "refund.failed"})
_DISPUTES: Final = frozenset(
    {
        "charge.dispute.created",
        "charge.dispute.updated",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated",
        "charge.dispute.closed",
    }
)
_CHARGED: Final = "charge.succeeded"  # says as the only one from which country it was paid
FOLLOWED: Final = frozenset({*_PAGE_ENDS, *_PAYMENT_ENDS, *_REFUNDS, *_DISPUTES, _CHARGED})

_WORD = re.compile(r"[!-~]{1,100}", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)


def read_event(event: Any) -> ProviderNotice | None:
    """Return what an event tells; None where it is about nothing that we follow.

    Refuses: CallbackUnreadable.
    """
    try:
        kind = _word(event["type"])
        if kind not in FOLLOWED:
            return None
        return _read(_word(event["id"]), kind, event["data"]["object"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise CallbackUnreadable from None


def _read(event_id: str, kind: str, about: Any) -> ProviderNotice | None:
    if kind in _PAGE_ENDS:
        return _session(event_id, about, paid=_PAGE_ENDS[kind])
    if kind in _PAYMENT_ENDS:
        return _payment(event_id, about, paid=_PAYMENT_ENDS[kind])
    if kind == _CHARGED:
        return _charge(event_id, about)
    if kind in _REFUNDS:
        return _refund(event_id, about)
    return _dispute(event_id, about)


def _session(event_id: str, session: Any, *, paid: bool) -> PaymentNotice | None:
    """Read what became of a page; one that ended while its payment is under way tells nothing."""
    if session["mode"] != "payment" or (paid and session["payment_status"] != "paid"):
        return None
    return PaymentNotice(
        event_id=event_id,
        reference=_word(session["id"]),
        paid=paid,
        amount=_money(session["amount_total"], session["currency"]),
        payment=_optional(session.get("payment_intent")) if paid else "",
        payer=_optional(session.get("customer")) if paid else "",
        ours=_ours(session, "top_up"),
        claimed=_optional(session.get("client_reference_id")),
    )


def _payment(event_id: str, payment: Any, *, paid: bool) -> PaymentNotice | None:
    """Read what became of a payment; a page's may fail often before it succeeds."""
    ours = _ours(payment, "top_up")
    if not ours or not (paid or _ours(payment, "kept")):
        return None
    sum_minor = payment["amount_received"] if paid else payment["amount"]
    return PaymentNotice(
        event_id=event_id,
        reference=_word(payment["id"]),
        paid=paid,
        amount=_money(sum_minor, payment["currency"]),
        payment=_word(payment["id"]) if paid else "",
        ours=ours,
    )


def _charge(event_id: str, charge: Any) -> PaymentNotice | None:
    """Read what was taken of a payment, and from a card or account of which country.

    Stripe copies the payment's metadata. Of the method only the country is looked at.
    """
    ours, payment = _ours(charge, "top_up"), _optional(charge.get("payment_intent"))
    if not (ours and payment and charge["paid"] is True and charge["captured"] is True):
        return None
    method = charge.get("payment_method_details") or {}
    kind = method.get("type")
    return PaymentNotice(
        event_id=event_id,
        reference=payment,
        paid=True,
        amount=_money(charge["amount"], charge["currency"]),
        payment=payment,
        ours=ours,
        country=(country := _country((method.get(kind) or {}).get("country"))),
        by_card=bool(country) and kind == "card",
    )


def _country(text: Any) -> str:
    """Return a country, '' for anything else: nobody's money waits for it."""
    return text if isinstance(text, str) and _COUNTRY.fullmatch(text) else ""


def _refund(event_id: str, refund: Any) -> RefundNotice | None:
    word = REFUND_WORDS.get(refund["status"])
    payment = _optional(refund.get("payment_intent"))
    if word is None or not payment:
        return None
    return RefundNotice(
        event_id=event_id,
        reference=_word(refund["id"]),
        payment=payment,
        amount=_money(refund["amount"], refund["currency"]),
        word=word,
        ours=_ours(refund, "refund"),
    )


def _dispute(event_id: str, dispute: Any) -> DisputeNotice | None:
    word = DISPUTE_WORDS.get(dispute["status"])
    payment = _optional(dispute.get("payment_intent"))
    if word is None or not payment:
        return None
    return DisputeNotice(
        event_id=event_id,
        reference=_word(dispute["id"]),
        payment=payment,
        amount=_money(dispute["amount"], dispute["currency"]),
        word=word,
        answer_by=_moment((dispute.get("evidence_details") or {}).get("due_by")),
    )


def _moment(at_s: Any) -> datetime | None:
    """Return a moment, None for what is none: a dispute counts without it."""
    if type(at_s) is not int or not 0 < at_s <= SECONDS_MAX:
        return None
    return datetime.fromtimestamp(at_s, UTC)


def _ours(about: Any, name: str) -> str:
    """Return what we wrote into an object's metadata, which only our key can."""
    return _optional((about.get("metadata") or {}).get(name))


def _word(text: Any) -> str:
    if not (isinstance(text, str) and _WORD.fullmatch(text)):
        raise ValueError("not a short word")
    return text


def _optional(text: Any) -> str:
    return "" if text is None else _word(text)


def _money(minor: Any, currency: Any) -> Money:
    if type(minor) is not int or not 0 <= minor <= MINOR_MAX:
        raise ValueError("not an amount")
    code = _word(currency).upper()
    if code not in known_currencies():
        raise ValueError("not a currency")
    return Money(minor * (MICRO // 10 ** minor_digits(code)), code)
