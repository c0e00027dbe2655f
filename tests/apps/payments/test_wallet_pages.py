"""The pages of the sandbox's PayPal and BTCPay, and our callbacks, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from django.conf import settings
from django.test import override_settings

from nummer.apps.ledger import queries as wallets
from nummer.apps.payments import actions, queries
from nummer.apps.payments.ports import Payments, install_payments, installed_payments
from nummer.apps.standing import queries as standing
from nummer.suppliers.sandbox.payments.btcpay.events import btcpay_headers
from nummer.suppliers.sandbox.payments.events import TIMES, deliver
from nummer.suppliers.sandbox.payments.paypal.events import paypal_headers
from tests import builders
from tests.apps.payments.sides import NOW, BtcPaySide, PayPalSide, Side, side
from tests.apps.payments.test_sandbox_page import PLAIN_STORAGES, press
from tests.invariants.proofs import breaches

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True)
class Shop:
    """A shop that answers over HTTP, a browser at it, and its provider."""

    there: Side
    browser: httpx.Client

    def do(self, started: actions.StartedTopUp, *buttons: str) -> list[int]:
        """Press buttons of the provider's page; jobs run after each."""
        answers = []
        for button in buttons:
            answers.append(press(self.browser, started.pay_url, button).status_code)
            actions.conclude(_owner(started), top_up_id=started.id, now=NOW)
            deliver(self.there.desk, headers=self.headers)
        return answers

    @property
    def headers(self) -> object:
        return paypal_headers if isinstance(self.there, PayPalSide) else btcpay_headers


def _owner(started: actions.StartedTopUp) -> int:
    from nummer.apps.payments.models import TopUp

    return TopUp.objects.get(id=started.id).account_id


def shop_with(
    kind: type[Side], page: str, folder: Path, request: pytest.FixtureRequest
) -> Iterator[Shop]:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # the server looks for it
    with side(kind, folder) as there:
        shop_url = request.getfixturevalue("live_server").url
        there.desk.configure(
            callback_url=f"{shop_url}/payments/callback/{there.code}/",
            page_url=f"{shop_url}/sandbox/{page}/{{reference}}",
        )
        install_payments(
            Payments(
                providers=installed_payments().providers,
                return_url=shop_url + "/back/{top_up_id}/",
            )
        )
        with (
            override_settings(SANDBOX_FOLDER=folder, STORAGES=PLAIN_STORAGES),
            httpx.Client(base_url=shop_url, trust_env=False, timeout=60) as browser,
        ):
            yield Shop(there, browser)


@pytest.fixture
def paypal(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Shop]:
    yield from shop_with(PayPalSide, "paypal", tmp_path, request)


@pytest.fixture
def btcpay(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Shop]:
    yield from shop_with(BtcPaySide, "btcpay", tmp_path, request)


@pytest.mark.parametrize(
    ("buttons", "state", "held"),
    [
        (["approve"], "paid", "20.00"),
        (["refuse"], "started", "0.00"),
        (["refuse", "approve"], "paid", "20.00"),
        (["decline"], "failed", "0.00"),
        (["decline", "approve"], "paid", "20.00"),
        (["wait"], "started", "0.00"),
        (["wait", "arrive"], "paid", "20.00"),
        (["wait", "lose"], "failed", "0.00"),
        (["late"], "paid", "20.00"),  # its approval is asked about, even if nobody tells of it
        (["back", "tell"], "started", "0.00"),
        (["approve", "dispute"], "paid", "20.00"),
        (["approve", "dispute", "dispute-won"], "paid", "20.00"),
        (["approve", "dispute", "dispute-lost", "dispute"], "paid", "0.00"),
    ],
)
def test_what_the_buttons_of_paypal_do(
    shop: None, paypal: Shop, *, buttons: list[str], state: str, held: str
) -> None:
    account_id = builders.customer(balance="0.00")
    started = paypal.there.start(account_id)

    answers = paypal.do(started, *buttons)

    assert set(answers) <= {200, 302}
    assert queries.top_up(account_id, top_up_id=started.id).state == state
    assert wallets.balance(account_id).total.decimal_text() == held
    assert standing.suspended(account_id) is ("dispute" in buttons and "dispute-won" not in buttons)
    assert breaches() == []


@pytest.mark.parametrize(
    ("buttons", "state", "held"),
    [
        (["pay"], "paid", "20.00"),
        (["half"], "started", "0.00"),
        (["half", "rest"], "paid", "20.00"),
        (["half", "expire"], "failed", "0.00"),
        (["over"], "paid", "20.00"),
        (["seen"], "started", "0.00"),
        (["seen", "settle"], "paid", "20.00"),
        (["seen", "invalid"], "failed", "0.00"),
        (["late", "tell"], "paid", "20.00"),
        (["expire"], "failed", "0.00"),
        (["expire", "after"], "failed", "0.00"),
        (["expire", "after", "settle"], "paid", "20.00"),
        (["back", "pay", "pay"], "paid", "20.00"),
    ],
)
def test_what_the_buttons_of_btcpay_do(
    shop: None, btcpay: Shop, *, buttons: list[str], state: str, held: str
) -> None:
    account_id = builders.customer(balance="0.00")
    started = btcpay.there.start(account_id)

    answers = btcpay.do(started, *buttons)

    assert set(answers) <= {200, 302}
    assert queries.top_up(account_id, top_up_id=started.id).state == state
    assert wallets.balance(account_id).total.decimal_text() == held
    assert breaches() == []


def test_the_pages_ask_for_nothing_but_a_button(shop: None, paypal: Shop) -> None:
    started = paypal.there.start(builders.customer())

    page = paypal.browser.get(started.pay_url)

    assert "20.00 EUR" in page.text
    assert page.text.count("<input") == 1  # the token of the form
    assert press(paypal.browser, started.pay_url, "rob").status_code == 400
    for nowhere in ("paypal/0123456789ABCDEFG", "btcpay/0123456789ABCDEFG", "paypal/..%2Fx"):
        assert paypal.browser.get(f"/sandbox/{nowhere}").status_code == 404


def test_every_event_comes_three_times_and_credits_once(shop: None, btcpay: Shop) -> None:
    account_id = builders.customer(balance="0.00")
    started = btcpay.there.start(account_id)
    press(btcpay.browser, started.pay_url, "pay")
    with btcpay.there.desk.change() as memory:
        memory._link.execute("UPDATE delivery SET due = 0 WHERE done = 0")

    _, missed = deliver(btcpay.there.desk, headers=btcpay_headers)

    with btcpay.there.desk.change() as memory:
        told = memory._link.execute("SELECT count(*) FROM delivery WHERE done = 1").fetchone()
    assert (told, missed) == ((len(btcpay.there.events()) * TIMES,), 0)
    assert wallets.balance(account_id).total.decimal_text() == "20.00"


def test_coins_that_come_late_are_taken_note_of_and_not_told_again(
    shop: None, btcpay: Shop
) -> None:
    account_id = builders.customer(balance="0.00")
    started = btcpay.there.start(account_id)
    for button in ("expire", "after"):
        page = press(btcpay.browser, started.pay_url, button)
        assert "did not take" not in page.text

    with btcpay.there.desk.change() as memory:
        assert not memory.untold(btcpay.there.reference(started))
    assert wallets.balance(account_id).total.decimal_text() == "0.00"


def test_a_callback_whose_provider_is_away_is_to_come_again(
    shop: None, paypal: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nummer.kernel.errors import Unavailable
    from nummer.suppliers.json_api import JsonApi

    body = paypal.there.paid_event(paypal.there.start(builders.customer()))

    def away(*_: object, **__: object) -> None:
        raise Unavailable("payment provider", retry_after_s=7.0)

    monkeypatch.setattr(JsonApi, "ask", away)
    answer = paypal.browser.post(
        f"/payments/callback/{paypal.there.code}/", content=body, headers=paypal.there.signed(body)
    )

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "7")
    assert answer.json() == {"error": "try_again"}
