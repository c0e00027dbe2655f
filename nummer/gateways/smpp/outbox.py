"""From the database to carriers: each text once, in parts, with its fate reported."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeAlias, TypeVar
from uuid import UUID

import structlog

from nummer.gateways.smpp.edge import unexpected
from nummer.gateways.smpp.ports import Actions, Outgoing
from nummer.kernel.errors import Unavailable
from nummer.protocols.smpp.pdu import ShortMessage
from nummer.protocols.smpp.translate import short_message
from nummer.protocols.smpp.words import Status
from nummer.protocols.sms.receipt import Receipt
from nummer.protocols.sms.segments import split

log = structlog.get_logger(__name__)

TAKE_MAX: Final = 100
POLL_S: Final = 5.0  # in case a wake-up was lost
DATABASE_AWAY_S: Final = 1.0
RECEIPTS_WAITING_MAX: Final = 5_000
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


class Reports:
    """Writes fates down, one after another: a receipt never overtakes the fate it is about."""

    def __init__(self, actions: Actions) -> None:
        self._actions = actions
        self._queue: asyncio.Queue[tuple[Callable[[], None], Answer | None]] = asyncio.Queue()
        self._lane = ThreadPoolExecutor(1, thread_name_prefix="smpp-outbox")

    def sent(self, text: Text, *, carrier: str) -> None:
        """Report that the carrier took it."""
        self._put(
            partial(
                self._actions.mark_sent,
                text.id,
                carrier=carrier,
                carrier_message_id=text.message_id,
                now=self._actions.now(),
            )
        )

    def failed(self, text: Text, *, status: int) -> None:
        """Report that the carrier refused it."""
        log.warning("text refused by the carrier", id=str(text.id), status=status)
        now = self._actions.now()
        self._put(partial(self._actions.mark_failed, text.id, status=status, now=now))

    def unknown(self, texts: Sequence[Text]) -> None:
        """Report that the carrier may or may not have it."""
        ids = [text.id for text in texts]
        log.warning("fate of texts unknown", ids=[str(id_) for id_ in ids])
        self._put(partial(self._actions.mark_unknown, ids, now=self._actions.now()))

    def receipt(self, receipt: Receipt, *, carrier: str, answer: Answer) -> None:
        """Report a receipt and answer it once it is written down."""
        if self._queue.qsize() >= RECEIPTS_WAITING_MAX:
            answer(Status.RMSGQFUL)
            return
        call = partial(
            self._actions.record_receipt,
            carrier=carrier,
            carrier_message_id=receipt.message_id,
            state=receipt.state,
            now=self._actions.now(),
        )
        self._queue.put_nowait((call, answer))

    async def take(self, limit: int) -> Sequence[Outgoing]:
        """Take texts that wait; none while the database is away."""
        call = partial(self._actions.take_outgoing, limit, now=self._actions.now())
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
                call, answer = await self._queue.get()
                status = await self._write(call, patient=answer is None)
                if answer is not None:
                    answer(status)
                self._queue.task_done()
        finally:
            self._lane.shutdown(wait=False)

    async def written(self) -> None:
        """Wait until everything reported is written down."""
        await self._queue.join()

    def _put(self, call: Callable[[], None]) -> None:
        self._queue.put_nowait((call, None))

    async def _write(self, call: Callable[[], None], *, patient: bool) -> Status:
        """Write one report; a patient one waits for the database, a receipt comes again."""
        while True:
            try:
                await self.blocking(call)
            except Unavailable as away:
                if not patient:
                    return Status.RTHROTTLED
                await asyncio.sleep(away.retry_after_s or DATABASE_AWAY_S)
            except Exception as error:  # noqa: BLE001 -- the edge: one row must not stop the rest
                unexpected("report not written", error)
                return Status.RX_T_APPN
            else:
                return Status.ROK


class Outbox:
    """Hands texts to the first carrier that has room."""

    def __init__(
        self,
        reports: Reports,
        *,
        room: Callable[[], int],
        send: Callable[[Text], bool],
        poll_s: float = POLL_S,
    ) -> None:
        self._reports = reports
        self._room = room
        self._send = send
        self._poll_s = poll_s
        self._woken = asyncio.Event()
        self._reference = 0

    def wake(self) -> None:
        """Look for texts now: one was queued, or a carrier has room again."""
        self._woken.set()

    async def run(self) -> None:
        """Take and hand over until cancelled."""
        while True:
            self._woken.clear()
            limit = min(TAKE_MAX, self._room())
            texts = await self._reports.take(limit) if limit > 0 else ()
            for text in texts:
                self._hand_over(text)
            if len(texts) == 0 or len(texts) < limit:
                await self._wait()

    def _hand_over(self, outgoing: Outgoing) -> None:
        text = self._in_parts(outgoing)
        if text is None:
            return
        if not self._send(text):
            # Between taking and sending the link broke. It was not sent, but nobody can put it
            # back: the policy of unknown texts decides.
            self._reports.unknown([text])

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
        return Text(outgoing.id, parts, len(parts))

    async def _wait(self) -> None:
        try:
            await asyncio.wait_for(self._woken.wait(), self._poll_s)
        except TimeoutError:
            return
