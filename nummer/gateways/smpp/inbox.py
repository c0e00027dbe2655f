"""From links to the database: group commit without a timer, acknowledged afterwards."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

import structlog

from nummer.gateways.smpp.edge import unexpected
from nummer.gateways.smpp.ports import Receive
from nummer.kernel.errors import Unavailable
from nummer.protocols.smpp.words import Status
from nummer.protocols.sms.inbound import IncomingSms

log = structlog.get_logger(__name__)

# Back-pressure: about one second of traffic. What is beyond waits at the carrier, not with us.
WAITING_MAX: Final = 10_000
# Measured for group commit (spec: 100 to 500 rows): larger batches only delay the first ack.
BATCH_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message and how its sender learns the outcome, called on the event loop."""

    sms: IncomingSms
    answer: Callable[[Status], None]


class Inbox:
    """Takes whatever queued while the last commit ran, commits it, then acknowledges."""

    def __init__(self, receive: Receive, *, now: Callable[[], datetime]) -> None:
        self._receive = receive
        self._now = now
        self._waiting: deque[Waiting] = deque()
        self._arrived = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        # One lane: batches commit in the order of arrival, on one database connection.
        self._lane = ThreadPoolExecutor(1, thread_name_prefix="smpp-inbox")

    def put(self, sms: IncomingSms, *, answer: Callable[[Status], None]) -> None:
        """Queue a message; a full queue answers RMSGQFUL at once, and the carrier waits."""
        if len(self._waiting) >= WAITING_MAX:
            answer(Status.RMSGQFUL)
            return
        self._waiting.append(Waiting(sms, answer))
        self._empty.clear()
        self._arrived.set()

    async def run(self) -> None:
        """Commit batch after batch until cancelled."""
        try:
            while True:
                await self._arrived.wait()
                batch = self._take()
                await self._commit(batch)
                if not self._waiting:
                    self._empty.set()
        finally:
            self._lane.shutdown(wait=False)

    async def empty(self) -> None:
        """Wait until everything that arrived is answered."""
        await self._empty.wait()

    def _take(self) -> list[Waiting]:
        count = min(len(self._waiting), BATCH_MAX)
        batch = [self._waiting.popleft() for _ in range(count)]
        if not self._waiting:
            self._arrived.clear()
        return batch

    async def _commit(self, batch: Sequence[Waiting]) -> None:
        status = await self._store([waiting.sms for waiting in batch])
        if status is Status.RX_T_APPN and len(batch) > 1:
            # A message that breaks us must not hold up the others for ever.
            for waiting in batch:
                waiting.answer(await self._store([waiting.sms]))
            return
        for waiting in batch:
            waiting.answer(status)

    async def _store(self, batch: Sequence[IncomingSms]) -> Status:
        """Return what to answer: only a commit is acknowledged."""
        call = partial(self._receive, batch, now=self._now())
        try:
            await asyncio.get_running_loop().run_in_executor(self._lane, call)
        except Unavailable:
            log.warning("incoming messages wait at the carrier", count=len(batch))
            return Status.RTHROTTLED
        except Exception as error:  # noqa: BLE001 -- the edge: the carrier keeps it, the link lives
            unexpected("incoming messages not stored", error, count=len(batch))
            return Status.RX_T_APPN
        return Status.ROK
