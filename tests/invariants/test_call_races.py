"""Calls that begin, go on and end at the same moment never spend the same money."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
from django.db import connection

from nummer.apps.calls import queries
from nummer.apps.calls.actions import Wish, allow, answered, extend, over
from nummer.apps.calls.models import Call, Line
from nummer.apps.leases.ports import install_suppliers
from nummer.apps.leases.queries import LeaseRow
from nummer.apps.ledger import queries as ledger
from nummer.apps.ledger.errors import InsufficientBalance
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from nummer.policy.calls import CallState
from nummer.suppliers.sandbox.numbers import SandboxNumbers
from tests import builders
from tests.builders import NOW
from tests.invariants.proofs import breaches

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 8


@pytest.fixture
def caller(tmp_path: Path) -> LeaseRow:
    builders.shop()
    install_suppliers([SandboxNumbers(tmp_path / "numbers")])
    builders.rentals(["+4759441001"])
    builders.call_rates({"47": "0.06"})
    return builders.rented(builders.customer(balance="18.95"), "+4759441001", keep_fee=False)


def together(do: Callable[[int], str]) -> Counter[str]:
    barrier = Barrier(AT_ONCE)

    def one(place: int) -> str:
        barrier.wait(60)
        try:
            return do(place)
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return Counter(pool.map(one, range(AT_ONCE)))


@pytest.mark.clause("LD-S2")
def test_the_last_cents_are_granted_once(caller: LeaseRow) -> None:
    """0.20 are left, which is 160 seconds at 0.075 a minute, whoever gets them."""
    assert ledger.balance(caller.account_id).spendable == Money.parse("0.20", "EUR")

    def call(place: int) -> str:
        try:
            wish = Wish(new_id().bytes, caller.id, "+4791234567")
            return str(allow(caller.account_id, wish=wish, now=NOW).talk_s)
        except InsufficientBalance:
            return "refused"

    assert together(call) == {"160": 1, "refused": AT_ONCE - 1}
    assert ledger.balance(caller.account_id).spendable == Money(0, "EUR")


def test_one_dialog_that_asks_many_times_is_one_call(caller: LeaseRow) -> None:
    wish = Wish(new_id().bytes, caller.id, "+4791234567")

    def call(place: int) -> str:
        return str(allow(caller.account_id, wish=wish, now=NOW).id)

    assert list(together(call).values()) == [AT_ONCE]
    assert Call.objects.count() == 1


def test_a_call_that_is_extended_and_ended_by_all_at_once_is_settled_once(
    caller: LeaseRow,
) -> None:
    builders.top_up(caller.account_id, "20.00")
    Line.objects.update(per_second_max=1_000)
    before = ledger.balance(caller.account_id).total
    for turn in range(20):
        at = NOW + timedelta(minutes=turn)
        wish = Wish(new_id().bytes, caller.id, "+4791234567")
        call_id = allow(caller.account_id, wish=wish, now=at).id
        dice = random.Random(turn)
        does = [dice.choice(["start", "more", "end"]) for _ in range(AT_ONCE - 1)] + ["end"]

        def call(
            place: int,
            does: list[str] = does,
            call_id: object = call_id,
            at: object = at,
        ) -> str:
            end = at + timedelta(seconds=60)
            if does[place] == "start":
                return f"start {answered(caller.account_id, call_id=call_id, at=at)}"
            if does[place] == "more":
                extend(caller.account_id, call_id=call_id, now=at)
                return "more"
            told = {"call_id": call_id, "answered_at": at, "ended_at": end, "now": end}
            return f"end {over(caller.account_id, **told)}"

        assert together(call)["end True"] == 1

    rows = queries.calls_of(caller.account_id)
    assert {row.state for row in rows} == {CallState.ENDED}
    assert before - ledger.balance(caller.account_id).total == Money.parse("1.50", "EUR")
    assert breaches() == []
