"""One number from holder to holder, rested or handed over, with SMS that come late: none leaks.

A rule is anything that may happen to the number or to a message on its way; Hypothesis looks for
the order in which somebody sees what came in another's time.
"""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from nummer.apps.leases import actions, handovers, queries
from nummer.apps.leases.jobs import DUE_SOURCES
from nummer.apps.leases.models import Holding
from nummer.apps.leases.ports import install_suppliers
from nummer.apps.messaging import queries as inbox
from nummer.apps.messaging.actions import Prepared, preparing, run, storing
from nummer.apps.messaging.models import Message
from nummer.apps.refunds.actions import cancel_lease
from nummer.config.sweeper import sweep_until
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_id
from nummer.suppliers.sandbox.numbers import SandboxNumbers
from tests import builders
from tests.builders import NOW, customer, email_of, rented, sms, top_up
from tests.invariants.proofs import breaches

NUMBER = "+4759443001"
PEOPLE = 3
SECOND = timedelta(seconds=1)


class HoldersOfANumber(RuleBasedStateMachine):
    """Three customers, one number, and messages that were sent some time before they come."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        install_suppliers([SandboxNumbers(Path(self.folder.name))])
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        builders.rentals([NUMBER])
        self.people = [customer(balance="60.00") for _ in range(PEOPLE)]
        self.now = NOW
        self.holder: tuple[int, UUID] | None = None
        self.rests_until = NOW
        self.sent: dict[str, datetime] = {}
        self.waiting: list[Prepared] = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)
        install_suppliers([])
        self.folder.cleanup()

    @precondition(lambda self: self.holder is None)
    @rule(who=st.integers(0, PEOPLE - 1))
    def rent(self, who: int) -> None:
        self.now = max(self.now + SECOND, self.rests_until)
        top_up(self.people[who], "20.00", now=self.now)
        lease = rented(self.people[who], NUMBER, now=self.now)
        self.holder = (lease.account_id, lease.id)

    @precondition(lambda self: self.holder is not None)
    @rule()
    def end(self) -> None:
        assert self.holder is not None
        self.now += SECOND
        account_id, lease_id = self.holder
        cancel_lease(account_id, lease_id=lease_id, surface="test", now=self.now)
        self._look()

    @precondition(lambda self: self.holder is not None)
    @rule(who=st.integers(0, PEOPLE - 1), confirmed=st.booleans())
    def hand_over(self, who: int, confirmed: bool) -> None:  # noqa: FBT001 -- Hypothesis names it
        assert self.holder is not None
        self.now += SECOND
        giver, lease_id = self.holder
        to = self.people[who]
        try:
            given = actions.offer(
                giver, lease_id=lease_id, email=email_of(to), key=new_id(), now=self.now
            )
        except Refusal:
            return
        assert sweep_until(self.now, sources=DUE_SOURCES).failed == 0
        agreed = actions.Agreed(texts=(), terms=True, monthly_max=None)
        actions.accept(to, handover_id=given.id, agreed=agreed, key=new_id(), now=self.now)
        if not confirmed:
            actions.withdraw_handover(giver, handover_id=given.id, now=self.now)
            return
        actions.hand_over(giver, handover_id=given.id, now=self.now)
        shown = handovers.offered(to, handover_id=given.id)
        assert shown.lease_id is not None
        self.holder = (to, shown.lease_id)

    @rule(late=st.sampled_from([0, 0, 1, 2, 3, 90, 86_400, 100 * 86_400]), kept=st.booleans())
    def arrive(self, late: int, kept: bool) -> None:  # noqa: FBT001 -- as above
        name = f"canary-{len(self.sent):04d}"
        self.sent[name] = max(NOW - timedelta(days=1), self.now - late * SECOND)
        batch = run(preparing([sms(NUMBER, name, sender=name, at=self.sent[name])], now=self.now))
        self.waiting.append(batch)
        if not kept:
            self.store()

    @rule()
    def store(self) -> None:
        waiting, self.waiting = self.waiting, []
        if waiting:
            run(storing(waiting, now=self.now))

    @rule(hours=st.sampled_from([1, 24 * 8, 24 * 31]))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        assert sweep_until(self.now, sources=DUE_SOURCES).failed == 0
        self._look()

    @invariant()
    def each_sees_what_came_in_his_own_time(self) -> None:
        assert Message.objects.count() == len(self.sent) - len(self.waiting)
        for account_id in self.people:
            his = {name for name in self.sent if self._owner(name) == account_id}
            shown = {each.theirs for each in inbox.sms_of(account_id, limit=500)}
            assert shown <= his, "nobody sees what came in another's time, or in nobody's"

    @invariant()
    def the_history_is_proven(self) -> None:
        assert breaches() == []

    def _owner(self, name: str) -> int:
        """Return whose time it was, by the rows of the history alone; 0 is nobody's."""
        at = self.sent[name]
        for row in Holding.objects.filter(e164=NUMBER).order_by("from_at"):
            if row.from_at <= at and (row.until_at is None or at < row.until_at):
                return row.account_id
        return 0

    def _look(self) -> None:
        if self.holder is None:
            return
        account_id, lease_id = self.holder
        row = queries.lease(account_id, lease_id=lease_id)
        if row.ended_at is not None:
            self.holder, self.rests_until = None, row.ended_at + timedelta(days=90)


@pytest.mark.django_db
def test_no_holder_of_a_number_ever_sees_what_came_in_anothers_time() -> None:
    builders.shop()
    run_state_machine_as_test(
        HoldersOfANumber,
        settings=settings(
            max_examples=6,
            stateful_step_count=14,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
