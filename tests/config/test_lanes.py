"""One supplier who hangs delays nobody else's customers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from uuid import UUID

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from nummer.apps.leases import actions, queries
from nummer.apps.leases.ports import Answer, ClearedOrder, install_suppliers, supplier_codes
from nummer.config import worker
from nummer.kernel.errors import Unavailable
from nummer.kernel.jobs import supplier_lane
from tests import builders
from tests.builders import NOW, customer, rental_wish

HANGING = 6  # more orders than all threads of the process could carry at once


class Quick:
    """A supplier who has everything."""

    code = "quick"

    def order(self, order: ClearedOrder) -> Answer:
        del order
        return Answer.SUPPLIED

    def look_up(self, question: ClearedOrder) -> Answer:
        del question
        return Answer.SUPPLIED


class Hanging(Quick):
    """A supplier who takes every call and answers none."""

    code = "hanging"

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.calls = 0

    def order(self, order: ClearedOrder) -> Answer:
        self.calls += 1
        self.let_go.wait(120)
        raise Unavailable("number supplier")

    def look_up(self, question: ClearedOrder) -> Answer:
        return self.order(question)


@pytest.fixture
def hanging(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hanging]:
    """Connect one supplier who hangs, and one who does not."""
    builders.shop()
    made = Hanging()
    install_suppliers([made, Quick()])
    builders.rentals([f"+475944800{n}" for n in range(HANGING)], supplier="hanging")
    builders.rentals(["+4759448100", "+4759448101"], supplier="quick")
    monkeypatch.setattr(worker, "LANE_ASKED_EVERY_S", 0.1)
    yield made
    made.let_go.set()
    install_suppliers([])


def test_who_hangs_keeps_to_his_lane_and_the_others_customers_get_their_numbers(
    hanging: Hanging,
) -> None:
    for n in range(HANGING):
        wish = rental_wish(f"+475944800{n}")
        actions.rent(customer(balance="50.00"), wish=wish, now=NOW)
    fast = [
        actions.rent(customer(balance="50.00"), wish=rental_wish(number), now=NOW)
        for number in ("+4759448100", "+4759448101")
    ]

    states = asyncio.run(_work_until_supplied([(row.account_id, row.id) for row in fast], hanging))

    assert states == ["active", "active"]
    assert hanging.calls == worker.LANE_CONCURRENCY
    waiting = ProcrastinateJob.objects.filter(queue_name=supplier_lane("hanging"))
    assert waiting.count() == HANGING


async def _work_until_supplied(leases: list[tuple[int, UUID]], hanging: Hanging) -> list[str]:
    """Run the lanes as the process of jobs does, until these leases serve or a minute is over."""
    async with worker._worker_app().open_async() as worker_app:
        lanes = [
            asyncio.create_task(worker._do_lane(worker_app, supplier_lane(code)))
            for code in supplier_codes()
        ]
        states: list[str] = []
        for _ in range(300):
            await asyncio.sleep(0.2)
            states = await asyncio.to_thread(_states, leases)
            supplied = states == ["active"] * len(leases)
            if supplied and hanging.calls >= worker.LANE_CONCURRENCY:
                break
        seen = hanging.calls
        hanging.let_go.set()
        for lane in lanes:
            lane.cancel()
        await asyncio.gather(*lanes, return_exceptions=True)
        hanging.calls = seen
        return states


def _states(leases: list[tuple[int, UUID]]) -> list[str]:
    try:
        return [
            queries.lease(account_id, lease_id=lease_id).state.value
            for account_id, lease_id in leases
        ]
    finally:
        connection.close()
