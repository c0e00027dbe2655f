"""Moving money once: what is booked, replayed, refused."""

from __future__ import annotations

import pytest

from nummer.apps.ledger import actions, queries
from nummer.apps.ledger.actions import Book, Fund, Leg, TransferKind
from nummer.apps.ledger.errors import (
    AlreadyReversed,
    AmountRefused,
    IdempotencyConflict,
    InsufficientBalance,
    RefundAboveCharge,
    TransferMissing,
    WalletMissing,
    WrongCurrency,
)
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from tests.apps.ledger.conftest import NOW, OpenWallet, eur, top_up


def buy(account_id: int, *amounts: str, **changes: object) -> actions.Balance:
    """Pay for an order: net, then tax."""
    books = (Book.REVENUE, Book.TAX)
    arguments: dict[str, object] = {
        "id": new_id(),
        "kind": TransferKind.ORDER,
        "legs": [Leg(book, eur(amount)) for book, amount in zip(books, amounts, strict=False)],
        "reference": new_id(),
        "now": NOW,
    }
    return actions.post(account_id, **(arguments | changes))  # type: ignore[arg-type]


def test_an_order_takes_net_and_tax_and_shows_as_one_line(wallet: OpenWallet) -> None:
    account_id = wallet("20.00")
    order = new_id()

    balance = buy(account_id, "-2.00", "-0.50", reference=order)

    assert balance.total == eur("17.50")
    line = queries.statement(account_id)[0]
    assert (line.amount, line.balance_after) == (eur("-2.50"), eur("17.50"))
    assert (line.kind, line.reference, line.clause) == (TransferKind.ORDER, order, None)


def test_the_same_key_and_content_gives_the_first_answer(wallet: OpenWallet) -> None:
    account_id, key, order = wallet("20.00"), new_id(), new_id()
    first = buy(account_id, "-2.00", id=key, reference=order)
    buy(account_id, "-1.00")

    again = buy(account_id, "-2.00", id=key, reference=order)

    assert again == first
    assert queries.balance(account_id).total == eur("17.00")


@pytest.mark.parametrize(
    ("label", "changes"),
    [
        ("another sum", {"legs": [Leg(Book.REVENUE, eur("-2.01"))]}),
        ("another book", {"legs": [Leg(Book.TAX, eur("-2.00"))]}),
        ("another leg", {"legs": [Leg(Book.REVENUE, eur("-1.00"))] * 2}),
        ("another kind", {"kind": TransferKind.USAGE}),
        ("another reference", {"reference": new_id()}),
        ("another clause", {"clause": "RP-B4"}),
    ],
)
def test_the_same_key_with_other_content_is_a_conflict(
    wallet: OpenWallet, label: str, changes: dict[str, object]
) -> None:
    account_id, key, order = wallet("20.00"), new_id(), new_id()
    buy(account_id, "-2.00", id=key, reference=order)

    with pytest.raises(IdempotencyConflict):
        buy(account_id, "-2.00", **({"id": key, "reference": order} | changes))

    assert queries.balance(account_id).total == eur("18.00"), label


def test_more_than_the_balance_is_refused_and_changes_nothing(wallet: OpenWallet) -> None:
    account_id = wallet("20.00")

    with pytest.raises(InsufficientBalance) as refused:
        buy(account_id, "-16.01", "-4.00")

    assert refused.value.data == {"needed": "20.01", "spendable": "20.00", "currency": "EUR"}
    assert queries.balance(account_id).total == eur("20.00")
    assert len(queries.statement(account_id)) == 1


def test_the_last_cent_can_be_spent(wallet: OpenWallet) -> None:
    assert buy(wallet("20.00"), "-20.00").total == eur("0.00")


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-5", "1.0000001", "1e3", "", "٣", "+1"])
def test_what_is_not_a_plain_amount_never_becomes_money(text: str) -> None:
    with pytest.raises(ValueError, match="plain decimal"):
        Money.parse(text, "EUR")


@pytest.mark.parametrize(
    ("label", "legs", "refusal"),
    [
        ("nothing", [Leg(Book.REVENUE, eur("0.00"))], AmountRefused),
        ("no legs", [], AmountRefused),
        ("too much", [Leg(Book.REVENUE, Money(-(10**16) - 1, "EUR"))], AmountRefused),
        ("another currency", [Leg(Book.REVENUE, Money(-1, "NOK"))], WrongCurrency),
        (
            "two currencies",
            [Leg(Book.REVENUE, eur("-1.00")), Leg(Book.TAX, Money(-1, "NOK"))],
            WrongCurrency,
        ),
    ],
)
def test_impossible_amounts_are_refused(
    wallet: OpenWallet, label: str, legs: list[Leg], refusal: type[Refusal]
) -> None:
    account_id = wallet("20.00")

    with pytest.raises(refusal):
        buy(account_id, legs=legs)

    assert queries.balance(account_id).total == eur("20.00"), label


def test_an_account_without_a_wallet_has_no_money_to_move(db: None) -> None:
    with pytest.raises(WalletMissing):
        buy(7, "-1.00")
    with pytest.raises(WalletMissing):
        queries.balance(7)


def test_a_wallet_keeps_its_currency(wallet: OpenWallet) -> None:
    account_id = wallet("20.00")

    assert actions.open_wallet(account_id, currency="EUR", now=NOW).total == eur("20.00")
    with pytest.raises(WrongCurrency):
        actions.open_wallet(account_id, currency="NOK", now=NOW)


def test_promo_money_is_spent_first(wallet: OpenWallet) -> None:
    account_id = wallet("20.00", promo="3.00")

    balance = buy(account_id, "-4.00", "-1.00")

    assert (balance.total, balance.promo) == (eur("18.00"), eur("0.00"))


def test_a_refund_fills_the_promo_share_first(wallet: OpenWallet) -> None:
    account_id, order = wallet("20.00", promo="3.00"), new_id()
    buy(account_id, "-5.00", reference=order)

    first = buy(account_id, "4.00", kind=TransferKind.REFUND, reference=order, clause="RP-B4")
    second = buy(account_id, "1.00", kind=TransferKind.REFUND, reference=order, clause="RP-B4")

    assert (first.total, first.promo) == (eur("22.00"), eur("3.00"))
    assert (second.total, second.promo) == (eur("23.00"), eur("3.00"))
    assert queries.statement(account_id)[0].clause == "RP-B4"


def test_a_refund_is_never_more_than_what_was_paid(wallet: OpenWallet) -> None:
    account_id, order = wallet("20.00"), new_id()
    buy(account_id, "-5.00", reference=order)
    buy(account_id, "3.00", kind=TransferKind.REFUND, reference=order)

    with pytest.raises(RefundAboveCharge):
        buy(account_id, "2.01", kind=TransferKind.REFUND, reference=order)
    with pytest.raises(RefundAboveCharge):
        buy(account_id, "0.01", kind=TransferKind.REFUND)

    assert queries.balance(account_id).total == eur("18.00")


def test_a_payout_takes_no_promo_money(wallet: OpenWallet) -> None:
    account_id = wallet("5.00", promo="3.00")
    out = {"kind": TransferKind.PAYOUT}

    with pytest.raises(InsufficientBalance):
        buy(account_id, legs=[Leg(Book.PROVIDER_CLEARING, eur("-5.01"))], **out)
    balance = buy(account_id, legs=[Leg(Book.PROVIDER_CLEARING, eur("-5.00"))], **out)

    assert (balance.total, balance.promo) == (eur("3.00"), eur("3.00"))


def test_promo_money_expires_without_touching_the_rest(wallet: OpenWallet) -> None:
    account_id = wallet("5.00", promo="3.00")
    expiry = {"kind": TransferKind.PROMO_EXPIRY}

    with pytest.raises(InsufficientBalance):
        buy(account_id, legs=[Leg(Book.PROMO_COST, eur("-3.01"), Fund.PROMO)], **expiry)
    balance = buy(account_id, legs=[Leg(Book.PROMO_COST, eur("-3.00"), Fund.PROMO)], **expiry)

    assert (balance.total, balance.promo) == (eur("5.00"), eur("0.00"))


def test_a_reversal_puts_back_exactly_what_was_moved(wallet: OpenWallet) -> None:
    account_id, key, back = wallet("20.00", promo="3.00"), new_id(), new_id()
    buy(account_id, "-4.00", "-1.00", id=key)

    balance = actions.reverse(account_id, id=back, of=key, clause="RP-T2", now=NOW)

    assert (balance.total, balance.promo) == (eur("23.00"), eur("3.00"))
    assert actions.reverse(account_id, id=back, of=key, clause="RP-T2", now=NOW) == balance
    with pytest.raises(AlreadyReversed):
        actions.reverse(account_id, id=new_id(), of=key, now=NOW)
    with pytest.raises(AlreadyReversed):
        actions.reverse(account_id, id=new_id(), of=back, now=NOW)
    with pytest.raises(IdempotencyConflict):
        actions.reverse(account_id, id=back, of=key, now=NOW)
    assert queries.balance(account_id).total == eur("23.00")


def test_what_was_refunded_in_part_is_not_reversed_as_a_whole(wallet: OpenWallet) -> None:
    account_id, key, order = wallet("20.00"), new_id(), new_id()
    buy(account_id, "-5.00", id=key, reference=order)
    buy(account_id, "1.00", kind=TransferKind.REFUND, reference=order)

    with pytest.raises(RefundAboveCharge):
        actions.reverse(account_id, id=new_id(), of=key, now=NOW)


def test_a_top_up_that_was_spent_is_not_reversed(wallet: OpenWallet) -> None:
    account_id = wallet("20.00")
    paid_in = queries.statement(account_id)[0].id
    buy(account_id, "-0.01")

    with pytest.raises(InsufficientBalance):
        actions.reverse(account_id, id=new_id(), of=paid_in, now=NOW)


def test_nothing_unknown_is_reversed(wallet: OpenWallet) -> None:
    with pytest.raises(TransferMissing):
        actions.reverse(wallet("1.00"), id=new_id(), of=new_id(), now=NOW)


def test_a_page_of_the_statement_keeps_its_lines_while_money_moves(wallet: OpenWallet) -> None:
    account_id = wallet("20.00")
    for _ in range(4):
        buy(account_id, "-0.80", "-0.20")

    newest = queries.statement(account_id, limit=2)
    top_up(account_id, "1.00")
    older = queries.statement(account_id, before=newest[-1].line, limit=10)

    assert [line.line for line in newest] == [5, 4]
    assert [line.line for line in older] == [3, 2, 1]
    assert [line.balance_after for line in older] == [eur("18.00"), eur("19.00"), eur("20.00")]


def test_an_account_without_a_wallet_has_an_empty_statement(db: None) -> None:
    assert queries.statement(7) == []
