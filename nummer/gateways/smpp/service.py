"""The gateway as a whole: starts the links, tells when it is ready, stops in order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import structlog

from nummer.gateways.smpp.carriers import Carrier
from nummer.gateways.smpp.customers import CustomerServer
from nummer.gateways.smpp.inbox import Inbox
from nummer.gateways.smpp.outbox import Outbox, Reports, Text
from nummer.gateways.smpp.ports import Actions, CarrierLink, CustomerDoor

log = structlog.get_logger(__name__)

# How long each step of an orderly stop may take; a supervisor kills later than their sum.
STOP_STEP_S_MAX: Final = 5.0


@dataclass(slots=True)
class Gateway:
    """A handle on the running gateway, given to `ready`."""

    port: int
    outbox: Outbox
    carriers: Sequence[Carrier]
    customers: CustomerServer

    def wake(self) -> None:
        """Look for outgoing texts now; call it on the gateway's event loop."""
        self.outbox.wake()

    @property
    def carriers_bound(self) -> int:
        """How many carriers are bound: for health and metrics."""
        return sum(carrier.bound for carrier in self.carriers)


async def run(
    links: Sequence[CarrierLink],
    *,
    door: CustomerDoor,
    actions: Actions,
    stop: asyncio.Event,
    ready: Callable[[Gateway], None],
) -> None:
    """Run until `stop` is set, then stop in order.

    `ready` is called once the customers' port is open. Carriers may still be away then: they
    are tried again for ever. Raises OSError where the port is taken.
    """
    inbox = Inbox(actions.lane, now=actions.now, counted=actions.counted)
    reports = Reports(actions)
    carriers: list[Carrier] = []
    outbox = Outbox(
        reports,
        rooms=lambda: {carrier.settings.code: carrier.room for carrier in carriers},
        present=lambda: [carrier.settings.code for carrier in carriers if carrier.present],
        send=lambda text: _send(carriers, text),
    )
    carriers += [
        Carrier(
            link,
            inbox=inbox,
            reports=reports,
            now=actions.now,
            on_room=partial(outbox.room, link.code),
        )
        for link in links
    ]
    reports.on_waiting = outbox.wake
    customers = CustomerServer(door, actions=actions, outbox=outbox)
    port = await customers.start()
    lasting = [asyncio.create_task(inbox.run()), asyncio.create_task(reports.run())]
    binding = [asyncio.create_task(carrier.run()) for carrier in carriers]
    taking = asyncio.create_task(outbox.run())
    try:
        ready(Gateway(port, outbox, carriers, customers))
        await _until(stop, [*lasting, *binding, taking])
    finally:
        await _stop(carriers, customers, taking, outbox=outbox, inbox=inbox, reports=reports)
        for task in (*lasting, *binding):
            task.cancel()
        await asyncio.gather(*lasting, *binding, return_exceptions=True)


def _send(carriers: Sequence[Carrier], text: Text) -> bool:
    """Hand a text to its carrier, or to the first with room where any may have it."""
    for carrier in carriers:
        if text.carrier in ("", carrier.settings.code) and carrier.room > 0:
            carrier.send(text)
            return True
    return False


async def _until(stop: asyncio.Event, tasks: Sequence[asyncio.Task[None]]) -> None:
    """Wait for `stop`; a task that ends before is our mistake, and the process must end."""
    stopping = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    for task in done:
        task.result()


async def _stop(
    carriers: Sequence[Carrier],
    customers: CustomerServer,
    taking: asyncio.Task[None],
    *,
    outbox: Outbox,
    inbox: Inbox,
    reports: Reports,
) -> None:
    """Take nothing more, let what is under way finish and be acknowledged, then unbind."""
    for carrier in carriers:
        carrier.finish_sending()
    outbox.finish()
    await asyncio.wait([taking], timeout=STOP_STEP_S_MAX)
    taking.cancel()
    await asyncio.gather(taking, return_exceptions=True)
    await _within(customers.stop())
    await _within(*(carrier.sent() for carrier in carriers))
    await _within(inbox.empty())
    await _within(reports.written())
    await _within(*(carrier.stop() for carrier in carriers))
    await _within(reports.written())


async def _within(*steps: Coroutine[object, object, None]) -> None:
    """Do steps side by side; what does not finish in time is left, and found at the next start."""
    try:
        async with asyncio.timeout(STOP_STEP_S_MAX):
            await asyncio.gather(*steps)
    except TimeoutError:
        log.warning("a step of the stop took too long")
