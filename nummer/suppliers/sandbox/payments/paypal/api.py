"""The sandbox's PayPal over HTTP: as much of its interface as our side of it asks for."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import re
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from nummer.suppliers.sandbox.payments.desk import Desk, Memory
from nummer.suppliers.sandbox.payments.json_server import Asked, answer_late
from nummer.suppliers.sandbox.payments.paypal import objects
from nummer.suppliers.sandbox.payments.paypal.events import signature
from nummer.suppliers.sandbox.payments.paypal.objects import Wrong

FILE: Final = "paypal.sqlite"
TOKEN_LIVES_S: Final = 32_400
PAGE_MAX: Final = 100
_EVENT: Final = b'"webhook_event":'

Route = Callable[[Memory, Asked, str], dict[str, Any]]


def paypal_desk(folder: Any) -> Desk:
    """Return the memory of the sandbox's PayPal."""
    return Desk(folder, file=FILE)


def client_keys(desk: Desk) -> tuple[str, str, str]:
    """Return our id, our secret and the webhook's id, made at first use."""
    return (
        desk.made("client_id", start="A"),
        desk.made("client_secret", start="E"),
        desk.made("webhook_id", start="WH"),
    )


def answer(desk: Desk, asked: Asked) -> tuple[int, Any]:
    """Answer a question; what was done for a PayPal-Request-Id is answered again, as it is now."""
    try:
        if asked.path == "/v1/oauth2/token":
            return 200, _token(desk, asked)
        _require_token(desk, asked)
        if asked.path == "/v1/notifications/verify-webhook-signature":
            return 200, _verified(desk, asked)
        with desk.change() as memory:
            try:
                answered = _once(memory, asked)
            except Wrong as wrong:
                if not wrong.changed:
                    raise
                answered = wrong.status, wrong.body
        if asked.method == "POST":
            answer_late(desk)
    except Wrong as wrong:
        return wrong.status, wrong.body
    except ValueError:
        return 400, Wrong("MALFORMED_REQUEST_JSON", name="INVALID_REQUEST").body
    return answered


def _once(memory: Memory, asked: Asked) -> tuple[int, Any]:
    key = asked.headers.get("paypal-request-id", "") if asked.method == "POST" else ""
    before = memory.answered(key) if key else None
    if before is not None:
        return before[1], json.loads(before[2])
    for method, pattern, route in ROUTES:
        if method == asked.method and (match := pattern.fullmatch(asked.path)):
            body = route(memory, asked, match[1])
            status = 201 if method == "POST" else 200
            if key:
                memory.answer(key, digest="", status=status, body=json.dumps(body))
            return status, body
    raise objects.missing()


def _token(desk: Desk, asked: Asked) -> dict[str, Any]:
    client_id, secret, _ = client_keys(desk)
    try:
        shown = base64.b64decode(asked.headers.get("authorization", "").removeprefix("Basic "))
    except binascii.Error:
        shown = b""
    if not hmac.compare_digest(shown, f"{client_id}:{secret}".encode()):
        raise Wrong("invalid_client", status=401, name="invalid_client")
    with desk.change() as memory:
        lives_s = int(memory.setting("token_lives_s") or TOKEN_LIVES_S)
        token = f"A21AA{secrets.token_hex(32)}"
        memory.set("token", token)
        memory.set("token_ends", str(time.time() + lives_s))
    return {"access_token": token, "token_type": "Bearer", "expires_in": lives_s}


def _require_token(desk: Desk, asked: Asked) -> None:
    shown = asked.headers.get("authorization", "").removeprefix("Bearer ")
    ends = float(desk.setting("token_ends") or "0")
    if time.time() >= ends or not hmac.compare_digest(
        shown.encode(), desk.setting("token").encode()
    ):
        raise Wrong("AUTHENTICATION_FAILURE", status=401, name="AUTHENTICATION_FAILURE")


def _verified(desk: Desk, asked: Asked) -> dict[str, str]:
    """Check a signature of our own over the event's octets as they were handed back."""
    wish = asked.wish()
    start = asked.octets.index(_EVENT) + len(_EVENT)
    body = asked.octets[start:].strip().removesuffix(b"}")
    right = signature(
        desk.made("signing", start=""),
        transmission=str(wish.get("transmission_id")),
        sent_at=str(wish.get("transmission_time")),
        webhook_id=str(wish.get("webhook_id")),
        body=body,
    )
    same = hmac.compare_digest(right.encode(), str(wish.get("transmission_sig")).encode())
    return {"verification_status": "SUCCESS" if same else "FAILURE"}


def _open(memory: Memory, asked: Asked, _name: str) -> dict[str, Any]:
    return objects.open_order(memory, asked.wish())


def _order(memory: Memory, _asked: Asked, name: str) -> dict[str, Any]:
    return objects.shown_order(memory, name)


def _capture(memory: Memory, _asked: Asked, name: str) -> dict[str, Any]:
    return objects.capture_order(memory, name)


def _refund(memory: Memory, asked: Asked, name: str) -> dict[str, Any]:
    return objects.refund(memory, name, asked.wish())


def _shown(kind: str) -> Route:
    def show(memory: Memory, _asked: Asked, name: str) -> dict[str, Any]:
        return objects.found(memory, kind, name)

    return show


def _webhook(memory: Memory, _asked: Asked, name: str) -> dict[str, Any]:
    if name != memory.setting("webhook_id"):
        raise objects.missing()
    return {"id": name, "url": memory.setting("callback_url"), "event_types": [{"name": "*"}]}


def _events(memory: Memory, asked: Asked, _name: str) -> dict[str, Any]:
    size = min(int(asked.query.get("page_size", "10")), PAGE_MAX)
    start = asked.query.get("start_time", "")
    bodies = memory.events(
        [],
        since=int(datetime.fromisoformat(start).timestamp()) if start else 0,
        after=asked.query.get("next_page_token", ""),
        limit=size + 1,
    )
    events = [json.loads(body) for body in bodies[:size]]
    links = []
    if len(bodies) > size:
        query = {**asked.query, "next_page_token": events[-1]["id"]}
        links = [{"rel": "next", "href": f"https://api-m.paypal.com{asked.path}?{_query(query)}"}]
    return {"events": events, "count": len(events), "links": links}


def _query(fields: Mapping[str, str]) -> str:
    return "&".join(f"{name}={value}" for name, value in fields.items())


_NAME: Final = r"([A-Z0-9-]{1,60})"
ROUTES: Final[tuple[tuple[str, re.Pattern[str], Route], ...]] = tuple(
    (method, re.compile(pattern), route)
    for method, pattern, route in (
        ("POST", r"/v2/checkout/orders()", _open),
        ("GET", rf"/v2/checkout/orders/{_NAME}", _order),
        ("POST", rf"/v2/checkout/orders/{_NAME}/capture", _capture),
        ("GET", rf"/v2/payments/captures/{_NAME}", _shown(objects.CAPTURE)),
        ("POST", rf"/v2/payments/captures/{_NAME}/refund", _refund),
        ("GET", rf"/v2/payments/refunds/{_NAME}", _shown(objects.REFUND)),
        ("GET", rf"/v1/customer/disputes/{_NAME}", _shown(objects.DISPUTE)),
        ("GET", r"/v1/notifications/webhooks-events()", _events),
        ("GET", r"/v1/notifications/webhooks/([A-Za-z0-9]{1,60})", _webhook),
    )
)
