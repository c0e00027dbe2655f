"""Invoices and what may become of each (BTCPay's reference, Greenfield)."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from nummer.suppliers.sandbox.payments.btcpay.events import tell
from nummer.suppliers.sandbox.payments.desk import Memory

INVOICE: Final = "invoice"
MINUTE_S: Final = 60
USUAL_MINUTES: Final = 15
PART: Final = Decimal("0.5")
OVER: Final = Decimal("1.1")


class Wrong(Exception):  # noqa: N818 -- an answer, as it goes over the wire
    """A request that is refused, in BTCPay's words for it."""

    def __init__(self, code: str, *, status: int = 422) -> None:
        super().__init__(code)
        self.status = status
        self.body = {"code": code, "message": code.replace("-", " ")}


def open_invoice(memory: Memory, wish: Mapping[str, Any]) -> dict[str, Any]:
    """Make an invoice with its page. The same wish twice makes two: there are no keys here."""
    try:
        amount, currency = Decimal(str(wish["amount"])), wish["currency"]
    except (KeyError, InvalidOperation):
        raise Wrong("validation-error") from None
    if not (amount.is_finite() and 0 < amount < 10**8 and isinstance(currency, str)):
        raise Wrong("validation-error")
    name, now = secrets.token_urlsafe(16).replace("-", "x"), int(time.time())
    checkout = wish.get("checkout") or {}
    expires = now + int(checkout.get("expirationMinutes") or USUAL_MINUTES) * MINUTE_S
    invoice = {
        "id": name,
        "storeId": memory.setting("store_id"),
        "amount": str(amount),
        "paidAmount": "0",
        "currency": currency,
        "type": "Standard",
        "checkoutLink": memory.setting("page_url").format(reference=name),
        "createdTime": now,
        "expirationTime": expires,
        "monitoringExpiration": expires
        + int(checkout.get("monitoringMinutes") or 24 * 60) * MINUTE_S,
        "status": "New",
        "additionalStatus": "None",
        "archived": False,
        "metadata": wish.get("metadata") or {},
        "checkout": checkout,
    }
    _keep(memory, invoice)
    tell(memory, "InvoiceCreated", name)
    return invoice


def pay(memory: Memory, name: str, *, share: Decimal = Decimal(1), held: bool = False) -> None:
    """Let coins come: a share of the sum; a full one is confirmed at once.

    After the end they come too late, and only the merchant can say what they are worth.
    """
    invoice = found(memory, name)
    if invoice["status"] not in ("New", "Expired"):
        return
    late, asked = invoice["status"] == "Expired", Decimal(invoice["amount"])
    came = Decimal(invoice["paidAmount"]) + asked * share
    invoice["paidAmount"] = str(round(came, 2))
    tell(memory, "InvoiceReceivedPayment", name, held=held, afterExpiration=late)
    if late:
        invoice["additionalStatus"] = "PaidLate" if came >= asked else "PaidPartial"
        tell(memory, "InvoicePaymentSettled", name, held=held, afterExpiration=True)
    elif came < asked:
        invoice["additionalStatus"] = "PaidPartial"
        tell(memory, "InvoicePaymentSettled", name, held=held, afterExpiration=False)
    else:
        over = came > asked
        invoice |= {"status": "Settled", "additionalStatus": "PaidOver" if over else "None"}
        tell(memory, "InvoiceProcessing", name, held=held, overPaid=over)
        tell(memory, "InvoicePaymentSettled", name, held=held, afterExpiration=False)
        tell(memory, "InvoiceSettled", name, held=held, manuallyMarked=False, overPaid=over)
    _keep(memory, invoice)


def see_unconfirmed(memory: Memory, name: str) -> None:
    """Let coins be seen in full that no block holds yet."""
    invoice = found(memory, name)
    if invoice["status"] == "New":
        invoice |= {"status": "Processing", "paidAmount": invoice["amount"]}
        _keep(memory, invoice)
        tell(memory, "InvoiceReceivedPayment", name, afterExpiration=False)
        tell(memory, "InvoiceProcessing", name, overPaid=False)


def fail_to_confirm(memory: Memory, name: str) -> None:
    """Let coins that were seen never arrive, as after a double spend."""
    invoice = found(memory, name)
    if invoice["status"] == "Processing":
        invoice |= {"status": "Invalid", "additionalStatus": "None"}
        _keep(memory, invoice)
        tell(memory, "InvoiceInvalid", name, manuallyMarked=False)


def expire(memory: Memory, name: str) -> None:
    """Let the time of an invoice end."""
    invoice = found(memory, name)
    if invoice["status"] == "New":
        invoice["status"] = "Expired"
        _keep(memory, invoice)
        part = invoice["additionalStatus"] == "PaidPartial"
        tell(memory, "InvoiceExpired", name, partiallyPaid=part)


def mark(memory: Memory, name: str, *, status: str) -> dict[str, Any]:
    """Let the merchant say what an invoice is: Settled or Invalid."""
    invoice = found(memory, name)
    if status not in ("Settled", "Invalid") or invoice["status"] == status:
        raise Wrong("invalid-status")
    invoice |= {"status": status, "additionalStatus": "Marked"}
    _keep(memory, invoice)
    tell(memory, f"Invoice{status}", name, manuallyMarked=True)
    return invoice


def found(memory: Memory, name: str) -> dict[str, Any]:
    """Return an invoice. Raises Wrong."""
    there = memory.find(name, INVOICE)
    if there is None:
        raise Wrong("invoice-not-found", status=404)
    del there["object"]
    return there


def _keep(memory: Memory, invoice: Mapping[str, Any]) -> None:
    order_id = (invoice["metadata"] or {}).get("orderId") or ""
    memory.keep({**invoice, "object": INVOICE}, owner=str(order_id))
