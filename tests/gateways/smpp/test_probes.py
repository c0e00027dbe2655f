"""A probe over real SMPP: out over the route, back to our number, found in the database."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any, cast
from uuid import UUID

import pytest
from django.db import connection, connections

from nummer.apps.messaging import actions as messaging
from nummer.apps.messaging.models import Message, Outgoing
from nummer.apps.probes import actions, queries
from nummer.config import gateway as process
from nummer.config.figures import MinuteFigures
from nummer.config.sandbox_seed import _probe_a_route
from nummer.gateways.smpp.ports import Actions
from nummer.kernel import clock
from nummer.kernel.money import Money
from nummer.kernel.phone import PhoneNumber
from nummer.protocols.sms.inbound import IncomingSms
from nummer.suppliers.sandbox import carrier_control
from nummer.suppliers.sandbox.stock import probe_numbers
from tests import builders
from tests.builders import NOW
from tests.gateways.smpp.platform import Platform, gateway, sandbox_carrier, together, until

pytestmark = pytest.mark.django_db(transaction=True)
PROBED = PhoneNumber(probe_numbers()[0].e164)


class House:
    """The apps' own actions behind the gateway, on sessions that are closed when it ends."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.aside = ThreadPoolExecutor(1)
        self._begun = monotonic()

    def now(self) -> datetime:
        return NOW + timedelta(seconds=monotonic() - self._begun)

    def actions(self) -> Actions:
        ours = process._actions(MinuteFigures(clock.now))
        return replace(
            ours,
            now=self.now,
            lane=lambda: HouseLane(self.aside),
            take_outgoing=closing(ours.take_outgoing),
            report=closing(ours.report),
            record_receipts=closing(ours.record_receipts),
            reroute=closing(ours.reroute),
        )


class HouseLane:
    """The lane into the database of the tests."""

    def __init__(self, aside: ThreadPoolExecutor) -> None:
        settings = connection.settings_dict
        parameters = {
            "dbname": settings["NAME"],
            "user": settings["USER"],
            "password": settings["PASSWORD"],
            "host": settings["HOST"],
            "port": settings["PORT"],
        }
        self._lane = messaging.Lane(parameters, aside=aside)

    async def prepare(self, batch: Sequence[IncomingSms], /, *, now: datetime) -> object:
        return await self._lane.run(messaging.preparing(batch, now=now))

    async def store(self, prepared: Sequence[Any], /, *, now: datetime) -> None:
        await self._lane.run(messaging.storing(prepared, now=now))

    async def close(self) -> None:
        await self._lane.close()


def closing(action: Callable[..., Any]) -> Callable[..., Any]:
    """Leave no session behind on a thread of the gateway."""

    def call(*given: Any, **named: Any) -> Any:
        try:
            return action(*given, **named)
        finally:
            connections.close_all()

    return call


async def eventually(condition: Callable[[], object]) -> None:
    """Wait until something is so in the database."""
    async with asyncio.timeout(20):
        while not await asyncio.to_thread(condition):  # noqa: ASYNC110 -- the database tells nobody
            await asyncio.sleep(0.05)


@pytest.fixture
def house() -> Iterator[House]:
    builders.shop()
    builders.sms_rates({"47": "0.05"})
    made = House()
    yield made
    made.aside.submit(connections.close_all).result()
    made.aside.shutdown()


def test_a_probe_goes_out_comes_back_and_has_its_times(house: House, tmp_path: Path) -> None:
    _probe_a_route(NOW)
    ((_, plan_id),) = queries.due_plans(until=NOW, limit=5)
    started: list[UUID | None] = []

    async def scene() -> None:
        platform = cast(Platform, house)
        async with sandbox_carrier(tmp_path) as theirs, gateway(platform, theirs) as ours:
            await until(lambda: ours.carriers_bound == 1, what="a bind")
            run = closing(lambda: actions.run_due(plan_id, due_at=NOW, now=house.now()))
            started.append(await asyncio.to_thread(run))
            ours.wake()
            arrived = closing(
                lambda: (
                    Message.objects.exists() and Outgoing.objects.filter(state="delivered").exists()
                )
            )
            await eventually(arrived)

    together(scene)

    (probe_id,) = started
    assert probe_id is not None
    assert actions.look(probe_id, late=False, now=house.now()) == "arrived"
    (row,) = queries.history(plan_id)
    assert row.taken_at is not None
    assert row.accepted_at is not None
    assert row.arrived_at is not None
    assert row.started_at <= row.taken_at <= row.accepted_at
    assert row.receipt == "delivered"
    assert row.arrived_over == "sandbox"
    assert row.cost == Money.parse("0.02", "EUR")
    (stored,) = Message.objects.all()
    assert (stored.account_id, stored.e164, stored.outcome) == (0, PROBED.e164, "nobody")
    (out,) = carrier_control.sent(PROBED.e164, home=tmp_path)
    assert out["text"].startswith("Probe ")
    assert carrier_control.sent(home=tmp_path) == []


def test_a_carrier_that_blocks_our_number_loses_the_probe(house: House, tmp_path: Path) -> None:
    _probe_a_route(NOW)
    ((_, plan_id),) = queries.due_plans(until=NOW, limit=5)

    async def scene() -> None:
        platform = cast(Platform, house)
        async with sandbox_carrier(tmp_path) as theirs, gateway(platform, theirs) as ours:
            await until(lambda: ours.carriers_bound == 1, what="a bind")
            await asyncio.to_thread(carrier_control.block, PROBED.e164, home=tmp_path)
            run = closing(lambda: actions.run_due(plan_id, due_at=NOW, now=house.now()))
            await asyncio.to_thread(run)
            ours.wake()
            told = closing(lambda: Outgoing.objects.filter(state="undelivered").exists())
            await eventually(told)

    together(scene)

    (row,) = queries.history(plan_id)
    assert actions.look(row.id, late=False, now=NOW + timedelta(minutes=11)) == "lost"
    (row,) = queries.history(plan_id)
    assert (row.receipt, row.arrived_at) == ("undelivered", None)
    assert queries.plan(plan_id, now=NOW).failed_in_row == 1
    assert not Message.objects.exists()
