"""The provider's page of the sandbox and our address for its callbacks, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from django.conf import settings
from django.test import override_settings

from nummer.apps.ledger import queries as wallets
from nummer.apps.payments import queries
from nummer.apps.payments.ports import Payments, install_payments, installed_payments
from nummer.apps.standing import queries as standing
from nummer.kernel.clock import SystemClock
from nummer.suppliers.sandbox.payments.events import TIMES, deliver
from tests import builders
from tests.apps.payments.conftest import Provider, start

pytestmark = pytest.mark.django_db(transaction=True)
PLAIN_STORAGES = {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
CALLBACK = "/payments/callback/sandbox/"


@pytest.fixture
def browser(
    provider: Provider, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[httpx.Client]:
    """A browser at the shop; the provider knows the shop's real address."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # the server looks for it
    shop_url = request.getfixturevalue("live_server").url
    provider.desk.configure(
        callback_url=shop_url + CALLBACK, page_url=shop_url + "/sandbox/pay/{reference}"
    )
    install_payments(
        Payments(
            providers=installed_payments().providers, return_url=shop_url + "/back/{top_up_id}/"
        )
    )
    with (
        override_settings(SANDBOX_FOLDER=tmp_path, STORAGES=PLAIN_STORAGES),
        httpx.Client(base_url=shop_url, trust_env=False) as client,
    ):
        yield client


def press(browser: httpx.Client, url: str, button: str) -> httpx.Response:
    browser.get(url)
    token = browser.cookies["csrftoken"]
    return browser.post(url, data={"button": button, "csrfmiddlewaretoken": token})


@pytest.mark.parametrize(
    ("buttons", "state", "total"),
    [
        (["pay"], "paid", "20.00"),
        (["cancel"], "failed", "0.00"),
        (["cancel", "pay"], "failed", "0.00"),
        (["late"], "started", "0.00"),
        (["late", "tell"], "paid", "20.00"),
        (["pay", "tell", "fail", "tell"], "paid", "20.00"),
        (["fail"], "failed", "0.00"),
        (["fail", "pay"], "failed", "0.00"),
        (["tell"], "started", "0.00"),
        ([], "started", "0.00"),
    ],
)
def test_what_the_buttons_do(
    shop: None, browser: httpx.Client, *, buttons: list[str], state: str, total: str
) -> None:
    account_id = builders.customer(balance="0.00")
    started = start(account_id)

    answers = [press(browser, started.pay_url, button) for button in buttons]
    browser.get(f"/back/{started.id}/")  # visiting the page after paying pays nothing

    assert all(answer.status_code in {200, 302} for answer in answers)
    assert queries.top_up(account_id, top_up_id=started.id).state == state
    assert wallets.balance(account_id).total.decimal_text() == total


def test_the_provider_can_be_made_to_take_the_money_a_second_time(
    shop: None, browser: httpx.Client
) -> None:
    account_id = builders.customer(balance="0.00")
    started = start(account_id)
    press(browser, started.pay_url, "twice")  # not paid yet: nothing to take again
    for button in ("pay", "twice"):
        press(browser, started.pay_url, button)

    second, first = queries.top_ups(account_id)
    assert (first.id, second.twice_of) == (started.id, started.id)
    assert second.amount == first.amount


def test_the_page_asks_for_nothing_but_a_button(shop: None, browser: httpx.Client) -> None:
    started = start(builders.customer())

    page = browser.get(started.pay_url)

    assert "20.00 EUR" in page.text
    assert page.text.count("<input") == 1  # the token of the form
    assert "csrfmiddlewaretoken" in page.text
    assert press(browser, started.pay_url, "rob").status_code == 400
    assert browser.get("/sandbox/pay/cs_test_000000000000000000000000").status_code == 404
    assert browser.get("/sandbox/pay/..%2Fprovider.sqlite").status_code == 404


def test_every_event_comes_three_times_and_credits_once(
    shop: None, provider: Provider, browser: httpx.Client
) -> None:
    account_id = builders.customer(balance="0.00")
    started = start(account_id)
    press(browser, started.pay_url, "pay")
    with provider.desk.change() as memory:
        memory._link.execute("UPDATE delivery SET due = 0 WHERE done = 0")

    taken, missed = deliver(provider.desk)

    events = len(provider.events())
    assert (taken, missed) == (events * (TIMES - 1), 0)
    assert wallets.balance(account_id).total.decimal_text() == "20.00"


def test_what_the_shop_did_not_take_comes_again(
    shop: None, provider: Provider, browser: httpx.Client
) -> None:
    account_id = builders.customer(balance="0.00")
    started = start(account_id)
    shop_url = provider.desk.setting("callback_url")
    provider.desk.configure(callback_url="http://127.0.0.1:1/", page_url="{reference}")
    provider.pay(started)
    assert deliver(provider.desk)[0] == 0

    provider.desk.configure(callback_url=shop_url, page_url="{reference}")
    with provider.desk.change() as memory:
        memory._link.execute("UPDATE delivery SET due = 0 WHERE done = 0")
    deliver(provider.desk)

    assert wallets.balance(account_id).total.decimal_text() == "20.00"


@pytest.mark.parametrize(
    ("ends", "total", "suspended"),
    [("dispute-won", "20.00", False), ("dispute-lost", "0.00", True)],
)
def test_a_payment_is_disputed_and_decided_by_buttons(
    shop: None, browser: httpx.Client, ends: str, total: str, *, suspended: bool
) -> None:
    account_id = builders.customer(balance="0.00")
    started = start(account_id)
    press(browser, started.pay_url, "pay")

    press(browser, started.pay_url, "dispute")
    assert standing.suspended(account_id)
    assert wallets.balance(account_id).spendable.decimal_text() == "20.00"
    press(browser, started.pay_url, ends)
    press(browser, started.pay_url, "dispute")  # a bank wants a payment back once

    assert wallets.balance(account_id).total.decimal_text() == total
    assert standing.suspended(account_id) is suspended


@pytest.mark.parametrize(
    ("label", "path", "body", "status", "code"),
    [
        ("unsigned", CALLBACK, b"{}", 401, "callback_not_genuine"),
        ("of nobody", "/payments/callback/nobody/", b"{}", 401, "callback_not_genuine"),
        ("too large", CALLBACK, b"x" * 1_000_001, 413, "body_too_large"),
    ],
)
def test_bad_callbacks_get_a_clear_answer(
    browser: httpx.Client, *, label: str, path: str, body: bytes, status: int, code: str
) -> None:
    answer = browser.post(path, content=body)

    assert (answer.status_code, answer.json()) == (status, {"error": code}), label


def test_signed_callbacks_that_do_not_fit_get_a_clear_answer(
    provider: Provider, browser: httpx.Client
) -> None:
    stranger = (
        b'{"id": "evt_1", "type": "checkout.session.completed", "data": {"object": {"id": "cs_1",'
        b' "mode": "payment", "payment_status": "paid", "amount_total": 2000, "currency": "eur"}}}'
    )
    for body, status in ((stranger, 409), (b"[]", 400)):
        headers = provider.signed(body, at=int(SystemClock().now().timestamp()))
        assert browser.post(CALLBACK, content=body, headers=headers).status_code == status


def test_a_callback_is_posted(browser: httpx.Client) -> None:
    assert browser.get(CALLBACK).status_code == 405
