"""A bank that wants a payment back: services stop, the balance stays, nothing is paid twice."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from nummer.apps.ledger import actions as ledger
from nummer.apps.ledger import queries as wallets
from nummer.apps.ledger.actions import Book, Leg, TransferKind
from nummer.apps.notify.models import Letter
from nummer.apps.payments import jobs, overview, queries
from nummer.apps.payments.models import Dispute
from nummer.apps.standing import actions as standing_actions
from nummer.apps.standing import queries as standing
from nummer.apps.standing.errors import AccountSuspended
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from tests import builders
from tests.apps.payments.conftest import NOW, Provider, changed, start

FIVE = Money.parse("5.00", "EUR")


def paid(provider: Provider, account_id: int) -> str:
    payment = provider.pay(start(account_id))
    provider.tell("checkout.session.completed")
    return payment


def spend(account_id: int, amount: str) -> None:
    order_id = new_id()
    ledger.post(
        account_id,
        id=order_id,
        kind=TransferKind.ORDER,
        legs=[Leg(Book.REVENUE, -Money.parse(amount, "EUR"))],
        reference=order_id,
        now=NOW,
    )


def breaches() -> list[tuple[str, int, str]]:
    return [line for line in (*queries.audit_lines(), *wallets.audit_lines()) if line[1]]


def test_a_dispute_stops_orders_and_leaves_the_balance_alone(
    provider: Provider, account_id: int
) -> None:
    before = wallets.statement(account_id)
    payment = paid(provider, account_id)
    provider.dispute(payment)

    provider.tell()

    balance = wallets.balance(account_id)
    assert (balance.total, balance.spendable) == (Money.parse("20.00", "EUR"),) * 2
    assert len(wallets.statement(account_id)) == len(before) + 1
    with pytest.raises(AccountSuspended):
        standing_actions.check_order(account_id, service="tg", now=NOW)
    (row,) = queries.disputes(account_id)
    assert (row.state, row.taken.micro, row.opened_at) == ("open", 0, NOW)
    assert queries.disputed_top_ups(account_id) == {row.top_up_id}
    assert Letter.objects.filter(account_id=account_id, letter="payment-disputed").count() == 1


def test_a_dispute_that_is_won_lets_services_go_on(provider: Provider, account_id: int) -> None:
    payment = paid(provider, account_id)
    provider.dispute(payment)
    provider.tell()
    provider.end_dispute(payment, won=True)

    for _ in range(2):
        provider.tell(now=NOW + timedelta(days=30))

    assert not standing.suspended(account_id)
    assert wallets.balance(account_id).total.decimal_text() == "20.00"
    assert queries.disputed_top_ups(account_id) == frozenset()
    assert breaches() == []


def test_a_suspension_for_abuse_outlives_a_dispute_that_is_won(
    provider: Provider, account_id: int
) -> None:
    payment = paid(provider, account_id)
    standing_actions.suspend(account_id, reason="abuse", actor="staff:1", now=NOW)
    provider.dispute(payment)
    provider.end_dispute(payment, won=True)

    provider.tell()

    open_ones = [row for row in standing.suspensions(account_id) if row.lifted_at is None]
    assert [row.reason for row in open_ones] == ["abuse"]


@pytest.mark.parametrize(
    ("spent", "taken", "left"),
    [(None, "20.00", "20.00"), ("12.00", "8.00", "20.00"), ("30.00", "0.00", "10.00")],
)
def test_a_dispute_that_is_lost_takes_what_is_left_of_its_payment_and_nothing_else(
    provider: Provider, account_id: int, *, spent: str | None, taken: str, left: str
) -> None:
    payment = paid(provider, account_id)
    paid(provider, account_id)
    if spent:
        spend(account_id, spent)
    provider.dispute(payment)
    provider.end_dispute(payment, won=False)

    for _ in range(2):
        provider.tell()

    (row,) = queries.disputes(account_id)
    assert (row.state, row.taken) == ("lost", Money.parse(taken, "EUR"))
    assert row.taken + row.uncovered == row.amount
    assert wallets.balance(account_id).total.decimal_text() == left
    assert standing.suspended(account_id)
    assert breaches() == []
    if taken != "0.00":
        line = wallets.statement(account_id)[0]
        assert (line.kind, line.clause) == (TransferKind.PAYOUT, "RULE-CB")


def test_what_is_held_is_not_taken_for_a_lost_dispute(provider: Provider, account_id: int) -> None:
    payment = paid(provider, account_id)
    ledger.authorise(
        account_id,
        id=new_id(),
        amount=FIVE,
        kind=TransferKind.USAGE,
        reference=new_id(),
        expires_at=NOW + timedelta(hours=1),
        now=NOW,
    )
    provider.dispute(payment)
    provider.end_dispute(payment, won=False)

    provider.tell()

    (row,) = queries.disputes(account_id)
    assert (row.taken.decimal_text(), row.uncovered) == ("15.00", FIVE)
    assert breaches() == []


def test_the_end_of_a_dispute_may_be_heard_of_first(provider: Provider, account_id: int) -> None:
    payment = paid(provider, account_id)
    provider.dispute(payment)
    provider.end_dispute(payment, won=False)

    provider.tell("charge.dispute.closed")
    provider.tell("charge.dispute.created")

    assert [row.state for row in queries.disputes(account_id)] == ["lost"]
    assert Dispute.objects.count() == 1
    assert breaches() == []


def test_a_dispute_that_is_heard_of_before_its_payment_waits(
    provider: Provider, account_id: int
) -> None:
    payment = provider.pay(start(account_id))
    provider.dispute(payment)
    provider.tell("charge.dispute.created")
    assert Dispute.objects.count() == 0

    provider.tell("checkout.session.completed")
    for row in jobs.WAITING.find(NOW, 10):
        jobs.WAITING.fire(row, NOW)

    assert [row.state for row in queries.disputes(account_id)] == ["open"]
    assert standing.suspended(account_id)


def test_an_inquiry_of_a_bank_is_not_a_dispute(provider: Provider, account_id: int) -> None:
    provider.dispute(paid(provider, account_id))
    (body,) = provider.events("charge.dispute.created")

    provider.call_back(changed(body, status="warning_needs_response"))

    assert Dispute.objects.count() == 0
    assert not standing.suspended(account_id)


def test_one_of_two_disputes_keeps_services_stopped(provider: Provider, account_id: int) -> None:
    first, second = paid(provider, account_id), paid(provider, account_id)
    for payment in (first, second):
        provider.dispute(payment)
    provider.end_dispute(first, won=True)

    provider.tell()
    assert standing.suspended(account_id)
    provider.end_dispute(second, won=True)
    provider.tell()

    assert not standing.suspended(account_id)


def test_disputes_are_the_accounts_own(provider: Provider, account_id: int) -> None:
    provider.dispute(paid(provider, account_id))
    provider.tell()
    other = builders.customer()

    assert queries.disputes(other) == []
    assert not standing.suspended(other)


def test_a_dispute_won_after_a_lost_one_lifts_what_it_stopped_itself(
    provider: Provider, account_id: int
) -> None:
    first, second = paid(provider, account_id), paid(provider, account_id)
    provider.dispute(first)
    provider.end_dispute(first, won=False)
    provider.tell()
    assert standing.suspended(account_id)
    standing_actions.lift_suspensions(account_id, actor="staff:1", now=NOW)

    provider.dispute(second)
    provider.tell()
    assert standing.suspended(account_id)
    provider.end_dispute(second, won=True)
    provider.tell()

    assert not standing.suspended(account_id)


def test_a_dispute_won_beside_a_lost_one_that_stands_lifts_nothing_of_it(
    provider: Provider, account_id: int
) -> None:
    first, second = paid(provider, account_id), paid(provider, account_id)
    for payment, won in ((first, False), (second, True)):
        provider.dispute(payment)
        provider.end_dispute(payment, won=won)

    provider.tell()

    assert standing.suspended(account_id)


def test_the_day_until_which_a_bank_wants_our_answer_is_kept(
    provider: Provider, account_id: int
) -> None:
    provider.dispute(paid(provider, account_id))
    (created,) = provider.events("charge.dispute.created")
    said = json.loads(created)["data"]["object"]["evidence_details"]["due_by"]

    provider.tell()

    (row,) = overview.disputes()
    assert row.answer_by is not None
    assert int(row.answer_by.timestamp()) == said


@pytest.mark.parametrize("odd", [None, "soon", -1, 2**70, True, {"due_by": "x"}])
def test_a_dispute_without_a_readable_day_is_followed_all_the_same(
    provider: Provider, account_id: int, odd: object
) -> None:
    provider.dispute(paid(provider, account_id))
    (created,) = provider.events("charge.dispute.created")
    details = odd if isinstance(odd, dict) else {"due_by": odd}

    provider.call_back(changed(created, evidence_details=details))

    (row,) = overview.disputes()
    assert (row.state, row.answer_by) == ("open", None)
