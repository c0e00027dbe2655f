"""Sessions, payments, refunds and disputes, and what may become of each (Stripe's reference)."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from typing import Any, Final

from nummer.suppliers.sandbox.payments.desk import Memory
from nummer.suppliers.sandbox.payments.events import tell

MINOR_MIN: Final = 50  # Stripe takes no less of a euro
MINOR_MAX: Final = 99_999_999
ANSWER_WITHIN_S: Final = 7 * 24 * 3600  # banks of cards give a week or more
PAGE_LIVES_S: Final = 24 * 3600
# A made-up person and his card, as Stripe tells the shop: only the card's country may be kept.
BILLED: Final = {
    "address": {"city": None, "country": "NO", "line1": None, "postal_code": "0150"},
    "email": "kari.sandkasse@example.com",
    "name": "Kari Sandkasse",
    "phone": None,
}
CARD: Final = {
    "brand": "visa",
    "country": "NO",
    "exp_month": 8,
    "exp_year": 2031,
    "fingerprint": "sAnDbOxCaRd0001",
    "funding": "debit",
    "last4": "4242",
    "network": "visa",
}
NOT_REFUNDABLE: Final = frozenset({"boleto", "konbini", "oxxo"})  # paid with a slip and cash


class Wrong(Exception):  # noqa: N818 -- an answer, as it goes over the wire
    """A request that is refused, in Stripe's words for it."""

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        status: int = 400,
        kind: str = "invalid_request_error",
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = {
            "error": {
                "type": kind,
                "code": code,
                "message": message,
                "param": param,
                **(more or {}),
            }
        }


def open_session(memory: Memory, form: Mapping[str, str]) -> dict[str, Any]:
    """Make a hosted page for one payment."""
    if form.get("mode") != "payment":
        raise Wrong("Only the mode payment is played here.", param="mode")
    if not form.get("success_url"):
        raise Wrong("Missing required param: success_url.", param="success_url")
    price = "line_items[0][price_data]"
    currency = form.get(f"{price}[currency]", "")
    if len(currency) != 3 or not currency.isalpha():  # noqa: PLR2004 -- ISO 4217
        raise Wrong("Invalid currency.", param=f"{price}[currency]")
    amount = _whole(form, f"{price}[unit_amount]") * _whole(form, "line_items[0][quantity]")
    if not MINOR_MIN <= amount <= MINOR_MAX:
        raise Wrong(
            "The amount is too small or too large.",
            code="amount_too_small" if amount < MINOR_MIN else "amount_too_large",
        )
    name = _name("cs_test")
    session = {
        "id": name,
        "object": "checkout.session",
        "amount_subtotal": amount,
        "amount_total": amount,
        "cancel_url": form.get("cancel_url"),
        "client_reference_id": form.get("client_reference_id"),
        "created": int(time.time()),
        "currency": currency.lower(),
        "customer": None,
        "expires_at": int(time.time()) + PAGE_LIVES_S,
        "livemode": False,
        "metadata": _table(form, "metadata"),
        "mode": "payment",
        "payment_intent": None,
        "payment_method_types": _listed(form, "payment_method_types") or ["card"],
        "payment_status": "unpaid",
        "status": "open",
        "success_url": form["success_url"],
        "url": memory.setting("page_url").format(reference=name),
    }
    hidden = {
        "payment_metadata": _table(form, "payment_intent_data[metadata]"),
        "keep": form.get("payment_intent_data[setup_future_usage]") == "off_session",
        "customer": form.get("customer_creation") == "always",
    }
    memory.keep(session, hidden=hidden)
    return session


def pay_session(memory: Memory, name: str, *, held: bool = False) -> None:
    """Let the customer pay an open page; one that is not open stays as it is."""
    session = _open_session(memory, name)
    if session is None:
        return
    hidden = memory.hidden(name)
    customer = _new_customer(memory) if hidden["customer"] else None
    kind = session["payment_method_types"][0]
    method = _new_method(memory, kind, customer if hidden["keep"] else None)
    payment = _new_payment(
        amount=session["amount_total"],
        currency=session["currency"],
        metadata=hidden["payment_metadata"],
        customer=customer,
        method=method,
    )
    payment |= {"status": "succeeded", "amount_received": payment["amount"]}
    memory.keep(payment, owner=customer or "", hidden={"type": kind})
    session |= {
        "status": "complete",
        "payment_status": "paid",
        "payment_intent": payment["id"],
        "customer": customer,
    }
    memory.keep(session)
    tell(memory, "payment_intent.succeeded", payment, about=name, held=held)
    tell(memory, "charge.succeeded", _charge(payment, kind=kind), about=name, held=held)
    tell(memory, "checkout.session.completed", session, about=name, held=held)


def pay_in(
    memory: Memory, *, amount: int, currency: str, metadata: Mapping[str, str]
) -> dict[str, Any]:
    """Let a card pay without a page, whatever the sum; return the event that tells of it."""
    method = _new_method(memory, "card", None)
    payment = _new_payment(
        amount=amount, currency=currency, metadata=metadata, customer=None, method=method
    )
    payment |= {"status": "succeeded", "amount_received": amount}
    memory.keep(payment, hidden={"type": "card"})
    tell(memory, "charge.succeeded", _charge(payment), about=payment["id"])
    return tell(memory, "payment_intent.succeeded", payment, about=payment["id"])


def pay_again(memory: Memory, name: str) -> None:
    """Take the money of a paid page a second time, as no provider should."""
    session = memory.find(name, "checkout.session")
    first = None if session is None else memory.find(session["payment_intent"], "payment_intent")
    if session is None or first is None:
        return
    payment = _new_payment(
        amount=first["amount"],
        currency=first["currency"],
        metadata=first["metadata"],
        customer=first["customer"],
        method=first["payment_method"],
    )
    payment |= {"status": "succeeded", "amount_received": payment["amount"]}
    memory.keep(payment, hidden=memory.hidden(first["id"]))
    tell(memory, "payment_intent.succeeded", payment, about=name)
    tell(memory, "charge.succeeded", _charge(payment), about=name)


def fail_session(memory: Memory, name: str) -> None:
    """Let a page end whose payment is refused in the end."""
    session = _open_session(memory, name)
    if session is None:
        return
    session |= {"status": "complete"}
    memory.keep(session)
    tell(memory, "checkout.session.completed", session, about=name)
    tell(memory, "checkout.session.async_payment_failed", session, about=name)


def expire_session(memory: Memory, name: str) -> dict[str, Any]:
    """End a page that nobody paid."""
    session = _open_session(memory, name)
    if session is None:
        raise Wrong("Only open sessions can be expired.")
    session |= {"status": "expired", "url": None}
    memory.keep(session)
    tell(memory, "checkout.session.expired", session, about=name)
    return session


def take_payment(memory: Memory, form: Mapping[str, str]) -> dict[str, Any]:
    """Take a payment from a kept method, as a merchant does whose customer is away."""
    customer = form.get("customer", "")
    if memory.find(customer, "customer") is None:
        raise _missing("customer", customer)
    method = memory.find(form.get("payment_method", ""), "payment_method")
    if method is None or method["customer"] != customer:
        raise _missing("payment_method", form.get("payment_method", ""))
    if form.get("confirm") != "true" or form.get("off_session") != "true":
        raise Wrong("Only confirmed payments of absent customers are played here.")
    payment = _new_payment(
        amount=_whole(form, "amount"),
        currency=form.get("currency", "").lower(),
        metadata=_table(form, "metadata"),
        customer=customer,
        method=method["id"],
    )
    name = payment["id"]
    if memory.hidden(method["id"]).get("declines"):
        payment["status"] = "requires_payment_method"
        memory.keep(payment, owner=customer, hidden={"type": method["type"]})
        tell(memory, "payment_intent.payment_failed", payment, about=name)
        raise Wrong(
            "Your card was declined.",
            code="card_declined",
            status=402,
            kind="card_error",
            more={"payment_intent": payment, "decline_code": "generic_decline"},
        )
    payment |= {"status": "succeeded", "amount_received": payment["amount"]}
    memory.keep(payment, owner=customer, hidden={"type": method["type"]})
    tell(memory, "payment_intent.succeeded", payment, about=name)
    tell(memory, "charge.succeeded", _charge(payment), about=name)
    return payment


def decline_from_now_on(memory: Memory, customer: str) -> None:
    """Let every kept method of a payer be declined."""
    for method in memory.all_of("payment_method", customer):
        memory.hide(method["id"], {"declines": True})


def forget_customer(memory: Memory, name: str) -> dict[str, Any]:
    """Forget a payer and what is kept for him."""
    if memory.find(name, "customer") is None:
        raise _missing("customer", name)
    for method in memory.all_of("payment_method", name):
        memory.remove(method["id"])
    memory.remove(name)
    return {"id": name, "object": "customer", "deleted": True}


def refund(memory: Memory, form: Mapping[str, str]) -> dict[str, Any]:
    """Send a part of a payment back; never more than was paid and not yet sent back."""
    name = form.get("payment_intent", "")
    payment = memory.find(name, "payment_intent")
    if payment is None or payment["status"] != "succeeded":
        raise _missing("payment_intent", name)
    if memory.hidden(name)["type"] in NOT_REFUNDABLE:
        raise Wrong("This payment method cannot be refunded.", code="charge_not_refundable")
    if any(each["status"] != "won" for each in memory.all_of("dispute", name)):
        raise Wrong("The charge is disputed.", code="charge_disputed")
    back = sum(
        each["amount"] for each in memory.all_of("refund", name) if each["status"] != "failed"
    )
    left = payment["amount"] - back
    amount = _whole(form, "amount") if "amount" in form else left
    if left <= 0:
        raise Wrong("The charge is refunded already.", code="charge_already_refunded")
    if not 0 < amount <= left:
        raise Wrong("The amount is greater than what is left of the charge.", param="amount")
    made = {
        "id": _name("re"),
        "object": "refund",
        "amount": amount,
        "created": int(time.time()),
        "currency": payment["currency"],
        "metadata": _table(form, "metadata"),
        "payment_intent": name,
        "status": "succeeded",
    }
    memory.keep(made, owner=name)
    tell(memory, "refund.created", {**made, "status": "pending"}, about=name)
    tell(memory, "refund.updated", made, about=name)
    return made


def fail_refund(memory: Memory, name: str) -> None:
    """Let the bank return a refund, as happens days later where the card is gone."""
    made = memory.find(name, "refund")
    assert made is not None, "only a refund can fail"
    made["status"] = "failed"
    memory.keep(made)
    tell(memory, "refund.failed", made, about=made["payment_intent"])
    tell(memory, "refund.updated", made, about=made["payment_intent"])


def dispute(memory: Memory, payment_name: str, *, about: str) -> dict[str, Any] | None:
    """Let the payer's bank want a payment back; None where it does so already."""
    payment = memory.find(payment_name, "payment_intent")
    if payment is None or memory.all_of("dispute", payment_name):
        return None
    made = {
        "id": _name("dp"),
        "object": "dispute",
        "amount": payment["amount"],
        "created": int(time.time()),
        "currency": payment["currency"],
        "evidence_details": {
            "due_by": int(time.time()) + ANSWER_WITHIN_S,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "metadata": {},
        "payment_intent": payment_name,
        "reason": "fraudulent",
        "status": "needs_response",
    }
    memory.keep(made, owner=payment_name)
    tell(memory, "charge.dispute.created", made, about=about)
    tell(memory, "charge.dispute.funds_withdrawn", made, about=about)
    return made


def end_dispute(memory: Memory, payment_name: str, *, won: bool, about: str) -> None:
    """Let the bank decide; a dispute that has ended stays so."""
    for made in memory.all_of("dispute", payment_name):
        if made["status"] == "needs_response":
            made["status"] = "won" if won else "lost"
            memory.keep(made)
            tell(memory, "charge.dispute.closed", made, about=about)
            if won:
                tell(memory, "charge.dispute.funds_reinstated", made, about=about)


def _open_session(memory: Memory, name: str) -> dict[str, Any] | None:
    session = memory.find(name, "checkout.session")
    if session is None:
        raise _missing("checkout.session", name)
    return session if session["status"] == "open" else None


def _new_customer(memory: Memory) -> str:
    name = _name("cus")
    memory.keep(
        {
            "id": name,
            "object": "customer",
            "created": int(time.time()),
            "livemode": False,
            "metadata": {},
        }
    )
    return name


def _new_method(memory: Memory, kind: str, customer: str | None) -> str:
    name = _name("pm")
    memory.keep(
        {
            "id": name,
            "object": "payment_method",
            "created": int(time.time()),
            "customer": customer,
            "type": kind,
        },
        owner=customer or "",
    )
    return name


def _new_payment(
    *, amount: int, currency: str, metadata: Mapping[str, str], customer: str | None, method: str
) -> dict[str, Any]:
    name = _name("pi")
    return {
        "id": name,
        "object": "payment_intent",
        "amount": amount,
        "amount_received": 0,
        "created": int(time.time()),
        "currency": currency,
        "customer": customer,
        "latest_charge": name.replace("pi_", "ch_"),
        "livemode": False,
        "metadata": dict(metadata),
        "payment_method": method,
        "status": "processing",
    }


def _charge(payment: Mapping[str, Any], *, kind: str = "card") -> dict[str, Any]:
    """Return the charge of a payment, with what Stripe tells of the method: more than we read."""
    return {
        "id": payment["latest_charge"],
        "object": "charge",
        "amount": payment["amount"],
        "amount_captured": payment["amount"],
        "billing_details": BILLED,
        "captured": True,
        "created": payment["created"],
        "currency": payment["currency"],
        "metadata": payment["metadata"],
        "paid": True,
        "payment_intent": payment["id"],
        "payment_method": payment["payment_method"],
        "payment_method_details": {"type": kind, kind: CARD if kind == "card" else {}},
        "status": "succeeded",
    }


def _missing(kind: str, name: str) -> Wrong:
    del name  # it may be anything
    return Wrong(f"No such {kind}.", code="resource_missing", status=404)


def _name(kind: str) -> str:
    return f"{kind}_{secrets.token_hex(12)}"


def _whole(form: Mapping[str, str], name: str) -> int:
    text = form.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= 12):  # noqa: PLR2004 -- a bound
        raise Wrong(f"Invalid integer: {name}.", code="parameter_invalid_integer", param=name)
    return int(text)


def _table(form: Mapping[str, str], name: str) -> dict[str, str]:
    start = f"{name}["
    return {key[len(start) : -1]: value for key, value in form.items() if key.startswith(start)}


def _listed(form: Mapping[str, str], name: str) -> list[str]:
    return [value for key, value in sorted(form.items()) if key.startswith(f"{name}[")]
