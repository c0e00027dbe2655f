"""Reports of problems by program, and notices of carriers over HTTP."""

from __future__ import annotations

import json
import time
from importlib.resources import files
from typing import Any

import pytest
from django.http import HttpResponse

from nummer.apps.incidents import errors
from nummer.apps.incidents.actions import keys
from nummer.apps.incidents.actions.notices import sign
from nummer.apps.incidents.models import CarrierNotice, Fact
from nummer.apps.ledger import queries as ledger
from nummer.faces.api import reading
from nummer.faces.partners.notices import STATUSES
from nummer.kernel.limits import CallLimit
from tests import builders
from tests.dialects.conftest import Moment, Program, post
from tests.dialects.test_own_api import WISH, read, send, write
from tests.dialects.test_words import refusals

SCHEMAS = json.loads(files("nummer.faces.api").joinpath("openapi.json").read_text())["components"][
    "schemas"
]


@pytest.fixture(autouse=True)
def each_test_counts_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PROGRAMS", CallLimit(per_s=1000, burst=1000))


def test_call_is_the_contact_and_the_same_key_reports_once(
    program: Program, moment: Moment
) -> None:
    _, order = write(program, "orders", WISH, key="1")
    path = f"orders/{order['id']}/reports"
    moment.advance(seconds=60)

    status, report = write(program, path, {"words": "Nothing comes"}, key="a")
    moment.advance(seconds=60)
    again = write(program, path, {}, key="a")
    other = write(program, path, {}, key="b")

    assert (status, again[0], other[0]) == (201, 200, 201)
    assert again[1] == report
    assert set(report) == set(SCHEMAS["Report"]["properties"])
    assert report["source"] == "api"
    listed = read(program, path)[1]["reports"]
    assert listed == [report, other[1]]
    events = [e["kind"] for e in read(program, f"orders/{order['id']}/timeline")[1]["events"]]
    assert events.count("problem_reported") == 2


@pytest.mark.parametrize(
    ("body", "key", "code"),
    [
        ({}, None, "api_idempotency_key_missing"),
        (b"{", "1", "api_body_malformed"),
        ({"words": 1}, "1", "api_field_malformed"),
        ({"words": "\x00"}, "1", "api_field_malformed"),
        ({"since": "now"}, "1", "api_field_malformed"),
    ],
)
def test_odd_report_is_refused(program: Program, body: object, key: str | None, code: str) -> None:
    _, order = write(program, "orders", WISH, key="1")
    status, refused = write(program, f"orders/{order['id']}/reports", body, key=key)
    assert (status, refused["code"]) == (400, code)
    assert not Fact.objects.exists()


@pytest.mark.parametrize("order_id", ["17", "x", "9" * 30])
def test_report_about_no_order_of_ones_own_is_not_found(program: Program, order_id: str) -> None:
    for answer in (
        write(program, f"orders/{order_id}/reports", {}, key="1"),
        read(program, f"orders/{order_id}/reports"),
    ):
        assert (answer[0], answer[1]["code"]) == (404, "no_such_activation")


def test_what_the_program_said_is_not_told_back(program: Program) -> None:
    _, order = write(program, "orders", WISH, key="1")
    answer = send(program, f"orders/{order['id']}/reports", {"words": "secret words"}, key="1")
    assert b"secret words" not in answer.content


# Notices


def notify(
    said: dict[str, Any], secret: str, *, nonce: str = "n" * 16, **wrong: str
) -> HttpResponse:
    body, timestamp = json.dumps(said).encode(), str(int(time.time()))
    signature = sign(secret.encode(), timestamp=timestamp, nonce=nonce, body=body)
    headers = {
        "HTTP_X_NUMMER_CARRIER": "sandbox",
        "HTTP_X_NUMMER_TIMESTAMP": timestamp,
        "HTTP_X_NUMMER_NONCE": nonce,
        "HTTP_X_NUMMER_SIGNATURE": signature,
        **wrong,
    }
    return post(body, path="/agent/api/notices", content_type="application/json", **headers)


@pytest.fixture
def secret(program: Program, moment: Moment) -> str:
    return keys.add_key("sandbox", actor="system:test", now=moment.now()).secret


@pytest.mark.clause("RP-B2")
def test_signed_block_credits_whoever_waits_once(
    program: Program, moment: Moment, secret: str
) -> None:
    _, order = write(program, "orders", WISH, key="1")
    said = {
        "event": "block",
        "number": order["number"],
        "reason": "unrelated",
        "happened_at": moment.now().isoformat(),
    }

    first, again = notify(said, secret), notify(said, secret)

    assert (first.status_code, again.status_code) == (201, 409)
    assert json.loads(again.content) == {"error": "notice_replayed"}
    refund = read(program, f"orders/{order['id']}")[1]["refund"]
    assert (refund["decision"], refund["clauses"]) == ("CREDIT", ["RP-B2"])
    assert ledger.balance(program.account_id).total.decimal_text() == "20.00"
    assert CarrierNotice.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"HTTP_X_NUMMER_SIGNATURE": "0" * 64},
        {"HTTP_X_NUMMER_CARRIER": "other"},
        {"HTTP_X_NUMMER_TIMESTAMP": "1000000000"},
        {"HTTP_X_NUMMER_NONCE": "m" * 16},
        {"HTTP_X_NUMMER_NONCE": ""},
    ],
)
def test_forged_block_ends_nothing(
    program: Program, moment: Moment, secret: str, wrong: dict[str, str]
) -> None:
    _, order = write(program, "orders", WISH, key="1")
    said = {"event": "block", "number": order["number"], "happened_at": moment.now().isoformat()}

    assert notify(said, secret, **wrong).status_code == 401

    assert read(program, f"orders/{order['id']}")[1]["state"] == "waiting"
    assert not CarrierNotice.objects.exists()


def test_stale_notice_is_refused_by_the_real_clock(
    program: Program, moment: Moment, secret: str
) -> None:
    body, nonce, old = b'{"event": "repair"}', "n" * 16, str(int(time.time()) - 400)
    signature = sign(secret.encode(), timestamp=old, nonce=nonce, body=body)
    answer = notify(
        {"event": "repair"},
        secret,
        HTTP_X_NUMMER_TIMESTAMP=old,
        HTTP_X_NUMMER_SIGNATURE=signature,
    )
    assert answer.status_code == 401
    assert json.loads(answer.content) == {"error": "notice_stale"}


def test_large_body_is_refused_before_it_is_read(secret: str) -> None:
    answer = post(b"x" * 20_000, path="/agent/api/notices", content_type="application/json")
    assert answer.status_code == 413


def test_every_refusal_of_a_notice_has_its_status() -> None:
    known = {
        code
        for code, each in refusals().items()
        if code.startswith("notice_") and each.__module__ == errors.__name__
    }
    assert known | {"number_not_of_carrier"} == set(STATUSES)


def test_number_of_another_carrier_is_not_ended(
    program: Program, moment: Moment, secret: str
) -> None:
    builders.numbers(["+4759440777"], services=())
    said = {"event": "fault", "number": "+4799999999", "happened_at": moment.now().isoformat()}
    answer = notify(said, secret)
    assert answer.status_code == 422
    assert "+47" not in answer.content.decode()
