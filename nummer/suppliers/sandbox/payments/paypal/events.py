"""What happened at the sandbox's PayPal, and the headers that go with it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
import uuid
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from nummer.suppliers.sandbox.payments.desk import Desk, Memory
from nummer.suppliers.sandbox.payments.events import plan_copies

ALGORITHM: Final = "SHA256withRSA"
CERTIFICATE: Final = "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-sandbox"

KINDS: Final = {
    "CHECKOUT.ORDER": "checkout-order",
    "PAYMENT.CAPTURE": "capture",
    "PAYMENT.REFUND": "refund",
    "CUSTOMER.DISPUTE": "dispute",
}


def tell(
    memory: Memory, kind: str, resource: Mapping[str, Any], *, about: str, held: bool = False
) -> None:
    """Write down that something happened, and plan that the shop hears of it."""
    name = f"WH-{secrets.token_hex(8).upper()}-{secrets.token_hex(8).upper()}"
    event = {
        "id": name,
        "event_version": "1.0",
        "create_time": moment(time.time()),
        "resource_type": KINDS[kind.rpartition(".")[0]],
        "resource_version": "2.0",
        "event_type": kind,
        "summary": kind.lower().replace(".", " "),
        "resource": dict(resource),
        "links": [],
    }
    memory.add_event(name, created=int(time.time()), kind=kind, about=about, body=event)
    plan_copies(memory, name, about=about, held=held)


def moment(at_s: float) -> str:
    """Return a moment as PayPal writes it."""
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def paypal_headers(desk: Desk, body: bytes, *, at_s: float | None = None) -> Mapping[str, str]:
    """Return what PayPal sends with an event."""
    transmission, sent_at = str(uuid.uuid4()), moment(time.time() if at_s is None else at_s)
    return {
        "paypal-auth-algo": ALGORITHM,
        "paypal-cert-url": CERTIFICATE,
        "paypal-transmission-id": transmission,
        "paypal-transmission-time": sent_at,
        "paypal-transmission-sig": signature(
            desk.made("signing", start=""),
            transmission=transmission,
            sent_at=sent_at,
            webhook_id=desk.made("webhook_id", start="WH"),
            body=body,
        ),
    }


def signature(secret: str, *, transmission: str, sent_at: str, webhook_id: str, body: bytes) -> str:
    """Sign what PayPal signs: ids, time, and no more of the body than its CRC32."""
    signed = f"{transmission}|{sent_at}|{webhook_id}|{zlib.crc32(body)}"
    return base64.b64encode(
        hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()
    ).decode()
