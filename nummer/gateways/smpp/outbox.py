"""From the database to carriers: each text once, in parts, with its fate reported."""

from __future__ import annotations

import asyncio
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
POLL_S: Final = 5.0  # in case a wake-up was lost
DATABASE_AWAY_S: Final = 1.0
RECEIPTS_WAITING_MAX: Final = 5_000
WRITTEN_AT_ONCE_MAX: Final = 500
Answer: TypeAlias = Callable[[Status], None]
_Result = TypeVar("_Result")


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
        self._queue: asyncio.Queue[tuple[TextFate | CarrierReceipt, Answer | None]] = (
            asyncio.Queue()
        )
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

    def unknown(self, texts: Sequence[Text], *, carrier: str) -> None:
        """Report that the carrier may or may not have it."""
        log.warning("fate of texts unknown", ids=[str(text.id) for text in texts])
        for text in texts:
            self._put(TextFate(text.id, FateKind.UNKNOWN, carrier))

    def receipt(self, receipt: CarrierReceipt, *, answer: Answer) -> None:
        """Report a receipt and answer it once it is written down."""
        if self._queue.qsize() >= RECEIPTS_WAITING_MAX:
            answer(Status.RMSGQFUL)
            return
        self._queue.put_nowait((receipt, answer))

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
                batch = [await self._queue.get()]
                while not self._queue.empty() and len(batch) < WRITTEN_AT_ONCE_MAX:
                    batch.append(self._queue.get_nowait())
                for _, run in groupby(batch, key=lambda one: isinstance(one[0], TextFate)):
                    await self._write(list(run))
                for _ in batch:
                    self._queue.task_done()
        finally:
            self._lane.shutdown(wait=False)

    async def written(self) -> None:
        """Wait until everything reported is written down."""
        await self._queue.join()

    def _put(self, fate: TextFate) -> None:
        self._queue.put_nowait((fate, None))

    async def _write(self, told: list[tuple[TextFate | CarrierReceipt, Answer | None]]) -> None:
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
        self._reference = 0
        self._rerouted_at = 0.0

    def wake(self) -> None:
        """Look for texts now: one was queued, or a carrier has room again."""
        self._woken.set()

    async def run(self) -> None:
        """Take and hand over until cancelled."""
        self._rerouted_at = asyncio.get_running_loop().time()  # carriers are still being bound
        while True:
            self._woken.clear()
            await self._reroute()
            rooms = {code: min(TAKE_MAX, room) for code, room in self._rooms().items() if room > 0}
            texts = await self._reports.take(rooms) if rooms else ()
            for text in texts:
                self._hand_over(text)
            if len(texts) < max(rooms.values(), default=1):
                await self._wait()

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
            return
