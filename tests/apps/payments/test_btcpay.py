"""BTCPay: paid, short, over, late, never arrived; and the other way where money cannot go back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from nummer.apps.ledger import queries as wallets
from nummer.apps.notify.models import Letter
from nummer.apps.payments import actions, queries
from nummer.apps.payments.errors import (
    CallbackNotGenuine,
    CallbackRefused,
    CallbackUnreadable,
    MethodNotRefundable,
    TopUpTooLarge,
    TopUpTooSmall,
)
from nummer.apps.payments.models import Notice, NoticeOutcome, Refund, TopUp
from nummer.apps.payments.ports import installed_payments
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from nummer.suppliers.btcpay import reading
from nummer.suppliers.sandbox.payments.btcpay import objects
from tests import builders
from tests.apps.payments.sides import NOW, TWENTY, BtcPaySide, side
from tests.invariants.proofs import breaches


@pytest.fixture
def btcpay(tmp_path: Path) -> Iterator[BtcPaySide]:
    with side(BtcPaySide, tmp_path) as one:
        assert isinstance(one, BtcPaySide)
        yield one


@pytest.fixture
def account_id(shop: None) -> int:
    return builders.customer(balance="0.00")


def total(account_id: int) -> str:
    return wallets.balance(account_id).total.decimal_text()


def told(btcpay: BtcPaySide) -> None:
    """Let the shop hear all webhooks, the refused ones too, and read the list."""
    for body in btcpay.events():
        try:
            btcpay.call_back(body)
        except CallbackRefused:
            continue
    actions.read_events(btcpay.code, now=NOW)


def outcomes() -> dict[str, str]:
    """Return what was made of each notice, by what it tells."""
    rows = Notice.objects.order_by("event_id")
    return {row.event_id.rpartition(".")[2]: row.outcome for row in rows}


def test_it_is_said_before_paying_that_money_cannot_go_back(btcpay: BtcPaySide) -> None:
    (method,) = queries.methods("EUR")

    assert (method.code, method.refundable, method.keepable) == ("sandbox-bitcoin", False, False)
    assert (method.least.decimal_text(), method.most.decimal_text()) == ("10.00", "500.00")
    assert not installed_payments().providers[0].capabilities.refunds


@pytest.mark.parametrize(
    ("amount", "refusal"), [("9.99", TopUpTooSmall), ("500.01", TopUpTooLarge)]
)
def test_its_own_limits_hold(
    btcpay: BtcPaySide, account_id: int, *, amount: str, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        btcpay.start(account_id, amount=Money.parse(amount, "EUR"))

    assert btcpay.pages() == 0


def test_a_settled_invoice_is_credited_once_however_often_it_is_told(
    btcpay: BtcPaySide, account_id: int
) -> None:
    started = btcpay.start(account_id)
    btcpay.pay(started)

    for _ in range(3):
        told(btcpay)
        actions.conclude(account_id, top_up_id=started.id, now=NOW)

    assert outcomes() == {"settled": "credited"}
    assert total(account_id) == "20.00"
    assert breaches() == []


def test_coins_that_are_only_seen_give_nothing(btcpay: BtcPaySide, account_id: int) -> None:
    started = btcpay.start(account_id)
    with btcpay.desk.change() as memory:
        objects.see_unconfirmed(memory, btcpay.reference(started))
    told(btcpay)
    assert (total(account_id), outcomes()) == ("0.00", {})

    with btcpay.desk.change() as memory:
        objects.fail_to_confirm(memory, btcpay.reference(started))
    told(btcpay)

    assert (total(account_id), outcomes()) == ("0.00", {"invalid": "noted"})
    assert TopUp.objects.get().state == "failed"


def test_an_invoice_that_nobody_paid_ends(btcpay: BtcPaySide, account_id: int) -> None:
    started = btcpay.start(account_id)
    btcpay.expire(started)

    told(btcpay)

    assert (total(account_id), outcomes()) == ("0.00", {"expired": "noted"})
    assert TopUp.objects.get().state == "failed"


def test_a_short_payment_is_named_and_not_credited(btcpay: BtcPaySide, account_id: int) -> None:
    started = btcpay.start(account_id)
    btcpay.pay(started, share="0.5")
    told(btcpay)
    assert (total(account_id), outcomes()) == ("0.00", {})
    btcpay.expire(started)

    told(btcpay)

    assert outcomes() == {"expired": "noted", "part-10000000": "other_sum"}
    assert (total(account_id), TopUp.objects.get().state) == ("0.00", "failed")


def test_what_was_paid_short_may_be_filled_up_in_time(btcpay: BtcPaySide, account_id: int) -> None:
    started = btcpay.start(account_id)
    btcpay.pay(started, share="0.5")
    btcpay.pay(started, share="0.5")

    told(btcpay)

    assert (total(account_id), outcomes()) == ("20.00", {"settled": "credited"})


@pytest.mark.parametrize(("share", "named"), [("1.1", "other_sum"), ("2", "paid_late")])
def test_what_was_paid_beyond_the_sum_is_named_and_the_sum_credited(
    btcpay: BtcPaySide, account_id: int, *, share: str, named: str
) -> None:
    btcpay.pay(btcpay.start(account_id), share=share)

    told(btcpay)

    assert outcomes() == {"over": named, "settled": "credited"}
    assert total(account_id) == "20.00"
    assert breaches() == []


def test_coins_that_come_late_wait_for_a_person_who_knows_the_rate(
    btcpay: BtcPaySide, account_id: int
) -> None:
    started = btcpay.start(account_id)
    btcpay.expire(started)
    btcpay.pay(started)
    told(btcpay)
    assert outcomes() == {"expired": "noted", "late-20000000": "paid_late"}
    assert (total(account_id), TopUp.objects.get().state) == ("0.00", "failed")
    told(btcpay)
    assert Letter.objects.filter(account_id=account_id, letter="top-up-beside").count() == 1

    with btcpay.desk.change() as memory:
        objects.mark(memory, btcpay.reference(started), status="Settled")
    for _ in range(2):
        told(btcpay)

    assert (total(account_id), TopUp.objects.get().state) == ("20.00", "paid")
    assert outcomes()["settled"] == "credited"
    assert breaches() == []


def test_a_webhook_says_nothing_of_its_own_about_sums(btcpay: BtcPaySide, account_id: int) -> None:
    """Even a signed one that tells of a settled invoice is not believed: the invoice is read."""
    started = btcpay.start(account_id)
    (created,) = btcpay.events("InvoiceCreated")
    lie = {**json.loads(created), "type": "InvoiceSettled", "overPaid": False}

    outcome = btcpay.call_back(json.dumps(lie).encode())

    assert outcome == NoticeOutcome.IGNORED
    assert (total(account_id), TopUp.objects.get().state) == ("0.00", "started")
    assert queries.top_up(account_id, top_up_id=started.id).state == "started"


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"storeId": "another"}, CallbackNotGenuine),
        ({"invoiceId": "nobodys"}, CallbackRefused),
        ({"invoiceId": "../../api-keys"}, CallbackUnreadable),
        ({"invoiceId": None}, CallbackUnreadable),
        ({"timestamp": "now"}, CallbackUnreadable),
        ({"timestamp": 10**30}, CallbackUnreadable),
    ],
)
def test_a_signed_webhook_of_another_store_or_form_is_refused(
    btcpay: BtcPaySide, account_id: int, *, changes: dict[str, object], refusal: type[Refusal]
) -> None:
    event = json.loads(btcpay.paid_event(btcpay.start(account_id)))

    with pytest.raises(refusal):
        btcpay.call_back(json.dumps({**event, **changes}).encode())

    assert (total(account_id), Notice.objects.count()) == ("0.00", 0)


@pytest.mark.parametrize("changes", [{"invoiceId": "__test__1"}, {"type": "PayoutCreated"}])
def test_a_trial_and_other_events_are_taken_and_forgotten(
    btcpay: BtcPaySide, account_id: int, changes: dict[str, object]
) -> None:
    event = json.loads(btcpay.paid_event(btcpay.start(account_id)))

    outcome = btcpay.call_back(json.dumps({**event, **changes}).encode())

    assert outcome == NoticeOutcome.IGNORED


def test_money_does_not_go_back_and_the_refusal_offers_another_way(
    btcpay: BtcPaySide, account_id: int
) -> None:
    started = btcpay.start(account_id)
    btcpay.pay(started)
    told(btcpay)

    with pytest.raises(MethodNotRefundable) as refused:
        actions.refund_top_up(
            account_id,
            top_up_id=started.id,
            amount=TWENTY,
            key=new_id(),
            clause="LAW-14",
            now=NOW,
        )

    assert refused.value.clause == "RP-CF"
    assert (Refund.objects.count(), total(account_id)) == (0, "20.00")
    assert actions.refundable(account_id, top_up_id=started.id) == Money(0, "EUR")


def test_an_invoice_whose_answer_was_lost_is_found_by_our_id(
    btcpay: BtcPaySide, account_id: int
) -> None:
    key = new_id()
    first = btcpay.start(account_id, key=key)
    TopUp.objects.update(pay_url="", provider_reference="")

    again = btcpay.start(account_id, key=key)

    assert (again, btcpay.pages()) == (first, 1)


def test_a_long_list_is_read_to_its_end(btcpay: BtcPaySide, account_id: int) -> None:
    started = btcpay.start(account_id)
    btcpay.pay(started)
    with btcpay.desk.change() as memory:
        for _ in range(230):
            objects.open_invoice(memory, {"amount": "11.00", "currency": "EUR"})

    actions.read_events(btcpay.code, now=NOW)

    assert total(account_id) == "20.00"
    assert actions.read_events(btcpay.code, now=NOW + timedelta(minutes=10)) == 0


INVOICE = {
    "id": "A",
    "amount": "20.00",
    "paidAmount": "20.00",
    "currency": "EUR",
    "status": "Settled",
    "additionalStatus": "None",
    "metadata": {"orderId": "c"},
}


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": "-20.00"},
        {"amount": "NaN"},
        {"amount": "Infinity"},
        {"amount": "1e30"},
        {"amount": 20.0},
        {"amount": None},
        {"paidAmount": "x"},
        {"currency": "XXQ"},
        {"currency": ["EUR"]},
        {"id": "../x"},
        {"metadata": "orderId"},
        {"metadata": {"orderId": "a\x00b"}},
        {"metadata": {"orderId": "c" * 101}},
        {"metadata": {"orderId": 5}},
    ],
)
def test_an_invoice_of_another_form_is_unreadable(changes: dict[str, object]) -> None:
    with pytest.raises(CallbackUnreadable):
        reading.notices({**INVOICE, **changes})


def test_a_server_that_does_not_say_what_came_is_read_by_its_words() -> None:
    old = {name: value for name, value in INVOICE.items() if name != "paidAmount"}

    (settled,) = reading.notices(old)
    late, expired = reading.notices({**old, "status": "Expired", "additionalStatus": "PaidLate"})

    assert (settled.paid, settled.amount) == (True, TWENTY)
    assert (late.late, late.amount, expired.paid) == (True, TWENTY, False)
    assert [each.paid for each in reading.notices({**old, "status": "Expired"})] == [False]
