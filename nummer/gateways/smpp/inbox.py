"""From links to the database: group commit without a timer, acknowledged afterwards.

Two lanes of one thread and one session each take turns: while one stores its batch, the other
prepares the next (whose the messages are, their codes, their seals). A lane keeps its batch from
the queue to the commit, so no batch is handed from thread to thread.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from threading import Lock
from typing import Final, NamedTuple, TypeVar

import structlog

from nummer.gateways.smpp.edge import unexpected
from nummer.gateways.smpp.ports import Prepare, Store
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
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Waiting] = deque()
        self._unanswered = 0
        self._empty = asyncio.Event()
        self._empty.set()
        self._waking = False
        # Released by the loop when there is something to look at, taken by the lane that looks.
        self._arrived = Lock()
        self._stopping = False
        # Held from the take to the turn at storing, so that batches are stored as they came.
        self._preparing = Lock()
        self._storing = Lock()
        self._lanes = ThreadPoolExecutor(LANES, thread_name_prefix="smpp-in")

    def put(self, sms: IncomingSms, *, answer: Callable[[Status], None]) -> None:
        """Queue a message; a full queue answers RMSGQFUL at once, and the carrier waits."""
        if len(self._waiting) >= WAITING_MAX:
            answer(Status.RMSGQFUL)
            return
        self._waiting.append(Waiting(sms, answer))
        self._unanswered += 1
        if self._unanswered == 1:
            self._empty.clear()
        if not self._waking:
            # Once for all that one reading of the socket brings.
            self._waking = True
            self._loop.call_soon(self._wake)

    async def run(self) -> None:
        """Prepare and commit until cancelled."""
        lanes = [self._loop.run_in_executor(self._lanes, self._work) for _ in range(LANES)]
        try:
            await asyncio.gather(*lanes)
        finally:
            self._stopping = True
            self._wake()
            self._lanes.shutdown(wait=False)

    async def empty(self) -> None:
        """Wait until everything that arrived is answered."""
        await self._empty.wait()

    def _wake(self) -> None:
        self._waking = False
        if self._arrived.locked():
            self._arrived.release()

    # -- on the lanes --------------------------------------------------------------------------

    def _work(self) -> None:
        while not self._stopping:
            with self._preparing:
                ready = self._made_ready()
            if not ready:
                continue
            try:
                self._commit(ready)
            finally:
                self._storing.release()

    def _made_ready(self) -> list[Ready]:
        """Prepare what waits until it is our turn to store, which `_storing` then says."""
        ready: list[Ready] = []
        count = 0
        while True:
            batch = self._taken() if ready else self._next()
            if not batch:
                return []
            status, prepared = self._prepared(batch)
            if status is Status.RTHROTTLED:
                # Surely not stored; RTHROTTLED says that it may be.
                self._tell(batch, Status.RMSGQFUL)
            else:
                # What broke us is tried again message by message, in its turn.
                ready.append(Ready(batch, prepared if status is Status.ROK else None))
                count += len(batch)
            more = self._waiting and count + PREPARE_MAX <= BATCH_MAX
            if ready and self._storing.acquire(blocking=not more):
                return ready

    def _next(self) -> list[Waiting]:
        """Wait for messages and take them; none where we are to stop."""
        while not self._waiting and not self._stopping:
            self._arrived.acquire()
        return [] if self._stopping else self._taken()

    def _taken(self) -> list[Waiting]:
        count = min(len(self._waiting), PREPARE_MAX)
        return [self._waiting.popleft() for _ in range(count)]

    def _prepared(self, batch: Sequence[Waiting]) -> tuple[Status, object]:
        call = partial(self._prepare, [waiting.sms for waiting in batch], now=self._now())
        return _attempt(call, count=len(batch))

    def _commit(self, taken: Sequence[Ready]) -> None:
        batch = [waiting for ready in taken for waiting in ready.batch]
        prepared = [ready.prepared for ready in taken]
        status = Status.RX_T_APPN
        if None not in prepared:
            call = partial(self._store, prepared, now=self._now())
            status, _ = _attempt(call, count=len(batch))
        if status is not Status.RX_T_APPN:
            self._tell(batch, status)
            return
        # A message that breaks us must not hold up the others for ever.
        for waiting in batch:
            self._tell([waiting], self._commit_one(waiting.sms))

    def _commit_one(self, sms: IncomingSms) -> Status:
        def both() -> None:
            now = self._now()
            self._store([self._prepare([sms], now=now)], now=now)

        status, _ = _attempt(both, count=1)
        return status

    def _tell(self, batch: Sequence[Waiting], status: Status) -> None:
        try:
            self._loop.call_soon_threadsafe(self._answer, batch, status)
        except RuntimeError:
            log.warning("stopped before an answer", count=len(batch))  # the carrier sends again

    # -- on the event loop ---------------------------------------------------------------------

    def _answer(self, batch: Sequence[Waiting], status: Status) -> None:
        """Tell the outcome: only a commit is acknowledged."""
        for waiting in batch:
            waiting.answer(status)
        self._unanswered -= len(batch)
        if not self._unanswered:
            self._empty.set()


def _attempt(call: Callable[[], _Result], *, count: int) -> tuple[Status, _Result | None]:
    """Make a call and return what its messages are answered, and its result."""
    try:
        return Status.ROK, call()
    except Unavailable:
        log.warning("incoming messages wait at the carrier", count=count)
        return Status.RTHROTTLED, None
    except Exception as error:  # noqa: BLE001 -- the edge: the carrier keeps it, the link lives
        unexpected("incoming messages not stored", error, count=count)
        return Status.RX_T_APPN, None
