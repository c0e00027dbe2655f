"""Events of the sandbox's providers: signed as each signs, told three times and in no order."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import httpx

from nummer.suppliers.sandbox.payments.desk import Desk, Memory

API_VERSION: Final = "2026-10-28.endive"
TIMES: Final = 3
SPREAD_S: Final = 4.0  # within which the further copies follow
ATTEMPTS_MAX: Final = 12
RETRY_S_MAX: Final = 60.0
ANSWER_S_MAX: Final = 5.0
CLAIMED_S: Final = 2 * ANSWER_S_MAX
BATCH: Final = 20

Headers = Callable[[Desk, bytes], Mapping[str, str]]

_shuffled = random.Random()  # noqa: S311 -- an order, not a secret


def tell(
    memory: Memory, kind: str, about_object: Mapping[str, Any], *, about: str, held: bool = False
) -> dict[str, Any]:
    """Write down what happened in Stripe's form, plan that the shop hears of it; return it."""
    event = {
        "id": f"evt_{secrets.token_hex(12)}",
        "object": "event",
        "api_version": API_VERSION,
        "created": int(time.time()),
        "data": {"object": dict(about_object)},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }
    name, created = str(event["id"]), int(time.time())
    memory.add_event(name, created=created, kind=kind, about=about, body=event)
    plan_copies(memory, name, about=about, held=held)
    return event


def plan_copies(memory: Memory, event: str, *, about: str, held: bool = False) -> None:
    """Plan that an event is told three times; with `held` not before it is let go."""
    for copy in range(TIMES):
        later = _shuffled.uniform(0, SPREAD_S) if copy else 0.0
        memory.plan(event, about=about, due=time.time() + later, held=held)


def stripe_headers(desk: Desk, body: bytes) -> Mapping[str, str]:
    """Return what Stripe sends with an event."""
    return {"stripe-signature": signature(desk.setting("secret"), body, at=int(time.time()))}


def deliver(
    desk: Desk, *, about: str | None = None, headers: Headers = stripe_headers
) -> tuple[int, int]:
    """Bring to the shop what is due, about one thing or all; return (taken, not taken).

    What the shop does not take comes again, later each time.
    """
    taken = missed = 0
    for place, event in _claim(desk, about):
        if _post(desk, event, headers):
            with desk.change() as memory:
                memory.finish(place)
            taken += 1
        else:
            missed += 1
    return taken, missed


def signature(secret: str, body: bytes, *, at: int) -> str:
    """Return the header Stripe-Signature (scheme v1: HMAC-SHA256 of time and body)."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def _claim(desk: Desk, about: str | None) -> list[tuple[int, str]]:
    """Take deliveries for this process, in no order; one that dies leaves them to others."""
    now = time.time()
    with desk.change() as memory:
        due = memory.due_deliveries(until=now, about=about, limit=BATCH)
        for place, _, attempts in due:
            memory.postpone(place, due=now + max(CLAIMED_S, min(2.0**attempts, RETRY_S_MAX)))
            if attempts + 1 >= ATTEMPTS_MAX:
                memory.finish(place)
    claimed = [(place, event) for place, event, _ in due]
    _shuffled.shuffle(claimed)
    return claimed


def _post(desk: Desk, event: str, headers: Headers) -> bool:
    with desk.change() as memory:
        told, url = memory.event(event), memory.setting("callback_url")
    assert told is not None, "only an event is delivered"
    body = json.dumps(json.loads(told), indent=2).encode()
    sent = {"content-type": "application/json; charset=utf-8", **headers(desk, body)}
    try:
        with httpx.Client(timeout=ANSWER_S_MAX, trust_env=False) as client:
            return client.post(url, content=body, headers=sent).is_success
    except (httpx.HTTPError, httpx.InvalidURL):
        return False
