"""Transfers that the staff make: refunds and parts of payouts, confirmed by the bank's entry."""

from __future__ import annotations

from uuid import UUID

import pytest

from nummer.apps.banking import actions, queries
from nummer.apps.banking.errors import NoSuchTransfer
from nummer.apps.banking.jobs import UNNAMED
from nummer.apps.banking.models import Reason
from nummer.apps.ledger import actions as ledger
from nummer.apps.ledger import queries as wallets
from nummer.apps.ledger.actions import Book, Leg, TransferKind
from nummer.apps.payments import actions as payments
from nummer.apps.payments import queries as payment_queries
from nummer.apps.payments.actions import sending_back
from nummer.apps.payments.models import TopUp, TopUpState
from nummer.apps.payments.ports import DisputeNotice, DisputeWord
from nummer.apps.payouts import actions as payouts
from nummer.apps.payouts import queries as payout_queries
from nummer.apps.payouts.actions import PayoutWish, Told
from nummer.apps.payouts.models import Channel, Way
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from nummer.policy.refund import Reason as Ground
from tests.apps.banking.conftest import NOW, OTHER, STAFF, take, wish
from tests.apps.banking.paper import Paper
from tests.invariants.proofs import breaches

pytestmark = pytest.mark.django_db


def total(account_id: int) -> str:
    return wallets.balance(account_id).total.decimal_text()


def refund_state(account_id: int) -> str:
    return payment_queries.refunds(account_id)[0].state


@pytest.fixture
def refund(account_id: int) -> str:
    """Return the reference of 5.00 that go back of a transfer of 20.00."""
    top_up_id, word = wish(account_id)
    take(Paper("20.00", word, bank="CAME-1"))
    sent = payments.refund_top_up(
        account_id,
        top_up_id=top_up_id,
        amount=Money.parse("5.00", "EUR"),
        key=new_id(),
        clause="RP-C1",
        now=NOW,
    )
    sending_back.send(account_id, refund_id=sent.id, now=NOW)
    return queries.outgoing()[0].word


def test_a_refund_names_the_entry_that_it_goes_back_to(account_id: int, refund: str) -> None:
    (row,) = queries.outgoing()

    assert (row.subject, row.amount.decimal_text(), row.origin) == ("refund", "5.00", "CAME-1")
    assert refund_state(account_id) == "pending"
    assert total(account_id) == "15.00"


def test_the_banks_entry_confirms_a_refund(account_id: int, refund: str) -> None:
    take(Paper("5.00", refund, sign="DBIT"), number="2")

    assert refund_state(account_id) == "paid"
    assert queries.outgoing() == []
    assert total(account_id) == "15.00"
    assert breaches() == []


@pytest.mark.parametrize("how", ["end_to_end", "said"])
def test_the_reference_is_found_where_the_bank_puts_it(
    account_id: int, refund: str, how: str
) -> None:
    take(Paper("5.00", sign="DBIT", **{how: refund}), number="2")  # type: ignore[arg-type]

    assert refund_state(account_id) == "paid"


def test_another_sum_confirms_nothing(account_id: int, refund: str) -> None:
    take(Paper("5.01", refund, sign="DBIT"), number="2")

    assert refund_state(account_id) == "pending"
    assert [row.reason for row in queries.suspense()] == [Reason.OTHER_SUM]


def test_a_refund_that_was_sent_twice_is_seen(account_id: int, refund: str) -> None:
    take(Paper("5.00", refund, sign="DBIT"), number="2")

    take(Paper("5.00", refund, sign="DBIT"), number="3")

    assert [row.reason for row in queries.suspense()] == [Reason.PAID_BEFORE]
    assert breaches() == []


def test_a_refund_that_comes_back_is_on_the_balance_again(account_id: int, refund: str) -> None:
    take(Paper("5.00", refund, sign="DBIT"), number="2")

    take(Paper("5.00", refund), number="3")

    assert refund_state(account_id) == "failed"
    assert total(account_id) == "20.00"
    assert queries.suspense() == []
    assert breaches() == []


def test_it_comes_back_once(account_id: int, refund: str) -> None:
    take(Paper("5.00", refund, sign="DBIT"), number="2")
    take(Paper("5.00", refund), number="3")

    take(Paper("5.00", refund, on="2026-11-22"), number="4")

    assert total(account_id) == "20.00"
    assert [row.reason for row in queries.suspense()] == [Reason.PAID_BEFORE]


def test_a_person_says_which_transfer_a_debit_was(account_id: int, refund: str) -> None:
    take(Paper("5.00", sign="DBIT"), number="2")
    (debit,) = queries.unmatched_debits()

    actions.confirm_by_hand(debit.id, reference=refund, actor=STAFF, now=NOW)

    assert refund_state(account_id) == "paid"
    assert queries.unmatched_debits() == []
    assert breaches() == []


@pytest.mark.parametrize("reference", ["", "nothing", "RF62N61803398879"])
def test_a_debit_is_no_transfer_that_nobody_waits_for(
    account_id: int, refund: str, reference: str
) -> None:
    take(Paper("5.00", sign="DBIT"), number="2")

    with pytest.raises(NoSuchTransfer):
        actions.confirm_by_hand(
            queries.unmatched_debits()[0].id, reference=reference, actor=STAFF, now=NOW
        )

    assert refund_state(account_id) == "pending"


def test_a_debit_of_another_sum_is_not_that_transfer(account_id: int, refund: str) -> None:
    take(Paper("6.00", sign="DBIT"), number="2")

    with pytest.raises(NoSuchTransfer):
        actions.confirm_by_hand(
            queries.unmatched_debits()[0].id, reference=refund, actor=STAFF, now=NOW
        )

    assert refund_state(account_id) == "pending"
    assert len(queries.unmatched_debits()) == 1


def share_by_bank(account_id: int) -> UUID:
    """Return a part of a payout that the customer wants by bank."""
    from tests.faces.site.test_payout_pages import pay_in

    top_up_id = pay_in(account_id)
    payouts.ask(
        account_id,
        wish=PayoutWish(top_up_id=top_up_id, reason=Ground.CHANGED_MIND),
        told=Told(channel=Channel.PAGE, actor="customer:1", received_at=NOW, key=new_id()),
        now=NOW,
    )
    share = payout_queries.payouts(account_id)[0].shares[0]
    payouts.choose(account_id, share_id=share.id, way=Way.BANK, actor="customer:1", now=NOW)
    for row in UNNAMED.find(NOW, 10):
        UNNAMED.fire(row, NOW)
    assert UNNAMED.find(NOW, 10) == []
    return share.id


def test_a_part_of_a_payout_is_confirmed_by_the_bank(account_id: int) -> None:
    share_id = share_by_bank(account_id)
    (row,) = queries.outgoing()

    take(Paper("20.00", row.word, sign="DBIT", bank="WENT-1"))

    share = payout_queries.share(account_id, share_id=share_id)
    assert (share.bank_reference, share.closed_at) == ("WENT-1", NOW)
    assert total(account_id) == "0.00"
    assert queries.outgoing() == []
    assert breaches() == []


def test_what_a_person_confirmed_first_leaves_once(account_id: int) -> None:
    share_id = share_by_bank(account_id)
    (row,) = queries.outgoing()
    payouts.confirm_transfer(
        account_id, share_id=share_id, bank_reference="TYPED", actor=OTHER, now=NOW
    )

    take(Paper("20.00", row.word, sign="DBIT"))

    assert payout_queries.share(account_id, share_id=share_id).bank_reference == "TYPED"
    assert total(account_id) == "0.00"
    assert queries.suspense() == []
    assert breaches() == []


def disputed(account_id: int) -> None:
    """Let the bank of the payer contest the only payment of an account."""
    top_up = TopUp.objects.get(account_id=account_id, state=TopUpState.PAID)
    notice = DisputeNotice(
        event_id="ev-1",
        reference="dp-1",
        payment=top_up.id.hex,
        amount=Money(top_up.amount_micro, top_up.currency),
        word=DisputeWord.OPEN,
    )
    payments.take_notice(top_up.provider, notice=notice, now=NOW)


def test_transfer_for_a_payment_disputed_meanwhile_waits_and_holds_no_other_entry_up(
    account_id: int,
) -> None:
    share_id = share_by_bank(account_id)
    (row,) = queries.outgoing()
    _, word = wish(account_id, "7.00")
    disputed(account_id)

    went = Paper("20.00", row.word, sign="DBIT", bank="WENT-1")
    taken = take(went, Paper("7.00", word, bank="CAME-2"))

    assert (taken.suspense, taken.credited) == (1, 1)
    assert [entry.reason for entry in queries.suspense()] == [Reason.DISPUTED]
    assert payout_queries.share(account_id, share_id=share_id).closed_at is None
    assert breaches() == []


def test_what_the_customer_spent_meanwhile_does_not_go_back(account_id: int) -> None:
    top_up_id, word = wish(account_id)
    take(Paper("20.00", word))
    order_id = new_id()
    ledger.post(
        account_id,
        id=order_id,
        kind=TransferKind.ORDER,
        legs=[Leg(Book.REVENUE, -Money.parse("19.00", "EUR"))],
        reference=order_id,
        now=NOW,
    )

    assert payments.refundable(account_id, top_up_id=top_up_id).decimal_text() == "1.00"
