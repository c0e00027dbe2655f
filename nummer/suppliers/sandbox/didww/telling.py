"""Callbacks of the sandbox's DIDWW: a signed form for each order, brought twice, once late."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from nummer.suppliers.sandbox.payments.desk import Desk, Memory

SECOND_AFTER_S: Final = 3.0
ANSWER_S_MAX: Final = 5.0
RETRY_S_MAX: Final = 60.0
ATTEMPTS_MAX: Final = 10
BATCH: Final = 20


def tell(memory: Memory, order: Mapping[str, Any]) -> None:
    """Plan that whoever ordered hears what became of it."""
    said = order["attributes"]
    if not said.get("callback_url"):
        return
    name = secrets.token_hex(12)
    form = {"id": order["id"], "type": order["object"], "status": said["status"]}
    body = {"url": said["callback_url"], "form": form}
    memory.add_event(
        name, created=int(time.time()), kind=order["object"], about=order["id"], body=body
    )
    for after_s in (0.0, SECOND_AFTER_S):
        memory.plan(name, about=order["id"], due=time.time() + after_s, held=False)


def bring(desk: Desk, *, secret: str) -> tuple[int, int]:
    """Bring what is due; return (taken, not taken). What is not taken comes again, later."""
    taken = missed = 0
    for place, event in _claim(desk):
        if _post(desk, event, secret):
            with desk.change() as memory:
                memory.finish(place)
            taken += 1
        else:
            missed += 1
    return taken, missed


def signature(secret: str, url: str, form: Mapping[str, str]) -> str:
    """Return X-DIDWW-Signature: HMAC-SHA1 of the address with its port and the sorted fields."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    query = f"?{parts.query}" if parts.query else ""
    signed = f"{parts.scheme}://{parts.hostname}:{port}{parts.path}{query}"
    signed += "".join(name + form[name] for name in sorted(form))
    return hmac.new(secret.encode(), signed.encode(), hashlib.sha1).hexdigest()


def _claim(desk: Desk) -> list[tuple[int, str]]:
    now = time.time()
    with desk.change() as memory:
        due = memory.due_deliveries(until=now, about=None, limit=BATCH)
        for place, _, attempts in due:
            memory.postpone(place, due=now + max(2 * ANSWER_S_MAX, min(2.0**attempts, RETRY_S_MAX)))
            if attempts + 1 >= ATTEMPTS_MAX:
                memory.finish(place)
    return [(place, event) for place, event, _ in due]


def _post(desk: Desk, event: str, secret: str) -> bool:
    with desk.change() as memory:
        told: dict[str, Any] = json.loads(memory.event(event) or "{}")
    sent = {"x-didww-signature": signature(secret, told["url"], told["form"])}
    try:
        with httpx.Client(timeout=ANSWER_S_MAX, trust_env=False) as client:
            return client.post(told["url"], data=told["form"], headers=sent).is_success
    except (httpx.HTTPError, httpx.InvalidURL):
        return False
