"""Hostile callbacks and visits, against each provider by name: no credit, no double credit."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import structlog

from nummer.apps.ledger import queries as wallets
from nummer.apps.ledger.errors import IdempotencyConflict
from nummer.apps.payments import actions, jobs, queries
from nummer.apps.payments.actions import asking_back, paying_in
from nummer.apps.payments.errors import (
    CallbackNotGenuine,
    CallbackRefused,
    CallbackUnreadable,
)
from nummer.apps.payments.models import Notice, NoticeOutcome, TopUp
from nummer.apps.payments.ports import installed_payments
from nummer.kernel.errors import Refusal, Unavailable
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from tests import builders
from tests.apps.payments.sides import NOW, BtcPaySide, PayPalSide, Side, StripeSide, side
from tests.invariants.proofs import breaches

SIDES = {"Stripe": StripeSide, "PayPal": PayPalSide, "BTCPay": BtcPaySide}


@pytest.fixture(params=SIDES)
def there(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Side]:
    with side(SIDES[request.param], tmp_path) as one:
        yield one


@pytest.fixture
def account_id(shop: None) -> int:
    return builders.customer(balance="0.00")


def total(account_id: int) -> str:
    return wallets.balance(account_id).total.decimal_text()


def test_a_paid_page_is_credited_and_every_proof_holds(there: Side, account_id: int) -> None:
    started = there.start(account_id)

    outcome = there.call_back(there.paid_event(started))

    assert outcome == NoticeOutcome.CREDITED
    assert (total(account_id), queries.top_up(account_id, top_up_id=started.id).state) == (
        "20.00",
        "paid",
    )
    assert breaches() == []


def test_a_tampered_callback_gives_nothing(there: Side, account_id: int) -> None:
    body = there.paid_event(there.start(account_id))
    headers = there.signed(body)
    reference = TopUp.objects.get().provider_reference.encode()

    other = (b"y" if reference[:1] == b"x" else b"x") + reference[1:]
    for told in (body.replace(reference, other), body + b" ", b"{}", b"", b"[1"):
        with pytest.raises((CallbackNotGenuine, CallbackUnreadable)):
            there.call_back(told, headers=headers)

    assert (total(account_id), Notice.objects.count()) == ("0.00", 0)


def test_a_callback_of_a_wrong_secret_or_without_one_gives_nothing(
    there: Side, account_id: int
) -> None:
    body = there.paid_event(there.start(account_id))
    right = there.signed(body)
    wrong = [{}, there.signed(body, secret="somebody"), dict.fromkeys(right, "")]
    wrong += [{**right, name: "x" * 40} for name in right if "sig" in name]
    wrong += [{**right, name: "\u00e9" * 9} for name in right]

    for headers in wrong:
        with pytest.raises(CallbackNotGenuine):
            there.call_back(body, headers=headers)

    assert (total(account_id), Notice.objects.count()) == ("0.00", 0)


def test_a_stale_callback_gives_nothing(there: Side, account_id: int) -> None:
    body, headers = there.old(there.paid_event(there.start(account_id)))

    with pytest.raises(CallbackNotGenuine):
        there.call_back(body, headers=headers)

    assert (total(account_id), Notice.objects.count()) == ("0.00", 0)


def test_a_callback_signed_in_the_future_gives_nothing(there: Side, account_id: int) -> None:
    body, headers = there.early(there.paid_event(there.start(account_id)))

    with pytest.raises(CallbackNotGenuine):
        there.call_back(body, headers=headers)

    assert (total(account_id), Notice.objects.count()) == ("0.00", 0)


def test_a_replayed_callback_credits_once(there: Side, account_id: int) -> None:
    body = there.paid_event(there.start(account_id))
    headers = there.signed(body)

    outcomes = {there.call_back(body, headers=headers) for _ in range(3)}

    assert outcomes == {NoticeOutcome.CREDITED}
    assert total(account_id) == "20.00"
    assert Notice.objects.count() == 1


def test_events_in_the_wrong_order_and_the_list_credit_once(there: Side, account_id: int) -> None:
    there.pay(there.start(account_id))

    for body in reversed(there.events() * 2):
        there.call_back(body)
    for _ in range(2):
        actions.read_events(there.code, now=NOW)

    assert total(account_id) == "20.00"
    assert TopUp.objects.get().state == "paid"
    assert breaches() == []


def test_a_lost_callback_loses_nothing(there: Side, account_id: int) -> None:
    there.pay(there.start(account_id))

    actions.read_events(there.code, now=NOW)

    assert total(account_id) == "20.00"
    assert breaches() == []


@pytest.mark.parametrize(
    ("value", "currency"),
    [("20.01", "EUR"), ("19.99", "EUR"), ("2000.00", "EUR"), ("20.00", "NOK")],
)
def test_another_amount_or_currency_is_written_down_and_not_credited(
    there: Side, account_id: int, *, value: str, currency: str
) -> None:
    started = there.start(account_id)
    there.worth(started, value, currency)

    with pytest.raises(CallbackRefused):
        there.call_back(there.paid_event(started))
    actions.read_events(there.code, now=NOW)

    assert {notice.outcome for notice in Notice.objects.filter(paid=True)} == {"other_sum"}
    assert (total(account_id), TopUp.objects.get().state) == ("0.00", "started")


def test_a_payment_of_nobody_credits_nobody(there: Side, account_id: int) -> None:
    body = there.paid_event(there.start(account_id))
    from nummer.apps.payments.models import Reference

    TopUp.objects.all().delete()
    Reference.objects.all().delete()

    for _ in range(2):
        with pytest.raises(CallbackRefused):
            there.call_back(body)

    assert [notice.outcome for notice in Notice.objects.all()] == ["unknown_reference"]
    assert total(account_id) == "0.00"


def test_the_return_page_visited_without_payment_gives_nothing(
    there: Side, account_id: int
) -> None:
    started = there.start(account_id)

    for second in range(0, 600, 10):
        now = NOW + timedelta(seconds=second)
        actions.return_from_provider(account_id, top_up_id=started.id, now=now)
        for row in jobs.UNTOLD.find(now, 10):
            jobs.UNTOLD.fire(row, now)
        actions.conclude(account_id, top_up_id=started.id, now=now)
    actions.read_events(there.code, now=NOW)

    assert (total(account_id), TopUp.objects.get().state) == ("0.00", "started")


def test_one_key_with_another_sum_is_a_conflict_and_one_page(there: Side, account_id: int) -> None:
    key = new_id()

    assert there.start(account_id, key=key) == there.start(account_id, key=key)
    with pytest.raises(IdempotencyConflict):
        there.start(account_id, key=key, amount=Money.parse("20.01", "EUR"))

    assert there.pages() == 1


def test_the_provider_never_opens_one_reference_for_two_sums(there: Side, account_id: int) -> None:
    there.start(account_id)
    top_up = TopUp.objects.get()
    top_up.amount_micro = 30_000_000

    with pytest.raises(Unavailable):
        paying_in._open_checkout(
            top_up, provider=installed_payments().providers[0], keep_method=False, now=NOW
        )

    assert there.pages() == 1


def test_a_provider_that_is_away_is_unavailable_everywhere(
    there: Side, account_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = there.start(account_id)
    monkeypatch.setattr(installed_payments().providers[0], "_access", _away)

    with pytest.raises(Unavailable):
        there.start(account_id)
    with pytest.raises(Unavailable):
        actions.read_events(there.code, now=NOW)
    if installed_payments().providers[0].capabilities.concludes:
        with pytest.raises(Unavailable):
            actions.conclude(account_id, top_up_id=started.id, now=NOW)


def _away() -> Any:
    raise Unavailable("payment provider")


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'{"type": 1}', b"[" * 100_000, b"\xff"])
def test_rubbish_is_refused(there: Side, db: None, body: bytes) -> None:
    with pytest.raises((CallbackUnreadable, CallbackNotGenuine)):
        there.call_back(body)


def test_neither_secrets_nor_the_payer_stand_in_any_log_line(
    there: Side, account_id: int, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as lines:
        started = there.start(account_id)
        body = there.paid_event(started)
        for headers in ({}, there.signed(body)):
            try:
                there.call_back(body, headers=headers)
            except Refusal:
                continue
        actions.read_events(there.code, now=NOW)
        with pytest.raises(Unavailable):
            _open_for_another_sum()
    said = repr(lines) + caplog.text

    assert said
    for secret in secrets_of(there):
        assert secret not in said
        assert secret not in repr(installed_payments().providers[0]._access())  # type: ignore[attr-defined]
    for word in ("Kari", "Sandkasse", "example.com", "QYR5Z8XDVJNXQ"):
        assert word.lower() not in said.lower()


def _open_for_another_sum() -> None:
    top_up = TopUp.objects.get()
    top_up.amount_micro = 30_000_000
    paying_in._open_checkout(
        top_up, provider=installed_payments().providers[0], keep_method=False, now=NOW
    )


def secrets_of(there: Side) -> list[str]:
    names = ("key", "secret", "client_secret", "token", "signing", "webhook_secret")
    found = [there.desk.setting(name) for name in names]
    assert any(found)
    return [word for word in found if word]


def test_a_customer_who_comes_back_is_asked_about_after_ten_seconds_at_most_so_often(
    there: Side, account_id: int
) -> None:
    started = there.start(account_id)
    for second in range(10):
        now = NOW + timedelta(seconds=second)
        actions.return_from_provider(account_id, top_up_id=started.id, now=now)

    concludes = installed_payments().providers[0].capabilities.concludes
    found: list[UUID] = [row.key for row in jobs.UNTOLD.find(NOW + timedelta(seconds=10), 10)]
    assert found == ([started.id] if concludes else [])
    assert not jobs.UNTOLD.find(NOW + asking_back.BROUGHT_FORWARD / 2, 10)


def test_events_of_the_list_are_objects(there: Side, account_id: int) -> None:
    there.pay(there.start(account_id))

    assert all(isinstance(json.loads(body), dict) for body in there.events())
