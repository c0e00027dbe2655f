"""What is undone when a verb's short way finds its row taken, and what no way accepts."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction

from nummer.apps.ledger import actions, queries
from nummer.apps.ledger.actions import Balance, Book, Leg, TransferKind
from nummer.apps.ledger.errors import HoldClosed, IdempotencyConflict, InsufficientBalance
from nummer.kernel.ids import new_id
from tests.apps.ledger.conftest import NOW, OpenWallet, eur


def spend(account_id: int, *amounts: str, key: UUID) -> Balance:
    """Pay for an order that has the key's own id."""
    books = (Book.REVENUE, Book.TAX, Book.SUSPENSE)
    return actions.post(
        account_id,
        id=key,
        kind=TransferKind.ORDER,
        legs=[Leg(book, eur(amount)) for book, amount in zip(books, amounts, strict=False)],
        reference=key,
        now=NOW,
    )


def hold(account_id: int, amount: str, *, key: UUID) -> actions.Hold:
    return actions.authorise(
        account_id,
        id=key,
        amount=eur(amount),
        kind=TransferKind.USAGE,
        reference=key,
        expires_at=NOW,
        now=NOW,
    )


def settle(account_id: int, amount: str, *, key: UUID) -> Balance:
    return actions.settle(account_id, hold_id=key, legs=[Leg(Book.REVENUE, eur(amount))], now=NOW)


def require_sound(account_id: int, *, lines: int) -> None:
    """Require the wallet to count its operations without gaps, and every invariant to hold."""
    assert [one.line for one in queries.statement(account_id)] == [*range(lines, 0, -1)]
    assert [line for line in queries.audit_lines() if line[1]] == []


@pytest.mark.parametrize("first", [["-2.00"], ["-2.00", "-0.50"], ["-1.00", "-1.00", "-0.50"]])
@pytest.mark.parametrize("left", ["17.00", "0.00"])
def test_a_replay_answers_as_before_however_much_is_left(
    wallet: OpenWallet, first: list[str], left: str
) -> None:
    account_id, key = wallet("20.00"), new_id()
    answer = spend(account_id, *first, key=key)
    if rest := (answer.total - eur(left)).micro:
        spend(account_id, f"-{(answer.total - eur(left)).decimal_text()}", key=new_id())
    lines = 3 if rest else 2

    again = spend(account_id, *first, key=key)

    assert again == answer
    assert queries.balance(account_id).total == eur(left)
    require_sound(account_id, lines=lines)


@pytest.mark.parametrize(
    ("first", "other"),
    [
        (["-2.00"], ["-2.01"]),
        (["-2.00"], ["-1.00", "-1.00"]),
        (["-1.00", "-1.00"], ["-1.00"]),
        (["-1.00", "-1.00"], ["-1.00", "-1.01"]),
        (["-1.00", "-1.00"], ["-1.00", "-1.00", "-1.00"]),
    ],
)
def test_other_content_under_the_same_key_moves_nothing(
    wallet: OpenWallet, first: list[str], other: list[str]
) -> None:
    account_id, key = wallet("20.00"), new_id()
    balance = spend(account_id, *first, key=key)

    with pytest.raises(IdempotencyConflict):
        spend(account_id, *other, key=key)

    assert queries.balance(account_id) == balance
    require_sound(account_id, lines=2)


def test_a_repeated_hold_holds_once(wallet: OpenWallet) -> None:
    account_id, key = wallet("20.00"), new_id()
    first = hold(account_id, "2.00", key=key)

    assert hold(account_id, "2.00", key=key) == first
    with pytest.raises(IdempotencyConflict):
        hold(account_id, "3.00", key=key)

    assert queries.balance(account_id).held == eur("2.00")
    require_sound(account_id, lines=1)


def test_a_hold_cannot_take_the_id_of_a_transfer(wallet: OpenWallet) -> None:
    account_id, key = wallet("20.00"), new_id()
    spend(account_id, "-1.00", key=key)

    with pytest.raises(IdempotencyConflict):
        hold(account_id, "2.00", key=key)

    assert queries.balance(account_id).held == eur("0.00")
    require_sound(account_id, lines=2)


def test_a_hold_whose_id_was_booked_meanwhile_is_not_captured(wallet: OpenWallet) -> None:
    account_id, key = wallet("20.00"), new_id()
    hold(account_id, "2.00", key=key)
    spend(account_id, "-1.00", key=key)

    with pytest.raises(IdempotencyConflict):
        settle(account_id, "-2.00", key=key)

    balance = queries.balance(account_id)
    assert (balance.total, balance.held) == (eur("19.00"), eur("2.00"))
    assert actions.release(account_id, hold_id=key, now=NOW).captured == eur("0.00")
    assert queries.balance(account_id).spendable == eur("19.00")


def test_a_capture_is_repeated_and_compared(wallet: OpenWallet) -> None:
    account_id, key = wallet("20.00"), new_id()
    hold(account_id, "2.00", key=key)
    hold(account_id, "5.00", key=new_id())
    first = settle(account_id, "-1.50", key=key)

    assert settle(account_id, "-1.50", key=key) == first
    with pytest.raises(IdempotencyConflict):
        settle(account_id, "-1.00", key=key)

    assert (first.total, first.held) == (eur("18.50"), eur("5.00"))
    assert queries.balance(account_id) == first
    require_sound(account_id, lines=2)


@pytest.mark.django_db(transaction=True)
def test_many_settle_the_same_holds_of_one_wallet_at_once(wallet: OpenWallet) -> None:
    account_id = wallet("100.00")
    holds = [new_id() for _ in range(20)]
    for key in holds:
        hold(account_id, "2.00", key=key)

    def capture(key: UUID) -> Callable[[], Balance]:
        def one() -> Balance:
            try:
                return settle(account_id, "-1.00", key=key)
            finally:
                connection.close()

        return one

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda do: do(), [capture(key) for key in holds for _ in range(4)]))

    assert len(set(map(repr, answers))) == len(holds)
    balance = queries.balance(account_id)
    assert (balance.total, balance.held) == (eur("80.00"), eur("0.00"))
    require_sound(account_id, lines=21)


@pytest.mark.django_db(transaction=True)
def test_holds_are_captured_and_released_at_once(wallet: OpenWallet) -> None:
    account_id = wallet("100.00")
    holds = [new_id() for _ in range(30)]
    for key in holds:
        hold(account_id, "2.00", key=key)

    def end(place: int) -> None:
        try:
            if place % 2:
                settle(account_id, "-2.00", key=holds[place // 2])
            else:
                actions.release(account_id, hold_id=holds[place // 2], now=NOW)
        except HoldClosed:
            return  # the other one was first
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(end, range(60)))

    balance = queries.balance(account_id)
    taken = len(queries.statement(account_id, limit=100)) - 1
    assert balance.held == eur("0.00")
    assert balance.total == eur(f"{100 - 2 * taken}.00")
    assert [line for line in queries.audit_lines() if line[1]] == []


def test_promo_money_goes_first_even_where_there_is_little_of_it(wallet: OpenWallet) -> None:
    account_id, key = wallet("5.00", promo="1.00"), new_id()

    balance = spend(account_id, "-2.00", "-0.50", key=key)

    assert (balance.total, balance.promo) == (eur("3.50"), eur("0.00"))
    with pytest.raises(InsufficientBalance):
        spend(account_id, "-3.00", "-0.51", key=new_id())
    require_sound(account_id, lines=3)


POST = """
SELECT outcome FROM ledger.post(%s, %s, {kind}::smallint, 'EUR', {books}::smallint[],
  {amounts}::bigint[], 1::smallint, %s, NULL, NULL, '2026-03-01Z')
"""


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("a charge that pays in", {"kind": 2, "books": "'{1}'", "amounts": "'{1}'"}),
        ("a top-up that takes", {"kind": 1, "books": "'{3}'", "amounts": "'{-1}'"}),
        ("legs of two directions", {"kind": 2, "books": "'{1,2}'", "amounts": "'{-2,1}'"}),
        ("a leg of nothing", {"kind": 2, "books": "'{1,2}'", "amounts": "'{-2,0}'"}),
        ("a leg without a sum", {"kind": 2, "books": "'{1,2}'", "amounts": "'{-2,NULL}'"}),
        ("a leg without a book", {"kind": 2, "books": "'{1}'", "amounts": "'{-2,-1}'"}),
        ("no legs", {"kind": 2, "books": "'{}'", "amounts": "'{}'"}),
        ("no kind", {"kind": "NULL", "books": "'{1}'", "amounts": "'{-1}'"}),
    ],
)
def test_sql_cannot_post(wallet: OpenWallet, label: str, words: dict[str, object]) -> None:
    account_id, key = wallet("5.00"), new_id()

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(POST.format(**words), [account_id, key, key])

    assert queries.balance(account_id).total == eur("5.00"), label
    require_sound(account_id, lines=1)


@pytest.mark.parametrize(
    ("label", "kind", "amount"),
    [("a top-up", 1, 1), ("nothing", 9, 0), ("less than nothing", 9, -1), ("no kind", None, 1)],
)
def test_sql_cannot_hold(wallet: OpenWallet, label: str, kind: int | None, amount: int) -> None:
    account_id, key = wallet("5.00"), new_id()

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT ledger.authorise(%s, %s, %s::smallint, 'EUR', %s, %s, NULL, '2026-03-02Z',"
            " '2026-03-01Z')",
            [account_id, key, kind, amount, key],
        )

    assert queries.balance(account_id).held == eur("0.00"), label


@pytest.mark.parametrize("amounts", ["'{1}'", "'{0}'", "'{}'", "'{-1,0}'"])
def test_sql_cannot_capture(wallet: OpenWallet, amounts: str) -> None:
    account_id, key = wallet("5.00"), new_id()
    hold(account_id, "2.00", key=key)

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT ledger.settle(%s, %s, 'EUR', array_fill(1::smallint, ARRAY[cardinality("
            f"{amounts}::bigint[])]), {amounts}::bigint[], NULL, '2026-03-01Z')",
            [account_id, key],
        )

    assert queries.balance(account_id).held == eur("2.00")
    require_sound(account_id, lines=1)
