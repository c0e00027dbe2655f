"""New terms that nobody accepted stop purchases in every protocol, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.http import HttpResponse

from nummer.apps.agreements import actions as agreements
from nummer.apps.agreements import queries as texts
from nummer.apps.ledger import queries as ledger
from tests import builders
from tests.dialects.conftest import NORWAY, Moment, Program, get, post

BUYING: dict[str, Callable[[Program], HttpResponse]] = {
    "sms-activate": lambda program: get(
        {"api_key": program.key, "action": "getNumber", "service": "tg", "country": NORWAY}
    ),
    "hero": lambda program: get(
        {"api_key": program.key, "action": "getNumberV2", "service": "tg", "country": NORWAY}
    ),
    "5sim": lambda program: get(
        path="/v1/user/buy/activation/norway/any/telegram",
        HTTP_AUTHORIZATION=f"Bearer {program.key}",
    ),
    "onlinesim": lambda program: get(
        {"apikey": program.key, "service": "telegram", "country": 47, "number": 1},
        path="/api/getNum.php",
    ),
    "ours": lambda program: post(
        json.dumps({"service": "tg", "country": "NO"}).encode(),
        path="/api/v1/orders",
        content_type="application/json",
        HTTP_AUTHORIZATION=f"Bearer {program.key}",
        HTTP_IDEMPOTENCY_KEY="mine",
    ),
}
REFUSED = {
    "sms-activate": (200, "ACCOUNT_INACTIVE"),
    "hero": (200, "ACCOUNT_INACTIVE"),
    "5sim": (403, "accept the new terms on our site first"),
    "onlinesim": (200, '{"response": "API_ACCESS_DISABLED"}'),
    "ours": (403, '"code": "terms_not_accepted"'),
}


@pytest.fixture
def changed(program: Program, moment: Moment, tmp_path: Path) -> Program:
    """Buy once, then let new terms come into force."""
    program.buy()
    builders.publish(
        "terms", version="2027-01-01", words="More.", folder=tmp_path, now=moment.now()
    )
    moment.advance(days=14)
    return program


@pytest.mark.clause("PP-5.1a")
@pytest.mark.parametrize("protocol", BUYING)
def test_a_program_is_told_that_new_terms_wait(changed: Program, protocol: str) -> None:
    before = ledger.balance(changed.account_id)

    answer = BUYING[protocol](changed)

    status, word = REFUSED[protocol]
    assert (answer.status_code, word in answer.content.decode()) == (status, True), answer.content
    assert (changed.orders(), ledger.balance(changed.account_id)) == (1, before)


@pytest.mark.clause("PP-5.1a")
@pytest.mark.parametrize("protocol", BUYING)
def test_a_program_buys_again_once_its_owner_accepted(
    changed: Program, moment: Moment, protocol: str
) -> None:
    BUYING[protocol](changed)
    accepted = [
        text.as_accepted()
        for text in texts.texts_to_accept(("terms",), language="de", now=moment.now())
    ]
    agreements.accept(changed.account_id, accepted=accepted, surface="site", now=moment.now())

    answer = BUYING[protocol](changed)

    assert answer.status_code in (200, 201), answer.content
    assert changed.orders() == 2


def test_until_the_last_moment_of_the_notice_programs_buy(
    program: Program, moment: Moment, tmp_path: Path
) -> None:
    builders.publish(
        "terms", version="2027-01-01", words="More.", folder=tmp_path, now=moment.now()
    )
    moment.advance(days=14)
    moment.at -= timedelta(microseconds=1)
    program.buy()
    moment.at += timedelta(microseconds=1)
    assert BUYING["sms-activate"](program).content == b"ACCOUNT_INACTIVE"


@pytest.mark.clause("PP-5.1a")
def test_reading_and_cancelling_go_on_without_acceptance(
    program: Program, moment: Moment, tmp_path: Path
) -> None:
    builders.publish(
        "terms", version="2027-01-01", words="More.", folder=tmp_path, now=moment.now()
    )
    moment.advance(days=14, minutes=-5)
    order_id, _ = program.buy()
    moment.advance(minutes=10)

    assert program.call("getStatus", id=order_id) == "STATUS_WAIT_CODE"
    assert program.call("setStatus", id=order_id, status=8) == "ACCESS_CANCEL"
    assert program.call("getBalance") == "ACCESS_BALANCE:20.00"
    assert BUYING["sms-activate"](program)["X-Refusal"] == "terms_not_accepted"
