"""From links to the database: group commit without a timer, acknowledged afterwards.

Two lanes work side by side, each with its own thread and session: one prepares messages (whose
they are, their code, their seal) while the other stores what is ready. Both keep the order of
arrival.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final, NamedTuple, TypeVar

import structlog

from nummer.gateways.smpp.edge import unexpected
from nummer.gateways.smpp.ports import Prepare, Store
from nummer.kernel.errors import Unavailable
from nummer.protocols.smpp.words import Status
from nummer.protocols.sms.inbound import IncomingSms

log = structlog.get_logger(__name__)

_Result = TypeVar("_Result")

# Back-pressure: about one second of traffic. What is beyond waits at the carrier, not with us.
WAITING_MAX: Final = 10_000
# Measured for group commit (spec: 100 to 500 rows): larger batches only delay the first ack.
BATCH_MAX: Final = 500
# Half of a usual window, so that one half is prepared while the other is stored.
PREPARE_MAX: Final = 50


class Waiting(NamedTuple):
    """A message and how its sender learns the outcome, called on the event loop."""

    sms: IncomingSms
    answer: Callable[[Status], None]


@dataclass(frozen=True, slots=True)
class Ready:
    """Messages that are prepared, in the order of arrival."""

    batch: Sequence[Waiting]
    prepared: object


class Inbox:
    """Takes whatever queued while the last commit ran, commits it, then acknowledges."""

    def __init__(self, prepare: Prepare, store: Store, *, now: Callable[[], datetime]) -> None:
        self._prepare = prepare
        self._store = store
        self._now = now
        self._waiting: deque[Waiting] = deque()
        self._ready: list[Ready] = []
        self._queued = 0  # not yet on their way into the database
        self._unanswered = 0
        self._arrived = asyncio.Event()
        self._prepared = asyncio.Event()
        self._taken = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self._preparing = ThreadPoolExecutor(1, thread_name_prefix="smpp-prepare")
        self._storing = ThreadPoolExecutor(1, thread_name_prefix="smpp-store")

    def put(self, sms: IncomingSms, *, answer: Callable[[Status], None]) -> None:
        """Queue a message; a full queue answers RMSGQFUL at once, and the carrier waits."""
        if self._queued >= WAITING_MAX:
            answer(Status.RMSGQFUL)
            return
        self._waiting.append(Waiting(sms, answer))
        self._queued += 1
        self._unanswered += 1
        if self._unanswered == 1:
            self._empty.clear()
        if len(self._waiting) == 1:
            self._arrived.set()

    async def run(self) -> None:
        """Prepare and commit until cancelled."""
        tasks = [asyncio.create_task(self._prepare_all()), asyncio.create_task(self._store_all())]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            self._preparing.shutdown(wait=False)
            self._storing.shutdown(wait=False)

    async def empty(self) -> None:
        """Wait until everything that arrived is answered."""
        await self._empty.wait()

    async def _prepare_all(self) -> None:
        while True:
            await self._arrived.wait()
            while self._ready_count() + PREPARE_MAX > BATCH_MAX:
                self._taken.clear()
                await self._taken.wait()
            batch = self._take()
            call = partial(self._prepare, [waiting.sms for waiting in batch], now=self._now())
            status, prepared = await _attempt(self._preparing, call, count=len(batch))
            if status is Status.RTHROTTLED:
                # Surely not stored; RTHROTTLED says that it may be.
                self._queued -= len(batch)
                self._answer(batch, Status.RMSGQFUL)
                continue
            # What broke us is tried again message by message, in its turn.
            self._ready.append(Ready(batch, prepared if status is Status.ROK else None))
            self._prepared.set()

    def _take(self) -> list[Waiting]:
        count = min(len(self._waiting), PREPARE_MAX)
        batch = [self._waiting.popleft() for _ in range(count)]
        if not self._waiting:
            self._arrived.clear()
        return batch

    def _ready_count(self) -> int:
        return sum(len(ready.batch) for ready in self._ready)

    async def _store_all(self) -> None:
        while True:
            await self._prepared.wait()
            self._prepared.clear()
            taken, self._ready = self._ready, []
            self._queued -= sum(len(ready.batch) for ready in taken)
            self._taken.set()
            await self._commit(taken)

    async def _commit(self, taken: Sequence[Ready]) -> None:
        batch = [waiting for ready in taken for waiting in ready.batch]
        prepared = [ready.prepared for ready in taken]
        status = Status.RX_T_APPN
        if None not in prepared:
            call = partial(self._store, prepared, now=self._now())
            status, _ = await _attempt(self._storing, call, count=len(batch))
        if status is Status.RX_T_APPN:
            # A message that breaks us must not hold up the others for ever.
            for waiting in batch:
                self._answer([waiting], await self._commit_one(waiting.sms))
            return
        self._answer(batch, status)

    async def _commit_one(self, sms: IncomingSms) -> Status:
        def both() -> None:
            now = self._now()
            self._store([self._prepare([sms], now=now)], now=now)

        status, _ = await _attempt(self._storing, both, count=1)
        return status

    def _answer(self, batch: Sequence[Waiting], status: Status) -> None:
        """Tell the outcome: only a commit is acknowledged."""
        for waiting in batch:
            waiting.answer(status)
        self._unanswered -= len(batch)
        if not self._unanswered:
            self._empty.set()


async def _attempt(
    lane: ThreadPoolExecutor, call: Callable[[], _Result], *, count: int
) -> tuple[Status, _Result | None]:
    """Run a call on a lane and return what its messages are answered, and its result."""
    try:
        return Status.ROK, await asyncio.get_running_loop().run_in_executor(lane, call)
    except Unavailable:
        log.warning("incoming messages wait at the carrier", count=count)
        return Status.RTHROTTLED, None
    except Exception as error:  # noqa: BLE001 -- the edge: the carrier keeps it, the link lives
        unexpected("incoming messages not stored", error, count=count)
        return Status.RX_T_APPN, None
