"""SMS by our own interface: price, send, read, redact and delete."""

from __future__ import annotations

import pytest

from nummer.apps.ledger import queries as ledger
from nummer.faces.api import reading
from nummer.kernel.limits import CallLimit
from tests import builders
from tests.dialects.conftest import Moment, Program
from tests.dialects.own import call, fields, told

TO = "+4791234567"


@pytest.fixture
def lease(program: Program, rental_supplier: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """Rent a number that may send to Norway, and let one SMS come."""
    monkeypatch.setattr(reading, "PROGRAMS", CallLimit(per_s=1000, burst=1000))
    builders.rentals(["+4759441001"])
    builders.sms_rates({"47": "0.05"})
    builders.top_up(program.account_id, "50.00")
    found = builders.rented(program.account_id)
    builders.deliver(found.number, "Hello\nthere", sender="+4790000001")
    return str(found.id)


def test_an_sms_costs_what_was_said_and_is_sent_once(
    program: Program, lease: str, moment: Moment
) -> None:
    wish = {"lease": lease, "to": TO, "text": "Line\nand line"}
    _, price = told(call(program, "POST", "sms/price", wish))
    status, sent = told(call(program, "POST", "sms", wish, key="1"))
    moment.advance(seconds=1)
    again, same = told(call(program, "POST", "sms", wish, key="1"))
    other, refused = told(call(program, "POST", "sms", {**wish, "text": "Other"}, key="1"))

    assert set(price) == fields("SmsPrice")
    assert (status, again, other) == (201, 200, 409)
    assert sent == same
    assert set(sent) == fields("Sms")
    assert (sent["text"], sent["price"], sent["theirs"]) == ("Line\nand line", price["total"], TO)
    assert refused["code"] == "idempotency_conflict"
    assert ledger.balance(program.account_id).held.decimal_text() == price["total"]


@pytest.mark.parametrize(
    ("what", "change", "status", "code"),
    [
        ("no number", {"to": "12345"}, 400, "recipient_not_possible"),
        ("no text", {"text": ""}, 400, "text_missing"),
        ("text that is none", {"text": 5}, 400, "api_field_malformed"),
        ("half of a pair", {"text": "\ud800"}, 400, "api_field_malformed"),
        ("too long", {"text": "x" * 1531}, 400, "text_too_long"),
        ("the number of a card", {"text": "4111 1111 1111 1111"}, 400, "api_payment_number_sent"),
        ("no lease", {"lease": "x"}, 404, "no_such_lease"),
        ("something unknown", {"media": "x"}, 400, "api_field_malformed"),
    ],
)
def test_what_cannot_be_sent_costs_nothing(
    program: Program,
    lease: str,
    *,
    what: str,
    change: dict[str, object],
    status: int,
    code: str,
) -> None:
    before = ledger.balance(program.account_id)
    wish = {"lease": lease, "to": TO, "text": "Hello", **change}

    answer, refused = told(call(program, "POST", "sms", wish, key="1"))

    assert (answer, refused["code"]) == (status, code)
    assert ledger.balance(program.account_id) == before


def test_an_sms_is_read_redacted_and_deleted(program: Program, lease: str) -> None:
    _, page = told(call(program, "GET", "sms", lease=lease, direction="in"))
    [sms] = page["sms"]
    path = f"sms/{sms['id']}"

    _, read = told(call(program, "GET", path))
    _, redacted = told(call(program, "POST", f"{path}/redact"))
    deleted = call(program, "DELETE", path)
    gone, _ = told(call(program, "GET", path))

    assert read == sms
    assert (sms["text"], sms["theirs"], sms["direction"]) == ("Hello\nthere", "+4790000001", "in")
    assert (redacted["text"], redacted["theirs"]) == (None, "+4790000001")
    assert (deleted.status_code, gone) == (204, 404)


def test_conversations_are_listed_and_found(program: Program, lease: str) -> None:
    _, page = told(call(program, "GET", "conversations"))
    _, found = told(call(program, "GET", "conversations", search="hello"))
    _, none = told(call(program, "GET", "conversations", search="goodbye"))

    [row] = page["conversations"]
    assert set(row) == fields("Conversation")
    assert (row["theirs"], row["unread"], row["last"]["text"]) == (
        "+4790000001",
        1,
        "Hello\nthere",
    )
    assert found["conversations"] == page["conversations"]
    assert none["conversations"] == []


def test_another_customers_sms_does_not_exist(program: Program, lease: str) -> None:
    from nummer.apps.messaging import queries as messaging

    other = builders.customer(balance="50.00")
    builders.rentals(["+4759441002"])
    number = builders.rented(other, "+4759441002").number
    builders.deliver(number, "Secret", sender="Somebody")
    [sms] = messaging.sms_of(other)

    for method, rest in (("GET", ""), ("DELETE", ""), ("POST", "/redact")):
        status, refused = told(call(program, method, f"sms/{sms.id}{rest}"))
        assert (status, refused["code"]) == (404, "no_such_sms")
    assert messaging.sms(other, sms_id=sms.id).body == "Secret"


def test_money_is_listed(program: Program, lease: str) -> None:
    _, top_ups = told(call(program, "GET", "top-ups"))
    _, payouts = told(call(program, "GET", "payouts"))

    assert (top_ups, payouts) == (
        {"top_ups": [], "next_before": None},
        {
            "payouts": [],
            "next_before": None,
        },
    )
