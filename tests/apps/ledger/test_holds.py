"""Setting money aside: holds, their ends, and earmarks."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from nummer.apps.ledger import actions, jobs, queries
from nummer.apps.ledger.actions import Book, Hold, HoldState, Leg, TransferKind
from nummer.apps.ledger.errors import (
    CaptureAboveHold,
    EarmarkMissing,
    HoldClosed,
    HoldMissing,
    IdempotencyConflict,
    InsufficientBalance,
)
from nummer.kernel.due import DueRow
from nummer.kernel.ids import new_id
from tests.apps.ledger.conftest import NOW, OpenWallet, eur

END = NOW + timedelta(minutes=20)
CALL = TransferKind.USAGE


def hold(
    account_id: int,
    amount: str,
    *,
    id: UUID | None = None,  # noqa: A002 -- as the verb calls it
    kind: TransferKind = CALL,
    reference: UUID | None = None,
    earmark_id: UUID | None = None,
) -> Hold:
    return actions.authorise(
        account_id,
        id=id or new_id(),
        amount=eur(amount),
        kind=kind,
        reference=reference or new_id(),
        expires_at=END,
        earmark_id=earmark_id,
        now=NOW,
    )


def capture(account_id: int, held: Hold, *amounts: str) -> actions.Balance:
    legs = [Leg(Book.REVENUE, eur(amount)) for amount in amounts]
    return actions.settle(account_id, hold_id=held.id, legs=legs, now=NOW)


def test_held_money_cannot_be_spent_twice(wallet: OpenWallet) -> None:
    account_id = wallet("10.00")
    hold(account_id, "7.00")

    with pytest.raises(InsufficientBalance):
        hold(account_id, "3.01")

    balance = queries.balance(account_id)
    assert (balance.total, balance.held, balance.spendable) == (
        eur("10.00"),
        eur("7.00"),
        eur("3.00"),
    )


def test_a_capture_takes_its_part_and_frees_the_rest(wallet: OpenWallet) -> None:
    account_id = wallet("10.00", promo="1.00")
    held = hold(account_id, "7.00")

    balance = capture(account_id, held, "-2.00", "-0.50")

    assert (balance.total, balance.promo, balance.held) == (eur("8.50"), eur("0.00"), eur("0.00"))
    assert queries.statement(account_id)[0].amount == eur("-2.50")
    assert capture(account_id, held, "-2.00", "-0.50") == balance
    with pytest.raises(IdempotencyConflict):
        capture(account_id, held, "-2.50")
    with pytest.raises(HoldClosed):
        actions.release(account_id, hold_id=held.id, now=NOW)


def test_a_capture_is_never_above_its_hold(wallet: OpenWallet) -> None:
    account_id = wallet("10.00")
    held = hold(account_id, "7.00")

    with pytest.raises(CaptureAboveHold):
        capture(account_id, held, "-7.01")

    assert queries.balance(account_id).held == eur("7.00")


def test_a_released_hold_is_free_money_and_cannot_be_captured(wallet: OpenWallet) -> None:
    account_id = wallet("10.00")
    held = hold(account_id, "7.00")

    first = actions.release(account_id, hold_id=held.id, now=NOW)
    again = actions.release(account_id, hold_id=held.id, now=NOW)

    assert first.state == again.state == HoldState.RELEASED
    assert queries.balance(account_id).spendable == eur("10.00")
    with pytest.raises(HoldClosed):
        capture(account_id, held, "-1.00")


def test_the_same_hold_is_made_once(wallet: OpenWallet) -> None:
    account_id, key, call = wallet("10.00"), new_id(), new_id()
    first = hold(account_id, "7.00", id=key, reference=call)

    assert hold(account_id, "7.00", id=key, reference=call) == first
    with pytest.raises(IdempotencyConflict):
        hold(account_id, "7.01", id=key, reference=call)
    assert queries.balance(account_id).held == eur("7.00")


def test_a_hold_and_a_transfer_never_share_their_key(wallet: OpenWallet) -> None:
    account_id = wallet("10.00")
    used = queries.statement(account_id)[0].id

    with pytest.raises(IdempotencyConflict):
        hold(account_id, "1.00", id=used)


def test_a_hold_grows_and_lasts_longer_but_never_shrinks(wallet: OpenWallet) -> None:
    account_id = wallet("10.00")
    held = hold(account_id, "2.00")
    later = END + timedelta(minutes=5)

    def extended(amount: str) -> Hold:
        return actions.extend(
            account_id, hold_id=held.id, amount=eur(amount), expires_at=later, now=NOW
        )

    assert extended("6.00") == extended("6.00") == extended("1.00")
    assert extended("6.00").amount == eur("6.00")
    assert extended("6.00").expires_at == later
    with pytest.raises(InsufficientBalance):
        extended("10.01")
    assert queries.balance(account_id).held == eur("6.00")


def test_unknown_holds_are_refused(wallet: OpenWallet) -> None:
    account_id = wallet("10.00")

    with pytest.raises(HoldMissing):
        actions.release(account_id, hold_id=new_id(), now=NOW)


def test_a_hold_frees_itself_at_its_end(wallet: OpenWallet) -> None:
    account_id = wallet("10.00")
    held = hold(account_id, "7.00")
    row = DueRow(due_at=END, account_id=account_id, key=held.id)
    source = jobs.EXPIRED_HOLDS

    assert row not in source.find(END - timedelta(microseconds=1), 1000)
    source.fire(row, END - timedelta(microseconds=1))
    assert queries.balance(account_id).held == eur("7.00")

    assert row in source.find(END, 1000)
    source.fire(row, END)
    source.fire(row, END)

    assert row not in source.find(END, 1000)
    assert queries.balance(account_id).held == eur("0.00")
    with pytest.raises(HoldClosed):
        capture(account_id, held, "-1.00")


def test_the_end_of_a_captured_hold_changes_nothing(wallet: OpenWallet) -> None:
    account_id = wallet("10.00")
    held = hold(account_id, "7.00")
    balance = capture(account_id, held, "-7.00")

    jobs.EXPIRED_HOLDS.fire(DueRow(due_at=END, account_id=account_id, key=held.id), END)

    assert queries.balance(account_id) == balance


def test_a_payout_under_way_keeps_its_money_from_being_replaced_by_promo(
    wallet: OpenWallet,
) -> None:
    account_id = wallet("5.00", promo="3.00")
    with pytest.raises(InsufficientBalance):
        hold(account_id, "5.01", kind=TransferKind.PAYOUT)
    held = hold(account_id, "4.00", kind=TransferKind.PAYOUT)

    with pytest.raises(InsufficientBalance):
        hold(account_id, "1.01", kind=TransferKind.PAYOUT)
    with pytest.raises(InsufficientBalance):
        actions.reverse(account_id, id=new_id(), of=queries.statement(account_id)[1].id, now=NOW)

    balance = capture(account_id, held, "-4.00")
    assert (balance.total, balance.promo) == (eur("4.00"), eur("3.00"))


def test_earmarked_money_is_out_of_reach_but_for_its_purpose(wallet: OpenWallet) -> None:
    account_id, renewal = wallet("10.00"), new_id()
    actions.earmark(account_id, id=renewal, amount=eur("6.00"), now=NOW)

    with pytest.raises(InsufficientBalance):
        hold(account_id, "4.01")
    balance = actions.post(
        account_id,
        id=new_id(),
        kind=TransferKind.ORDER,
        legs=[Leg(Book.REVENUE, eur("-5.00"))],
        reference=new_id(),
        earmark_id=renewal,
        now=NOW,
    )

    assert (balance.total, balance.earmarked) == (eur("5.00"), eur("1.00"))
    assert balance.spendable == eur("4.00")


def test_a_hold_may_use_an_earmark(wallet: OpenWallet) -> None:
    account_id, renewal = wallet("10.00"), new_id()
    actions.earmark(account_id, id=renewal, amount=eur("6.00"), now=NOW)

    hold(account_id, "9.00", earmark_id=renewal)

    balance = queries.balance(account_id)
    assert (balance.held, balance.earmarked, balance.spendable) == (
        eur("9.00"),
        eur("0.00"),
        eur("1.00"),
    )


def test_an_earmark_is_set_changed_and_freed_within_the_balance(wallet: OpenWallet) -> None:
    account_id, renewal = wallet("10.00"), new_id()

    def marked(amount: str) -> actions.Balance:
        return actions.earmark(account_id, id=renewal, amount=eur(amount), now=NOW)

    assert marked("6.00").earmarked == eur("6.00")
    assert marked("10.00").earmarked == eur("10.00")
    with pytest.raises(InsufficientBalance):
        marked("10.01")
    assert marked("0.00").spendable == eur("10.00")
    with pytest.raises(EarmarkMissing):
        hold(account_id, "1.00", earmark_id=new_id())
