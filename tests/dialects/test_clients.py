"""The public clients, unmodified, against a server that answers on loopback.

What they read is compared with what they promise their users: smsactivate 1.5 and
aiosmsactivate 1.5.1, whose wait for a code sends status 3 after the code.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from aiosmsactivate import SmsActivate
from aiosmsactivate.exceptions import SmsActivateException
from aiosmsactivate.models import Number, SetActivationStatusResponse
from aiosmsactivate.types import ActivationStatus, SetActivationStatus
from pytest_django.live_server_helper import LiveServer
from smsactivate.api import SMSActivateAPI

from nummer.apps.ledger import queries as ledger
from nummer.apps.numbers import queries as numbers
from nummer.apps.refunds import actions as refunds
from nummer.apps.refunds import queries as decisions
from nummer.kernel.money import Money
from tests.builders import deliver, lift_limits, price
from tests.dialects.conftest import NORWAY, PATH, Moment, Program

TEXT = "Telegram code: 48213. Do not give this code to anyone."

pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.fixture
def official(live_server: LiveServer, program: Program) -> SMSActivateAPI:
    """Return the protocol's own module, whose address is a private attribute."""
    client = SMSActivateAPI(program.key)
    client._SMSActivateAPI__api_url = live_server.url + PATH
    return client


@pytest.fixture
def asynchronous(live_server: LiveServer, program: Program) -> SmsActivate:
    """Return the asynchronous client, which takes an address."""
    return SmsActivate(program.key, base_url=live_server.url + PATH)


def paid(program: Program) -> Money:
    return Money.parse("20.00", "EUR") - ledger.balance(program.account_id).spendable


def test_smsactivate_buys_polls_reads_and_finishes(
    official: SMSActivateAPI, program: Program, moment: Moment
) -> None:
    assert official.getBalance() == {"balance": "20.00"}
    assert official.getNumbersStatus(country=NORWAY, operator="any")["tg_0"] == "12"
    assert official.getPrices(service="tg", country=NORWAY)[NORWAY]["tg"]["count"] == 12
    assert official.getCountries()[NORWAY]["eng"] == "Norway"
    assert official.getOperators(country=NORWAY)["status"] == "success"
    assert official.getTopCountriesByService(service="tg")[NORWAY]["country"] == 174

    bought = official.getNumber(service="tg", country=NORWAY)
    order_id = bought["activation_id"]
    assert official.setStatus(id=order_id, status=1) == "ACCESS_READY"
    assert official.getStatus(id=order_id) == "STATUS_WAIT_CODE"
    deliver(f"+{bought['phone']}", TEXT, at=moment.now())

    assert official.getStatus(id=order_id) == "STATUS_OK:48213"
    assert official.getFullSms(id=order_id) == f"FULL_SMS:{TEXT}"
    assert official.getActiveActivations()["activeActivations"][0]["smsCode"] == ["48213"]
    assert official.setStatus(id=order_id, status=6) == "ACCESS_ACTIVATION"
    assert paid(program) == price()


def test_smsactivate_buys_in_the_newer_form_and_cancels(
    official: SMSActivateAPI, program: Program, moment: Moment
) -> None:
    bought = official.getNumberV2(service="tg", country=NORWAY)
    order_id = bought["activationId"]

    moment.advance(minutes=2)

    assert official.setStatus(id=order_id, status=8) == "ACCESS_CANCEL"
    assert official.getStatus(id=order_id)["error"] == "STATUS_CANCEL"
    assert paid(program).micro == 0


def test_smsactivate_knows_each_refusal(official: SMSActivateAPI, live_server: LiveServer) -> None:
    assert official.getNumber(service="nope", country=NORWAY)["error"] == "BAD_SERVICE"
    assert official.getNumber(service="tg", country=99999)["error"] == "ERROR_SQL"
    assert official.getNumber(service="tg", country=NORWAY, forward=1)["error"] == "NO_NUMBERS"
    assert official.getStatus(id=1)["error"] == "NO_ACTIVATION"
    assert official.getMultiServiceNumber(service="tg,wa")["error"] == "NO_NUMBERS"
    assert official.getAdditionalService(id=1, service="wa")["error"] == "WRONG_ACTIVATION_ID"
    assert official.getActiveActivations()["error"] == "NO_ACTIVATIONS"
    assert official.getRentNumber(service="tg")["message"] == "NO_NUMBERS"
    assert official.getRentStatus(id=1)["message"] == "INVALID_PHONE"
    assert official.getRentList() == {"status": "success", "values": {}}
    assert official.getRentServicesAndCountries()["services"] == {}
    assert official.getQiwiRequisites()["error"] == "BAD_ACTION"
    stranger = SMSActivateAPI("nobody's key")
    stranger._SMSActivateAPI__api_url = live_server.url + PATH
    assert stranger.getBalance()["error"] == "BAD_KEY"
    assert stranger.getActiveActivations()["error"] == "BAD_KEY"


def test_aiosmsactivate_buys_and_waits_for_the_code(
    asynchronous: SmsActivate, program: Program, moment: Moment
) -> None:
    assert asyncio.run(asynchronous.get_balance()) == 20.0
    bought = asyncio.run(asynchronous.purchase("tg", country=NORWAY, orderId="first"))
    assert isinstance(bought, Number)
    deliver(f"+{bought.phone_number}", TEXT, at=moment.now())

    code = asyncio.run(asynchronous.wait_sms_code(bought, timeout=20, per_attempt=0.05))

    assert code == "48213"
    details = asyncio.run(asynchronous.get_activation_status(bought))
    assert details.sms.text == TEXT
    service = asyncio.run(asynchronous.get_service("tg", NORWAY))
    assert (service.name, service.count) == ("Telegram", 11)
    answer = asyncio.run(asynchronous.set_activation_status(bought.activation_id, 6))
    assert answer == SetActivationStatusResponse.ACTIVATED
    assert paid(program) == price()


def test_status_3_after_the_code_and_then_the_windows_end_give_nothing_back(
    asynchronous: SmsActivate, program: Program, moment: Moment
) -> None:
    bought = asyncio.run(asynchronous.purchase("tg", country=NORWAY))
    deliver(f"+{bought.phone_number}", TEXT, at=moment.now())
    asyncio.run(asynchronous.wait_sms_code(bought, timeout=20, per_attempt=0.05))

    status, code = asyncio.run(asynchronous.get_activation_status_v1(str(bought.activation_id)))
    moment.advance(minutes=21)
    with pytest.raises(SmsActivateException) as refused:
        asyncio.run(asynchronous.set_activation_status(bought.activation_id, 8))
    (row,) = numbers.activations(program.account_id)
    refunds.end_window(program.account_id, key=row.key, now=moment.now())

    assert (status, code) == (ActivationStatus.RETRY, "48213")
    assert refused.value.code == "BAD_STATUS"
    assert decisions.decisions_of(program.account_id, order_ids=[row.order_id]) == {}
    assert paid(program) == price()


def test_aiosmsactivate_cancels_after_two_minutes(
    asynchronous: SmsActivate, program: Program, moment: Moment
) -> None:
    bought = asyncio.run(asynchronous.purchase("tg", country=NORWAY, maxPrice=5.5))
    cancel = SetActivationStatus.CANCEL

    with pytest.raises(SmsActivateException) as early:
        asyncio.run(asynchronous.set_activation_status(bought.activation_id, cancel))
    moment.advance(minutes=2)
    done = asyncio.run(asynchronous.set_activation_status(bought.activation_id, cancel))

    assert early.value.code == "EARLY_CANCEL_DENIED"
    assert done == SetActivationStatusResponse.CANCEL
    status, _ = asyncio.run(asynchronous.get_activation_status_v1(str(bought.activation_id)))
    assert status == ActivationStatus.CANCEL
    assert paid(program).micro == 0


def test_aiosmsactivate_knows_each_refusal(asynchronous: SmsActivate) -> None:
    calls = {
        "BAD_SERVICE": lambda: asynchronous.purchase("nope", country=NORWAY),
        "ERROR_SQL": lambda: asynchronous.purchase("tg", country="none"),
        "WRONG_MAX_PRICE": lambda: asynchronous.purchase("tg", country=NORWAY, maxPrice=0.01),
        "WRONG_EXCEPTION_PHONE": lambda: asynchronous.purchase("tg", phoneException="x"),
        "NO_ACTIVATION": lambda: asynchronous.set_activation_status(1, 6),
        "NO_ACTIVATIONS": asynchronous.get_active_activations,
        "WRONG_DATE": lambda: asynchronous.get_history(start="soon"),
        "INVALID_TIME": lambda: asynchronous.get_rent_number("tg", time=4, country=NORWAY),
        "NO_NUMBERS": lambda: asynchronous.get_rent_number("tg", time=720, country=NORWAY),
        "INVALID_PHONE": lambda: asynchronous.set_rent_status("1", 2),
    }
    for word, call in calls.items():
        with pytest.raises(SmsActivateException) as refused:
            asyncio.run(call())
        assert refused.value.code == word


def test_fifty_equal_purchases_with_one_order_id_are_one_order(
    live_server: LiveServer, program: Program
) -> None:
    lift_limits(program.account_id)
    call = {
        "api_key": program.key,
        "action": "getNumber",
        "service": "tg",
        "country": NORWAY,
        "orderId": "the same",
    }

    with ThreadPoolExecutor(10) as pool:
        answers = list(
            pool.map(
                lambda _: requests.get(live_server.url + PATH, params=call, timeout=60).text,
                range(50),
            )
        )

    assert len(set(answers)) == 1
    assert answers[0].startswith("ACCESS_NUMBER:")
    assert program.orders() == 1
    assert paid(program) == price()
