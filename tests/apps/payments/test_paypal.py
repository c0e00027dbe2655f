"""PayPal: approved pages are captured once, money goes back within what was taken, disputes."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from nummer.apps.ledger import queries as wallets
from nummer.apps.payments import actions, jobs, queries
from nummer.apps.payments.actions import sending_back
from nummer.apps.payments.errors import (
    CallbackNotGenuine,
    CallbackRefused,
    CallbackUnreadable,
    RefundAboveTopUp,
    TopUpDisputed,
)
from nummer.apps.payments.models import Dispute, Notice, NoticeOutcome, Refund, TopUp
from nummer.apps.payments.ports import installed_payments
from nummer.apps.standing import queries as standing
from nummer.kernel.errors import Unavailable
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from nummer.suppliers.paypal import calls
from nummer.suppliers.paypal.reading import About, read_event, read_object
from nummer.suppliers.sandbox.payments.paypal import objects
from tests import builders
from tests.apps.payments.sides import NOW, PayPalSide, side
from tests.invariants.proofs import breaches

FIVE = Money.parse("5.00", "EUR")


@pytest.fixture
def paypal(tmp_path: Path) -> Iterator[PayPalSide]:
    with side(PayPalSide, tmp_path) as one:
        assert isinstance(one, PayPalSide)
        yield one


@pytest.fixture
def account_id(shop: None) -> int:
    return builders.customer(balance="0.00")


def total(account_id: int) -> str:
    return wallets.balance(account_id).total.decimal_text()


def paid(paypal: PayPalSide, account_id: int) -> tuple[UUID, str]:
    """Return a paid top-up and the capture that paid it."""
    started = paypal.start(account_id)
    capture = paypal.pay(started)
    paypal.tell("PAYMENT.CAPTURE.COMPLETED")
    return started.id, capture


def wanted(account_id: int, top_up_id: UUID, **changes: object) -> sending_back.SentBack:
    wish: dict[str, object] = {
        "top_up_id": top_up_id,
        "amount": FIVE,
        "key": new_id(),
        "clause": "RP-C1",
        "now": NOW,
    }
    return actions.refund_top_up(account_id, **(wish | changes))  # type: ignore[arg-type]


def captures_wished_for() -> int:
    return ProcrastinateJob.objects.filter(task_name="payments.conclude").count()


def test_an_approved_page_is_captured_once_and_credited_once(
    paypal: PayPalSide, account_id: int
) -> None:
    started = paypal.start(account_id)
    paypal.approve(started)

    for body in paypal.events("CHECKOUT.ORDER.APPROVED") * 3:
        assert paypal.call_back(body) == NoticeOutcome.NOTED
    assert captures_wished_for() == 1
    assert total(account_id) == "0.00"
    for _ in range(3):
        actions.conclude(account_id, top_up_id=started.id, now=NOW)
    paypal.tell()

    (capture,) = paypal.captures(started)
    assert (capture["custom_id"], capture["amount"]["value"]) == (started.id.hex, "20.00")
    assert TopUp.objects.get().payment_reference == capture["id"]
    assert total(account_id) == "20.00"
    assert breaches() == []


def test_a_page_that_was_not_approved_is_not_captured(paypal: PayPalSide, account_id: int) -> None:
    started = paypal.start(account_id)

    actions.conclude(account_id, top_up_id=started.id, now=NOW)

    assert paypal.captures(started) == []
    assert (total(account_id), TopUp.objects.get().state) == ("0.00", "started")


def test_an_approval_for_another_sum_is_not_captured(paypal: PayPalSide, account_id: int) -> None:
    started = paypal.start(account_id)
    paypal.worth(started, "0.01", "EUR")
    paypal.approve(started)

    (body,) = paypal.events("CHECKOUT.ORDER.APPROVED")
    with pytest.raises(CallbackRefused):
        paypal.call_back(body)

    assert captures_wished_for() == 0
    assert Notice.objects.get().outcome == "other_sum"


def test_an_approval_whose_job_was_lost_is_captured_by_a_due_row(
    paypal: PayPalSide, account_id: int
) -> None:
    started = paypal.start(account_id)
    paypal.approve(started)
    paypal.tell("CHECKOUT.ORDER.APPROVED")

    asked = []
    for minute in range(24 * 60 + 1):
        now = NOW + timedelta(minutes=minute)
        for row in jobs.UNTOLD.find(now, 10):
            jobs.UNTOLD.fire(row, now)
            asked.append(minute)

    assert asked[:5] == [1, 2, 4, 8, 16]
    assert len(asked) < 15
    assert captures_wished_for() == 1 + len(asked)  # the first one by the event


def test_a_declined_payer_may_approve_again(paypal: PayPalSide, account_id: int) -> None:
    started = paypal.start(account_id)
    paypal.approve(started, how=objects.DECLINES)
    actions.conclude(account_id, top_up_id=started.id, now=NOW)
    assert TopUp.objects.get().state == "failed"

    paypal.approve(started)
    actions.conclude(account_id, top_up_id=started.id, now=NOW)

    assert (total(account_id), TopUp.objects.get().state) == ("20.00", "paid")
    assert breaches() == []


@pytest.mark.parametrize(
    ("completed", "state", "held"), [(True, "paid", "20.00"), (False, "failed", "0.00")]
)
def test_a_capture_that_waits_gives_nothing_before_its_end(
    paypal: PayPalSide, account_id: int, *, completed: bool, state: str, held: str
) -> None:
    started = paypal.start(account_id)
    paypal.approve(started, how=objects.WAITS)
    actions.conclude(account_id, top_up_id=started.id, now=NOW)
    paypal.tell()
    assert (total(account_id), TopUp.objects.get().state) == ("0.00", "started")

    with paypal.desk.change() as memory:
        objects.end_waiting(memory, paypal.reference(started), completed=completed)
    paypal.tell()

    assert (total(account_id), TopUp.objects.get().state) == (held, state)


def test_a_forged_callback_with_the_right_checksum_is_not_believed(
    paypal: PayPalSide, account_id: int
) -> None:
    """The signature covers no more than a CRC32, for which anybody finds a second text."""
    started = paypal.start(account_id)
    body = paypal.paid_event(started)
    lie = json.loads(body)
    lie["resource"]["amount"]["value"] = "900.00"
    forged = _with_checksum(json.dumps(lie).encode(), zlib.crc32(body))
    assert zlib.crc32(forged) == zlib.crc32(body)

    assert paypal.call_back(forged, headers=paypal.signed(body)) == NoticeOutcome.CREDITED

    assert total(account_id) == "20.00"


def _with_checksum(text: bytes, wanted_crc: int) -> bytes:
    """Return a JSON object, ended by blanks and tabs, of the checksum that is wanted.

    CRC32 is linear: 40 places that hold a blank or a tab suffice, solved by elimination.
    """
    start = text + b" " * 64
    base = zlib.crc32(start)
    rows = []
    for place in range(64):
        changed = bytearray(start)
        changed[len(text) + place] = ord("\t")
        rows.append((zlib.crc32(bytes(changed)) ^ base, 1 << place))
    need, chosen = wanted_crc ^ base, 0
    for bit in range(32):
        pivot = next((row for row in rows if row[0] >> bit & 1), None)
        if pivot is None:
            continue
        rows = [
            (row[0] ^ pivot[0], row[1] ^ pivot[1]) if row[0] >> bit & 1 else row
            for row in rows
            if row is not pivot
        ]
        if need >> bit & 1:
            need, chosen = need ^ pivot[0], chosen ^ pivot[1]
    assert need == 0
    ends = bytes(ord("\t") if chosen >> place & 1 else ord(" ") for place in range(64))
    return text + ends


def test_a_webhook_about_somebody_elses_payment_is_refused(
    paypal: PayPalSide, account_id: int
) -> None:
    event = json.loads(paypal.paid_event(paypal.start(account_id)))
    event["resource"]["id"] = "9AB12345CD678901E"
    body = json.dumps(event).encode()

    with pytest.raises(CallbackRefused):
        paypal.call_back(body)

    assert (total(account_id), Notice.objects.count()) == ("0.00", 0)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("paypal-cert-url", "https://api.paypal.com.evil.test/certs/1"),
        ("paypal-cert-url", "http://127.0.0.2/certs/1"),
        ("paypal-transmission-time", "yesterday"),
        ("paypal-transmission-time", "2026-11-22T12:00:00"),
        ("paypal-transmission-time", "9999-12-31T23:59:59-23:59"),
    ],
)
def test_a_callback_of_another_form_asks_paypal_nothing(
    paypal: PayPalSide, account_id: int, monkeypatch: pytest.MonkeyPatch, *, name: str, text: str
) -> None:
    body = paypal.paid_event(paypal.start(account_id))
    monkeypatch.setattr(calls.JsonApi, "ask", _nobody)

    with pytest.raises(CallbackNotGenuine):
        paypal.call_back(body, headers={**paypal.signed(body), name: text})


def _nobody(*_: object, **__: object) -> None:
    raise AssertionError("somebody was asked")


def test_many_callbacks_at_once_do_not_hold_all_of_the_shop(
    paypal: PayPalSide, account_id: int
) -> None:
    body = paypal.paid_event(paypal.start(account_id))
    ours = installed_payments().providers[0]._calls()  # type: ignore[attr-defined]
    for _ in range(calls.ASKED_AT_ONCE_MAX):
        ours._callbacks.acquire()

    with pytest.raises(Unavailable):
        paypal.call_back(body)
    for _ in range(calls.ASKED_AT_ONCE_MAX):
        ours._callbacks.release()

    assert paypal.call_back(body) == NoticeOutcome.CREDITED


def test_a_token_is_kept_until_it_ends_and_replaced_when_it_is_refused(
    paypal: PayPalSide, account_id: int
) -> None:
    paypal.start(account_id)
    first = paypal.desk.setting("token")
    paypal.start(account_id)
    assert paypal.desk.setting("token") == first

    with paypal.desk.change() as memory:
        memory.set("token", "ended before its time")
    paypal.start(account_id)
    assert paypal.desk.setting("token").startswith("A21AA")

    with paypal.desk.change() as memory:
        memory.set("token_lives_s", "61")
        memory.set("token", "ended again")
    paypal.start(account_id)
    short = paypal.desk.setting("token")
    ours = installed_payments().providers[0]._calls()._access  # type: ignore[attr-defined]
    ours._ends -= 2
    paypal.start(account_id)
    assert paypal.desk.setting("token") != short


def test_wrong_keys_are_unavailable(paypal: PayPalSide, account_id: int) -> None:
    with paypal.desk.change() as memory:
        memory.set("client_secret", "changed")
    access = installed_payments().providers[0]._access()  # type: ignore[attr-defined]
    with paypal.desk.change() as memory:
        memory.set("client_secret", "changed again")

    with pytest.raises(Unavailable):
        calls.PayPalCalls(
            client_id=access.client_id,
            secret=access.secret,
            webhook_id=access.webhook_id,
            api=access.api,
        ).webhook()


def test_parts_go_back_within_what_was_captured(paypal: PayPalSide, account_id: int) -> None:
    top_up_id, capture = paid(paypal, account_id)
    for amount in ("5.00", "7.50"):
        refund = wanted(account_id, top_up_id, amount=Money.parse(amount, "EUR"))
        for _ in range(2):
            sending_back.send(account_id, refund_id=refund.id, now=NOW)
    with pytest.raises(RefundAboveTopUp) as refused:
        wanted(account_id, top_up_id, amount=Money.parse("7.51", "EUR"))
    paypal.tell()

    assert refused.value.data["left"] == "7.50"
    sent = [(each["amount"]["value"], each["custom_id"]) for each in paypal.refunds(capture)]
    assert sorted(value for value, _ in sent) == ["5.00", "7.50"]
    assert {ours for _, ours in sent} == {row.id.hex for row in Refund.objects.all()}
    assert {row.state for row in queries.refunds(account_id)} == {"paid"}
    assert total(account_id) == "7.50"
    assert breaches() == []


def test_a_refund_that_fails_days_later_is_on_the_balance_again(
    paypal: PayPalSide, account_id: int
) -> None:
    top_up_id, capture = paid(paypal, account_id)
    refund = wanted(account_id, top_up_id)
    sending_back.send(account_id, refund_id=refund.id, now=NOW)
    paypal.fail_refunds(capture)

    for _ in range(2):
        actions.read_events(paypal.code, now=NOW)

    assert [row.state for row in queries.refunds(account_id)] == ["failed"]
    assert total(account_id) == "20.00"
    assert breaches() == []


def test_an_answer_that_was_lost_is_found_in_the_order(paypal: PayPalSide, account_id: int) -> None:
    top_up_id, capture = paid(paypal, account_id)
    refund = wanted(account_id, top_up_id)
    sending_back.send(account_id, refund_id=refund.id, now=NOW)
    Refund.objects.update(state="wanted", provider_reference="", closed_at=None, attempts=1)
    with paypal.desk.change() as memory:
        memory._link.execute("DELETE FROM answer")  # the provider's keys are forgotten in time

    sending_back.send(account_id, refund_id=refund.id, now=NOW)

    assert len(paypal.refunds(capture)) == 1
    assert [row.state for row in queries.refunds(account_id)] == ["paid"]


def test_a_refund_made_at_paypal_is_booked_as_far_as_the_money_is_there(
    paypal: PayPalSide, account_id: int
) -> None:
    _, capture = paid(paypal, account_id)
    with paypal.desk.change() as memory:
        objects.refund(memory, capture, {"amount": {"value": "8.00", "currency_code": "EUR"}})

    for _ in range(2):
        paypal.tell()

    (row,) = Refund.objects.all()
    assert (row.ordered_here, row.amount_micro, row.state) == (False, 8_000_000, "paid")
    assert total(account_id) == "12.00"
    assert breaches() == []


def test_what_paypal_refuses_to_send_is_on_the_balance_again(
    paypal: PayPalSide, account_id: int
) -> None:
    top_up_id, capture = paid(paypal, account_id)
    refund = wanted(account_id, top_up_id)
    paypal.dispute(capture)  # the shop does not know of it yet

    sending_back.send(account_id, refund_id=refund.id, now=NOW)

    assert [row.state for row in queries.refunds(account_id)] == ["failed"]
    assert (total(account_id), paypal.refunds(capture)) == ("20.00", [])


def test_a_disputed_payment_is_not_sent_back(paypal: PayPalSide, account_id: int) -> None:
    top_up_id, capture = paid(paypal, account_id)
    paypal.dispute(capture)
    paypal.tell()

    with pytest.raises(TopUpDisputed):
        wanted(account_id, top_up_id)

    assert standing.suspended(account_id)
    assert total(account_id) == "20.00"


@pytest.mark.parametrize(("won", "held"), [(True, "20.00"), (False, "0.00")])
def test_a_dispute_ends(paypal: PayPalSide, account_id: int, *, won: bool, held: str) -> None:
    _, capture = paid(paypal, account_id)
    paypal.dispute(capture)
    paypal.end_dispute(capture, won=won)

    for body in reversed(paypal.events() * 2):
        paypal.call_back(body)

    assert [row.state for row in queries.disputes(account_id)] == ["won" if won else "lost"]
    assert (total(account_id), standing.suspended(account_id)) == (held, not won)
    assert breaches() == []


def test_a_buyer_who_only_asks_has_not_disputed(paypal: PayPalSide, account_id: int) -> None:
    _, capture = paid(paypal, account_id)
    paypal.dispute(capture, inquiry=True)

    paypal.tell()

    assert Dispute.objects.count() == 0
    assert not standing.suspended(account_id)


def test_a_long_list_is_read_to_its_end(paypal: PayPalSide, account_id: int) -> None:
    _, capture = paid(paypal, account_id)
    for _ in range(80):  # two events each
        with paypal.desk.change() as memory:
            objects.refund(memory, capture, {"amount": {"value": "0.01", "currency_code": "EUR"}})

    actions.read_events(paypal.code, now=NOW)

    assert len(queries.refunds(account_id, limit=200)) == 80
    assert total(account_id) == "19.20"


ORDER = {
    "id": "5O190127TN364715T",
    "status": "APPROVED",
    "purchase_units": [{"amount": {"currency_code": "EUR", "value": "20.00"}, "custom_id": "c"}],
}


@pytest.mark.parametrize(
    "amount",
    [
        {},
        {"currency_code": "EUR"},
        {"currency_code": "EUR", "value": 20},
        {"currency_code": "EUR", "value": 20.0},
        {"currency_code": "EUR", "value": "-20.00"},
        {"currency_code": "EUR", "value": "1e9"},
        {"currency_code": "EUR", "value": "NaN"},
        {"currency_code": "EUR", "value": "999999999.00"},
        {"currency_code": "EUR", "value": "\uff12\uff10"},
        {"currency_code": "eur", "value": "20.00"},
        {"currency_code": "XXQ", "value": "20.00"},
        {"currency_code": ["EUR"], "value": "20.00"},
        None,
    ],
)
def test_what_is_no_amount_is_unreadable(amount: object) -> None:
    with pytest.raises(CallbackUnreadable):
        read_object(About.ORDER, {**ORDER, "purchase_units": [{"amount": amount}]})


@pytest.mark.parametrize("name", ["", "../../v1/oauth2/token", "a b", "A" * 61, None, 5, "\u00e9"])
def test_an_id_cannot_lead_elsewhere(name: object) -> None:
    event = {"id": "WH-1", "event_type": "PAYMENT.CAPTURE.COMPLETED", "resource": {"id": name}}

    with pytest.raises(CallbackUnreadable):
        read_event(event)


def test_what_concerns_nothing_of_ours_is_ignored() -> None:
    assert read_event({"id": "WH-1", "event_type": "VAULT.CREATED", "resource": {}}) is None


def test_a_capture_that_paypal_takes_back_is_a_lost_dispute(
    paypal: PayPalSide, account_id: int
) -> None:
    _, capture = paid(paypal, account_id)
    with paypal.desk.change() as memory:
        objects.reverse(memory, capture)

    for _ in range(2):
        paypal.tell("PAYMENT.CAPTURE.REVERSED")

    (row,) = queries.disputes(account_id)
    assert (row.state, row.taken.decimal_text(), row.uncovered.micro) == ("lost", "20.00", 0)
    assert (total(account_id), standing.suspended(account_id)) == ("0.00", True)
    assert breaches() == []


@pytest.mark.parametrize("first", ["PAYMENT.CAPTURE.REVERSED", "CUSTOMER.DISPUTE.CREATED"])
def test_what_a_lost_dispute_takes_is_taken_once(
    paypal: PayPalSide, account_id: int, first: str
) -> None:
    _, capture = paid(paypal, account_id)
    paypal.dispute(capture)
    paypal.end_dispute(capture, won=False)
    with paypal.desk.change() as memory:
        objects.reverse(memory, capture)

    paypal.tell(first)
    paypal.tell()

    (row,) = queries.disputes(account_id)
    assert (row.state, row.taken.decimal_text(), row.uncovered.micro) == ("lost", "20.00", 0)
    assert (total(account_id), breaches()) == ("0.00", [])
