"""Clients with an address in their code, unmodified, behind the tests' proxy.

smsactivateru 1.2.6 asks `http://sms-activate.ru`, async-sms-activate 0.1.2
`https://api.sms-activate.org`; the second trusts an authority only where it is told of it before
it starts, so it runs in a process of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import smsactivateru
from pytest_django.live_server_helper import LiveServer

from nummer.apps.ledger import queries as ledger
from nummer.kernel.money import Money
from tests.builders import deliver, price
from tests.dialects.conftest import NORWAY, Moment, Program
from tests.dialects.proxy import Proxy, running_proxy

TEXT = "Telegram code: 48213. Do not give this code to anyone."

pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.fixture
def proxy(live_server: LiveServer, tmp_path: Path) -> Iterator[Proxy]:
    with running_proxy(upstream=live_server.url, folder=tmp_path) as running:
        yield running


@pytest.fixture
def old(proxy: Proxy, program: Program, monkeypatch: pytest.MonkeyPatch) -> smsactivateru.Sms:
    """Return smsactivateru with the address of its author."""
    for name, value in proxy.environment().items():
        monkeypatch.setenv(name, value)
    return smsactivateru.Sms(program.key)


def paid(program: Program) -> Money:
    return Money.parse("20.00", "EUR") - ledger.balance(program.account_id).spendable


def test_smsactivateru_buys_waits_and_finishes(
    old: smsactivateru.Sms, program: Program, proxy: Proxy, moment: Moment
) -> None:
    assert smsactivateru.GetBalance().request(old) == 20.0
    slots = smsactivateru.GetFreeSlots(country=NORWAY).request(old)
    assert (slots.Telegram.count, slots.Yandex.count) == (12, 0)
    service = smsactivateru.SmsService().Telegram

    bought = smsactivateru.GetNumber(service, country=NORWAY).request(old)
    assert bought.was_sent() == {"status": "ACCESS_READY"}
    deliver(f"+{bought.phone_number}", TEXT, at=moment.now())

    assert bought.wait_code(timeout=20) == "48213"
    assert smsactivateru.GetStatus(id=bought.id).request(old)["code"] == "48213"
    assert paid(program) == price()
    assert set(proxy.asked) == {"sms-activate.ru"}


def test_smsactivateru_cancels_and_knows_the_refusals(
    old: smsactivateru.Sms, program: Program, moment: Moment
) -> None:
    service = smsactivateru.SmsService().Telegram
    bought = smsactivateru.GetNumber(service, country=NORWAY).request(old)
    moment.advance(minutes=2)

    assert bought.cancel() == {"status": "ACCESS_CANCEL"}

    with pytest.raises(Exception, match="STATUS_CANCEL"):
        smsactivateru.GetStatus(id=bought.id).request(old)
    with pytest.raises(Exception, match="NO_ACTIVATION"):
        smsactivateru.GetStatus(id=1).request(old)
    with pytest.raises(Exception, match="NO_NUMBERS"):
        smsactivateru.GetNumber(service, country=NORWAY, forward=True).request(old)
    assert paid(program).micro == 0


ASYNCHRONOUS = """
import asyncio, json, sys
from async_sms_activate import SmsActivateClient
from async_sms_activate.errors import NoNumbers

async def main(key, proxy, country):
    client = SmsActivateClient(key, proxy=proxy)
    try:
        balance = await client.get_balance()
        offered = (await client.top_countries_by_service("tg"))[0]
        bought = await client.buy_number_by_country("tg", country)
        print(json.dumps({"balance": balance, "offered": offered.country_id,
                          "phone": bought.phone_number}), flush=True)
        await bought.sms_sent()
        code = await bought.wait_for_code(timeout=30)
        place = await bought.get_country_info()
        done = await bought.complete_activation()
        try:
            await client.buy_number_free_price("tg", 99, [47])
        except NoNumbers:
            refused = True
        print(json.dumps({"code": code, "country": place.english_name, "done": done,
                          "refused": refused}), flush=True)
    finally:
        await client.close()

asyncio.run(main(*sys.argv[1:]))
"""


def test_async_sms_activate_buys_waits_and_finishes(
    proxy: Proxy, program: Program, moment: Moment
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ASYNCHRONOUS, program.key, proxy.url, NORWAY],
        env={**os.environ, "SSL_CERT_FILE": str(proxy.authority.certificate)},
        stdout=subprocess.PIPE,
        text=True,
    ) as client:
        try:
            assert client.stdout is not None
            bought = json.loads(client.stdout.readline())
            deliver(f"+{bought['phone']}", TEXT, at=moment.now())
            said, _ = client.communicate(timeout=60)
        finally:
            client.kill()

    assert (bought["balance"], bought["offered"]) == (20.0, NORWAY)
    assert json.loads(said) == {
        "code": "48213",
        "country": "Norway",
        "done": "ACCESS_ACTIVATION",
        "refused": True,
    }
    assert set(proxy.asked) == {"api.sms-activate.org:443"}
    assert paid(program) == price()
