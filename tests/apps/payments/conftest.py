"""A customer, and the sandbox's provider with a folder of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nummer.apps.payments import ports
from nummer.apps.payments.ports import Payments, install_payments
from nummer.suppliers.sandbox import payment
from nummer.suppliers.sandbox.payment import SIGNATURE, Desk, SandboxPayments
from tests import builders

NOW = builders.NOW
REAL = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)  # signatures have their own clock


class Provider:
    """The provider's side of a test: signs what the test wants to tell the shop."""

    def __init__(self, folder: Path) -> None:
        self.desk = Desk(folder)

    def event(self, **changes: object) -> bytes:
        words: dict[str, object] = {
            "id": "evt_1",
            "type": "payment.succeeded",
            "amount": "20.00",
            "currency": "EUR",
        }
        return json.dumps(words | changes).encode()

    def signed(self, body: bytes, *, at: datetime = REAL) -> dict[str, str]:
        stamp = str(int(at.timestamp()))
        signature = payment._signature(self.desk.secret(), stamp, body)
        return {SIGNATURE: f"t={stamp},v1={signature}"}


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """Install the sandbox's provider, alone."""
    before = list(ports._installed)
    sandbox = SandboxPayments(
        tmp_path,
        callback_url="http://127.0.0.1:1/payments/callback/sandbox/",
        page_url="http://shop.test/sandbox/pay/{reference}",
    )
    install_payments(
        Payments(providers=[sandbox], return_url="http://shop.test/top-up/{top_up_id}/")
    )
    yield Provider(tmp_path)
    ports._installed[:] = before


@pytest.fixture
def account_id(shop: None) -> int:
    """Return a confirmed customer without money."""
    return builders.customer(balance="0.00")
