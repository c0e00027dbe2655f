"""Which payment paid for what."""

from __future__ import annotations

from uuid import UUID

from nummer.apps.ledger import actions, queries
from nummer.apps.ledger.actions import Book, Fund, Leg, TransferKind
from nummer.kernel.ids import new_id
from tests.apps.ledger.conftest import NOW, OpenWallet, eur


def move(account_id: int, kind: TransferKind, amount: str, reference: UUID) -> UUID:
    key = new_id()
    fund = Fund.PROMO if kind == TransferKind.PROMO_GRANT else Fund.SPENDABLE
    actions.post(
        account_id,
        id=key,
        kind=kind,
        legs=[Leg(Book.REVENUE, eur(amount), fund)],
        reference=reference,
        now=NOW,
    )
    return key


def left(account_id: int) -> list[tuple[UUID, str]]:
    return [(lot.reference, lot.left.decimal_text()) for lot in queries.lots(account_id)]


def paid(account_id: int, order: UUID) -> list[tuple[UUID | None, str, str]]:
    return [
        (share.source, share.amount.decimal_text(), share.returned.decimal_text())
        for share in queries.shares(account_id, reference=order)
    ]


def test_promo_money_goes_first_then_the_oldest_payment(wallet: OpenWallet) -> None:
    account_id, first, second, order = wallet(), new_id(), new_id(), new_id()
    move(account_id, TransferKind.TOPUP, "5.00", first)
    move(account_id, TransferKind.TOPUP, "7.00", second)
    move(account_id, TransferKind.PROMO_GRANT, "1.00", new_id())

    move(account_id, TransferKind.ORDER, "-8.00", order)

    assert paid(account_id, order) == [
        (None, "1.00", "0.00"),
        (first, "5.00", "0.00"),
        (second, "2.00", "0.00"),
    ]
    assert left(account_id) == [(second, "5.00")]


def test_a_refund_fills_the_shares_from_the_front_and_they_are_spent_first_again(
    wallet: OpenWallet,
) -> None:
    account_id, first, second = wallet(), new_id(), new_id()
    order, next_order = new_id(), new_id()
    move(account_id, TransferKind.TOPUP, "5.00", first)
    move(account_id, TransferKind.TOPUP, "7.00", second)
    move(account_id, TransferKind.PROMO_GRANT, "1.00", new_id())
    move(account_id, TransferKind.ORDER, "-8.00", order)

    move(account_id, TransferKind.REFUND, "4.00", order)

    assert paid(account_id, order) == [
        (None, "1.00", "1.00"),
        (first, "5.00", "3.00"),
        (second, "2.00", "0.00"),
    ]
    assert left(account_id) == [(first, "3.00"), (second, "5.00")]
    move(account_id, TransferKind.ORDER, "-4.50", next_order)
    assert paid(account_id, next_order) == [
        (None, "1.00", "0.00"),
        (first, "3.00", "0.00"),
        (second, "0.50", "0.00"),
    ]


def test_a_payment_taken_back_leaves_its_own_lot(wallet: OpenWallet) -> None:
    account_id, first, second = wallet(), new_id(), new_id()
    move(account_id, TransferKind.TOPUP, "5.00", first)
    key = move(account_id, TransferKind.TOPUP, "7.00", second)
    move(account_id, TransferKind.ORDER, "-1.00", new_id())

    actions.reverse(account_id, id=new_id(), of=key, now=NOW)

    assert left(account_id) == [(first, "4.00")]


def test_a_hold_reserves_no_lot_and_its_capture_does(wallet: OpenWallet) -> None:
    account_id, first, call = wallet(), new_id(), new_id()
    move(account_id, TransferKind.TOPUP, "5.00", first)
    held = actions.authorise(
        account_id,
        id=new_id(),
        amount=eur("3.00"),
        kind=TransferKind.USAGE,
        reference=call,
        expires_at=NOW,
        now=NOW,
    )
    assert left(account_id) == [(first, "5.00")]

    actions.settle(account_id, hold_id=held.id, legs=[Leg(Book.REVENUE, eur("-2.00"))], now=NOW)

    assert left(account_id) == [(first, "3.00")]
    assert paid(account_id, call) == [(first, "2.00", "0.00")]


def test_an_imported_balance_is_a_lot_of_its_own_kind(wallet: OpenWallet) -> None:
    account_id, row = wallet(), new_id()

    move(account_id, TransferKind.OPENING, "5.00", row)

    lot = queries.lots(account_id)[0]
    assert (lot.reference, lot.kind, lot.left) == (row, TransferKind.OPENING, eur("5.00"))


def test_what_nothing_paid_has_no_shares(wallet: OpenWallet) -> None:
    assert queries.shares(wallet("1.00"), reference=new_id()) == []
