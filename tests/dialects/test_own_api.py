"""Our own API, as its description promises it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from importlib.resources import files
from typing import Any

import pytest
from django.http import HttpResponse
from django.urls import URLPattern

from nummer.apps.ledger import queries as ledger
from nummer.faces.api import orders as api_orders
from nummer.faces.api import reading
from nummer.faces.api.urls import urlpatterns
from nummer.kernel.limits import CallLimit
from tests.builders import deliver, price
from tests.dialects.conftest import Moment, Program, get, post

DESCRIPTION = json.loads(files("nummer.faces.api").joinpath("openapi.json").read_text())
TEXT = "Telegram code: 48213. Do not give this code to anyone."
WISH = {"service": "tg", "country": "NO"}


@pytest.fixture(autouse=True)
def each_test_counts_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PROGRAMS", CallLimit(per_s=1000, burst=1000))


def read(program: Program, path: str, **query: object) -> tuple[int, Any]:
    answer = get(query, path=f"/api/v1/{path}", **_key(program))
    return answer.status_code, json.loads(answer.content)


def write(
    program: Program, path: str, body: object = None, *, key: str | None = None
) -> tuple[int, Any]:
    answer = send(program, path, body, key=key)
    return answer.status_code, json.loads(answer.content)


def send(
    program: Program, path: str, body: object = None, *, key: str | None = None
) -> HttpResponse:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"HTTP_IDEMPOTENCY_KEY": key} if key is not None else {}
    return post(
        sent,
        path=f"/api/v1/{path}",
        content_type="application/json",
        **headers,
        **_key(program),
    )


def _key(program: Program) -> dict[str, str]:
    return {"HTTP_AUTHORIZATION": f"Bearer {program.key}"}


def test_from_purchase_to_code_to_finish(program: Program, moment: Moment) -> None:
    status, order = write(program, "orders", WISH, key="1")
    assert (status, order["state"], order["code"], order["refund"]) == (201, "waiting", None, None)
    assert order["total"] == price().decimal_text()
    assert order["window_ends_at"] == (moment.now() + timedelta(minutes=20)).isoformat()

    moment.advance(seconds=9)
    deliver(order["number"], TEXT, at=moment.now())

    path = f"orders/{order['id']}"
    assert read(program, path)[1]["code"] == "48213"
    (message,) = read(program, f"{path}/messages")[1]["messages"]
    assert (message["sender"], message["text"], message["code"]) == ("Telegram", TEXT, "48213")
    status, refused = write(program, f"{path}/cancel")
    assert (status, refused["code"], refused["clause"]) == (409, "code_already_shown", "RP-N2")
    assert write(program, f"{path}/another-code")[0] == 200
    assert write(program, f"{path}/finish")[1]["state"] == "finished"
    assert read(program, "orders")[1]["orders"][0]["id"] == order["id"]


def test_a_cancel_gives_the_price_back_at_once_and_names_the_clause(program: Program) -> None:
    _, order = write(program, "orders", WISH, key="1")

    first = write(program, f"orders/{order['id']}/cancel")
    again = write(program, f"orders/{order['id']}/cancel")

    assert first == again
    refund = first[1]["refund"]
    assert (refund["clauses"], refund["amount"]) == (["RP-B4"], order["total"])
    _, balance = read(program, "balance")
    assert balance == {"currency": "EUR", "total": "20.00", "held": "0.00", "spendable": "20.00"}
    lines = read(program, "statement")[1]["lines"]
    assert [(line["kind"], line["clause"]) for line in lines] == [
        ("refund", "RP-B4"),
        ("order", None),
        ("topup", None),
    ]


def test_an_order_that_ends_while_it_is_read_is_never_shown_open_with_its_refund(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, order = write(program, "orders", WISH, key="1")
    look = api_orders.decisions.decisions_of

    def ends_between(account_id: int, **asked: Any) -> Any:
        monkeypatch.undo()
        assert write(program, f"orders/{order['id']}/cancel")[0] == 200
        return look(account_id, **asked)

    monkeypatch.setattr(api_orders.decisions, "decisions_of", ends_between)
    (during,) = read(program, "orders")[1]["orders"]
    (after,) = read(program, "orders")[1]["orders"]
    assert (during["state"], during["refund"]) == ("waiting", None)
    assert (after["state"], after["refund"]["decision"]) == ("cancelled", "CREDIT")


def test_one_idempotency_key_is_one_order(program: Program) -> None:
    first = write(program, "orders", WISH, key="mine")

    again = write(program, "orders", WISH, key="mine")
    other = write(program, "orders", {**WISH, "service": "wa"}, key="mine")

    assert (first[0], again[0]) == (201, 200)
    assert again[1] == first[1]
    assert (other[0], other[1]["code"]) == (409, "key_reused")
    assert program.orders() == 1


def test_lists_page(program: Program) -> None:
    ids = [write(program, "orders", WISH, key=str(n))[1]["id"] for n in range(3)]

    _, first = read(program, "orders", limit=2)
    _, rest = read(program, "orders", limit=2, before=first["next_before"])
    _, lines = read(program, "statement", limit=3)

    assert [order["id"] for order in first["orders"]] == [ids[2], ids[1]]
    assert ([order["id"] for order in rest["orders"]], rest["next_before"]) == ([ids[0]], None)
    assert len(read(program, "statement", before=lines["next_before"])[1]["lines"]) == 1


def test_what_is_on_sale(program: Program) -> None:
    services = read(program, "services")[1]["services"]
    assert {"code": "tg", "name": "Telegram", "window_s": 1200} in services
    assert read(program, "countries")[1] == {
        "countries": [{"code": "NO", "name": "Norway", "activate_id": 174}]
    }
    assert read(program, "prices", **WISH)[1] == {
        "prices": [
            {
                "service": "tg",
                "country": "NO",
                "total": price().decimal_text(),
                "currency": "EUR",
                "free": 12,
                "code_rate": None,
            }
        ]
    }
    assert read(program, "prices", service="nope")[1]["code"] == "unknown_service"
    assert read(program, "prices", country="XX")[1]["code"] == "unknown_country"


BODIES: list[tuple[object, int, str]] = [
    (b"", 400, "api_body_malformed"),
    (b"{", 400, "api_body_malformed"),
    (b"[]", 400, "api_body_malformed"),
    (b"\xff\xfe", 400, "api_body_malformed"),
    (b"[" * 60_000, 400, "api_body_malformed"),
    (b'{"service":"' + b"x" * 1_000_000, 413, "api_body_too_large"),
    ({}, 400, "api_field_malformed"),
    ({**WISH, "servise": "tg"}, 400, "api_field_malformed"),
    ({**WISH, "\ud800": "tg"}, 400, "api_field_malformed"),
    ({**WISH, "service": 7}, 400, "api_field_malformed"),
    ({**WISH, "service": "4111 1111 1111 1111"}, 400, "api_payment_number_sent"),
    ({**WISH, "country": "NO9386011117947"}, 400, "api_payment_number_sent"),
    ({**WISH, "service": "tg\x00"}, 400, "api_field_malformed"),
    ({**WISH, "service": "\ud800"}, 400, "api_field_malformed"),
    ({**WISH, "service": "x" * 300}, 400, "api_field_malformed"),
    ({**WISH, "max_price": -1}, 400, "api_field_malformed"),
    ({**WISH, "max_price": "NaN"}, 400, "api_field_malformed"),
    ({**WISH, "max_price": "1e9"}, 400, "api_field_malformed"),
    ({**WISH, "max_price": "0.01"}, 409, "price_above_max"),
    ({**WISH, "excluded_prefixes": "47"}, 400, "api_field_malformed"),
    ({**WISH, "excluded_prefixes": [47]}, 400, "api_field_malformed"),
    ({**WISH, "excluded_prefixes": ["%"]}, 400, "api_field_malformed"),
    ({**WISH, "excluded_prefixes": ["47"]}, 409, "out_of_stock"),
    ({**WISH, "carrier": "nobody"}, 409, "out_of_stock"),
    ({**WISH, "service": "nope"}, 404, "unknown_service"),
    ({**WISH, "country": "Norway"}, 404, "unknown_country"),
]


def test_a_purchase_that_cannot_be_read_buys_nothing(program: Program) -> None:
    for body, status, code in BODIES:
        answered, problem = write(program, "orders", body, key="k")
        assert (answered, problem["code"]) == (status, code), body
    for key in (None, "", "two words", "x" * 256):
        assert write(program, "orders", WISH, key=key)[1]["code"] == "api_idempotency_key_missing"

    assert program.orders() == 0
    assert ledger.balance(program.account_id).spendable.decimal_text() == "20.00"


def test_no_id_but_ones_own_is_an_order(programs: Callable[..., Program]) -> None:
    program, stranger = programs(), programs()
    _, order = write(program, "orders", WISH, key="1")

    for each in (order["id"], "-1", "0", "1.5", "9" * 19, "9" * 60, "x", "\u0661", "%00"):
        for verb in ("", "/messages", "/timeline"):
            assert read(stranger, f"orders/{each}{verb}")[1]["code"] == "no_such_activation"
        for verb in ("cancel", "finish", "another-code"):
            status, problem = write(stranger, f"orders/{each}/{verb}")
            assert (status, problem["code"]) == (404, "no_such_activation")
    assert read(program, f"orders/{order['id']}")[1]["state"] == "waiting"


def test_queries_that_cannot_be_read_are_refused(program: Program) -> None:
    for query in ({"limit": "0"}, {"limit": "201"}, {"limit": "x"}, {"before": "9" * 30}):
        for path in ("orders", "statement"):
            assert read(program, path, **query)[1]["code"] == "api_field_malformed"


@pytest.mark.usefixtures("db")
def test_whoever_is_not_known_learns_nothing() -> None:
    for header in ("", "Bearer", "Bearer x", "Basic eDp4", "Bearer " + "x" * 300, "Bearer \xe9"):
        answer = get(path="/api/v1/balance", HTTP_AUTHORIZATION=header)
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
        assert json.loads(answer.content)["code"] == "api_key_not_valid"


def test_a_flood_of_calls_is_told_to_wait(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = CallLimit(per_s=0.5, burst=1, monotonic=lambda: 0.0)
    monkeypatch.setattr(reading, "PROGRAMS", limit)

    get(path="/api/v1/balance", **_key(program))
    answer = get(path="/api/v1/balance", **_key(program))

    assert (answer.status_code, answer["Retry-After"]) == (429, "2")


@pytest.mark.parametrize(
    ("language", "detail"),
    [
        ("en", "The API key is missing or not valid."),
        ("nb-NO,nb;q=0.9", "API-nøkkelen mangler eller er ikke gyldig."),
        ("de", "Der API-Schlüssel fehlt oder ist nicht gültig."),
        ("xx", "The API key is missing or not valid."),
    ],
)
@pytest.mark.usefixtures("db")
def test_refusals_speak_the_callers_language(language: str, detail: str) -> None:
    answer = get(path="/api/v1/balance", HTTP_ACCEPT_LANGUAGE=language)

    assert json.loads(answer.content)["detail"] == detail


@pytest.mark.usefixtures("db")
def test_every_other_address_is_a_problem_document() -> None:
    for answer in (get(path="/api/v1/nothing"), post(path="/api/v1/")):
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    answer = post(path="/api/v1/balance")
    assert (answer.status_code, answer["Allow"]) == (405, "GET")


def test_the_description_names_every_address_and_no_other() -> None:
    described = set(DESCRIPTION["paths"])
    offered = {
        "/" + re.sub(r"<str:(\w+)>", r"{\1}", str(each.pattern))
        for each in urlpatterns
        if isinstance(each, URLPattern) and str(each.pattern)
    }

    assert described == offered


def test_answers_have_the_fields_that_are_described(program: Program, moment: Moment) -> None:
    _, order = write(program, "orders", WISH, key="1")
    deliver(order["number"], "Hello from your carrier", sender="Carrier", at=moment.now())
    path = f"orders/{order['id']}"
    _, message = read(program, f"{path}/messages")
    _, cancelled = write(program, f"{path}/cancel")
    _, statement = read(program, "statement")
    _, refused = write(program, f"{path}/finish")

    assert fields("Order") == set(order)
    assert fields("Message") == set(message["messages"][0])
    assert fields("Refund") == set(cancelled["refund"])
    assert fields("StatementLine") == set(statement["lines"][0])
    assert fields("Balance") == set(read(program, "balance")[1])
    assert fields("Price") == set(read(program, "prices")[1]["prices"][0])
    assert set(DESCRIPTION["components"]["schemas"]["Problem"]["required"]) <= set(refused)


def fields(schema: str) -> set[str]:
    return set(DESCRIPTION["components"]["schemas"][schema]["properties"])


@pytest.mark.usefixtures("db")
def test_the_description_is_public() -> None:
    answer = get(path="/api/v1/openapi.json")

    assert json.loads(answer.content)["openapi"].startswith("3.1")
