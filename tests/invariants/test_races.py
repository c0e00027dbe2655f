"""Races over money, numbers and codes: the first commit wins, and nobody gets both or neither."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection

from nummer.apps.cases.actions import Channel, Proof
from nummer.apps.ledger import queries as ledger
from nummer.apps.ledger.errors import InsufficientBalance
from nummer.apps.numbers import queries as numbers
from nummer.apps.numbers.errors import OutOfStock
from nummer.apps.orders.actions import Placed, place_one_time
from nummer.apps.orders.models import Order
from nummer.apps.refunds.actions import Ask, Asked, cancel_activation, end_window, file_claim
from nummer.apps.refunds.models import Decision
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from tests import builders
from tests.builders import NOW, customer, deliver, wish
from tests.invariants.proofs import breaches

pytestmark = pytest.mark.django_db(transaction=True)
RACES = 1000
CUSTOMERS = 20
HEAD_STARTS = 40  # milliseconds, one after the other: some races are won by each side


@pytest.fixture(autouse=True)
def shop() -> None:
    builders.shop()


class Racers:
    """Threads with connections of their own, which start their calls at the same moment."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.barrier = threading.Barrier(size)
        self.pool = ThreadPoolExecutor(size)

    def __enter__(self) -> Racers:
        return self

    def __exit__(self, *_: object) -> None:
        list(self.pool.map(self._leave, range(self.size)))
        self.pool.shutdown()

    def run(self, calls: Sequence[Callable[[], object]]) -> list[object]:
        """Run the calls together; return each one's answer or refusal."""
        assert len(calls) == self.size, "every thread has one call"
        return list(self.pool.map(self._call, calls))

    def _call(self, call: Callable[[], object]) -> object:
        self.barrier.wait(30)
        try:
            return call()
        except Refusal as refusal:
            return refusal

    def _leave(self, _: int) -> None:
        self.barrier.wait(30)
        connection.close()


def together(calls: Sequence[Callable[[], object]]) -> list[object]:
    """Run the calls at the same moment, once."""
    with Racers(len(calls)) as racers:
        return racers.run(calls)


def test_a_thousand_races_of_delivery_cancel_and_timer_give_code_or_credit() -> None:
    builders.numbers([f"+4759{n:06d}" for n in range(RACES)])
    people = [customer(balance="1000.00") for _ in range(CUSTOMERS)]
    for person in people:
        builders.lift_limits(person)
    both, neither, codes = [], [], 0
    racers = Racers(3)
    for n in range(RACES):
        person = people[n % CUSTOMERS]
        placed = builders.order(person)
        _race(racers, person, placed, head_start_s=n % HEAD_STARTS / 1000)
        row = numbers.activation(person, activation_id=placed.activation_id)
        credited = Decision.objects.filter(account_id=person, order_id=placed.order_id).count()
        code = row.displayed_at is not None
        codes += code
        if code and credited:
            both.append(n)
        if not code and credited != 1:
            neither.append(n)
    racers.__exit__()

    assert (both, neither) == ([], [])
    assert 0 < codes < RACES, "the race has two outcomes, so it is one"
    assert breaches() == []


def _race(racers: Racers, person: int, placed: Placed, *, head_start_s: float) -> None:
    """Race; the delivery, which has more to do, gets a head start that differs each time."""
    end = placed.window_ends_at
    key = numbers.activation(person, activation_id=placed.activation_id).key

    def after_head_start(call: Callable[[], object]) -> object:
        time.sleep(head_start_s)
        return call()

    racers.run(
        [
            lambda: deliver(placed.number, "Telegram code: 48213", at=end),
            lambda: after_head_start(
                lambda: cancel_activation(
                    person, activation_id=placed.activation_id, surface="test", now=end
                )
            ),
            lambda: after_head_start(
                lambda: end_window(person, key=key, now=end + timedelta(microseconds=1))
            ),
        ]
    )


def test_of_64_buyers_of_the_last_number_one_gets_it_and_the_others_pay_nothing() -> None:
    builders.numbers(["+4759440001"])
    people = [customer() for _ in range(64)]

    answers = together([lambda p=p: builders.order(p) for p in people])  # type: ignore[misc]

    bought = [a for a in answers if isinstance(a, Placed)]
    assert len(bought) == 1
    assert sum(isinstance(a, OutOfStock) for a in answers) == 63
    full = Money.parse("20.00", "EUR")
    assert sorted(ledger.balance(p).total.micro for p in people) == sorted(
        [full.micro] * 63 + [(full - bought[0].total).micro]
    )
    assert breaches() == []


def test_of_50_identical_purchases_one_is_made_and_all_get_its_answer() -> None:
    builders.numbers([f"+475944000{n}" for n in range(5)])
    person = customer()
    asked = wish()

    answers = together([lambda: place_one_time(person, wish=asked, now=NOW)] * 50)

    assert len({replace(a, replayed=False) for a in answers if isinstance(a, Placed)}) == 1
    assert all(isinstance(a, Placed) for a in answers)
    assert Order.objects.filter(account_id=person).count() == 1
    assert breaches() == []


def test_many_orders_at_once_never_spend_more_than_the_balance() -> None:
    builders.numbers([f"+47594400{n:02d}" for n in range(40)])
    price = builders.price()
    person = customer(balance=Money(price.micro * 5, "EUR").decimal_text())
    builders.lift_limits(person)

    answers = together([lambda: builders.order(person)] * 20)

    assert sum(isinstance(a, Placed) for a in answers) == 5
    assert sum(isinstance(a, InsufficientBalance) for a in answers) == 15
    assert ledger.balance(person).total.micro == 0
    assert numbers.stock(service="tg", country="NO") == {("tg", "NO"): 35}
    assert breaches() == []


def test_twenty_claims_for_one_order_at_once_give_one_credit() -> None:
    builders.numbers(["+4759440001"])
    account_id = customer()
    placed = builders.order(account_id)
    soon = NOW + timedelta(minutes=1)
    asked = Asked(ask=Ask.CANCEL, channel=Channel.PHONE, proof=Proof.STAFF, received_at=soon)

    def claim() -> object:
        return file_claim(
            account_id,
            key=new_id(),
            activation_id=placed.activation_id,
            asked=asked,
            text="He called.",
            actor="staff:1",
            now=soon,
        )

    def cancel() -> object:
        return cancel_activation(
            account_id, activation_id=placed.activation_id, surface="test", now=soon
        )

    with Racers(21) as racers:
        racers.run([*[claim] * 20, cancel])

    assert ledger.balance(account_id).total == Money(20_000_000, "EUR")
    assert Decision.objects.filter(credited_micro__gt=0).count() == 1
    assert breaches() == []
