"""The time line of an order and the measured code rates, as programs read them."""

from __future__ import annotations

import json
from datetime import timedelta
from importlib.resources import files
from typing import Any

import pytest

from nummer.apps.numbers.models import CodeRate
from nummer.apps.numbers.rates.figures import Tally
from nummer.apps.refunds.timeline import Kind, Standing, Step
from nummer.faces.api import reading
from nummer.kernel.limits import CallLimit
from tests.builders import NOW, deliver
from tests.dialects.conftest import Moment, Program, get, post

SCHEMAS = json.loads(files("nummer.faces.api").joinpath("openapi.json").read_text())["components"][
    "schemas"
]


@pytest.fixture(autouse=True)
def each_test_counts_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PROGRAMS", CallLimit(per_s=1000, burst=1000))


def read(program: Program, path: str, *, language: str = "en") -> Any:
    answer = get(
        path=f"/api/v1/{path}",
        HTTP_AUTHORIZATION=f"Bearer {program.key}",
        HTTP_ACCEPT_LANGUAGE=language,
    )
    assert answer.status_code == 200
    return json.loads(answer.content)


def write(program: Program, path: str, body: object = None) -> Any:
    answer = post(
        json.dumps(body).encode(),
        path=f"/api/v1/{path}",
        content_type="application/json",
        HTTP_AUTHORIZATION=f"Bearer {program.key}",
        HTTP_IDEMPOTENCY_KEY="1",
    )
    assert answer.status_code in {200, 201}
    return json.loads(answer.content)


def place(program: Program) -> Any:
    return write(program, "orders", {"service": "tg", "country": "NO"})


def test_waiting_order_names_the_clause_that_will_decide(program: Program) -> None:
    order = place(program)

    line = read(program, f"orders/{order['id']}/timeline", language="nb")

    assert (line["order"], line["state"], line["currency"]) == (order["id"], "waiting", "EUR")
    assert [event["kind"] for event in line["events"]] == ["ordered", "number_shown"]
    applies = line["applies"]
    words = applies.pop("quote")
    assert (words["document"], words["language"]) == ("refund-policy", "nb")
    assert words["words"].startswith("Kommer det ingen SMS")
    assert applies == {
        "standing": "returns",
        "clause": "RP-B4",
        "amount": order["total"],
        "at": order["window_ends_at"],
        "choices": [
            {
                "step": "cancel",
                "until": order["window_ends_at"],
                "amount": order["total"],
                "clause": "RP-B4",
            }
        ],
    }


def test_each_sms_says_what_became_of_it_and_nothing_of_what_it_said(
    program: Program, moment: Moment
) -> None:
    order = place(program)
    moment.advance(seconds=5)
    deliver(order["number"], "WhatsApp code: 111-222", sender="WhatsApp", at=moment.now())
    moment.advance(seconds=5)
    deliver(order["number"], "Telegram code: 48213", at=moment.now())

    line = read(program, f"orders/{order['id']}/timeline")

    assert line["events"][2:] == [
        {
            "kind": "sms_received",
            "at": (NOW + timedelta(seconds=5)).isoformat(),
            "reason": "other_service",
            "parts": 1,
        },
        {
            "kind": "sms_received",
            "at": (NOW + timedelta(seconds=10)).isoformat(),
            "reason": "code_found",
            "parts": 1,
        },
        {"kind": "code_shown", "at": (NOW + timedelta(seconds=10)).isoformat()},
    ]
    assert line["applies"]["clause"] == "RP-N2"
    assert "48213" not in str(line)


def test_credit_has_its_amount_and_clause(program: Program) -> None:
    order = place(program)
    write(program, f"orders/{order['id']}/cancel")

    line = read(program, f"orders/{order['id']}/timeline")

    [credit] = [event for event in line["events"] if event["kind"] == "credited"]
    assert (credit["amount"], credit["clause"]) == (order["total"], "RP-B4")
    assert line["applies"]["standing"] == "returned"


def test_price_says_how_often_and_how_fast_codes_came(program: Program) -> None:
    tally = Tally()
    for account_id in range(40):
        tally.add(account_id=account_id, waited_s=7 if account_id else None)
    CodeRate.objects.create(
        service_code="tg",
        country="NO",
        ended=tally.ended,
        with_code=tally.with_code,
        buyers=tally.buyers,
        times=tally.times,
        since_on=NOW.date(),
        window_on=NOW.date(),
    )

    [price] = read(program, "prices?service=tg&country=NO")["prices"]

    assert price["code_rate"] == {
        "share_percent": 97,
        "half_within_s": 8,
        "nine_of_ten_within_s": 8,
        "orders": 40,
        "since": "2026-11-22",
    }
    assert set(price["code_rate"]) == set(SCHEMAS["CodeRate"]["properties"])


def test_words_of_the_time_line_are_all_described(program: Program) -> None:
    order = place(program)
    line = read(program, f"orders/{order['id']}/timeline")

    assert set(line) == set(SCHEMAS["Timeline"]["properties"])
    assert set(line["applies"]) == set(SCHEMAS["Applies"]["properties"])
    described = SCHEMAS["Event"]["properties"]
    assert described["kind"]["enum"] == [kind.value for kind in Kind]
    assert set(line["events"][0]) <= set(described)
    applies = SCHEMAS["Applies"]["properties"]
    assert applies["standing"]["enum"] == [standing.value for standing in Standing]
    steps = applies["choices"]["items"]["properties"]["step"]["enum"]
    assert steps == [step.value for step in Step]
