"""Payouts in the hands of those who want more than theirs, and of those who come at once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from uuid import UUID

import pytest
from django.db import connection, transaction

from nummer.apps.ledger import actions as ledger
from nummer.apps.ledger.actions import Book, Leg, TransferKind
from nummer.apps.ledger.errors import IdempotencyConflict
from nummer.apps.payments.actions import rows
from nummer.apps.payments.errors import TopUpDisputed
from nummer.apps.payments.models import Dispute, TopUp
from nummer.apps.payouts import actions
from nummer.apps.payouts.actions import PayoutWish
from nummer.apps.payouts.errors import PayoutOpen, SecondPersonNeeded
from nummer.apps.payouts.models import Payout, PayoutState, Share, Way
from nummer.apps.payouts.queries import transfers_to_make
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from nummer.policy.refund import Reason
from tests import builders
from tests.apps.payments.conftest import NOW, Provider
from tests.apps.payments.test_racing import at_once
from tests.apps.payments.test_sending_back import paid, spend
from tests.apps.payments.test_sending_back import total as held_in_all
from tests.apps.payouts.test_payouts import (
    LATER,
    OTHER,
    SIXTY,
    STAFF,
    again,
    ask,
    breaches,
    not_refundable,
    told,
    wish,
)

CUSTOMER = "customer:1"


def by_bank(account_id: int, top_up_id: UUID) -> UUID:
    """Return the share of a payout that the customer wants by a transfer."""
    share_id = not_refundable(account_id, top_up_id).shares[0].id
    actions.choose(account_id, share_id=share_id, way=Way.BANK, actor=CUSTOMER, now=NOW)
    return share_id


@pytest.mark.clause("RULE-CB")
@pytest.mark.parametrize("lost", [False, True])
def test_no_transfer_is_made_for_a_payment_that_the_bank_takes_back(
    provider: Provider, account_id: int, *, lost: bool
) -> None:
    top_up_id, payment = paid(provider, account_id)
    share_id = by_bank(account_id, top_up_id)
    provider.dispute(payment)
    provider.tell("charge.dispute.created")
    if lost:
        provider.end_dispute(payment, won=False)
        provider.tell("charge.dispute.closed")

    with pytest.raises(TopUpDisputed):
        actions.confirm_transfer(
            account_id, share_id=share_id, bank_reference="B-1", actor=STAFF, now=NOW
        )

    assert transfers_to_make() == []
    assert Share.objects.get(id=share_id).closed_at is None
    assert held_in_all(account_id) == "20.00"
    assert breaches() == []


@pytest.mark.clause("RULE-CB")
def test_what_waited_for_a_transfer_and_was_lost_to_the_bank_leaves_by_neither_way(
    provider: Provider, account_id: int
) -> None:
    top_up_id, payment = paid(provider, account_id)
    share_id = by_bank(account_id, top_up_id)
    provider.dispute(payment)
    provider.end_dispute(payment, won=False)
    provider.tell("charge.dispute.created", "charge.dispute.closed")

    for _ in range(2):
        actions.choose(account_id, share_id=share_id, way=Way.BALANCE, actor=CUSTOMER, now=NOW)

    assert held_in_all(account_id) == "0.00"
    lost = Dispute.objects.get()
    assert (lost.taken_micro, lost.uncovered_micro) == (20_000_000, 0)
    assert Payout.objects.get().state == PayoutState.DONE
    assert breaches() == []


def test_who_chose_the_way_for_the_customer_does_not_confirm_the_transfer(
    provider: Provider, account_id: int
) -> None:
    top_up_id, _ = paid(provider, account_id)
    share_id = not_refundable(account_id, top_up_id).shares[0].id
    actions.choose(account_id, share_id=share_id, way=Way.BANK, actor=STAFF, now=NOW)

    with pytest.raises(SecondPersonNeeded):
        actions.confirm_transfer(
            account_id, share_id=share_id, bank_reference="B-1", actor=STAFF, now=NOW
        )
    actions.confirm_transfer(
        account_id, share_id=share_id, bank_reference="B-1", actor=OTHER, now=NOW
    )

    assert Share.objects.get().bank_reference == "B-1"


def test_two_persons_release_the_sum_that_they_read_and_no_more(
    provider: Provider, account_id: int
) -> None:
    top_up_id, _ = paid(provider, account_id, amount=Money.parse("100.00", "EUR"))
    spend(account_id, "40.00")
    row = ask(account_id, top_up_id)
    assert (row.state, row.granted) == ("release", SIXTY)
    actions.release(account_id, payout_id=row.id, actor=STAFF, now=NOW)
    paid(provider, account_id, amount=SIXTY)

    actions.release(account_id, payout_id=row.id, actor=OTHER, now=NOW)

    assert again(account_id, row).granted == SIXTY
    assert held_in_all(account_id) == "60.00"
    assert breaches() == []


@pytest.mark.django_db(transaction=True)
def test_a_payout_waits_for_the_payment_before_it_takes_the_balance(provider: Provider) -> None:
    """Who follows a provider's word has the payment and wants the balance: one order for all."""
    builders.shop()
    account_id = builders.customer(balance="0.00")
    top_up_id, payment = paid(provider, account_id)
    provider.dispute(payment)
    provider.tell("charge.dispute.created")
    row = ask(account_id, top_up_id)
    assert row.state == "held"
    provider.end_dispute(payment, won=True)
    provider.tell("charge.dispute.closed")

    def look_again() -> str:
        try:
            actions.look_again(account_id, payout_id=row.id, now=LATER)
            return again(account_id, row).state
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            rows.locked(account_id, top_up_id)
            looking = pool.submit(look_again)
            wait_until_somebody_waits()
            paid_in_between(account_id)
        assert looking.result() == "paying"
    assert breaches() == []
    assert TopUp.objects.count() == 1


def wait_until_somebody_waits() -> None:
    deadline = time.monotonic() + 60
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute(
                "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
                " WHERE NOT l.granted AND a.datname = current_database()"
            )
            if cursor.fetchone()[0]:
                return
            time.sleep(0.01)
    raise AssertionError("nobody waited")


def paid_in_between(account_id: int) -> None:
    """Move the balance, as the provider's word does that holds the payment."""
    ledger.post(
        account_id,
        id=new_id(),
        kind=TransferKind.TOPUP,
        legs=[Leg(Book.PROVIDER_CLEARING, Money.parse("1.00", "EUR"))],
        reference=new_id(),
        now=NOW,
    )


def test_a_key_that_comes_again_with_another_sum_is_refused(
    provider: Provider, account_id: int
) -> None:
    top_up_id, _ = paid(provider, account_id)
    first = told()
    one, two = (Money.parse(amount, "EUR") for amount in ("1.00", "2.00"))
    for _ in range(2):
        actions.ask(account_id, wish=wish(top_up_id, amount=one), told=first, now=NOW)

    with pytest.raises(IdempotencyConflict):
        actions.ask(account_id, wish=wish(top_up_id, amount=two), told=first, now=NOW)

    assert held_in_all(account_id) == "19.00"


@pytest.mark.django_db(transaction=True)
def test_parallel_requests_for_one_payment_are_one_and_the_others_hear_it(
    provider: Provider,
) -> None:
    builders.shop()
    account_id = builders.customer(balance="0.00")
    top_up_id, _ = paid(provider, account_id)
    other_id, _ = paid(provider, account_id)
    empty = [ask(account_id, None).id for _ in range(2)]
    named = PayoutWish(top_up_id=other_id, reason=Reason.CHANGED_MIND)
    completed = [
        partial(
            actions.complete,
            account_id,
            payout_id=payout_id,
            wish=named,
            actor=CUSTOMER,
            now=NOW,
        )
        for payout_id in empty
    ]

    answers = at_once(8, [partial(ask, account_id, top_up_id)] * 8)
    completions = at_once(2, completed)

    assert [type(answer) for answer in answers].count(PayoutOpen) == 7
    assert sorted(type(answer).__name__ for answer in completions) == ["NoneType", "PayoutOpen"]
    assert Payout.objects.filter(subject_id=top_up_id).count() == 1
    assert held_in_all(account_id) == "0.00"
    assert breaches() == []
