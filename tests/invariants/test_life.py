"""Any sequence of orders, messages, cancels and time keeps money and codes in step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from nummer.apps.ledger import queries as ledger
from nummer.apps.numbers import actions as activations
from nummer.apps.numbers import queries as numbers
from nummer.apps.refunds.actions import cancel_activation, finish_activation
from nummer.apps.refunds.jobs import DUE_SOURCES
from nummer.config.sweeper import sweep_until
from nummer.kernel.errors import Refusal
from nummer.kernel.money import Money
from tests import builders
from tests.builders import NOW, customer, deliver
from tests.invariants.proofs import breaches


@dataclass
class Expected:
    """What the model believes of one activation."""

    state: str
    codes: int
    window_ends_at: datetime


class Life(RuleBasedStateMachine):
    """One customer, a shelf of numbers, a clock."""

    placed = Bundle("placed")

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        builders.numbers([f"+4759440{n:03d}" for n in range(30)])
        self.account_id = customer(balance="50.00")
        builders.lift_limits(self.account_id)
        self.price = builders.price()
        self.now = NOW
        self.expected: dict[int, Expected] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    @rule(target=placed)
    def order(self) -> object:
        try:
            placed = builders.order(self.account_id, now=self.now)
        except Refusal:
            return None
        self.expected[placed.activation_id] = Expected("waiting", 0, placed.window_ends_at)
        return placed

    @rule(placed=placed, kind=st.sampled_from(["code", "text", "other"]))
    def message(self, placed: object, kind: str) -> None:
        if not isinstance(placed, builders.Placed):
            return
        text = {
            "code": "Telegram code: 48213",
            "text": "Welcome to the network",
            "other": "Your WhatsApp code is 123-456",
        }[kind]
        sender = "WhatsApp" if kind == "other" else "Telegram" if kind == "code" else "Carrier"
        deliver(placed.number, text, sender=sender, at=self.now)
        row = self.expected[placed.activation_id]
        if kind == "code" and row.state in ("waiting", "shown") and self.now <= row.window_ends_at:
            row.state, row.codes = "shown", row.codes + 1

    @rule(placed=placed)
    def cancel(self, placed: object) -> None:
        if not isinstance(placed, builders.Placed):
            return
        row = self.expected[placed.activation_id]
        try:
            cancel_activation(
                self.account_id,
                activation_id=placed.activation_id,
                surface="test",
                now=self.now,
            )
        except Refusal:
            assert row.state in ("shown", "finished", "expired")
        else:
            late = row.state == "waiting" and self.now > row.window_ends_at
            assert row.state in ("waiting", "cancelled")
            row.state = "expired" if late else "cancelled"

    @rule(placed=placed)
    def finish(self, placed: object) -> None:
        if not isinstance(placed, builders.Placed):
            return
        row = self.expected[placed.activation_id]
        try:
            finish_activation(self.account_id, activation_id=placed.activation_id, now=self.now)
        except Refusal:
            assert row.state not in ("shown", "finished")
        else:
            assert row.state in ("shown", "finished")
            row.state = "finished"

    @rule(placed=placed)
    def another(self, placed: object) -> None:
        if not isinstance(placed, builders.Placed):
            return
        try:
            activations.ask_another_code(
                self.account_id, activation_id=placed.activation_id, now=self.now
            )
        except Refusal:
            assert self.expected[placed.activation_id].state != "shown"

    @rule(minutes=st.integers(1, 15), swept=st.booleans())
    def time_passes(self, minutes: int, swept: bool) -> None:  # noqa: FBT001 -- Hypothesis names it
        self.now += timedelta(minutes=minutes)
        if not swept:
            return
        assert sweep_until(self.now, sources=DUE_SOURCES[:1]).failed == 0
        for row in self.expected.values():
            if row.window_ends_at < self.now:
                row.state = {"waiting": "expired", "shown": "finished"}.get(row.state, row.state)

    @invariant()
    def states_and_money_agree(self) -> None:
        kept = 0
        for activation_id, row in self.expected.items():
            found = numbers.activation(self.account_id, activation_id=activation_id)
            assert (found.state, found.displayed_at is not None) == (row.state, row.codes > 0)
            kept += row.state in ("waiting", "shown", "finished")
        paid = Money(self.price.micro * kept, "EUR")
        assert ledger.balance(self.account_id).total == Money.parse("50.00", "EUR") - paid
        assert breaches() == []


@pytest.mark.django_db
def test_any_life_of_orders_keeps_money_and_codes_in_step() -> None:
    builders.shop()
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
