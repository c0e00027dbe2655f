"""The onlinesim protocol as programs see it: exact forms, stages, money, refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse

from nummer.apps.accounts import actions as accounts
from nummer.apps.catalogue import queries as catalogue
from nummer.apps.ledger import queries as ledger
from nummer.apps.numbers import queries as numbers
from nummer.apps.refunds import actions as refunds
from nummer.faces.api_onlinesim import names, views
from nummer.kernel.limits import CallLimit
from nummer.kernel.money import Money
from tests.builders import NOW, deliver, lift_limits, price
from tests.dialects.conftest import Moment, Program, get, post

TEXT = "Telegram code: 48213. Do not give this code to anyone."
NORWAY = 47


@pytest.fixture(autouse=True)
def each_test_counts_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "PROGRAMS", CallLimit(per_s=1000, burst=1000))


def content(answer: HttpResponse) -> Any:
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    return json.loads(answer.content)


def ask(program: Program, verb: str, **query: object) -> Any:
    return content(get({"apikey": program.key, **query}, path=f"/api/{verb}.php"))


def send(program: Program, verb: str, body: object, **rest: str) -> Any:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return content(
        post(
            sent,
            path=f"/api/{verb}.php?apikey={program.key}",
            content_type=rest.pop("content_type", "application/json"),
            **rest,
        )
    )


def buy(program: Program, **wish: object) -> tuple[int, str]:
    bought = ask(
        program, "getNum", **{"service": "telegram", "country": NORWAY, "number": 1, **wish}
    )
    assert bought["response"] == 1, bought
    return bought["tzid"], bought["number"]


def state(program: Program, tzid: int, **query: object) -> Any:
    (found,) = ask(program, "getState", tzid=tzid, **{"message_to_code": 1, **query})
    return found


def balance(program: Program) -> str:
    return ledger.balance(program.account_id).spendable.decimal_text()


def left() -> str:
    """Return what is left of 20 euros after one order."""
    return (Money.parse("20.00", "EUR") - price()).decimal_text()


def test_a_purchase_by_query_by_json_and_by_form(program: Program) -> None:
    wish = {"service": "Telegram", "country": NORWAY, "number": True, "reject": None}
    by_json = send(program, "getNum", {**wish, "extension": False})
    by_form = send(
        program,
        "getNum",
        b"service=telegram&country=47",
        content_type="application/x-www-form-urlencoded",
    )
    by_query = ask(program, "getNum", service="telegram", country=NORWAY, number="true")

    assert by_json.pop("number").startswith("+475944")
    assert isinstance(by_json.pop("tzid"), int)
    assert by_json == {"response": 1, "country": 47, "service": "telegram"}
    assert set(by_form) == {"response", "tzid"}
    assert by_query["response"] == 1
    assert program.orders() == 3


def test_from_purchase_to_code_to_finish(program: Program, moment: Moment) -> None:
    tzid, number = buy(program)
    waiting = state(program, tzid, msg_list=0)
    moment.advance(seconds=30)
    deliver(number, TEXT, at=moment.now())

    answered = state(program, tzid, msg_list=0)
    whole = state(program, tzid, message_to_code=0, msg_list="false")
    listed = state(program, tzid, msg_list="true")
    closed = ask(program, "setOperationOk", tzid=tzid)

    assert waiting == {
        "tzid": tzid,
        "response": "TZ_NUM_WAIT",
        "service": "telegram",
        "number": number,
        "msg": False,
        "time": 1200,
        "form": "index",
        "country": 47,
        "sum": float(price().decimal()),
        "extend": 0,
    }
    assert (answered["response"], answered["msg"]) == ("TZ_NUM_ANSWER", "48213")
    assert answered["time"] == 1170
    assert whole["msg"] == TEXT
    assert listed["msg"] == [
        {
            "service": "Telegram",
            "text": TEXT,
            "code": "48213",
            "msg": "48213",
            "created_at": "2026-11-22 12:00:30",
        }
    ]
    assert closed == {"response": 1, "tzid": tzid}
    assert ask(program, "setOperationOk", tzid=tzid) == closed
    assert (state(program, tzid)["response"], state(program, tzid)["time"]) == ("TZ_OVER_OK", 0)
    assert ask(program, "getState") == {"response": "ERROR_NO_OPERATIONS"}
    assert balance(program) == left()


def test_another_code_is_free_and_waited_for(program: Program, moment: Moment) -> None:
    tzid, number = buy(program)
    assert ask(program, "setOperationRevise", tzid=tzid) == {"response": "NO_COMPLETE_TZID"}
    deliver(number, TEXT, at=moment.now())
    moment.advance(seconds=1)

    assert ask(program, "setOperationRevise", tzid=tzid) == {"response": 1, "tzid": tzid}
    again = state(program, tzid, clean="true")
    assert (again["response"], again["msg"]) == ("TZ_NUM_WAIT", False)
    assert state(program, tzid, clean=0)["msg"] == "48213"

    moment.advance(seconds=1)
    deliver(number, "Telegram code: 55555", at=moment.now())
    second = state(program, tzid, clean="true")
    assert (second["response"], second["msg"]) == ("TZ_NUM_ANSWER", "55555")


def test_a_message_without_a_code_is_listed_and_ends_nothing(
    program: Program, moment: Moment
) -> None:
    tzid, number = buy(program)
    deliver(number, "Welcome to our network", sender="Carrier", at=moment.now())

    assert state(program, tzid, msg_list=0)["msg"] is False
    assert state(program, tzid, msg_list=1)["msg"][0]["text"] == "Welcome to our network"
    assert state(program, tzid)["response"] == "TZ_NUM_WAIT"


@pytest.mark.clause("RP-B4")
@pytest.mark.parametrize("ban", [{}, {"ban": 1}])
def test_without_a_code_the_price_is_back(program: Program, ban: dict[str, int]) -> None:
    tzid, _ = buy(program)

    assert ask(program, "setOperationOk", tzid=tzid, **ban) == {"response": 1, "tzid": tzid}

    assert state(program, tzid)["response"] == "TZ_OVER_EMPTY"
    assert balance(program) == "20.00"
    assert ask(program, "setOperationOk", tzid=tzid, **ban) == {"response": 1, "tzid": tzid}
    assert balance(program) == "20.00"


@pytest.mark.clause("RP-N2")
def test_after_the_code_a_bad_number_is_refused(program: Program, moment: Moment) -> None:
    tzid, number = buy(program)
    deliver(number, TEXT, at=moment.now())

    answer = get({"apikey": program.key, "tzid": tzid, "ban": 1}, path="/api/setOperationOk.php")

    assert content(answer) == {"response": "NO_COMPLETE_TZID"}
    assert answer["X-Refusal"] == "code_already_shown"
    assert state(program, tzid)["response"] == "TZ_NUM_ANSWER"
    assert balance(program) == left()


def test_a_window_that_ends_without_a_code_is_over_and_empty(
    program: Program, moment: Moment
) -> None:
    tzid, _ = buy(program)
    moment.advance(minutes=21)
    (row,) = numbers.activations(program.account_id)
    refunds.end_window(program.account_id, key=row.key, now=moment.now())

    assert state(program, tzid)["response"] == "TZ_OVER_EMPTY"
    assert ask(program, "setOperationRevise", tzid=tzid) == {"response": "NO_COMPLETE_TZID"}
    assert ask(program, "setOperationOk", tzid=tzid)["response"] == 1
    assert balance(program) == "20.00"


def test_open_operations_are_a_bare_list_from_either_end(program: Program) -> None:
    lift_limits(program.account_id)
    ids = [buy(program)[0] for _ in range(3)]
    ask(program, "setOperationOk", tzid=ids.pop(1))

    assert [each["tzid"] for each in ask(program, "getState")] == ids
    assert [each["tzid"] for each in ask(program, "getState", orderby="DESC")] == ids[::-1]
    assert ask(program, "getState", type="repeat") == {"response": "ERROR_NO_OPERATIONS"}


def test_the_same_idempotency_key_buys_once(program: Program) -> None:
    wish = {"service": "telegram", "country": 47, "number": True}

    answers = [send(program, "getNum", wish, HTTP_IDEMPOTENCY_KEY="mine-1") for _ in range(3)]
    other = send(program, "getNum", {**wish, "service": "whatsapp"}, HTTP_IDEMPOTENCY_KEY="mine-1")

    assert answers[0] == answers[1] == answers[2]
    assert other == {"response": "DUPLICATE_OPERATION"}
    assert program.orders() == 1


def test_without_a_country_the_first_of_ours_that_sells_it(program: Program) -> None:
    assert ask(program, "getNum", service="telegram", number=1)["country"] == 47


def test_unwanted_prefixes_are_left_out(program: Program) -> None:
    wish = {"service": "telegram", "country": 47}

    assert send(program, "getNum", {**wish, "reject": [59, 46]}) == {"response": "NO_NUMBER"}
    assert ask(program, "getNum", **wish, **{"reject[]": "59"}) == {"response": "NO_NUMBER"}
    assert send(program, "getNum", {**wish, "reject": [46]})["response"] == 1


PURCHASES = [
    ({"service": ""}, "ERROR_NO_SERVICE"),
    ({"service": "nope"}, "ERROR_NO_SERVICE"),
    ({"service": "signal"}, "ERROR_NO_SERVICE"),
    ({"service": "tg' OR '1'='1"}, "ERROR_NO_SERVICE"),
    ({"service": "telegram\x00"}, "ERROR_PARAMS"),
    ({"service": "x" * 513}, "ERROR_PARAMS"),
    ({"country": "999"}, "UNDEFINED_COUNTRY"),
    ({"country": "NO"}, "UNDEFINED_COUNTRY"),
    ({"country": "-47"}, "UNDEFINED_COUNTRY"),
    ({"country": "9" * 30}, "UNDEFINED_COUNTRY"),
    ({"country": 7}, "NO_NUMBER"),
    ({"extension": "2"}, "NO_NUMBER"),
    ({"extension": True}, "NO_NUMBER"),
    ({"reject": ["a"]}, "ERROR_PARAMS"),
    ({"reject": ["%"]}, "ERROR_PARAMS"),
    ({"reject": [str(n) for n in range(51)]}, "ERROR_PARAMS"),
    ({"reject": [{"a": 1}]}, "ERROR_PARAMS"),
    ({"service": {"a": 1}}, "ERROR_PARAMS"),
    ({"service": 1.5}, "ERROR_PARAMS"),
]


@pytest.mark.parametrize(("bad", "word"), PURCHASES)
def test_a_purchase_that_cannot_be_buys_nothing(
    program: Program, bad: dict[str, object], word: str
) -> None:
    wish = {"service": "telegram", "country": 47, "number": True, **bad}

    assert send(program, "getNum", wish) == {"response": word}
    assert (program.orders(), balance(program)) == (0, "20.00")


def test_too_little_money_buys_nothing(programs: Callable[..., Program]) -> None:
    poor = programs(balance="0.10")

    answer = ask(poor, "getNum", service="telegram", country=47)

    assert answer == {"response": "WARNING_LOW_BALANCE"}
    assert (poor.orders(), balance(poor)) == (0, "0.10")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"1",
        b'"x"',
        b"\xff\xfe",
        b"[" * 50_000,
        b'{"service":' + b"9" * 5000 + b"}",
        b'{"service": "' + b"x" * 70_000 + b'"}',
    ],
)
def test_a_body_that_cannot_be_read_is_a_word(program: Program, body: bytes) -> None:
    assert send(program, "getNum", body)["response"] in ("ERROR_PARAMS", "ERROR_NO_SERVICE")
    assert program.orders() == 0


IDS = ["0", "-1", "1.5", "1e9", "9" * 19, "9" * 400, "١٢٣", "0x10", "1 OR 1=1", "null", "[]"]


def test_no_id_but_a_real_one_is_an_operation(program: Program) -> None:
    for verb in ("setOperationOk", "setOperationRevise"):
        assert {ask(program, verb, tzid=each)["response"] for each in IDS} == {"ERROR_WRONG_TZID"}
        assert ask(program, verb) == {"response": "ERROR_NO_TZID"}
        assert ask(program, verb, tzid="1\x00") == {"response": "ERROR_PARAMS"}
    answers = {ask(program, "getState", tzid=each)["response"] for each in IDS}
    assert answers == {"ERROR_NO_OPERATIONS"}


def test_another_customers_operation_is_none(
    programs: Callable[..., Program], program: Program
) -> None:
    stranger = programs()
    tzid, _ = buy(program)

    for verb in ("setOperationOk", "setOperationRevise"):
        assert ask(stranger, verb, tzid=tzid, ban=1) == {"response": "ERROR_WRONG_TZID"}
    assert ask(stranger, "getState", tzid=tzid) == {"response": "ERROR_NO_OPERATIONS"}
    assert ask(stranger, "getState") == {"response": "ERROR_NO_OPERATIONS"}
    assert state(program, tzid)["response"] == "TZ_NUM_WAIT"


def test_what_is_on_sale(program: Program) -> None:
    norway = ask(program, "getNumbersStats", country=47)

    assert ask(program, "getNumbersStats", country="all") == {"47": norway}
    assert ask(program, "getNumbersStats") == {"47": norway}
    services = norway.pop("services")
    assert norway == {"name": "Norway", "position": 1, "code": 47, "new": False, "enabled": True}
    assert services["service_telegram"] == {
        "count": 12,
        "popular": False,
        "price": float(price().decimal()),
        "id": 1060,
        "service": "Telegram",
        "slug": "telegram",
    }
    assert ask(program, "getNumbersStats", country=47, lang="de")["name"] == "Norwegen"
    russia = ask(program, "getNumbersStats", country=7)
    assert (russia["code"], russia["enabled"], russia["services"]) == (7, False, {})
    assert ask(program, "getNumbersStats", country="x") == {"response": "UNDEFINED_COUNTRY"}
    cost = {"response": 1, "price": price().decimal_text()}
    assert ask(program, "getPrice", service="telegram") == cost
    assert ask(program, "getPrice", service="telegram", country=47) == cost
    assert ask(program, "getPrice", service="telegram", country=7) == {"response": "NO_NUMBER"}
    assert ask(program, "getPrice") == {"response": "ERROR_NO_SERVICE"}


def test_balance_and_profile(program: Program) -> None:
    assert ask(program, "getBalance", income=True) == {
        "response": "1",
        "balance": 20.0,
        "zbalance": 0.0,
        "income": 0,
    }
    profile = ask(program, "getProfile")["profile"]
    assert profile["email"].endswith("@example.com")
    assert (profile["id"], profile["apikey"], profile["verify"]) == (program.account_id, None, 1)
    assert profile["payment"]["now"] == 20.0


def test_rents_and_repeats_are_honestly_not_there(program: Program) -> None:
    assert ask(program, "rent/getRentNum", country=47, days=1) == {"response": "ERROR_PARAMS"}
    assert ask(program, "rent/getRentNum", country=47, days=30) == {"response": "NO_NUMBER"}
    assert ask(program, "rent/getRentState") == {"response": 1, "list": []}
    assert ask(program, "rent/getRentState", tzid=1) == {"response": 1, "list": []}
    assert {one["enabled"] for one in ask(program, "rent/tariffsRent").values()} <= {False}
    assert ask(program, "rent/tariffsRent", country=47)["enabled"] is False
    for verb in ("rent/extendRentState", "rent/closeRentNum", "rent/portReload"):
        assert ask(program, verb, tzid=1) == {"response": "ERROR_WRONG_TZID"}
        assert ask(program, verb) == {"response": "ERROR_NO_TZID"}
    assert ask(program, "getService") == {"response": 1, "service": []}
    assert ask(program, "getServiceNumber", service="telegram") == {"response": 1, "number": []}
    assert ask(program, "getNumRepeat", service="telegram", number=1) == {
        "response": "SERVICE_TO_NUMBER_EMPTY"
    }


def test_there_are_no_free_numbers_and_everybody_may_know() -> None:
    assert content(get(path="/api/getFreeCountryList.php")) == {"response": 1, "countries": []}
    assert content(get(path="/api/getFreePhoneList")) == {"response": 1, "numbers": []}
    messages = content(get(path="/api/getFreeMessageList.php"))["messages"]
    assert messages == {"data": [], "current_page": 1, "last_page": 1, "total": 0}
    assert content(get(path="/api/getFreeList.php"))["numbers"] == []


def test_addresses_beside_the_usual_ones(program: Program) -> None:
    key = {"apikey": program.key}

    usual = content(get(key, path="/api/getBalance.php"))
    assert content(get(key, path="/onlinesim/api/getBalance.php")) == usual
    assert content(get(key, path="/api/getBalance")) == usual
    bearer = get(path="/api/getBalance.php", HTTP_AUTHORIZATION=f"Bearer {program.key}")
    assert content(bearer) == usual
    for path in ("/apigetService.php", "/onlinesim/apigetService.php"):
        assert content(get(key, path=path)) == {"response": 1, "service": []}
    own = get(path="/api/v1/getBalance.php", HTTP_AUTHORIZATION=f"Bearer {program.key}")
    assert (own.status_code, json.loads(own.content)["code"]) == (404, "api_path_unknown")


def test_whoever_has_no_valid_key_learns_nothing(program: Program) -> None:
    accounts.revoke_key(program.account_id, key_id=program.key_id, now=NOW)

    def word(query: dict[str, str]) -> Any:
        wish = {"service": "telegram", "country": "47", **query}
        return content(get(wish, path="/api/getNum.php"))["response"]

    assert word({}) == "ERROR_NO_KEY"
    assert word({"apikey": "nobody's"}) == "ERROR_WRONG_KEY"
    assert word({"apikey": "k" * 400}) == "ERROR_WRONG_KEY"
    assert word({"apikey": program.key}) == "ERROR_WRONG_KEY"
    assert word({"apikey": "\x00"}) == "ERROR_PARAMS"
    assert program.orders() == 0


@pytest.mark.parametrize("verb", ["getSecrets", "proxy/getProxy", "rent/x", "", "__class__", "ॐ"])
def test_unknown_verbs_are_said_to_be(program: Program, verb: str) -> None:
    assert ask(program, verb) == {"response": "REQUEST_NOT_FOUND"}


def test_texts_that_changed_stop_purchases_of_the_key(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nummer.apps.agreements.errors import TextsChanged

    def changed(*_: object, **__: object) -> None:
        raise TextsChanged(document="one-time-restrictions")

    monkeypatch.setattr("nummer.apps.agreements.queries.current_for_key", changed)

    assert ask(program, "getNum", service="telegram", country=47) == {
        "response": "API_ACCESS_DISABLED"
    }
    assert program.orders() == 0


def test_a_flood_of_calls_is_told_to_wait(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = CallLimit(per_s=0.5, burst=2, monotonic=lambda: 0.0)
    monkeypatch.setattr(views, "PROGRAMS", limit)

    answers = [get({"apikey": program.key}, path="/api/getBalance.php") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert json.loads(answers[2].content) == {"response": "INTERVAL_CONCURRENT_REQUESTS_ERROR"}
    assert answers[2]["Retry-After"] == "2"


@pytest.mark.usefixtures("program")
def test_every_service_and_country_has_one_name_of_its_own() -> None:
    services = catalogue.services(enabled_only=False)
    countries = [row.code for row in catalogue.countries()]

    assert len({names.slug(row) for row in services}) == len(services)
    assert len({names.service_id(row) for row in services}) == len(services)
    assert [names.service_called(names.slug(row)).code for row in services] == [
        row.code for row in services
    ]
    assert [names.country_called(str(names.calling_code(code))) for code in countries] == countries
