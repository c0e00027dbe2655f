"""From the database to carriers: each text once, in parts, with its fate reported."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import Final, TypeAlias, TypeVar
from uuid import UUID

import structlog

from nummer.gateways.smpp.edge import unexpected
from nummer.gateways.smpp.ports import (
    Actions,
    CarrierReceipt,
    FateKind,
    Lent,
    Outgoing,
    TextFate,
)
from nummer.kernel.errors import Unavailable
from nummer.protocols.smpp.pdu import ShortMessage
from nummer.protocols.smpp.translate import short_message
from nummer.protocols.smpp.words import Status
from nummer.protocols.sms.segments import split

log = structlog.get_logger(__name__)

TAKE_MAX: Final = 100
ROOM_WAIT_S: Final = 0.05
ROOM_WAITED_AGAIN_S: Final = 1.0  # after a wait for nothing
_ROOM_LOOKED_EVERY_S: Final = 0.001
POLL_S: Final = 5.0  # in case a wake-up was lost
DATABASE_AWAY_S: Final = 1.0
RECEIPTS_WAITING_MAX: Final = 5_000
WRITTEN_AT_ONCE_MAX: Final = 500
Answer: TypeAlias = Callable[[Status], None]
_Report: TypeAlias = tuple[TextFate | CarrierReceipt, Answer | None]
_WAITING: Final = frozenset({FateKind.BACK, FateKind.NEXT})
_Result = TypeVar("_Result")


def _nothing() -> None:
    """Do nothing."""


@dataclass(slots=True)
class Text:
    """A text on its way: its parts not yet written, and what is known of the others."""

    id: UUID
    parts: list[ShortMessage] = field(repr=False)
    unsettled: int
    message_id: str = ""
    over: bool = False
    carrier: str = ""
    rented: bool = False
    per_s: int = 0
    written: int = 0

    @property
    def untouched(self) -> bool:
        """Whether no part of it was written to anybody."""
        return self.written == 0

    @property
    def accepted(self) -> bool:
        """Whether a part of it was accepted."""
        return self.unsettled < len(self.parts)


class Reports:
    """Writes fates down, one after another: a receipt never overtakes the fate it is about.

    What queued while the last ones were written goes in one call.
    """

    def __init__(self, actions: Actions) -> None:
        self._actions = actions
        self._told: deque[_Report] = deque()
        self._unwritten = 0
        self._came = asyncio.Event()
        self._all_written = asyncio.Event()
        self._all_written.set()
        self.on_waiting: Callable[[], None] = _nothing  # called when texts wait again
        self._lane = ThreadPoolExecutor(1, thread_name_prefix="smpp-outbox")

    def sent(self, text: Text, *, carrier: str) -> None:
        """Report that the carrier took it."""
        self._put(TextFate(text.id, FateKind.SENT, carrier, text.message_id))

    def failed(self, text: Text, *, status: int, carrier: str = "") -> None:
        """Report that the carrier refused it."""
        log.warning("text refused by the carrier", id=str(text.id), status=status)
        self._put(TextFate(text.id, FateKind.FAILED, carrier, status=status))

    def next(self, text: Text, *, status: int, carrier: str) -> None:
        """Report that the carrier does not take it now, and another one may."""
        log.warning("text goes to the next route", id=str(text.id), status=status)
        self._put(TextFate(text.id, FateKind.NEXT, carrier, status=status))

    def back(self, texts: Sequence[Text]) -> None:
        """Report that nothing of these was written."""
        for text in texts:
            self._put(TextFate(text.id, FateKind.BACK))

    def not_written(self, ids: Sequence[UUID]) -> None:
        """Report that nothing of these was written, which perhaps were not even accepted."""
        for sms_id in ids:
            self._put(TextFate(sms_id, FateKind.BACK))

    def unknown(self, texts: Sequence[Text], *, carrier: str) -> None:
        """Report that the carrier may or may not have it."""
        log.warning("fate of texts unknown", ids=[str(text.id) for text in texts])
        for text in texts:
            self._put(TextFate(text.id, FateKind.UNKNOWN, carrier))

    def receipt(self, receipt: CarrierReceipt, *, answer: Answer) -> None:
        """Report a receipt and answer it once it is written down."""
        if self._unwritten >= RECEIPTS_WAITING_MAX:
            answer(Status.RMSGQFUL)
            return
        self._put(receipt, answer)

    async def reroute(self, bound: Collection[str]) -> int:
        """Give what waits for carriers that are away to others; 0 while the database is away."""
        try:
            return await self.blocking(partial(self._actions.reroute, bound))
        except Unavailable:
            return 0
        except Exception as error:  # noqa: BLE001 -- the edge: the links must live on
            unexpected("texts not given to other routes", error)
            return 0

    async def take(self, rooms: Mapping[str, int]) -> Sequence[Outgoing]:
        """Take texts that wait; none while the database is away."""
        call = partial(self._actions.take_outgoing, rooms, now=self._actions.now())
        try:
            return await self.blocking(call)
        except Unavailable:
            return ()
        except Exception as error:  # noqa: BLE001 -- the edge: the links must live on
            unexpected("outgoing texts not taken", error)
            return ()

    async def blocking(self, call: Callable[[], _Result]) -> _Result:
        """Run an action on the lane of this half."""
        return await asyncio.get_running_loop().run_in_executor(self._lane, call)

    async def run(self) -> None:
        """Write down until cancelled."""
        try:
            while True:
                await self._came.wait()
                self._came.clear()
                while self._told:
                    count = min(len(self._told), WRITTEN_AT_ONCE_MAX)
                    batch = [self._told.popleft() for _ in range(count)]
                    for _, run in groupby(batch, key=lambda one: isinstance(one[0], TextFate)):
                        await self._write(list(run))
                    self._unwritten -= count
                    if not self._unwritten:
                        self._all_written.set()
        finally:
            self._lane.shutdown(wait=False)

    async def written(self) -> None:
        """Wait until everything reported is written down."""
        await self._all_written.wait()

    def _put(self, told: TextFate | CarrierReceipt, answer: Answer | None = None) -> None:
        self._told.append((told, answer))
        self._unwritten += 1
        if self._unwritten == 1:
            self._all_written.clear()
        self._came.set()

    async def _write(self, told: list[_Report]) -> None:
        """Write reports of one kind; where they break us, one by one, to lose no other."""
        status = await self._written([one for one, _ in told])
        if status is Status.RX_T_APPN and len(told) > 1:
            for each in told:
                await self._write([each])
            return
        for _, answer in told:
            if answer is not None:
                answer(status)

    async def _written(self, told: list[TextFate | CarrierReceipt]) -> Status:
        """Write reports; fates wait for the database, a receipt comes again."""
        fates = [one for one in told if isinstance(one, TextFate)]
        receipts = [one for one in told if isinstance(one, CarrierReceipt)]
        now = self._actions.now()
        call = (
            partial(self._actions.report, fates, now=now)
            if fates
            else partial(self._actions.record_receipts, receipts, now=now)
        )
        while True:
            try:
                await self.blocking(call)
            except Unavailable as away:
                if receipts:
                    return Status.RTHROTTLED
                await asyncio.sleep(away.retry_after_s or DATABASE_AWAY_S)
            except Exception as error:  # noqa: BLE001 -- the edge: one row must not stop the rest
                unexpected("report not written", error)
                return Status.RX_T_APPN
            else:
                if any(fate.kind in _WAITING for fate in fates):
                    self.on_waiting()
                return Status.ROK


class Outbox:
    """Hands each text to the carrier of its route, as it has room."""

    def __init__(
        self,
        reports: Reports,
        *,
        rooms: Callable[[], Mapping[str, int]],
        present: Callable[[], Collection[str]],
        send: Callable[[Text], bool],
        poll_s: float = POLL_S,
    ) -> None:
        self._reports = reports
        self._rooms = rooms
        self._present = present
        self._send = send
        self._poll_s = poll_s
        self._woken = asyncio.Event()
        self._notices = 0
        self._empty: set[str] = set()  # carriers for which nothing waited at the last look
        self._lent: Counter[str] = Counter()
        self._finishing = False
        self._reference = 0
        self._rerouted_at = 0.0
        self._loop = asyncio.get_running_loop()
        self._patient_at = 0.0

    def wake(self) -> None:
        """Look for texts now: some were queued."""
        self._notices += 1
        self._empty.clear()
        self._woken.set()

    def room(self, code: str) -> None:
        """Look for texts of a carrier that has room again, if any may wait."""
        if code not in self._empty:
            self._woken.set()

    async def room_for(self, count: int) -> None:
        """Wait a moment until so many texts may leave as they are accepted.

        What finds no room is written as waiting, and taken in a second step. That costs more than
        leaving at once, so where texts come fast it would be so for all that follow.
        """
        now = self._loop.time()
        ends_at = now + ROOM_WAIT_S if now >= self._patient_at else now
        while now < ends_at:
            rooms = self._rooms()
            if any(rooms.get(code, 0) - self._lent[code] >= count for code in self._empty):
                return
            await asyncio.sleep(_ROOM_LOOKED_EVERY_S)
            now = self._loop.time()
        if now >= self._patient_at:  # its carrier is slow, or away
            self._patient_at = now + ROOM_WAITED_AGAIN_S

    def lend(self, count: int) -> Lent:
        """Give places for so many texts that are about to be accepted, where no other waits."""
        rooms = self._rooms()
        lent = {
            code: room
            for code in self._empty
            if (room := min(count, rooms.get(code, 0) - self._lent[code])) > 0
        }
        self._lent.update(lent)
        return Lent(lent)

    def redeem(self, lent: Mapping[str, int], texts: Sequence[Outgoing]) -> None:
        """Take the places back that were lent, and send the texts that came for them."""
        self._lent.subtract(lent)
        for text in texts:
            self._hand_over(text)

    def forget(self, lent: Mapping[str, int], tried: Sequence[UUID]) -> None:
        """Take the places back; the texts, if they were accepted, wait as any other."""
        self._lent.subtract(lent)
        self._reports.not_written(tried)

    def finish(self) -> None:
        """Take no more; `run` ends when what is being taken was handed over or given back.

        Cancelled meanwhile, it would leave texts taken by nobody, whose outcome is then unknown.
        """
        self._finishing = True
        self._woken.set()

    async def run(self) -> None:
        """Take and hand over until `finish`."""
        self._rerouted_at = asyncio.get_running_loop().time()  # carriers are still being bound
        while not self._finishing:
            self._woken.clear()
            await self._reroute()
            rooms = self._wanted()
            if not rooms:
                await self._wait()
                continue
            notices = self._notices
            texts = await self._reports.take(rooms)
            for text in texts:
                self._hand_over(text)
            if self._notices == notices:  # else what was queued meanwhile may have been missed
                came = Counter(text.carrier for text in texts)
                self._empty |= {code for code, room in rooms.items() if came[code] < room}

    def _wanted(self) -> dict[str, int]:
        """Return how many texts each carrier takes of which some may wait."""
        return {
            code: min(TAKE_MAX, room - self._lent[code])
            for code, room in self._rooms().items()
            if room > self._lent[code] and code not in self._empty
        }

    async def _reroute(self) -> None:
        """From time to time, give what waits for carriers that are away to those that are not."""
        now = asyncio.get_running_loop().time()
        present = self._present()
        if present and now - self._rerouted_at >= self._poll_s:
            self._rerouted_at = now
            await self._reports.reroute(present)

    def _hand_over(self, outgoing: Outgoing) -> None:
        text = self._in_parts(outgoing)
        if text is not None and not self._send(text):
            self._reports.back([text])  # between taking and sending the link broke

    def _in_parts(self, outgoing: Outgoing) -> Text | None:
        self._reference = (self._reference + 1) & 0xFF
        try:
            segments = split(outgoing.text, reference=self._reference)
        except ValueError:
            text = Text(outgoing.id, [], 0)
            self._reports.failed(text, status=Status.RINVMSGLEN)
            return None
        last = len(segments) - 1
        parts = [
            short_message(
                segment,
                source=outgoing.sender,
                destination=outgoing.to.e164,
                receipt=index == last,
            )
            for index, segment in enumerate(segments)
        ]
        return Text(
            outgoing.id,
            parts,
            len(parts),
            carrier=outgoing.carrier,
            rented=outgoing.rented,
            per_s=outgoing.per_s,
        )

    async def _wait(self) -> None:
        try:
            await asyncio.wait_for(self._woken.wait(), self._poll_s)
        except TimeoutError:
            self._empty.clear()
