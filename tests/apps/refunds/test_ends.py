"""How a one-time order ends: cancelled, expired, fulfilled, taken away by the carrier."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nummer.apps.ledger import queries as ledger
from nummer.apps.numbers import actions as activations
from nummer.apps.numbers import queries as numbers
from nummer.apps.numbers.errors import ActivationClosed, NoCodeYet, NoSuchActivation
from nummer.apps.refunds.actions import (
    cancel_activation,
    end_taken,
    end_window,
    facts_sha256,
    finish_activation,
    number_blocked,
    tell_refunds,
)
from nummer.apps.refunds.errors import CodeAlreadyShown
from nummer.apps.refunds.jobs import DUE_SOURCES
from nummer.apps.refunds.models import Decision, Taken
from nummer.config.sweeper import sweep_until
from nummer.kernel.money import Money
from nummer.policy.refund import decide_plain
from tests.builders import NOW, customer, deliver, order

pytestmark = pytest.mark.usefixtures("shop")
CODE = "Telegram code: 48213"
SOON = NOW + timedelta(minutes=1)
FULL = Money.parse("20.00", "EUR")


def cancel(account_id: int, activation_id: int, *, now: object = SOON) -> object:
    return cancel_activation(account_id, activation_id=activation_id, surface="test", now=now)  # type: ignore[arg-type]


@pytest.mark.clause("RP-B4")
def test_cancelling_before_a_code_gives_the_full_price_back() -> None:
    account_id = customer()
    placed = order(account_id)

    decided = cancel_activation(
        account_id, activation_id=placed.activation_id, surface="test", now=SOON
    )

    assert (decided.clause, decided.amount) == ("RP-B4", placed.total)
    assert ledger.balance(account_id).total == FULL
    line = ledger.statement(account_id, before=None, limit=1)[0]
    assert (line.clause, line.amount, line.reference) == ("RP-B4", placed.total, placed.order_id)


def test_cancelling_twice_credits_once_and_names_the_first_decision() -> None:
    account_id = customer()
    placed = order(account_id)

    assert cancel(account_id, placed.activation_id) == cancel(account_id, placed.activation_id)

    assert ledger.balance(account_id).total == FULL
    assert Decision.objects.count() == 1


@pytest.mark.clause("RP-N2")
def test_a_code_that_was_shown_ends_the_right_to_cancel() -> None:
    account_id = customer()
    placed = order(account_id)
    deliver(placed.number, CODE, at=SOON)

    with pytest.raises(CodeAlreadyShown):
        cancel(account_id, placed.activation_id)

    assert ledger.balance(account_id).total == FULL - placed.total
    assert not Decision.objects.exists()


def test_a_code_after_cancelling_is_shown_to_nobody() -> None:
    account_id = customer()
    placed = order(account_id)
    cancel(account_id, placed.activation_id)

    deliver(placed.number, CODE, at=SOON)

    row = numbers.activation(account_id, activation_id=placed.activation_id)
    assert (row.state, row.displayed_at) == ("cancelled", None)


@pytest.mark.clause("RP-B4", "RP-T2")
def test_the_end_of_a_window_without_a_code_gives_the_full_price_back() -> None:
    account_id = customer()
    placed = order(account_id)

    sweep_until(placed.window_ends_at, sources=DUE_SOURCES[:1])
    assert ledger.balance(account_id).total == FULL - placed.total
    swept = sweep_until(placed.window_ends_at + timedelta(hours=1), sources=DUE_SOURCES[:1])

    assert (swept.fired, swept.failed) == (1, 0)
    row = numbers.activation(account_id, activation_id=placed.activation_id)
    assert (row.state, row.closed_at) == (
        "expired",
        placed.window_ends_at + timedelta(microseconds=1),
    )
    assert ledger.balance(account_id).total == FULL
    assert ledger.statement(account_id, before=None, limit=1)[0].clause == "RP-B4"


def test_the_end_of_a_window_with_a_code_gives_nothing_back() -> None:
    account_id = customer()
    placed = order(account_id)
    deliver(placed.number, CODE, at=SOON)

    sweep_until(placed.window_ends_at + timedelta(hours=1), sources=DUE_SOURCES[:1])

    assert numbers.activation(account_id, activation_id=placed.activation_id).state == "finished"
    assert ledger.balance(account_id).total == FULL - placed.total


def test_asking_for_another_code_does_not_bring_a_refund_at_the_end() -> None:
    account_id = customer()
    placed = order(account_id)
    deliver(placed.number, CODE, at=SOON)
    activations.ask_another_code(account_id, activation_id=placed.activation_id, now=SOON)

    sweep_until(placed.window_ends_at + timedelta(hours=1), sources=DUE_SOURCES[:1])

    assert ledger.balance(account_id).total == FULL - placed.total


def test_ending_a_window_twice_credits_once() -> None:
    account_id = customer()
    placed = order(account_id)
    key = numbers.activation(account_id, activation_id=placed.activation_id).key
    after = placed.window_ends_at + timedelta(seconds=1)

    end_window(account_id, key=key, now=after)
    end_window(account_id, key=key, now=after)

    assert ledger.balance(account_id).total == FULL


def test_cancelling_after_the_window_is_its_end() -> None:
    account_id = customer()
    placed = order(account_id)

    cancel(account_id, placed.activation_id, now=placed.window_ends_at + timedelta(seconds=1))

    assert numbers.activation(account_id, activation_id=placed.activation_id).state == "expired"
    assert ledger.balance(account_id).total == FULL


def test_finishing_needs_a_code_and_happens_once() -> None:
    account_id = customer()
    placed = order(account_id)
    with pytest.raises(NoCodeYet):
        finish_activation(account_id, activation_id=placed.activation_id, now=SOON)
    deliver(placed.number, CODE, at=SOON)

    finish_activation(account_id, activation_id=placed.activation_id, now=SOON)
    finish_activation(account_id, activation_id=placed.activation_id, now=SOON)

    assert numbers.activation(account_id, activation_id=placed.activation_id).state == "finished"


def test_a_cancelled_order_cannot_be_finished() -> None:
    account_id = customer()
    placed = order(account_id)
    cancel(account_id, placed.activation_id)

    with pytest.raises(ActivationClosed):
        finish_activation(account_id, activation_id=placed.activation_id, now=SOON)


def test_nobody_cancels_what_is_not_his() -> None:
    placed = order(customer())

    with pytest.raises(NoSuchActivation):
        cancel(customer(), placed.activation_id)


@pytest.mark.clause("RP-B2")
def test_a_number_that_its_carrier_takes_away_is_paid_back() -> None:
    account_id = customer()
    placed = order(account_id)

    assert number_blocked(placed.number, reason="unrelated", now=SOON) == 1
    assert number_blocked(placed.number, reason="unrelated", now=SOON) == 0

    assert ledger.balance(account_id).total == FULL
    assert Decision.objects.get().clauses == ["RP-B2"]
    assert numbers.activation(account_id, activation_id=placed.activation_id).state == "failed"


class Killed(BaseException):
    """What a kill looks like from inside: nothing after it runs."""


@pytest.mark.clause("RP-B2")
def test_a_kill_while_a_number_is_taken_away_leaves_each_customer_the_same_clause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = customer(), customer()
    placed = order(first)
    beside = order(second, service="wa")
    assert beside.number == placed.number
    ended: list[object] = []

    def end_one_then_die(*args: object, **named: object) -> bool:
        if ended:
            raise Killed
        ended.append(args)
        return end_taken(*args, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr("nummer.apps.refunds.actions.ends.end_taken", end_one_then_die)
        with pytest.raises(Killed):
            number_blocked(placed.number, reason="unrelated", now=SOON)
    assert Decision.objects.count() == 1

    sweep_until(NOW + timedelta(days=1), sources=DUE_SOURCES)

    assert [row.clauses for row in Decision.objects.all()] == [["RP-B2"], ["RP-B2"]]
    assert {row.decided_at for row in Decision.objects.all()} == {SOON}
    for account_id in (first, second):
        assert ledger.balance(account_id).total == FULL
    assert not Taken.objects.exists()


def test_a_number_taken_away_after_a_window_ended_leaves_it_to_the_end_of_the_window() -> None:
    account_id = customer()
    placed = order(account_id)
    late = placed.window_ends_at + timedelta(minutes=5)

    assert number_blocked(placed.number, reason="unrelated", now=late) == 0
    sweep_until(late, sources=DUE_SOURCES)

    assert Decision.objects.get().clauses == ["RP-B4"]


def test_a_number_taken_away_after_its_code_changes_nothing_for_the_customer() -> None:
    account_id = customer()
    placed = order(account_id)
    deliver(placed.number, CODE, at=SOON)

    assert number_blocked(placed.number, reason="unrelated", now=SOON) == 0

    assert ledger.balance(account_id).total == FULL - placed.total


def test_a_decision_can_be_recomputed_from_its_facts() -> None:
    account_id = customer()
    cancel(account_id, order(account_id).activation_id)

    row = Decision.objects.get()

    again = decide_plain(row.facts)
    assert (again["decision"], again["clauses"]) == (row.decision, row.clauses)
    assert Money.parse(str(again["amount"]), str(again["currency"])).micro == row.amount_micro
    assert facts_sha256(row.facts) == row.facts_sha256


def test_the_customer_is_told_of_a_refund_once() -> None:
    account_id = customer()
    cancel(account_id, order(account_id).activation_id)

    tell_refunds(account_id, now=SOON)
    tell_refunds(account_id, now=SOON)

    from nummer.apps.notify.models import Letter

    assert Letter.objects.filter(account_id=account_id, letter="order-refunded").count() == 1
