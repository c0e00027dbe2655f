"""Whatever a wholesaler does to us, and whenever we are killed: one number for each lease."""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import ExitStack, suppress
from datetime import timedelta
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from nummer.apps.leases import actions
from nummer.apps.leases.jobs import DUE_SOURCES
from nummer.apps.leases.models import Instruction, Lease
from nummer.apps.leases.ports import Answer, ClearedOrder, Told, install_suppliers
from nummer.apps.refunds.actions import cancel_lease
from nummer.apps.refunds.jobs import DUE_SOURCES as REFUNDS
from nummer.apps.supply import actions as supply
from nummer.apps.supply.ports import install_wholesalers
from nummer.config.sweeper import sweep_until
from nummer.kernel.errors import Refusal, Unavailable
from nummer.suppliers.didww.provider import DidwwNumbers
from nummer.suppliers.sandbox.didww.provider import CODE
from tests import builders
from tests.builders import NOW, customer, rental_wish
from tests.invariants.proofs import breaches
from tests.suppliers.wholesale.account import desks

# The last two digits say what goes wrong at the wholesaler (objects.Trouble); two go well.
NUMBERS = tuple(f"+47595800{digits}" for digits in ("01", "02", "90", "91", "92", "93", "94", "95"))
SWEPT = [*DUE_SOURCES, *(one for one in REFUNDS if one.name == "refunds.leases")]
ENDS_WITHIN = timedelta(days=12)  # orders are given up after a week, and watched for two days


Said = TypeVar("Said")


class Killed(BaseException):
    """Our process died when the wholesaler had done what it was asked."""


class Deadly:
    """A wholesaler at whose answers we may die: he did it, and nothing of it is written down."""

    def __init__(self, numbers: DidwwNumbers) -> None:
        self._numbers = numbers
        self.kills = False

    @property
    def code(self) -> str:
        return CODE

    def order(self, order: ClearedOrder) -> Answer:
        return self._survive(self._numbers.order(order))

    def look_up(self, question: ClearedOrder) -> Answer:
        return self._survive(self._numbers.look_up(question))

    def renew(self, order: ClearedOrder) -> Told:
        return self._survive(self._numbers.renew(order))

    def stop(self, order: ClearedOrder) -> Told:
        return self._survive(self._numbers.stop(order))

    def _survive(self, answer: Said) -> Said:
        if self.kills:
            raise Killed
        return answer


class Buying(RuleBasedStateMachine):
    """Orders, ends, kills, answers that are lost or late, and a clock that jumps."""

    def __init__(self) -> None:
        super().__init__()
        self.kept = ExitStack()
        folder = Path(self.kept.enter_context(tempfile.TemporaryDirectory()))
        self.account = self.kept.enter_context(desks(folder))()
        self.account.set("complete_after_s", "3600")
        self.account.set("late_after_s", "3600")
        self.deadly = Deadly(self.account.numbers)
        install_suppliers([self.deadly])
        install_wholesalers([self.account.numbers])
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        builders.rentals(NUMBERS, supplier=CODE)
        self.people = [customer(balance="500.00") for _ in range(2)]
        self.now = NOW

    def teardown(self) -> None:
        try:
            self._come_to_rest()
            self._prove()
        finally:
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)
            install_suppliers([])
            install_wholesalers([])
            self.kept.close()

    @rule(who=st.integers(0, 1), number=st.sampled_from(NUMBERS))
    def rent(self, who: int, number: str) -> None:
        with suppress(Refusal):
            actions.rent(self.people[who], wish=rental_wish(number), now=self.now)

    @rule(kills=st.booleans())
    def do_jobs(self, kills: bool) -> None:  # noqa: FBT001 -- Hypothesis names it
        """Do what waits, each thing twice, as a job that was rescued is."""
        self.deadly.kills = kills
        for row in Lease.objects.filter(state__in=["paid", "at_supplier"]).order_by("id"):
            for _ in range(2):
                self._once(row.account_id, row.id)
        for told in Instruction.objects.filter(due_at__isnull=False).order_by("id"):
            for _ in range(2):
                try:
                    actions.tell_supplier(told.account_id, instruction_id=told.id, now=self.now)
                except (Unavailable, Killed):
                    continue
        self.deadly.kills = False

    @rule()
    def orders_are_settled(self) -> None:
        self.account.fulfil()

    @rule(pick=st.integers(0, 9))
    def end(self, pick: int) -> None:
        rows = list(Lease.objects.filter(ended_at=None).order_by("id"))
        if not rows:
            return
        row = rows[pick % len(rows)]
        with suppress(Refusal):
            cancel_lease(row.account_id, lease_id=row.id, surface="test", now=self.now)

    @rule(balance=st.sampled_from(["0.00", "1000.00"]))
    def money_at_the_wholesaler(self, balance: str) -> None:
        self.account.set("balance", balance)

    @rule(hours=st.sampled_from([1, 30, 24 * 8]))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        assert sweep_until(self.now, sources=SWEPT).failed == 0

    def _once(self, account_id: int, lease_id: UUID) -> None:
        try:
            actions.supply(account_id, lease_id=lease_id, now=self.now)
        except (Unavailable, Killed):
            return

    def _come_to_rest(self) -> None:
        """Let nothing go wrong any more until nothing waits."""
        self.account.set("balance", "1000.00")
        for _ in range(6):
            self.do_jobs(kills=False)
            self.account.fulfil()
            self.now += ENDS_WITHIN / 4
            assert sweep_until(self.now, sources=SWEPT).failed == 0
        assert not Instruction.objects.filter(due_at__isnull=False).exists()

    def _prove(self) -> None:
        """One number for each lease that serves, none for the others, no order of nobody."""
        dids = self.account.all_of("dids")
        orders = {each["id"]: each["attributes"] for each in self.account.all_of("orders")}
        stays = Counter(
            orders[did["rel"]["order"][1]]["external_reference_id"]
            for did in dids
            if not did["attributes"]["terminated"]
        )
        serving = Lease.objects.filter(ended_at=None).values_list("id", flat=True)
        assert stays == Counter(lease_id.hex for lease_id in serving)
        bought = Counter(
            each["external_reference_id"]
            for each in orders.values()
            if each["status"] == "completed"
        )
        assert all(count == 1 for count in bought.values()), "each lease bought at most once"
        known = {row.hex for row in Lease.objects.values_list("id", flat=True)}
        assert bought.keys() <= known, "no order is an orphan"
        assert supply.compare(CODE, now=self.now) == 0
        assert breaches() == []


@pytest.mark.django_db
def test_each_lease_has_one_number_whatever_goes_wrong_at_the_wholesaler() -> None:
    builders.shop()
    run_state_machine_as_test(
        Buying,
        settings=settings(
            max_examples=12,
            stateful_step_count=14,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
