"""onlinesimru 2.1.3, unmodified, against a whole installation.

Codes come by SMPP from the sandbox's carrier.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Any

import pytest
from onlinesimru import (
    Driver,
    FreeNumbersService,
    NumbersService,
    RentNumbersService,
    UserService,
)
from onlinesimru.exceptions import NoNumberException, RequestException

from tests.installation import Installation

TEXT = "Telegram code: 48213. Do not give this code to anyone."
NORWAY = 47
_serial = itertools.count(1)


class Customer:
    """A customer's program with all services of the client."""

    def __init__(self, installation: Installation, balance: str) -> None:
        email = f"onlinesim-{next(_serial)}@example.com"
        words = ("sandbox", "customer", "--email", email, "--balance", balance)
        key = {
            "apikey": str(installation.json(*words)["api_key"]),
            "base_url": installation.url,
        }
        self.numbers = NumbersService(**key)
        self.rent = RentNumbersService(**key)
        self.user = UserService(**key)
        self.free = FreeNumbersService(**key)
        self.driver = Driver(**key)

    def balance(self) -> float:
        return float(self.user.balance()["balance"])

    def buy(self) -> dict[str, Any]:
        bought: dict[str, Any] = self.numbers.get("telegram", country=NORWAY, number=True)
        return bought


@pytest.fixture
def customer(installation: Installation) -> Customer:
    return Customer(installation, "20.00")


def deliver(installation: Installation, number: str, text: str = TEXT) -> None:
    words = ("sandbox", "sms", "--to", number, "--from", "Telegram", "--text", text)
    assert installation.json(*words)["acknowledged"] == 1


def poll(customer: Customer, tzid: int, **query: Any) -> dict[str, Any]:
    """Ask as programs do until an answer is there."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found: dict[str, Any] = customer.numbers.stateOne(tzid, **query)
        if found["response"] == "TZ_NUM_ANSWER":
            return found
        time.sleep(0.2)
    raise AssertionError("the code did not arrive")


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(RequestException) as error:
        act()
    return str(error.value.error)


def test_it_buys_polls_reads_the_code_and_finishes(
    customer: Customer, installation: Installation
) -> None:
    assert customer.balance() == 20.0
    bought = customer.buy()
    tzid, number = bought["tzid"], bought["number"]
    assert (bought["country"], number[:3]) == (NORWAY, "+47")
    waiting = customer.numbers.stateOne(tzid, msg_list=False)
    assert (waiting["response"], waiting["msg"]) == ("TZ_NUM_WAIT", False)

    deliver(installation, number)
    answered = poll(customer, tzid, msg_list=False)

    assert (answered["msg"], answered["number"]) == ("48213", number)
    assert poll(customer, tzid)["msg"][0]["text"] == TEXT
    assert poll(customer, tzid, message_to_code=0, msg_list=False)["msg"] == TEXT
    assert refused(lambda: customer.numbers.ban(tzid)) == "NO_COMPLETE_TZID"
    assert [each["tzid"] for each in customer.numbers.state()] == [tzid]
    assert customer.numbers.close(tzid) == {"response": 1, "tzid": tzid}
    assert customer.numbers.stateOne(tzid)["response"] == "TZ_OVER_OK"
    assert refused(customer.numbers.state) == "ERROR_NO_OPERATIONS"
    assert customer.balance() == pytest.approx(20 - answered["sum"])


def test_its_wait_for_a_code_and_for_another(
    customer: Customer, installation: Installation
) -> None:
    bought = customer.buy()
    deliver(installation, bought["number"])
    heard: list[str] = []

    first = customer.numbers.wait_code(
        bought["tzid"], timeout=1, callback=heard.append, not_end=True
    )
    deliver(installation, bought["number"], "Telegram code: 55555")
    second = customer.numbers.wait_code(bought["tzid"], timeout=1)

    assert (first, second, heard) == ("48213", "55555", ["48213"])
    assert customer.numbers.stateOne(bought["tzid"])["response"] == "TZ_OVER_OK"


@pytest.mark.parametrize("verb", ["close", "ban"])
def test_before_a_code_it_gets_the_price_back(customer: Customer, verb: str) -> None:
    tzid = customer.numbers.get("telegram", country=NORWAY)
    assert customer.balance() < 20
    assert refused(lambda: customer.numbers.next(tzid)) == "NO_COMPLETE_TZID"

    getattr(customer.numbers, verb)(tzid)

    assert customer.balance() == 20.0
    assert customer.numbers.stateOne(tzid)["response"] == "TZ_OVER_EMPTY"


def test_it_reads_prices_and_profile(customer: Customer) -> None:
    tariffs = customer.numbers.tariffs()
    norway = customer.numbers.tariffsOne(NORWAY)
    telegram = norway["services"]["service_telegram"]

    assert {"1", "44", "47", "49"} <= set(tariffs)
    assert (norway["name"], telegram["service"], telegram["count"] > 3) == (
        "Norway",
        "Telegram",
        True,
    )
    assert float(customer.numbers.price("telegram")) <= telegram["price"]
    assert customer.numbers.service() == []
    assert customer.numbers.serviceNumber("telegram") == []
    profile = customer.user.profile()
    assert profile["payment"]["now"] == 20.0
    assert profile["email"].startswith("onlinesim-")


def test_a_number_is_rented_for_a_month_read_and_given_back(installation: Installation) -> None:
    customer = Customer(installation, "200.00")
    assert customer.rent.get_tariff(NORWAY).enabled
    assert NORWAY in {tariff.code for tariff in customer.rent.get_tariffs()}

    rented = customer.rent.rent_new_number(country=NORWAY, days=30)
    number = f"+{rented['country']}{rented['number']}"
    deadline = time.monotonic() + 30
    while not customer.rent.get_number(rented["tzid"]).messages and time.monotonic() < deadline:
        installation.json("sandbox", "sms", "--to", number, "--from", "Telegram", "--text", TEXT)
        time.sleep(0.5)
    last = customer.rent.get_last_message(rented["tzid"])

    assert last is not None
    assert (last.text, last.code) == (TEXT, "48213")
    assert customer.rent.revoke_number(rented["tzid"])["response"] == 1
    assert customer.rent.get_numbers() == []
    assert 199.0 < customer.balance() < 200.0  # the minutes that were used stay paid


def test_what_is_not_rented_and_free_numbers_are_honestly_not_there(customer: Customer) -> None:
    assert refused(lambda: customer.rent.rent_new_number(country=NORWAY)) == "ERROR_PARAMS"
    assert customer.rent.get_numbers() == []
    with pytest.raises(NoNumberException):
        customer.rent.get_number(1)
    assert refused(lambda: customer.rent.extend_number_rental(1)) == "ERROR_WRONG_TZID"
    assert refused(lambda: customer.rent.revoke_number(1)) == "ERROR_WRONG_TZID"
    assert refused(lambda: customer.rent.port_reload(1)) == "ERROR_WRONG_TZID"
    assert customer.free.get_countries() == []
    assert customer.free.get_numbers(NORWAY) == []
    assert customer.free.get_messages(4759440001) == []
    assert refused(customer.driver.proxy().tariffs) == "REQUEST_NOT_FOUND"


def test_it_knows_each_refusal(customer: Customer, installation: Installation) -> None:
    poor = Customer(installation, "0.00")
    stranger = NumbersService("nobody's key", base_url=installation.url)
    nobody = NumbersService("", base_url=installation.url)
    numbers = customer.numbers

    assert refused(stranger.tariffs) == "ERROR_WRONG_KEY"
    assert refused(nobody.tariffs) == "ERROR_NO_KEY"
    assert refused(poor.buy) == "WARNING_LOW_BALANCE"
    assert refused(lambda: numbers.get("nope", country=NORWAY)) == "ERROR_NO_SERVICE"
    assert refused(lambda: numbers.get("telegram")) == "NO_NUMBER"  # the client means Russia
    assert refused(lambda: numbers.get("telegram", country=999)) == "UNDEFINED_COUNTRY"
    assert refused(lambda: numbers.get("telegram", NORWAY, extension=True)) == "NO_NUMBER"
    assert refused(lambda: numbers.close(1)) == "ERROR_WRONG_TZID"
    assert refused(lambda: numbers.next(1)) == "ERROR_WRONG_TZID"
    assert refused(lambda: numbers.stateOne(1)) == "ERROR_NO_OPERATIONS"
    assert customer.balance() == 20.0
