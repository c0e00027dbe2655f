"""Many at once: one key books once, no wallet goes below zero, the roll-up misses nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import sleep

import pytest
from django.db import connection, transaction

from nummer.apps.ledger import actions, queries
from nummer.apps.ledger.actions import Balance, Book, Leg, Posting, TransferKind
from nummer.apps.ledger.errors import InsufficientBalance
from nummer.kernel.ids import new_id
from tests.apps.ledger.conftest import NOW, OpenWallet, eur, top_up

pytestmark = pytest.mark.django_db(transaction=True)


def in_threads(threads: int, work: Sequence[Callable[[], object]]) -> list[object]:
    """Do all of `work` on `threads` connections at once and return the answers in order."""

    def one(do: Callable[[], object]) -> object:
        try:
            return do()
        except InsufficientBalance as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, work))


def test_320_replays_of_one_key_book_once(wallet: OpenWallet) -> None:
    account_id, key, order = wallet("100.00"), new_id(), new_id()

    def spend() -> Balance:
        return actions.post(
            account_id,
            id=key,
            kind=TransferKind.ORDER,
            legs=[Leg(Book.REVENUE, eur("-4.00")), Leg(Book.TAX, eur("-1.00"))],
            reference=order,
            now=NOW,
        )

    answers = in_threads(16, [spend] * 320)

    assert set(map(repr, answers)) == {repr(queries.balance(account_id))}
    assert queries.balance(account_id).total == eur("95.00")
    assert len(queries.statement(account_id)) == 2


def test_eight_buyers_of_thirty_things_spend_a_hundred_exactly(wallet: OpenWallet) -> None:
    account_id = wallet("60.00", promo="40.00")

    def spend() -> Balance:
        return actions.post(
            account_id,
            id=new_id(),
            kind=TransferKind.ORDER,
            legs=[Leg(Book.REVENUE, eur("-1.00"))],
            reference=new_id(),
            now=NOW,
        )

    answers = in_threads(8, [spend] * 240)

    assert sum(isinstance(answer, InsufficientBalance) for answer in answers) == 140
    assert queries.balance(account_id).total == eur("0.00")
    assert len(queries.statement(account_id, limit=200)) == 102
    assert [line for line in queries.audit_lines() if line[1]] == []


def test_holds_and_spending_race_for_the_same_money(wallet: OpenWallet) -> None:
    account_id = wallet("20.00")

    def hold_and_capture() -> Balance:
        held = actions.authorise(
            account_id,
            id=new_id(),
            amount=eur("2.00"),
            kind=TransferKind.USAGE,
            reference=new_id(),
            expires_at=NOW,
            now=NOW,
        )
        return actions.settle(
            account_id, hold_id=held.id, legs=[Leg(Book.REVENUE, eur("-1.00"))], now=NOW
        )

    answers = in_threads(8, [hold_and_capture] * 60)

    taken = sum(isinstance(answer, Balance) for answer in answers)
    balance = queries.balance(account_id)
    assert balance.total == eur(f"{20 - taken}.00")
    assert balance.held == eur("0.00")
    assert 19 <= taken + 1 <= 21
    assert [line for line in queries.audit_lines() if line[1]] == []


def test_batches_over_the_same_wallets_never_block_one_another_for_good(
    wallet: OpenWallet,
) -> None:
    accounts = [wallet("1000.00") for _ in range(6)]

    def batch(order: Sequence[int]) -> Callable[[], object]:
        return lambda: actions.post_many(
            [
                Posting(
                    account_id=account_id,
                    id=new_id(),
                    kind=TransferKind.USAGE,
                    legs=[Leg(Book.REVENUE, eur("-1.00"))],
                    reference=new_id(),
                )
                for account_id in order
            ],
            now=NOW,
        )

    in_threads(6, [batch(accounts), batch(accounts[::-1])] * 15)

    assert {queries.balance(account_id).total for account_id in accounts} == {eur("970.00")}


def test_the_roll_up_equals_the_journal_while_money_moves(wallet: OpenWallet) -> None:
    accounts = [wallet() for _ in range(4)]
    done = Event()

    def write(account_id: int) -> Callable[[], object]:
        def write_some() -> None:
            for _ in range(40):
                top_up(account_id, "1.00")

        return write_some

    def roll() -> int:
        rounds = 0
        while not done.wait(0.01):
            actions.roll_up(NOW)
            assert [line for line in queries.audit_lines() if line[1]] == []
            rounds += 1
        return rounds

    def write_all() -> None:
        try:
            in_threads(4, [write(account_id) for account_id in accounts])
        finally:
            done.set()

    rounds, _ = in_threads(2, [roll, write_all])

    assert rounds
    roll_up_what_ended()
    assert [line for line in queries.audit_lines() if line[1]] == []


def test_a_transaction_that_stayed_open_through_many_roll_ups_is_counted(
    wallet: OpenWallet,
) -> None:
    slow, quick = wallet(), wallet()
    posted, go = Event(), Event()

    def stay_open() -> None:
        with transaction.atomic():
            top_up(slow, "1.00")
            posted.set()
            assert go.wait(20)

    def roll_meanwhile() -> int:
        assert posted.wait(20)
        for _ in range(3):
            top_up(quick, "1.00")
            actions.roll_up(NOW)
        waiting = uncounted()
        go.set()
        return waiting

    _, waiting = in_threads(2, [stay_open, roll_meanwhile])

    assert waiting >= 3  # those that came later wait for the one that is open
    roll_up_what_ended()
    assert [line for line in queries.audit_lines() if line[1]] == []


def roll_up_what_ended() -> None:
    """Roll up until nothing waits; other databases of the server may hold it up for a while."""
    for _ in range(50):
        actions.roll_up(NOW)
        if not uncounted():
            return
        sleep(0.1)


def uncounted() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM ledger.transfer"
            " WHERE tx >= (SELECT first_uncounted_tx FROM ledger.rollup_mark)"
        )
        return int(cursor.fetchone()[0])
