"""From links to the database: group commit without a timer, acknowledged afterwards.

Two lanes with a session each take turns: while the database stores the batch of one, the other
prepares the next (whose the messages are, their codes, their seals). Everything of ours happens
on the event loop, so that no thread waits for another to give Python back (ADR 58).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple, TypeVar

import structlog

from nummer.gateways.smpp.edge import unexpected
from nummer.gateways.smpp.ports import CountIncoming, Lane
from nummer.kernel.errors import Unavailable
from nummer.protocols.smpp.words import Status
from nummer.protocols.sms.inbound import IncomingSms

log = structlog.get_logger(__name__)

_Result = TypeVar("_Result")

LANES: Final = 2
# Back-pressure: about one second of traffic. What is beyond waits at the carrier, not with us.
WAITING_MAX: Final = 10_000
# Measured for group commit (spec: 100 to 500 rows): larger batches only delay the first ack.
BATCH_MAX: Final = 500
# Half of a usual window, so that one half is prepared while the other is stored: a tenth faster
# than whole windows, for a tenth more processor time (bench/notes/sms_in.md).
PREPARE_MAX: Final = 50


class Waiting(NamedTuple):
    """A message, how its sender learns the outcome, and the link that it came by."""

    sms: IncomingSms
    answer: Callable[[Status], None]
    link: object


@dataclass(frozen=True, slots=True)
class Ready:
    """Messages that are prepared, in the order of arrival."""

    batch: Sequence[Waiting]
    prepared: object


class Inbox:
    """Takes whatever queued while the last commit ran, commits it, then acknowledges."""

    def __init__(
        self,
        lane: Callable[[], Lane],
        *,
        now: Callable[[], datetime],
        counted: CountIncoming,
    ) -> None:
        self._lanes = [lane() for _ in range(LANES)]
        self._counted = counted
        self._now = now
        self._waiting: deque[Waiting] = deque()
        self._unanswered = 0
        self._empty = asyncio.Event()
        self._empty.set()
        self._arrived = asyncio.Event()
        # Held from the take to the turn at storing, so that batches are stored as they came.
        self._preparing = asyncio.Lock()
        self._storing = asyncio.Lock()

    def put(self, sms: IncomingSms, *, answer: Callable[[Status], None], link: object) -> None:
        """Queue a message; a full queue answers RMSGQFUL at once, and the carrier waits.

        `link` is another one after each break: what a carrier sends again by it may still wait
        here, and a repeat is only found among what is stored.
        """
        self._counted("came", 1)
        if len(self._waiting) >= WAITING_MAX:
            self._counted("refused", 1)
            answer(Status.RMSGQFUL)
            return
        self._waiting.append(Waiting(sms, answer, link))
        self._unanswered += 1
        if self._unanswered == 1:
            self._empty.clear()
        self._arrived.set()

    async def run(self) -> None:
        """Prepare and commit until cancelled."""
        try:
            async with asyncio.TaskGroup() as working:
                for lane in self._lanes:
                    working.create_task(self._work(lane))
        finally:
            for lane in self._lanes:
                await lane.close()

    async def empty(self) -> None:
        """Wait until everything that arrived is answered."""
        await self._empty.wait()

    async def _work(self, lane: Lane) -> None:
        while True:
            async with self._preparing:
                ready = await self._made_ready(lane)
            try:
                await self._commit(lane, ready)
            finally:
                self._storing.release()

    async def _made_ready(self, lane: Lane) -> list[Ready]:
        """Prepare what waits until it is our turn to store, which `_storing` then says."""
        ready: list[Ready] = []
        links: dict[str, object] = {}
        count = 0
        while True:
            batch = self._taken(links) if ready else await self._next(links)
            status, prepared = await self._prepared(lane, batch)
            if status is Status.RTHROTTLED:
                # Surely not stored; RTHROTTLED says that it may be.
                self._tell(batch, Status.RMSGQFUL)
            else:
                # What broke us is tried again message by message, in its turn.
                ready.append(Ready(batch, prepared if status is Status.ROK else None))
                count += len(batch)
            more = self._fits(links) and count + PREPARE_MAX <= BATCH_MAX
            if ready and not (more and self._storing.locked()):
                await self._storing.acquire()
                return ready

    async def _next(self, links: dict[str, object]) -> list[Waiting]:
        """Wait for messages and take them."""
        while not self._waiting:
            self._arrived.clear()
            await self._arrived.wait()
        links.clear()
        return self._taken(links)

    def _fits(self, links: dict[str, object]) -> bool:
        """Whether the next message may go into a transaction with messages of these links.

        One transaction has one link of each carrier, so that a message and its repeat by the
        next link never share one: the repeat would not find it.
        """
        if not self._waiting:
            return False
        first = self._waiting[0]
        return links.setdefault(first.sms.carrier, first.link) is first.link

    def _taken(self, links: dict[str, object]) -> list[Waiting]:
        taken: list[Waiting] = []
        while len(taken) < PREPARE_MAX and self._fits(links):
            taken.append(self._waiting.popleft())
        return taken

    async def _prepared(self, lane: Lane, batch: Sequence[Waiting]) -> tuple[Status, object]:
        call = lane.prepare([waiting.sms for waiting in batch], now=self._now())
        return await _attempt(call, count=len(batch))

    async def _commit(self, lane: Lane, taken: Sequence[Ready]) -> None:
        batch = [waiting for ready in taken for waiting in ready.batch]
        prepared = [ready.prepared for ready in taken]
        status = Status.RX_T_APPN
        if None not in prepared:
            call = lane.store(prepared, now=self._now())
            status, _ = await _attempt(call, count=len(batch))
        if status is not Status.RX_T_APPN:
            self._tell(batch, status)
            return
        # A message that breaks us must not hold up the others for ever.
        for waiting in batch:
            self._tell([waiting], await self._commit_one(lane, waiting.sms))

    async def _commit_one(self, lane: Lane, sms: IncomingSms) -> Status:
        async def both() -> None:
            now = self._now()
            await lane.store([await lane.prepare([sms], now=now)], now=now)

        status, _ = await _attempt(both(), count=1)
        return status

    def _tell(self, batch: Sequence[Waiting], status: Status) -> None:
        """Tell the outcome: only a commit is acknowledged."""
        for waiting in batch:
            waiting.answer(status)
        self._counted("acknowledged" if status is Status.ROK else "refused", len(batch))
        self._unanswered -= len(batch)
        if not self._unanswered:
            self._empty.set()


async def _attempt(call: Awaitable[_Result], *, count: int) -> tuple[Status, _Result | None]:
    """Wait for a call and return what its messages are answered, and its result."""
    try:
        return Status.ROK, await call
    except Unavailable:
        log.warning("incoming messages wait at the carrier", count=count)
        return Status.RTHROTTLED, None
    except Exception as error:  # noqa: BLE001 -- the edge: the carrier keeps it, the link lives
        unexpected("incoming messages not stored", error, count=count)
        return Status.RX_T_APPN, None
