"""What no honest program sends: every answer is a word, and nothing changes."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from nummer.apps.ledger import queries as ledger
from tests.dialects.conftest import NORWAY, PATH, Program, get, post

IDS = [
    "",
    "-1",
    "0",
    "1.5",
    "1e9",
    "9223372036854775807",
    "9223372036854775808",
    "9" * 400,
    "١٢٣",
    "\uff11\uff12",
    "0x10",
    "1 OR 1=1",
    "'; DROP TABLE numbers_activation; --",
    "null",
    "[]",
    "1\x00",
    "\ud7ff\ufffe",
]
ABOUT_AN_ORDER = [
    ("getStatus", "NO_ACTIVATION"),
    ("getStatusV2", "NO_ACTIVATION"),
    ("getFullSms", "NO_ACTIVATION"),
    ("getAllSms", "NO_ACTIVATION"),
    ("finishActivation", "NO_ACTIVATION"),
    ("cancelActivation", "NO_ACTIVATION"),
    ("getAdditionalService", "WRONG_ACTIVATION_ID"),
    ("getExtraActivation", "WRONG_ACTIVATION_ID"),
    ("getIncomingCallStatus", "NO_ACTIVATION"),
]


def test_no_id_but_a_real_one_is_an_order(program: Program) -> None:
    for action, word in ABOUT_AN_ORDER:
        assert {program.call(action, id=each) for each in IDS} == {word}
    for status in ("1", "3", "6", "8", "-1"):
        answers = {program.call("setStatus", id=each, status=status) for each in IDS}
        assert answers == {"NO_ACTIVATION"}


def test_another_customers_order_is_no_order(
    programs: Callable[..., Program], program: Program
) -> None:
    stranger = programs()
    order_id, _ = program.buy()

    for action, word in ABOUT_AN_ORDER:
        assert stranger.call(action, id=order_id) == word
    for status in ("1", "3", "6", "8"):
        assert stranger.call("setStatus", id=order_id, status=status) == "NO_ACTIVATION"
    assert program.call("getStatus", id=order_id) == "STATUS_WAIT_CODE"


def test_a_status_that_cannot_be_set(program: Program) -> None:
    order_id, _ = program.buy()

    for status in ("", "0", "2", "7", "10", "-8", "8.0", "٨", "eight"):
        assert program.call("setStatus", id=order_id, status=status) == "BAD_STATUS"
    assert program.call("setStatus", id=order_id, status="8" * 999) == "ERROR_SQL"
    assert program.call("getStatus", id=order_id) == "STATUS_WAIT_CODE"


PURCHASES = [
    ({"service": ""}, "BAD_SERVICE"),
    ({"service": "nope"}, "BAD_SERVICE"),
    ({"service": "tg' OR '1'='1"}, "BAD_SERVICE"),
    ({"service": "tg\x00"}, "ERROR_SQL"),
    ({"service": "x" * 513}, "ERROR_SQL"),
    ({"country": "99999"}, "ERROR_SQL"),
    ({"country": "-1"}, "ERROR_SQL"),
    ({"country": "1.5"}, "ERROR_SQL"),
    ({"country": "9" * 30}, "ERROR_SQL"),
    ({"country": "NO"}, "ERROR_SQL"),
    ({"country": "74"}, "NO_NUMBERS"),
    ({"operator": "nobody"}, "WRONG_OPERATOR"),
    ({"maxPrice": "-5"}, "ERROR_SQL"),
    ({"maxPrice": "NaN"}, "ERROR_SQL"),
    ({"maxPrice": "Infinity"}, "ERROR_SQL"),
    ({"maxPrice": "1e9"}, "ERROR_SQL"),
    ({"maxPrice": "0,5"}, "ERROR_SQL"),
    ({"maxPrice": "9" * 12}, "ERROR_SQL"),
    ({"phoneException": "abc"}, "WRONG_EXCEPTION_PHONE"),
    ({"phoneException": "%"}, "WRONG_EXCEPTION_PHONE"),
    ({"phoneException": "47,,48"}, "WRONG_EXCEPTION_PHONE"),
    ({"phoneException": ",".join(["1"] * 51)}, "WRONG_EXCEPTION_PHONE"),
    ({"forward": "1"}, "NO_NUMBERS"),
    ({"verification": "true"}, "NO_NUMBERS"),
    ({"activationType": "2"}, "NO_NUMBERS"),
    ({"orderId": "x" * 513}, "ERROR_SQL"),
]


@pytest.mark.parametrize("action", ["getNumber", "getNumberV2", "getNumbers"])
def test_a_purchase_that_cannot_be_read_buys_nothing(program: Program, action: str) -> None:
    answers = [
        (bad, program.call(action, **{"service": "tg", "country": NORWAY, **bad}))
        for bad, _ in PURCHASES
    ]

    assert answers == PURCHASES
    assert program.orders() == 0
    assert ledger.balance(program.account_id).spendable.decimal_text() == "20.00"


@pytest.mark.parametrize(
    ("sent", "word"),
    [
        ({}, b"BAD_ACTION"),
        ({"action": "getQiwiRequisites"}, b"BAD_ACTION"),
        ({"action": "__class__"}, b"BAD_ACTION"),
        ({"action": "getbalance"}, b"BAD_ACTION"),
        ({"action": "getBalance"}, b"NO_KEY"),
        ({"action": "getBalance", "api_key": ""}, b"NO_KEY"),
        ({"action": "getBalance", "api_key": "nobody's"}, b"BAD_KEY"),
        ({"action": "getBalance", "api_key": "k" * 400}, b"BAD_KEY"),
        ({"action": "getBalance", "api_key": "\x00"}, b"ERROR_SQL"),
        ({"action": "getActiveActivations", "api_key": "nobody's"}, b"BAD_KEY"),
        ({"action": "a" * 9000, "api_key": "x"}, b"ERROR_SQL"),
    ],
)
@pytest.mark.usefixtures("db")
def test_whoever_is_not_known_gets_a_word(sent: dict[str, str], word: bytes) -> None:
    for answer in (get(sent), post(sent)):
        assert (answer.status_code, answer.content) == (200, word)


def test_a_megabyte_is_refused(program: Program) -> None:
    large = f"api_key={program.key}&action=getBalance&x=".encode() + b"x" * 1_000_000

    as_form = post(large, content_type="application/x-www-form-urlencoded")
    in_parts = post({"api_key": program.key, "action": "getBalance", "x": "x" * 1_000_000})
    elsewhere = post(
        large, content_type="text/plain", path=f"{PATH}?action=getBalance&api_key={program.key}"
    )

    assert as_form.content == in_parts.content == b"ERROR_SQL"
    assert elsewhere.content == b"ACCESS_BALANCE:20.00"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"\xff\xfe\x00", "application/x-www-form-urlencoded"),
        (b"a=1&" * 5000, "application/x-www-form-urlencoded"),
        (b"--x\r\nnonsense", "multipart/form-data; boundary=x"),
        (b"", "multipart/form-data"),
        (b"action=getBalance", "application/x-www-form-urlencoded; charset=rot13"),
        (b'{"action":"getBalance"}', "application/json"),
        (b"x", "image/png; charset=utf-16"),
    ],
)
@pytest.mark.usefixtures("db")
def test_a_body_that_is_no_form_is_a_word_too(body: bytes, content_type: str) -> None:
    answer = post(body, content_type=content_type)

    assert answer.status_code == 200
    assert answer.content in (b"BAD_ACTION", b"ERROR_SQL", b"NO_KEY")


HISTORIES = [
    ({"start": "soon"}, "WRONG_DATE"),
    ({"start": "2026-13-01"}, "WRONG_DATE"),
    ({"end": "-1"}, "WRONG_DATE"),
    ({"start": "2099-01-01"}, "WRONG_DATE"),
    ({"end": "0001-01-01"}, "WRONG_DATE"),
    ({"limit": "-1"}, "ERROR_SQL"),
    ({"limit": "1.5"}, "ERROR_SQL"),
    ({"offset": "9" * 30}, "ERROR_SQL"),
    ({"end": "99999999999"}, "[]"),
    ({"limit": "100000"}, "[]"),
]


def test_a_history_that_cannot_be_asked_for(program: Program) -> None:
    assert [(asked, program.call("getHistory", **asked)) for asked, _ in HISTORIES] == HISTORIES


RENTS = {
    "getRentNumber": "NO_NUMBERS",
    "getRentStatus": "NO_ID_RENT",
    "setRentStatus": "NO_ID_RENT",
    "continueRentNumber": "NO_ID_RENT",
    "getContinueRentPriceNumber": "NO_ID_RENT",
}


def test_rents_are_honestly_not_there(program: Program) -> None:
    for action, word in RENTS.items():
        assert json.loads(program.call(action))["message"] == word
    assert json.loads(program.call("setRentStatus", id="1", status="2"))["message"] == (
        "INVALID_PHONE"
    )
    assert json.loads(program.call("getRentServicesAndCountries"))["services"] == {}
    assert json.loads(program.call("getRentList")) == {"status": "success", "values": {}}


def test_what_is_not_sold_is_refused_in_the_protocols_words(program: Program) -> None:
    order_id, _ = program.buy()

    assert program.call("getMultiServiceNumber", multiService="tg,wa") == "NO_NUMBERS"
    assert program.call("getAdditionalService", id=order_id, service="wa") == (
        "WRONG_ADDITIONAL_SERVICE"
    )
    assert program.call("reactivate", id=order_id) == "RENEW_ACTIVATION_NOT_AVAILABLE"
    assert program.call("getIncomingCallStatus", activationId=order_id) == "NOT_INCOMING"
