"""Many at once: one top-up, one credit, refunds within the payment, whoever comes first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.db import connection

from nummer.apps.ledger import actions as ledger
from nummer.apps.ledger import queries as wallets
from nummer.apps.ledger.actions import Book, Leg, TransferKind
from nummer.apps.payments import actions, queries
from nummer.apps.payments.actions import sending_back
from nummer.apps.payments.models import Notice, Refund, TopUp
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from tests import builders
from tests.apps.payments.conftest import NOW, TWENTY, Provider, start
from tests.invariants.proofs import breaches

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def account_id() -> int:
    builders.shop()
    return builders.customer(balance="0.00")


def at_once(threads: int, calls: Sequence[Callable[[], object]]) -> list[object]:
    """Make all calls on `threads` connections and return each one's answer or refusal."""

    def one(call: Callable[[], object]) -> object:
        try:
            return call()
        except Refusal as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, calls))


def paid(provider: Provider, account_id: int) -> tuple[actions.StartedTopUp, str]:
    started = start(account_id)
    payment = provider.pay(started)
    provider.tell("checkout.session.completed")
    return started, payment


def euros(text: str) -> Money:
    return Money.parse(text, "EUR")


def test_50_parallel_identical_top_ups_are_one(provider: Provider, account_id: int) -> None:
    answers = at_once(50, [partial(start, account_id, key=new_id())] * 50)

    (started,) = set(map(repr, answers))
    assert "StartedTopUp" in started
    (top_up,) = TopUp.objects.all()
    with provider.desk.change() as memory:
        sessions = memory.all_of("checkout.session")
    assert [session["id"] for session in sessions] == [top_up.provider_reference]


def test_50_copies_of_one_event_credit_once(provider: Provider, account_id: int) -> None:
    provider.pay(start(account_id))
    bodies = provider.events("checkout.session.completed", "payment_intent.succeeded")

    answers = at_once(16, [partial(provider.call_back, body) for body in bodies * 25])

    assert Counter(map(str, answers))["credited"] == 25
    assert wallets.balance(account_id).total == TWENTY
    assert Notice.objects.count() == 2
    assert breaches() == []


def test_racing_partial_refunds_stay_within_the_payment(
    provider: Provider, account_id: int
) -> None:
    started, payment = paid(provider, account_id)
    wanted = [
        partial(
            actions.refund_top_up,
            account_id,
            top_up_id=started.id,
            amount=euros(amount),
            key=new_id(),
            clause="RP-C1",
            now=NOW,
        )
        for amount in ["3.00", "7.00"] * 16
    ]

    answers = at_once(16, wanted)
    for refund in Refund.objects.all():
        sending_back.send(account_id, refund_id=refund.id, now=NOW)
    provider.tell()

    booked = sum(row.amount_micro for row in Refund.objects.all())
    assert euros("17.00").micro < booked <= TWENTY.micro
    assert wallets.balance(account_id).total.micro == TWENTY.micro - booked
    assert sum(each["amount"] for each in provider.refunds(payment)) * 10_000 == booked
    assert {row.state for row in queries.refunds(account_id)} == {"paid"}
    refused = [answer for answer in answers if isinstance(answer, Refusal)]
    assert {refusal.code for refusal in refused} == {"refund_above_top_up"}
    assert breaches() == []


def test_refunds_race_with_orders_and_neither_takes_the_others_money(
    provider: Provider, account_id: int
) -> None:
    first, _ = paid(provider, account_id)
    second, _ = paid(provider, account_id)

    def order() -> object:
        order_id = new_id()
        return ledger.post(
            account_id,
            id=order_id,
            kind=TransferKind.ORDER,
            legs=[Leg(Book.REVENUE, -euros("1.00"))],
            reference=order_id,
            now=NOW,
        )

    def refund(started: actions.StartedTopUp) -> object:
        return actions.refund_top_up(
            account_id,
            top_up_id=started.id,
            amount=euros("1.00"),
            key=new_id(),
            clause="RP-C1",
            now=NOW,
        )

    at_once(16, [order, partial(refund, first), partial(refund, second)] * 30)

    assert wallets.balance(account_id).total.micro == 0
    for started in (first, second):
        shares = wallets.shares(account_id, reference=started.id)
        assert {share.source for share in shares} <= {started.id}
    assert breaches() == []


def test_ten_disputes_and_refunds_of_one_payment_take_it_once(
    provider: Provider, account_id: int
) -> None:
    started, payment = paid(provider, account_id)
    provider.dispute(payment)
    provider.end_dispute(payment, won=False)
    wanted = [
        partial(
            actions.refund_top_up,
            account_id,
            top_up_id=started.id,
            amount=euros("2.00"),
            key=new_id(),
            clause="RP-C1",
            now=NOW,
        )
        for _ in range(10)
    ]
    told = [partial(provider.call_back, body) for body in provider.events() * 3]

    at_once(16, [call for pair in zip(wanted * 2, told, strict=False) for call in pair])
    for refund in Refund.objects.all():
        sending_back.send(account_id, refund_id=refund.id, now=NOW)
    provider.tell()

    (row,) = queries.disputes(account_id)
    failed = [each for each in queries.refunds(account_id) if each.state == "failed"]
    assert len(failed) == Refund.objects.count(), "the provider refuses what is disputed"
    assert row.taken + row.uncovered == TWENTY
    assert wallets.balance(account_id).total == euros("0.00"), "the bank gave all of it back"
    assert provider.refunds(payment) == []
    assert breaches() == []
