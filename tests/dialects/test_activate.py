"""The sms-activate protocol as programs see it: exact texts, stages, retries."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from nummer.apps.accounts import actions as accounts
from nummer.apps.ledger import queries as ledger
from nummer.faces.api_activate import views
from nummer.kernel.limits import CallLimit
from nummer.kernel.money import Money
from tests.builders import NOW, deliver, price
from tests.dialects.conftest import NORWAY, PATH, Moment, Program, get, post

TEXT = "Telegram code: 48213. Do not give this code to anyone."


def balance(program: Program) -> str:
    return ledger.balance(program.account_id).spendable.decimal_text()


def test_the_balance_is_a_plain_text_without_a_newline(program: Program) -> None:
    answer = get({"api_key": program.key, "action": "getBalance"})

    assert answer.content == b"ACCESS_BALANCE:20.00"
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["Cache-Control"] == "no-store"


def test_from_purchase_to_code_to_finish(program: Program, moment: Moment) -> None:
    order_id, number = program.buy()
    assert program.call("setStatus", id=order_id, status="1") == "ACCESS_READY"
    assert program.call("getStatus", id=order_id) == "STATUS_WAIT_CODE"
    assert program.call("getFullSms", id=order_id) == "STATUS_WAIT_CODE"
    assert json.loads(program.call("getStatusV2", id=order_id)) == {
        "verificationType": 0,
        "sms": None,
        "call": None,
    }

    moment.advance(seconds=30)
    deliver(number, TEXT, at=moment.now())

    assert program.call("getStatus", id=order_id) == "STATUS_OK:48213"
    assert program.call("getFullSms", id=order_id) == f"FULL_SMS:{TEXT}"
    sms = json.loads(program.call("getStatusV2", id=order_id))["sms"]
    assert sms == {"dateTime": "2026-11-22 12:00:30", "code": "48213", "text": TEXT}
    (kept,) = json.loads(program.call("getAllSms", id=order_id))["data"]
    assert (kept["phoneFrom"], kept["code"], kept["service"]) == ("Telegram", "48213", "tg")
    assert program.call("setStatus", id=order_id, status="6") == "ACCESS_ACTIVATION"
    assert program.call("setStatus", id=order_id, status="6") == "ACCESS_ACTIVATION"
    assert program.call("getStatus", id=order_id) == "STATUS_OK:48213"
    assert balance(program) == (Money.parse("20.00", "EUR") - price()).decimal_text()


def test_another_code_is_free_and_waited_for(program: Program, moment: Moment) -> None:
    order_id, number = program.buy()
    moment.advance(seconds=30)
    deliver(number, TEXT, at=moment.now())
    moment.advance(seconds=1)

    assert program.call("setStatus", id=order_id, status="3") == "ACCESS_RETRY_GET"
    assert program.call("getStatus", id=order_id) == "STATUS_WAIT_RETRY:48213"

    moment.advance(seconds=1)
    deliver(number, "Telegram code: 55555", at=moment.now())
    assert program.call("getStatus", id=order_id) == "STATUS_OK:55555"


def test_a_cancel_in_the_first_two_minutes_waits(program: Program, moment: Moment) -> None:
    order_id, _ = program.buy()

    moment.advance(seconds=119)
    assert program.call("setStatus", id=order_id, status="8") == "EARLY_CANCEL_DENIED"
    assert program.call("getStatus", id=order_id) == "STATUS_WAIT_CODE"
    moment.advance(seconds=1)
    assert program.call("setStatus", id=order_id, status="8") == "ACCESS_CANCEL"

    assert program.call("getStatus", id=order_id) == "STATUS_CANCEL"
    assert program.call("setStatus", id=order_id, status="8") == "ACCESS_CANCEL"
    assert balance(program) == "20.00"


@pytest.mark.parametrize("verb", ["setStatus", "cancelActivation"])
def test_a_cancel_after_the_code_is_refused(program: Program, moment: Moment, verb: str) -> None:
    order_id, number = program.buy()
    moment.advance(minutes=3)
    deliver(number, TEXT, at=moment.now())

    answer = get({"api_key": program.key, "action": verb, "id": order_id, "status": "8"})

    assert answer.content == b"BAD_STATUS"
    assert answer["X-Refusal"] == "code_already_shown"
    assert balance(program) != "20.00"


def test_nothing_to_finish_before_a_code(program: Program) -> None:
    order_id, _ = program.buy()

    assert program.call("setStatus", id=order_id, status="6") == "BAD_STATUS"
    assert program.call("setStatus", id=order_id, status="3") == "BAD_STATUS"
    assert program.call("finishActivation", id=order_id) == "BAD_STATUS"
    assert program.call("getStatus", id=order_id) == "STATUS_WAIT_CODE"


def test_the_newer_form_has_the_types_that_clients_need(program: Program) -> None:
    bought = json.loads(program.call("getNumberV2", service="tg", country=NORWAY))

    number = bought.pop("phoneNumber")
    assert number.isdigit()
    assert bought.pop("activationId").isdigit()
    assert bought == {
        "activationCost": price().decimal_text(),
        "currency": 978,
        "countryCode": NORWAY,
        "canGetAnotherSms": True,
        "activationTime": "2026-11-22 12:00:00",
        "activationEndTime": "2026-11-22 12:20:00",
        "activationOperator": "sandbox",
    }


def test_one_order_id_is_one_order_in_either_form(program: Program) -> None:
    first, _ = program.buy(orderId="mine-1")

    again, _ = program.buy(orderId="mine-1")
    wish = {"service": "tg", "country": NORWAY, "orderId": "mine-1"}
    other_form = json.loads(program.call("getNumberV2", **wish))

    assert (again, other_form["activationId"]) == (first, first)
    assert program.orders() == 1
    assert program.call("getNumber", **{**wish, "service": "wa"}) == "ORDER_ALREADY_EXISTS"
    assert program.orders() == 1


def test_order_ids_of_two_keys_do_not_meet(programs: Callable[..., Program]) -> None:
    one, other = programs(), programs()

    assert one.buy(orderId="1")[1] != other.buy(orderId="1")[1]


def test_the_older_form_after_the_newer_is_a_retry(program: Program) -> None:
    wish = {"service": "tg", "country": NORWAY}
    lost = json.loads(program.call("getNumberV2", **wish))["activationId"]

    retried, _ = program.buy()
    meant_anew, _ = program.buy()

    assert retried == lost
    assert meant_anew != lost
    assert program.orders() == 2


def test_a_retry_is_of_the_same_wish_within_a_minute(program: Program) -> None:
    program.call("getNumberV2", service="wa", country=NORWAY)

    program.buy()

    assert program.orders() == 2


def test_the_older_form_buys_anew_when_the_first_number_is_in_use(program: Program) -> None:
    known = json.loads(program.call("getNumberV2", service="tg", country=NORWAY))["activationId"]
    program.call("setStatus", id=known, status="1")

    another, _ = program.buy()

    assert another != known


def test_equal_calls_without_an_order_id_are_several_purchases(program: Program) -> None:
    assert program.buy()[1] != program.buy()[1]


def test_without_a_country_the_first_of_ours_that_sells_it(program: Program) -> None:
    answer = program.call("getNumber", service="tg")

    assert answer.startswith("ACCESS_NUMBER:")
    assert ":47" in answer


def test_open_and_past_orders_are_listed(program: Program, moment: Moment) -> None:
    assert json.loads(program.call("getActiveActivations")) == {
        "status": "error",
        "message": "NO_ACTIVATIONS",
        "error": "NO_ACTIVATIONS",
    }
    cancelled, _ = program.buy()
    moment.advance(minutes=2)
    program.call("setStatus", id=cancelled, status="8")
    open_id, number = program.buy()
    deliver(number, TEXT, at=moment.now())

    listed = json.loads(program.call("getActiveActivations"))
    (active,) = listed["activeActivations"]
    assert listed["status"] == "success"
    assert active["activationId"] == open_id
    assert active["smsCode"] == ["48213"]
    assert active["countryName"] == "Norway"
    past = json.loads(program.call("getHistory"))
    assert [(each["id"], each["status"]) for each in past] == [(open_id, "3"), (cancelled, "8")]
    assert json.loads(program.call("getHistory", end="2026-11-21")) == []
    assert json.loads(program.call("getHistory", limit=1, offset=1))[0]["id"] == cancelled


def test_what_is_on_sale(program: Program) -> None:
    total = float(price().decimal())

    countries = json.loads(program.call("getCountries"))
    assert countries == {
        NORWAY: {
            "id": 174,
            "rus": "Норвегия",
            "eng": "Norway",
            "chn": "挪威",
            "visible": 1,
            "retry": 1,
            "rent": 1,
            "multiService": 0,
        }
    }
    services = json.loads(program.call("getServicesList"))
    assert {"code": "tg", "name": "Telegram"} in services["services"]
    assert json.loads(program.call("getOperators", country=NORWAY)) == {
        "status": "success",
        "countryOperators": {NORWAY: ["any", "sandbox"]},
    }
    prices = json.loads(program.call("getPrices", service="tg", country=NORWAY))
    assert prices == {NORWAY: {"tg": {"cost": total, "count": 12, "physicalCount": 12}}}
    assert json.loads(program.call("getPricesExtended", service="tg", country=NORWAY)) == prices
    at_prices = json.loads(program.call("getPricesV2", service="tg", country=NORWAY))
    assert at_prices == {NORWAY: {"tg": {price().decimal_text(): 12}}}
    third = json.loads(program.call("getPricesV3", service="tg", country=NORWAY))
    assert third[NORWAY]["tg"]["providers"]["1"]["count"] == 12
    top = json.loads(program.call("getTopCountriesByService", service="tg"))
    assert next(iter(top.values())) == {
        "country": 174,
        "count": 12,
        "price": total,
        "retail_price": total,
        "freePriceMap": {price().decimal_text(): 12},
    }
    status = json.loads(program.call("getNumbersStatus", country=NORWAY, operator="any"))
    assert (status["tg_0"], status["kp_0"], status["ya_1"]) == ("12", "0", "0")
    assert all(count.isdigit() for count in status.values())


def test_names_of_parameters_may_end_in_a_space(program: Program) -> None:
    call = {"api_key": program.key, "action": "getPrices", "service ": "tg", "country ": NORWAY}

    answer = get(call)

    assert list(json.loads(answer.content)) == [NORWAY]


def test_a_form_counts_as_the_query_does(program: Program) -> None:
    answer = post({"api_key": program.key}, path=f"{PATH}?action=getCountries")
    in_parts = post(
        f"api_key={program.key}&action=getBalance",
        content_type="application/x-www-form-urlencoded",
    )

    assert list(json.loads(answer.content)) == [NORWAY]
    assert in_parts.content == b"ACCESS_BALANCE:20.00"


def test_texts_that_changed_stop_purchases_of_the_key(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nummer.apps.agreements.errors import TextsChanged

    def changed(*_: object, **__: object) -> None:
        raise TextsChanged(document="one-time-restrictions")

    monkeypatch.setattr("nummer.apps.agreements.queries.current_for_key", changed)

    answer = get(
        {"api_key": program.key, "action": "getNumber", "service": "tg", "country": NORWAY},
    )

    assert answer.content == b"ACCOUNT_INACTIVE"
    assert answer["X-Refusal"] == "texts_changed"
    assert program.orders() == 0


def test_a_withdrawn_key_is_unknown(program: Program) -> None:
    accounts.revoke_key(program.account_id, key_id=program.key_id, now=NOW)

    assert program.call("getBalance") == "BAD_KEY"


def test_too_little_money_buys_nothing(programs: Callable[..., Program]) -> None:
    poor = programs(balance="0.10")

    assert poor.call("getNumber", service="tg", country=NORWAY) == "NO_BALANCE"
    assert poor.call("getNumberV2", service="tg", country=NORWAY) == "NO_BALANCE"
    assert (poor.orders(), balance(poor)) == (0, "0.10")


def test_the_highest_price_is_kept_to(program: Program) -> None:
    low = program.call("getNumber", service="tg", country=NORWAY, maxPrice="0.01")
    enough = program.call("getNumber", service="tg", country=NORWAY, maxPrice="99.99999999")

    assert low == f"WRONG_MAX_PRICE:{price().decimal_text()}"
    assert enough.startswith("ACCESS_NUMBER:")


def test_unwanted_prefixes_are_left_out(program: Program) -> None:
    answer = program.call("getNumber", service="tg", country=NORWAY, phoneException="4759,46")

    assert answer == "NO_NUMBERS"


def test_a_flood_of_calls_is_told_to_wait(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = CallLimit(per_s=0.5, burst=2, monotonic=lambda: 0.0)
    monkeypatch.setattr(views, "PROGRAMS", limit)
    call = {"api_key": program.key, "action": "getBalance"}

    answers = [get(call) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2]["Retry-After"] == "2"


def test_too_many_orders_a_minute_say_when_to_come_again(program: Program) -> None:
    answers = [
        get(
            {"api_key": program.key, "action": "getNumber", "service": "tg", "country": NORWAY},
        )
        for _ in range(12)
    ]

    refused = [answer for answer in answers if not answer.content.startswith(b"ACCESS")]
    assert {answer.content for answer in refused} <= {b"BANNED", b"CHANNELS_LIMIT", b"NO_BALANCE"}
