"""The sandbox's BTCPay over HTTP: as much of its interface as our side of it asks for."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from nummer.suppliers.sandbox.payments.btcpay import objects
from nummer.suppliers.sandbox.payments.btcpay.objects import INVOICE, Wrong
from nummer.suppliers.sandbox.payments.desk import Desk, Memory
from nummer.suppliers.sandbox.payments.json_server import Asked, answer_late

FILE: Final = "btcpay.sqlite"
PAGE_USUAL: Final = 50

Route = Callable[[Memory, Asked, str], Any]


def btcpay_desk(folder: Path) -> Desk:
    """Return the memory of the sandbox's BTCPay."""
    return Desk(folder, file=FILE)


def store_keys(desk: Desk) -> tuple[str, str, str]:
    """Return the store's id, the key to it, and the secret of its webhook, made at first use."""
    desk.made("webhook_id", start="wh")
    return (
        desk.made("store_id", start="S"),
        desk.made("key", start=""),
        desk.made("webhook_secret", start=""),
    )


def answer(desk: Desk, asked: Asked) -> tuple[int, Any]:
    """Answer a question."""
    store_id, key, _ = store_keys(desk)
    shown = asked.headers.get("authorization", "").removeprefix("token ")
    if not hmac.compare_digest(shown.encode(), key.encode()):
        return 401, Wrong("unauthenticated").body
    path = asked.path.removeprefix(f"/api/v1/stores/{store_id}")
    try:
        for method, pattern, route in ROUTES:
            if method == asked.method and (match := pattern.fullmatch(path)):
                with desk.change() as memory:
                    answered = route(memory, asked, match[1])
                if method == "POST":
                    answer_late(desk)
                return 200, answered
    except Wrong as wrong:
        return wrong.status, wrong.body
    except ValueError:
        return 400, Wrong("malformed").body
    return 404, Wrong("not-found").body


def _open(memory: Memory, asked: Asked, _name: str) -> Any:
    return objects.open_invoice(memory, asked.wish())


def _invoice(memory: Memory, _asked: Asked, name: str) -> Any:
    return objects.found(memory, name)


def _list(memory: Memory, asked: Asked, _name: str) -> Any:
    since = int(asked.query.get("startDate", "0"))
    skip, take = int(asked.query.get("skip", "0")), int(asked.query.get("take", PAGE_USUAL))
    listed = memory.all_of(INVOICE, asked.query.get("orderId"))
    return [each for each in listed if each["createdTime"] >= since][skip : skip + take]


def _mark(memory: Memory, asked: Asked, name: str) -> Any:
    return objects.mark(memory, name, status=str(asked.wish().get("status")))


def _webhooks(memory: Memory, _asked: Asked, _name: str) -> Any:
    return [
        {
            "id": memory.setting("webhook_id"),
            "enabled": True,
            "automaticRedelivery": True,
            "url": memory.setting("callback_url"),
            "authorizedEvents": {"everything": True, "specificEvents": []},
        }
    ]


_NAME: Final = r"([A-Za-z0-9_-]{1,60})"
ROUTES: Final[tuple[tuple[str, re.Pattern[str], Route], ...]] = tuple(
    (method, re.compile(pattern), route)
    for method, pattern, route in (
        ("POST", r"/invoices()", _open),
        ("GET", r"/invoices()", _list),
        ("GET", rf"/invoices/{_NAME}", _invoice),
        ("POST", rf"/invoices/{_NAME}/status", _mark),
        ("GET", r"/webhooks()", _webhooks),
    )
)
