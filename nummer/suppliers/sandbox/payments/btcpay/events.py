"""What happened at the sandbox's BTCPay, and the header that goes with it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping

from nummer.suppliers.sandbox.payments.desk import Desk, Memory
from nummer.suppliers.sandbox.payments.events import plan_copies


def tell(memory: Memory, kind: str, invoice: str, *, held: bool = False, **more: object) -> None:
    """Write down that something happened, and plan that the shop hears of it."""
    name = secrets.token_urlsafe(12)
    event = {
        "deliveryId": name,
        "webhookId": memory.setting("webhook_id"),
        "originalDeliveryId": name,
        "isRedelivery": False,
        "type": kind,
        "timestamp": int(time.time()),
        "storeId": memory.setting("store_id"),
        "invoiceId": invoice,
        **more,
    }
    memory.add_event(name, created=int(time.time()), kind=kind, about=invoice, body=event)
    plan_copies(memory, name, about=invoice, held=held)


def btcpay_headers(desk: Desk, body: bytes) -> Mapping[str, str]:
    """Return what BTCPay sends with an event."""
    return {"btcpay-sig": signature(desk.made("webhook_secret", start=""), body)}


def signature(secret: str, body: bytes) -> str:
    """Return the header BTCPay-Sig: HMAC-SHA256 of the octets that are sent."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
