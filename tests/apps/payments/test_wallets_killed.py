"""Many at once, and kill -9 between the provider's answer and our commit: nothing double."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from nummer.apps.ledger import queries as wallets
from nummer.apps.payments import actions, jobs, queries
from nummer.apps.payments.actions import sending_back, wishes
from nummer.apps.payments.models import Notice, Refund, TopUp
from nummer.apps.payments.ports import installed_payments
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import id_of, new_id
from nummer.kernel.money import Money
from tests import builders
from tests.apps.payments.sides import NOW, TWENTY, BtcPaySide, PayPalSide, Side, side
from tests.apps.payments.test_killed import LATER, killed_when_done
from tests.apps.payments.test_racing import at_once
from tests.invariants.proofs import breaches

pytestmark = pytest.mark.django_db(transaction=True)
WALLETS = {"PayPal": PayPalSide, "BTCPay": BtcPaySide}


@pytest.fixture(params=WALLETS)
def there(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Side]:
    with side(WALLETS[request.param], tmp_path) as one:
        yield one


@pytest.fixture
def paypal(tmp_path: Path) -> Iterator[PayPalSide]:
    with side(PayPalSide, tmp_path) as one:
        assert isinstance(one, PayPalSide)
        yield one


@pytest.fixture
def account_id() -> int:
    builders.shop()
    return builders.customer(balance="0.00")


def total(account_id: int) -> str:
    return wallets.balance(account_id).total.decimal_text()


def keeps_its_answers(there: Side) -> None:
    with there.desk.change() as memory:
        memory.set("answer_delay_s", "60")


def killed(there: Side, what: str, account_id: int, row: UUID, *, done: Callable[[], Any]) -> None:
    """Let another process ask; kill it once the provider has done it; make answers quick again."""
    keeps_its_answers(there)
    words = [there.code, str(there.folder), str(there.port), what, str(account_id), str(row)]
    killed_when_done(words, done=done)
    with there.desk.change() as memory:
        memory.set("answer_delay_s", "")


def test_50_parallel_identical_top_ups_are_one(there: Side, account_id: int) -> None:
    answers = at_once(50, [partial(there.start, account_id, key=new_id())] * 50)

    (started,) = set(map(repr, answers))
    assert "StartedTopUp" in started
    assert (there.pages(), TopUp.objects.count()) == (1, 1)


def test_50_copies_of_one_event_credit_once(there: Side, account_id: int) -> None:
    body = there.paid_event(there.start(account_id))

    at_once(4, [partial(there.call_back, body)] * 50)

    assert wallets.balance(account_id).total == TWENTY
    assert Notice.objects.count() == 1
    assert breaches() == []


def test_a_capture_and_its_event_and_the_list_race_and_credit_once(
    paypal: PayPalSide, account_id: int
) -> None:
    started = paypal.start(account_id)
    paypal.approve(started)
    (approved,) = paypal.events("CHECKOUT.ORDER.APPROVED")

    at_once(
        8,
        [
            partial(actions.conclude, account_id, top_up_id=started.id, now=NOW),
            partial(actions.read_events, paypal.code, now=NOW),
        ]
        * 8,
    )
    paypal.call_back(approved)

    assert len(paypal.captures(started)) == 1
    assert total(account_id) == "20.00"
    assert breaches() == []


def test_two_racing_partial_refunds_stay_within_the_payment(
    paypal: PayPalSide, account_id: int
) -> None:
    started = paypal.start(account_id)
    capture = paypal.pay(started)
    paypal.tell("PAYMENT.CAPTURE.COMPLETED")
    wanted = [
        partial(
            actions.refund_top_up,
            account_id,
            top_up_id=started.id,
            amount=Money.parse("15.00", "EUR"),
            key=new_id(),
            clause="RP-C1",
            now=NOW,
        )
        for _ in range(2)
    ]

    answers = at_once(2, wanted)
    at_once(
        4,
        [
            partial(sending_back.send, account_id, refund_id=refund.id, now=NOW)
            for refund in Refund.objects.all()
        ]
        * 4,
    )
    paypal.tell()

    refused = Counter(answer.code for answer in answers if isinstance(answer, Refusal))
    assert refused == {"refund_above_top_up": 1}
    assert [each["amount"]["value"] for each in paypal.refunds(capture)] == ["15.00"]
    assert total(account_id) == "5.00"
    assert breaches() == []


def test_killed_while_a_page_is_opened(there: Side, account_id: int) -> None:
    key = new_id()
    top_up_id = id_of("top-up", account_id, key)
    (method,) = installed_payments().providers[0].methods
    wishes.note_wish(
        account_id, amount=TWENTY, provider=there.code, method=method, top_up_id=top_up_id, now=NOW
    )
    killed(there, "open", account_id, top_up_id, done=there.pages)
    assert TopUp.objects.get().pay_url == ""

    started = there.start(account_id, key=key)
    there.call_back(there.paid_event(started))

    assert there.pages() == 1
    assert total(account_id) == "20.00"
    assert breaches() == []


@pytest.mark.parametrize("by", ["the due row", "the event", "the list"])
def test_killed_while_money_is_taken(paypal: PayPalSide, account_id: int, by: str) -> None:
    started = paypal.start(account_id)
    paypal.approve(started)
    paypal.tell()
    killed(paypal, "conclude", account_id, started.id, done=lambda: paypal.captures(started))
    assert total(account_id) == "0.00"

    if by == "the event":
        paypal.tell()
    elif by == "the list":
        actions.read_events(paypal.code, now=LATER)
    for row in jobs.UNTOLD.find(LATER, 10):
        jobs.UNTOLD.fire(row, LATER)
        actions.conclude(row.account_id, top_up_id=row.key, now=LATER)
    paypal.tell()

    assert len(paypal.captures(started)) == 1
    assert total(account_id) == "20.00"
    assert breaches() == []


@pytest.mark.parametrize("by", ["the due row", "the event", "the list"])
def test_killed_while_money_goes_back(paypal: PayPalSide, account_id: int, by: str) -> None:
    started = paypal.start(account_id)
    capture = paypal.pay(started)
    paypal.tell()
    refund = actions.refund_top_up(
        account_id,
        top_up_id=started.id,
        amount=Money.parse("5.00", "EUR"),
        key=new_id(),
        clause="RP-C1",
        now=NOW,
    )
    killed(paypal, "refund", account_id, refund.id, done=lambda: paypal.refunds(capture))
    assert Refund.objects.get().state == "wanted"

    if by == "the event":
        paypal.tell()
    elif by == "the list":
        actions.read_events(paypal.code, now=LATER)
    for row in jobs.REFUNDS.find(LATER, 10):
        jobs.REFUNDS.fire(row, LATER)
        sending_back.send(row.account_id, refund_id=row.key, now=LATER)
    paypal.tell()

    assert [row.state for row in queries.refunds(account_id)] == ["paid"]
    assert len(paypal.refunds(capture)) == 1
    assert total(account_id) == "15.00"
    assert breaches() == []
