"""Each real provider at its sandbox: what happens there, and what it tells the shop."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

from nummer.apps.payments import actions, ports
from nummer.apps.payments.models import NoticeOutcome, TopUp
from nummer.apps.payments.ports import PaymentProvider, Payments, install_payments
from nummer.kernel.clock import SystemClock
from nummer.kernel.money import Money
from nummer.suppliers.sandbox.payments import api as stripe_api
from nummer.suppliers.sandbox.payments import objects as stripe
from nummer.suppliers.sandbox.payments.btcpay import objects as btcpay
from nummer.suppliers.sandbox.payments.btcpay.api import answer as btcpay_answer
from nummer.suppliers.sandbox.payments.btcpay.api import btcpay_desk, store_keys
from nummer.suppliers.sandbox.payments.btcpay.events import signature as btcpay_signature
from nummer.suppliers.sandbox.payments.btcpay.provider import sandbox_btcpay
from nummer.suppliers.sandbox.payments.desk import Desk
from nummer.suppliers.sandbox.payments.events import signature as stripe_signature
from nummer.suppliers.sandbox.payments.json_server import serve
from nummer.suppliers.sandbox.payments.paypal import objects as paypal
from nummer.suppliers.sandbox.payments.paypal.api import answer as paypal_answer
from nummer.suppliers.sandbox.payments.paypal.api import client_keys, paypal_desk
from nummer.suppliers.sandbox.payments.paypal.events import paypal_headers
from nummer.suppliers.sandbox.payments.paypal.provider import sandbox_paypal
from nummer.suppliers.sandbox.payments.provider import sandbox_payments
from tests import builders

NOW = builders.NOW
TWENTY = Money.parse("20.00", "EUR")
RETURN_URL = "http://shop.test/top-up/{top_up_id}/"


@dataclass
class Side:
    """What every provider's side can do; `folder` and `port` let another process reach it."""

    folder: Path
    desk: Desk
    port: int
    code: ClassVar[str] = ""
    method: ClassVar[str] = ""
    told_paid: ClassVar[str] = ""  # the event that a paid page ends with

    def start(self, account_id: int, **changes: object) -> actions.StartedTopUp:
        wish: dict[str, object] = {"amount": TWENTY, "method": self.method, "now": NOW}
        return actions.start_top_up(account_id, **(wish | changes))  # type: ignore[arg-type]

    def reference(self, started: actions.StartedTopUp) -> str:
        return TopUp.objects.get(id=started.id).provider_reference

    def pay(self, started: actions.StartedTopUp) -> str:
        """Let the provider have the money; return how it calls the payment."""
        raise NotImplementedError

    def worth(self, started: actions.StartedTopUp, value: str, currency: str) -> None:
        """Let what the provider has be another sum than was asked."""
        raise NotImplementedError

    def pages(self) -> int:
        """Return how many pages were made."""
        raise NotImplementedError

    def signed(self, body: bytes, *, at_s: float | None = None, secret: str = "") -> dict[str, str]:
        """Return the headers of a callback; `secret`: signed by somebody else."""
        raise NotImplementedError

    def old(self, body: bytes) -> tuple[bytes, dict[str, str]]:
        """Return a callback as it was signed a day ago."""
        return self.moved(body, by_s=-86_400)

    def early(self, body: bytes) -> tuple[bytes, dict[str, str]]:
        """Return a callback as it would be signed a little beyond every tolerance from now."""
        return self.moved(body, by_s=2 * 3600 + 60)

    def moved(self, body: bytes, *, by_s: int) -> tuple[bytes, dict[str, str]]:
        """Return a callback that is signed with another time."""
        return body, self.signed(body, at_s=time.time() + by_s)

    def events(self, *types: str) -> list[bytes]:
        with self.desk.change() as memory:
            bodies = memory.events(list(types), since=0, after="", limit=100_000)
        return [body.encode() for body in reversed(bodies)]

    def paid_event(self, started: actions.StartedTopUp) -> bytes:
        """Return the callback that tells of a paid page; it has told nothing before."""
        self.pay(started)
        return self.events(self.told_paid)[-1]

    def call_back(
        self, body: bytes, /, *, headers: dict[str, str] | None = None, now: datetime = NOW
    ) -> NoticeOutcome:
        return actions.receive_callback(
            self.code,
            headers=self.signed(body) if headers is None else headers,
            body=body,
            received_at=SystemClock().now(),
            now=now,
        )

    def tell(self, *types: str) -> None:
        for body in self.events(*types):
            self.call_back(body)


class StripeSide(Side):
    code = "sandbox"
    method = "sandbox-card"
    told_paid = "checkout.session.completed"

    def pay(self, started: actions.StartedTopUp) -> str:
        reference = self.reference(started)
        with self.desk.change() as memory:
            stripe.pay_session(memory, reference)
            session = memory.find(reference, "checkout.session")
        assert session is not None
        return str(session["payment_intent"])

    def worth(self, started: actions.StartedTopUp, value: str, currency: str) -> None:
        with self.desk.change() as memory:
            session = memory.find(self.reference(started), "checkout.session")
            assert session is not None
            session |= {"amount_total": int(Decimal(value) * 100), "currency": currency.lower()}
            memory.keep(session)

    def pages(self) -> int:
        with self.desk.change() as memory:
            return len(memory.all_of("checkout.session"))

    def signed(self, body: bytes, *, at_s: float | None = None, secret: str = "") -> dict[str, str]:
        at = int(time.time() if at_s is None else at_s)
        return {"stripe-signature": stripe_signature(secret or self.desk.keys()[1], body, at=at)}


class PayPalSide(Side):
    code = "sandbox-paypal"
    method = "sandbox-paypal"
    told_paid = "PAYMENT.CAPTURE.COMPLETED"

    def approve(self, started: actions.StartedTopUp, *, how: str = "") -> None:
        with self.desk.change() as memory:
            paypal.approve(memory, self.reference(started), how=how)

    def pay(self, started: actions.StartedTopUp) -> str:
        self.approve(started)
        with self.desk.change() as memory:
            order = paypal.capture_order(memory, self.reference(started))
        return str(order["purchase_units"][0]["payments"]["captures"][0]["id"])

    def worth(self, started: actions.StartedTopUp, value: str, currency: str) -> None:
        with self.desk.change() as memory:
            order = paypal.found(memory, paypal.ORDER, self.reference(started))
            order["purchase_units"][0]["amount"] = {"value": value, "currency_code": currency}
            memory.keep({**order, "object": paypal.ORDER})

    def pages(self) -> int:
        with self.desk.change() as memory:
            return len(memory.all_of(paypal.ORDER))

    def signed(self, body: bytes, *, at_s: float | None = None, secret: str = "") -> dict[str, str]:
        if not secret:
            return dict(paypal_headers(self.desk, body, at_s=at_s))
        stranger = paypal_desk(self.folder / "stranger")
        return dict(paypal_headers(stranger, body, at_s=at_s))

    def captures(self, started: actions.StartedTopUp) -> list[dict[str, Any]]:
        with self.desk.change() as memory:
            return memory.all_of(paypal.CAPTURE, self.reference(started))

    def refunds(self, capture: str) -> list[dict[str, Any]]:
        with self.desk.change() as memory:
            return memory.all_of(paypal.REFUND, capture)

    def fail_refunds(self, capture: str) -> None:
        for refund in self.refunds(capture):
            with self.desk.change() as memory:
                paypal.fail_refund(memory, refund["id"])

    def dispute(self, capture: str, *, inquiry: bool = False) -> None:
        with self.desk.change() as memory:
            paypal.dispute(memory, capture, inquiry=inquiry)

    def end_dispute(self, capture: str, *, won: bool) -> None:
        with self.desk.change() as memory:
            paypal.end_dispute(memory, capture, won=won)


class BtcPaySide(Side):
    code = "sandbox-btcpay"
    method = "sandbox-bitcoin"
    told_paid = "InvoiceSettled"

    def pay(self, started: actions.StartedTopUp, *, share: str = "1") -> str:
        reference = self.reference(started)
        with self.desk.change() as memory:
            btcpay.pay(memory, reference, share=Decimal(share))
        return reference

    def expire(self, started: actions.StartedTopUp) -> None:
        with self.desk.change() as memory:
            btcpay.expire(memory, self.reference(started))

    def worth(self, started: actions.StartedTopUp, value: str, currency: str) -> None:
        with self.desk.change() as memory:
            invoice = btcpay.found(memory, self.reference(started))
            invoice |= {"amount": value, "currency": currency}
            memory.keep({**invoice, "object": btcpay.INVOICE})

    def pages(self) -> int:
        with self.desk.change() as memory:
            return len(memory.all_of(btcpay.INVOICE))

    def signed(self, body: bytes, *, at_s: float | None = None, secret: str = "") -> dict[str, str]:
        assert at_s is None, "the time stands in the body"
        ours = self.desk.made("webhook_secret", start="")
        return {"btcpay-sig": btcpay_signature(secret or ours, body)}

    def moved(self, body: bytes, *, by_s: int) -> tuple[bytes, dict[str, str]]:
        event = json.loads(body)
        event["timestamp"] += by_s
        aged = json.dumps(event).encode()
        return aged, self.signed(aged)


@contextmanager
def side(kind: type[Side], folder: Path) -> Iterator[Side]:
    """Install one provider, alone, answering on loopback."""
    page = {"callback_url": "http://127.0.0.1:1/", "page_url": "http://shop.test/pay/{reference}"}
    desk, serve_it, reach = _PARTS[kind](folder)
    desk.configure(**page)
    server = serve_it()
    port = int(server.server_address[1])
    before = list(ports._installed)
    install_payments(Payments(providers=[reach(folder, port)], return_url=RETURN_URL))
    yield kind(folder=folder, desk=desk, port=port)
    server.shutdown()
    server.server_close()
    ports._installed[:] = before


def reach(code: str, folder: Path, port: int) -> PaymentProvider:
    """Return our side of a provider of the sandbox, as another process has it."""
    providers: dict[str, Callable[..., PaymentProvider]] = {
        "sandbox": sandbox_payments,
        "sandbox-paypal": sandbox_paypal,
        "sandbox-btcpay": sandbox_btcpay,
    }
    return providers[code](folder, port=lambda: port)


def _stripe(folder: Path) -> tuple[Desk, Callable[[], Any], Callable[..., PaymentProvider]]:
    desk = Desk(folder)
    return desk, lambda: stripe_api.serve(desk), lambda *at: reach("sandbox", *at)


def _paypal(folder: Path) -> tuple[Desk, Callable[[], Any], Callable[..., PaymentProvider]]:
    desk = paypal_desk(folder)
    client_keys(desk)
    return desk, lambda: serve(desk, paypal_answer), lambda *at: reach("sandbox-paypal", *at)


def _btcpay(folder: Path) -> tuple[Desk, Callable[[], Any], Callable[..., PaymentProvider]]:
    desk = btcpay_desk(folder)
    store_keys(desk)
    return desk, lambda: serve(desk, btcpay_answer), lambda *at: reach("sandbox-btcpay", *at)


_PARTS = {StripeSide: _stripe, PayPalSide: _paypal, BtcPaySide: _btcpay}
