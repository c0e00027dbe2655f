"""One idempotency key is one purchase: repeated, with another wish, and 50 times at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from nummer.apps.cases import queries as cases
from nummer.apps.leases import queries as leases
from nummer.apps.leases import waiting
from nummer.apps.ledger import queries as ledger
from nummer.apps.messaging import queries as messaging
from nummer.apps.messaging.queries import Direction
from nummer.faces.api import reading
from nummer.faces.api_twilio import views
from nummer.kernel.limits import CallLimit
from tests import builders
from tests.apps.payments.test_racing import at_once
from tests.dialects.conftest import Program
from tests.dialects.own import call, told
from tests.dialects.test_twilio import Twilio
from tests.invariants.proofs import breaches

pytestmark = pytest.mark.django_db(transaction=True)

NUMBER, OTHER = "+4759441001", "+4759441002"
TO = "+4791234567"
TIMES, THREADS = 50, 8
RENT = {"country": "NO", "kind": "local", "number": NUMBER}
CASE = {"kind": "question", "subject": "A question", "text": "How?"}


@pytest.fixture
def lease(program: Program, rental_supplier: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """Rent a number that sends; return its id."""
    for place in (reading, views):
        monkeypatch.setattr(place, "PROGRAMS", CallLimit(per_s=10_000, burst=10_000))
    monkeypatch.setattr(waiting, "SUPPLIED_WITHIN_S", 0.0)
    builders.rentals([NUMBER, OTHER, "+4759441003"])
    builders.sms_rates({"47": "0.05"})
    builders.top_up(program.account_id, "200.00")
    return str(builders.rented(program.account_id, OTHER).id)


def own(program: Program, path: str, wish: object) -> Callable[[], tuple[int, Any]]:
    return lambda: told(call(program, "POST", path, wish, key="one"))


def by_twilio(program: Program, path: str, wish: dict[str, str]) -> Callable[[], tuple[int, Any]]:
    def act() -> tuple[int, Any]:
        answer = Twilio(program).answer("POST", path, wish, HTTP_IDEMPOTENCY_KEY="one")
        return answer.status_code, json.loads(answer.content)

    return act


def many(act: Callable[[], tuple[int, Any]], name: str) -> set[object]:
    """Do the same 50 times at once; return what came of it: each answer names one thing."""
    answers: Any = at_once(THREADS, [act] * TIMES)
    assert {status for status, _ in answers} <= {200, 201}, answers
    return {content[name] for _, content in answers}


def test_50_identical_rents_are_one_lease(program: Program, lease: str) -> None:
    spent = ledger.balance(program.account_id).spendable

    assert len(many(own(program, "leases", RENT), "id")) == 1

    rented = [row for row in leases.leases_of(program.account_id) if str(row.id) != lease]
    assert [row.number.e164 for row in rented] == [NUMBER]
    paid = spent - ledger.balance(program.account_id).spendable
    assert paid.decimal_text() == "18.75"
    status, refused = own(program, "leases", {**RENT, "number": "+4759441003"})()
    assert (status, refused["code"]) == (409, "key_reused")
    assert breaches() == []


def test_50_identical_orders_are_one_order(program: Program, lease: str) -> None:
    wish = {"service": "tg", "country": "NO"}

    assert len(many(own(program, "orders", wish), "id")) == 1

    assert program.orders() == 1
    status, refused = own(program, "orders", {**wish, "service": "wa"})()
    assert (status, refused["code"]) == (409, "key_reused")
    assert breaches() == []


def test_50_identical_sms_are_one_sms(program: Program, lease: str) -> None:
    wish = {"lease": lease, "to": TO, "text": "Hei"}

    assert len(many(own(program, "sms", wish), "id")) == 1

    assert len(messaging.sms_of(program.account_id, direction=Direction.OUT)) == 1
    for change in ({"text": "Hallo"}, {"to": "+4791234568"}):
        status, refused = own(program, "sms", {**wish, **change})()
        assert (status, refused["code"]) == (409, "idempotency_conflict")
    assert breaches() == []


def test_50_identical_rents_by_twilio_are_one_lease(program: Program, lease: str) -> None:
    path = "IncomingPhoneNumbers.json"

    assert len(many(by_twilio(program, path, {"PhoneNumber": NUMBER}), "sid")) == 1

    assert len(leases.leases_of(program.account_id)) == 2
    status, _ = by_twilio(program, path, {"PhoneNumber": "+4759441003"})()
    assert status == 409
    assert breaches() == []


def test_50_identical_sms_by_twilio_are_one_sms(program: Program, lease: str) -> None:
    wish = {"To": TO, "From": OTHER, "Body": "Hei"}

    assert len(many(by_twilio(program, "Messages.json", wish), "sid")) == 1

    assert len(messaging.sms_of(program.account_id, direction=Direction.OUT)) == 1
    status, _ = by_twilio(program, "Messages.json", {**wish, "Body": "Hallo"})()
    assert status == 409
    assert breaches() == []


def test_50_identical_cases_are_one_case(program: Program, lease: str) -> None:
    assert len(many(own(program, "cases", CASE), "number")) == 1

    assert len(cases.cases_of(program.account_id)) == 1
    status, refused = own(program, "cases", {**CASE, "text": "Why?"})()
    assert (status, refused["code"]) == (409, "key_reused")


def test_50_identical_payouts_are_one_request(program: Program, lease: str) -> None:
    assert len(many(own(program, "payouts", {}), "id")) == 1

    status, refused = own(program, "payouts", {"amount": "1.00"})()
    assert (status, refused["code"]) == (409, "idempotency_conflict")
    assert breaches() == []
