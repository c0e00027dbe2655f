"""A customer, and the sandbox's provider with a memory of its own, driven by Stripe's library."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from nummer.apps.payments import actions, ports
from nummer.apps.payments.models import NoticeOutcome
from nummer.apps.payments.ports import Payments, install_payments
from nummer.kernel.clock import SystemClock
from nummer.kernel.money import Money
from nummer.suppliers.sandbox.payments import api, objects
from nummer.suppliers.sandbox.payments.desk import Desk
from nummer.suppliers.sandbox.payments.events import signature
from nummer.suppliers.sandbox.payments.provider import sandbox_payments
from tests import builders

NOW = builders.NOW
TWENTY = Money.parse("20.00", "EUR")
PAGE = "http://shop.test/sandbox/pay/{reference}"


@dataclass
class Provider:
    """The provider's side of a test: what happened there, and what it tells the shop."""

    desk: Desk

    def session(self, reference: str) -> dict[str, Any]:
        with self.desk.change() as memory:
            found = memory.find(reference, "checkout.session")
        assert found is not None
        return found

    def pay(self, started: actions.StartedTopUp) -> str:
        """Let the customer pay; return how the payment is called."""
        reference = reference_of(started)
        with self.desk.change() as memory:
            objects.pay_session(memory, reference)
        return str(self.session(reference)["payment_intent"])

    def pay_again(self, started: actions.StartedTopUp) -> str:
        """Let the provider take the same page's money a second time; return that payment."""
        with self.desk.change() as memory:
            objects.pay_again(memory, reference_of(started))
            return str(memory.all_of("payment_intent")[0]["id"])

    def fail(self, started: actions.StartedTopUp) -> None:
        with self.desk.change() as memory:
            objects.fail_session(memory, reference_of(started))

    def dispute(self, payment: str) -> None:
        with self.desk.change() as memory:
            objects.dispute(memory, payment, about=payment)

    def end_dispute(self, payment: str, *, won: bool) -> None:
        with self.desk.change() as memory:
            objects.end_dispute(memory, payment, won=won, about=payment)

    def refunds(self, payment: str) -> list[dict[str, Any]]:
        with self.desk.change() as memory:
            return memory.all_of("refund", payment)

    def fail_refund(self, payment: str) -> None:
        for refund in self.refunds(payment):
            with self.desk.change() as memory:
                objects.fail_refund(memory, refund["id"])

    def decline(self, payer: str) -> None:
        with self.desk.change() as memory:
            objects.decline_from_now_on(memory, payer)

    def events(self, *types: str) -> list[bytes]:
        """Return the bodies of all events, oldest first."""
        with self.desk.change() as memory:
            bodies = memory.events(list(types), since=0, after="", limit=100_000)
        return [body.encode() for body in reversed(bodies)]

    def signed(self, body: bytes, *, at: int | None = None) -> dict[str, str]:
        stamp = int(time.time()) if at is None else at
        return {"stripe-signature": signature(self.desk.keys()[1], body, at=stamp)}

    def call_back(
        self, body: bytes, /, *, now: datetime = NOW, headers: dict[str, str] | None = None
    ) -> NoticeOutcome:
        return actions.receive_callback(
            "sandbox",
            headers=self.signed(body) if headers is None else headers,
            body=body,
            received_at=SystemClock().now(),
            now=now,
        )

    def tell(self, *types: str, now: datetime = NOW) -> None:
        """Tell the shop everything that happened, or what is of these types, in order."""
        for body in self.events(*types):
            self.call_back(body, now=now)


def reference_of(started: actions.StartedTopUp) -> str:
    return started.pay_url.rsplit("/", 1)[1]


def start(account_id: int, **changes: object) -> actions.StartedTopUp:
    wish: dict[str, object] = {"amount": TWENTY, "method": "sandbox-card", "now": NOW}
    return actions.start_top_up(account_id, **(wish | changes))  # type: ignore[arg-type]


def changed(body: bytes, **changes: object) -> bytes:
    """Return an event whose object, or itself, says something else."""
    event = json.loads(body)
    for name, value in changes.items():
        (event if name in ("id", "type") else event["data"]["object"])[name] = value
    return json.dumps(event).encode()


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """Install the sandbox's provider, alone, answering on loopback."""
    before = list(ports._installed)
    desk = Desk(tmp_path)
    desk.configure(callback_url="http://127.0.0.1:1/", page_url=PAGE)
    server = api.serve(desk)
    install_payments(
        Payments(
            providers=[sandbox_payments(tmp_path, port=lambda: int(server.server_address[1]))],
            return_url="http://shop.test/top-up/{top_up_id}/",
        )
    )
    yield Provider(desk)
    server.shutdown()
    server.server_close()
    ports._installed[:] = before


@pytest.fixture
def account_id(shop: None) -> int:
    """Return a confirmed customer without money."""
    return builders.customer(balance="0.00")
