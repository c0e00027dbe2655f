"""Orders, captures, refunds and disputes, and what may become of each (PayPal's reference)."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from nummer.suppliers.sandbox.payments.desk import Memory
from nummer.suppliers.sandbox.payments.paypal.events import moment, tell

ORDER: Final = "order"
CAPTURE: Final = "capture"
REFUND: Final = "refund"
DISPUTE: Final = "dispute"
DECLINES: Final = "declines"
WAITS: Final = "waits"
ANSWER_WITHIN_S: Final = 10 * 24 * 3600
# A made-up person, as PayPal tells the shop of its payer: only his country may be kept.
PAYER: Final = {
    "name": {"given_name": "Kari", "surname": "Sandkasse"},
    "email_address": "kari.sandkasse@example.com",
    "payer_id": "QYR5Z8XDVJNXQ",
    "address": {"country_code": "NO"},
}


class Wrong(Exception):  # noqa: N818 -- an answer, as it goes over the wire
    """A request that is refused, in PayPal's words for it; `changed`: not without effect."""

    def __init__(
        self,
        issue: str,
        *,
        status: int = 422,
        name: str = "UNPROCESSABLE_ENTITY",
        changed: bool = False,
    ) -> None:
        super().__init__(issue)
        self.status = status
        self.changed = changed
        self.body = {
            "name": name,
            "message": "The request was refused.",
            "debug_id": secrets.token_hex(6),
            "details": [{"issue": issue, "description": issue.replace("_", " ").lower()}],
        }


def missing() -> Wrong:
    """Return the refusal for what there is not."""
    return Wrong("INVALID_RESOURCE_ID", status=404, name="RESOURCE_NOT_FOUND")


def open_order(memory: Memory, wish: Mapping[str, Any]) -> dict[str, Any]:
    """Make an order with its page."""
    try:
        (unit,) = wish["purchase_units"]
        amount = _amount(unit["amount"])
        context = wish["payment_source"]["paypal"]["experience_context"]
        shown = {name: str(context[name]) for name in ("return_url", "cancel_url")}
    except (KeyError, TypeError, ValueError):
        raise Wrong("MISSING_REQUIRED_PARAMETER", status=400, name="INVALID_REQUEST") from None
    if wish.get("intent") != "CAPTURE":
        raise Wrong("UNSUPPORTED_INTENT")
    name = _name()
    url = memory.setting("page_url").format(reference=name)
    order = {
        "id": name,
        "intent": "CAPTURE",
        "status": "PAYER_ACTION_REQUIRED",
        "create_time": moment(time.time()),
        "purchase_units": [
            {
                "reference_id": "default",
                "amount": amount,
                "custom_id": unit.get("custom_id"),
                "invoice_id": unit.get("invoice_id"),
            }
        ],
        "links": [{"rel": "payer-action", "href": url, "method": "GET"}],
    }
    _keep(memory, ORDER, order, hidden=shown)
    return order


def approve(memory: Memory, name: str, *, how: str = "", held: bool = False) -> None:
    """Let the payer approve an order; `how` says what becomes of its capture."""
    order = found(memory, ORDER, name)
    if order["status"] != "PAYER_ACTION_REQUIRED":
        return
    order |= {"status": "APPROVED", "payer": PAYER, "update_time": moment(time.time())}
    _keep(memory, ORDER, order)
    memory.hide(name, {**memory.hidden(name), "how": how})
    tell(memory, "CHECKOUT.ORDER.APPROVED", order, about=name, held=held)


def capture_order(memory: Memory, name: str) -> dict[str, Any]:
    """Take the money of an approved order."""
    order = found(memory, ORDER, name)
    if order["status"] == "COMPLETED":
        raise Wrong("ORDER_ALREADY_CAPTURED")
    if order["status"] != "APPROVED":
        raise Wrong("ORDER_NOT_APPROVED")
    how, unit = memory.hidden(name)["how"], order["purchase_units"][0]
    if how == DECLINES:
        order["status"] = "PAYER_ACTION_REQUIRED"
        _keep(memory, ORDER, order)
        raise Wrong("INSTRUMENT_DECLINED", changed=True)
    if any(each["invoice_id"] == unit["invoice_id"] for each in memory.all_of(CAPTURE)):
        raise Wrong("DUPLICATE_INVOICE_ID")
    capture = {
        "id": _name(),
        "status": "PENDING" if how == WAITS else "COMPLETED",
        "amount": unit["amount"],
        "final_capture": True,
        "custom_id": unit["custom_id"],
        "invoice_id": unit["invoice_id"],
        "supplementary_data": {"related_ids": {"order_id": name}},
        "create_time": moment(time.time()),
    }
    _keep(memory, CAPTURE, capture, owner=name)
    order["status"] = "COMPLETED"
    _keep(memory, ORDER, order)
    tell(memory, f"PAYMENT.CAPTURE.{capture['status']}", capture, about=name)
    return shown_order(memory, name)


def end_waiting(memory: Memory, order_name: str, *, completed: bool) -> None:
    """Let a capture that waits be completed or declined."""
    for capture in memory.all_of(CAPTURE, order_name):
        if capture["status"] == "PENDING":
            capture["status"] = "COMPLETED" if completed else "DECLINED"
            _keep(memory, CAPTURE, capture)
            tell(memory, f"PAYMENT.CAPTURE.{capture['status']}", capture, about=order_name)


def shown_order(memory: Memory, name: str) -> dict[str, Any]:
    """Return an order with what was taken and sent back."""
    order = found(memory, ORDER, name)
    captures = memory.all_of(CAPTURE, name)
    refunds = [refund for each in captures for refund in memory.all_of(REFUND, each["id"])]
    if captures:
        order["purchase_units"][0]["payments"] = {"captures": captures, "refunds": refunds}
    return order


def refund(memory: Memory, capture_name: str, wish: Mapping[str, Any]) -> dict[str, Any]:
    """Send a part of a capture back; never more than was taken and not yet sent back."""
    capture = found(memory, CAPTURE, capture_name)
    if capture["status"] not in ("COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"):
        raise Wrong("CAPTURE_STATUS_NOT_VALID")
    if any(each["status"] != "RESOLVED" for each in memory.all_of(DISPUTE, capture_name)):
        raise Wrong("CAPTURE_DISPUTED_PARTIAL_REFUND_NOT_ALLOWED")
    left = _left(memory, capture)
    if left <= 0:
        raise Wrong("CAPTURE_FULLY_REFUNDED")
    try:
        amount = _amount(wish["amount"]) if "amount" in wish else capture["amount"]
    except (KeyError, TypeError, ValueError):
        raise Wrong("INVALID_PARAMETER_VALUE", status=400, name="INVALID_REQUEST") from None
    if amount["currency_code"] != capture["amount"]["currency_code"]:
        raise Wrong("REFUND_CAPTURE_CURRENCY_MISMATCH")
    if not 0 < Decimal(amount["value"]) <= left:
        raise Wrong("REFUND_AMOUNT_EXCEEDED")
    made = {
        "id": _name(),
        "status": "COMPLETED",
        "amount": amount,
        "custom_id": wish.get("custom_id") or capture["custom_id"],
        "invoice_id": wish.get("invoice_id") or capture["invoice_id"],
        "create_time": moment(time.time()),
        "links": [
            {
                "rel": "up",
                "href": f"https://api-m.paypal.com/v2/payments/captures/{capture_name}",
                "method": "GET",
            }
        ],
    }
    _keep(memory, REFUND, made, owner=capture_name)
    _say_refunded(memory, capture)
    tell(memory, "PAYMENT.REFUND.PENDING", {**made, "status": "PENDING"}, about=_order_of(capture))
    tell(memory, "PAYMENT.CAPTURE.REFUNDED", made, about=_order_of(capture))
    return made


def reverse(memory: Memory, capture_name: str) -> None:
    """Let PayPal take a capture back by itself, without a dispute that the shop hears of."""
    capture = found(memory, CAPTURE, capture_name)
    left = _left(memory, capture)
    if left <= 0:
        raise Wrong("CAPTURE_FULLY_REFUNDED")
    made = {
        "id": _name(),
        "status": "COMPLETED",
        "amount": {**capture["amount"], "value": f"{left:.2f}"},
        "create_time": moment(time.time()),
        "links": [
            {
                "rel": "up",
                "href": f"https://api-m.paypal.com/v2/payments/captures/{capture_name}",
                "method": "GET",
            }
        ],
    }
    _keep(memory, REFUND, made, owner=capture_name)
    _say_refunded(memory, capture)
    tell(memory, "PAYMENT.CAPTURE.REVERSED", made, about=_order_of(capture))


def fail_refund(memory: Memory, name: str) -> None:
    """Let the payer's bank return a refund, days later."""
    made = found(memory, REFUND, name)
    made["status"] = "FAILED"
    _keep(memory, REFUND, made)
    capture = found(memory, CAPTURE, made["links"][0]["href"].rpartition("/")[2])
    _say_refunded(memory, capture)
    tell(memory, "PAYMENT.REFUND.FAILED", made, about=_order_of(capture))


def dispute(memory: Memory, capture_name: str, *, inquiry: bool = False) -> None:
    """Let the payer want a capture back; once."""
    capture = found(memory, CAPTURE, capture_name)
    if memory.all_of(DISPUTE, capture_name):
        return
    name = f"PP-R-{secrets.token_hex(4).upper()}"
    made = {
        "id": name,  # it is kept under this; PayPal has no such field
        "dispute_id": name,
        "create_time": moment(time.time()),
        "disputed_transactions": [
            {"seller_transaction_id": capture_name, "buyer": {"name": "Kari Sandkasse"}}
        ],
        "reason": "UNAUTHORISED",
        "status": "WAITING_FOR_SELLER_RESPONSE",
        "dispute_amount": capture["amount"],
        "dispute_life_cycle_stage": "INQUIRY" if inquiry else "CHARGEBACK",
        "seller_response_due_date": moment(time.time() + ANSWER_WITHIN_S),
    }
    _keep(memory, DISPUTE, made, owner=capture_name)
    tell(memory, "CUSTOMER.DISPUTE.CREATED", made, about=_order_of(capture))


def end_dispute(memory: Memory, capture_name: str, *, won: bool) -> None:
    """Let PayPal decide; a dispute that has ended stays so."""
    capture = found(memory, CAPTURE, capture_name)
    for made in memory.all_of(DISPUTE, capture_name):
        if made["status"] != "RESOLVED":
            outcome = "RESOLVED_SELLER_FAVOUR" if won else "RESOLVED_BUYER_FAVOUR"
            made |= {"status": "RESOLVED", "dispute_outcome": {"outcome_code": outcome}}
            _keep(memory, DISPUTE, made)
            tell(memory, "CUSTOMER.DISPUTE.RESOLVED", made, about=_order_of(capture))


def found(memory: Memory, kind: str, name: str) -> dict[str, Any]:
    """Return an object. Raises Wrong."""
    there = memory.find(name, kind)
    if there is None:
        raise missing()
    del there["object"]
    return there


def _keep(
    memory: Memory,
    kind: str,
    body: Mapping[str, Any],
    *,
    owner: str = "",
    hidden: Mapping[str, Any] | None = None,
) -> None:
    memory.keep({**body, "object": kind}, owner=owner, hidden=hidden)


def _left(memory: Memory, capture: Mapping[str, Any]) -> Decimal:
    back = sum(
        (
            Decimal(each["amount"]["value"])
            for each in memory.all_of(REFUND, capture["id"])
            if each["status"] not in ("FAILED", "CANCELLED")
        ),
        start=Decimal(0),
    )
    return Decimal(capture["amount"]["value"]) - back


def _say_refunded(memory: Memory, capture: dict[str, Any]) -> None:
    left, whole = _left(memory, capture), Decimal(capture["amount"]["value"])
    capture["status"] = (
        "COMPLETED" if left == whole else "PARTIALLY_REFUNDED" if left else "REFUNDED"
    )
    _keep(memory, CAPTURE, capture)


def _order_of(capture: Mapping[str, Any]) -> str:
    return str(capture["supplementary_data"]["related_ids"]["order_id"])


def _amount(said: Mapping[str, Any]) -> dict[str, str]:
    currency, value = said["currency_code"], said["value"]
    try:
        units = Decimal(value)
    except (InvalidOperation, TypeError):
        raise ValueError("not an amount") from None
    if not (isinstance(currency, str) and len(currency) == 3 and currency.isupper()):  # noqa: PLR2004 -- ISO 4217
        raise ValueError("not a currency")
    if not (units.is_finite() and 0 < units < 10**8 and units == round(units, 2)):
        raise ValueError("not an amount")
    return {"currency_code": currency, "value": f"{units:.2f}"}


def _name() -> str:
    return secrets.token_hex(9).upper()[:17]
