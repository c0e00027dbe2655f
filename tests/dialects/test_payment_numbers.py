"""No dialect takes a number of a card or a bank account, and none reaches the log (PP-2.3b)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse

from nummer.apps.ledger import queries as ledger
from nummer.apps.orders.models import Order
from tests.dialects.conftest import NORWAY, Program, get, post

CARD, IBAN = "4242 4242 4242 4242", "NO93 8601 1117 947"
NUMBERS = [CARD, CARD.replace(" ", ""), f"my card {CARD}", IBAN, IBAN.replace(" ", "")]


def activate(program: Program, **extra: str) -> HttpResponse:
    known = {"api_key": program.key, "action": "getNumber", "service": "tg", "country": NORWAY}
    return get({**known, **extra})


def activate_posted(program: Program, **extra: str) -> HttpResponse:
    known = {"api_key": program.key, "action": "getNumber", "service": "tg", "country": NORWAY}
    return post({**known, **extra})


def fivesim(program: Program, **extra: str) -> HttpResponse:
    key = {"HTTP_AUTHORIZATION": f"Bearer {program.key}"}
    return get(extra, path="/v1/user/buy/activation/norway/any/telegram", **key)


def onlinesim(program: Program, **extra: str) -> HttpResponse:
    known = {"apikey": program.key, "service": "telegram", "country": "47"}
    return get({**known, **extra}, path="/api/getNum.php")


def onlinesim_json(program: Program, **extra: str) -> HttpResponse:
    known = {"apikey": program.key, "service": "telegram", "country": "47"}
    body = json.dumps({**known, **extra}).encode()
    return post(body, path="/api/getNum.php", content_type="application/json")


def own(program: Program, **extra: str) -> HttpResponse:
    body = json.dumps({"service": "tg", "country": "NO", **extra}).encode()
    key = {"HTTP_AUTHORIZATION": f"Bearer {program.key}", "HTTP_IDEMPOTENCY_KEY": "1"}
    return post(body, path="/api/v1/orders", content_type="application/json", **key)


Buy = Callable[..., HttpResponse]
DIALECTS: list[Buy] = [activate, activate_posted, fivesim, onlinesim, onlinesim_json, own]


def named(value: Any) -> str:
    return value.__name__ if callable(value) else ""


@pytest.mark.clause("PP-2.3b")
@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("buy", DIALECTS, ids=named)
def test_a_call_with_such_a_number_buys_nothing_and_is_not_logged(
    program: Program, capfd: pytest.CaptureFixture[str], buy: Buy, number: str
) -> None:
    before = ledger.balance(program.account_id)

    answer = buy(program, note=number)

    said = answer.content.decode()
    written = capfd.readouterr()
    assert ledger.balance(program.account_id) == before
    assert not Order.objects.exists()
    for text in (said, written.err, written.out):
        assert number not in text
        assert number.replace(" ", "") not in text.replace(" ", "")


@pytest.mark.parametrize("buy", DIALECTS[:-1], ids=named)
def test_the_same_call_without_the_number_buys(program: Program, buy: Buy) -> None:
    assert buy(program, note="hello").status_code == 200
    assert Order.objects.count() == 1


@pytest.mark.parametrize("buy", DIALECTS[:-1], ids=named)
def test_such_a_number_is_refused_as_a_name_too(program: Program, buy: Buy) -> None:
    buy(program, **{CARD: "x"})
    assert not Order.objects.exists()


@pytest.mark.parametrize("buy", [activate, fivesim, onlinesim], ids=named)
def test_numbers_of_phones_and_orders_are_none_of_cards(program: Program, buy: Buy) -> None:
    assert buy(program, note="+4791234567", ref="1234567890123").status_code == 200
    assert Order.objects.count() == 1
