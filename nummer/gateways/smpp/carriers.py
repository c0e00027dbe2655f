"""The client half: one lasting bind to each carrier."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog

from nummer.gateways.smpp.inbox import Inbox
from nummer.gateways.smpp.link import Link
from nummer.gateways.smpp.memory import RepeatMemory
from nummer.gateways.smpp.outbox import Reports, Text
from nummer.gateways.smpp.ports import CarrierLink, CarrierReceipt
from nummer.kernel.phone import DIGITS_MAX, DIGITS_MIN
from nummer.protocols.smpp.events import Answered, Arrived, Bound, Closed, Event, Proven, Unanswered
from nummer.protocols.smpp.pdu import BindRequest, ShortMessage
from nummer.protocols.smpp.session import Limits, Role
from nummer.protocols.smpp.translate import content_key, incoming_sms, is_receipt, receipt_of
from nummer.protocols.smpp.words import Status

log = structlog.get_logger(__name__)

CONNECT_S_MAX: Final = 10.0
LASTING_S: Final = 60.0  # a bind that held so long was no failed attempt
# A carrier that is busy has not taken the message (section 5.1.3), so the same part may go
# again; after these pauses it is refused for good.
BUSY: Final = frozenset({Status.RTHROTTLED, Status.RMSGQFUL})
BUSY_ATTEMPTS_MAX: Final = 8
BUSY_ATTEMPTS_ELSEWHERE_MAX: Final = 2  # where another carrier may take it
BUSY_S: Final = 0.5
# The message was not taken, and not because of what it is (section 5.1.3).
TEMPORARY: Final = BUSY | {Status.RSYSERR, Status.RX_T_APPN}
# Pauses shorter than this are made up for by the next: a timer for each text would cost more than
# sending it, and no loop wakes up more exactly.
PACE_SLACK_S: Final = 0.005
AWAY_S: Final = 5.0  # a bind that is gone for less is about to come back
# The first parts of a text are with a carrier that left: a handset waits some minutes for the rest.
HALF_S: Final = 60.0


@dataclass(slots=True)
class _Part:
    text: Text
    message: ShortMessage = field(repr=False)
    attempts: int = 0

    @property
    def last(self) -> bool:
        """Whether it carries the request for a receipt, and so the id that counts."""
        return self.message.registered_delivery != 0


class Carrier:
    """Keeps one carrier bound, takes its messages in and sends ours."""

    def __init__(
        self,
        link: CarrierLink,
        *,
        inbox: Inbox,
        reports: Reports,
        now: Callable[[], datetime],
        on_room: Callable[[], None],
    ) -> None:
        self.settings = link
        self._inbox = inbox
        self._reports = reports
        self._now = now
        self._on_room = on_room
        self._loop = asyncio.get_running_loop()
        self._memory = RepeatMemory()
        self._link: Link | None = None
        self._bound_at: float | None = None
        self._waiting: deque[_Part] = deque()
        self._written: dict[int, _Part] = {}
        self._busy = 0
        self._paces: dict[int, Pace] = {}
        self._left_at: float | None = None
        self._stopping = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    # -- the bind ------------------------------------------------------------------------------

    async def run(self) -> None:
        """Bind, and bind again, until `stop`."""
        attempt = 0
        while not self._stopping.is_set():
            began = self._loop.time()
            await self._one_bind()
            lasted = self._bound_at is not None and self._loop.time() - began >= LASTING_S
            attempt = 0 if lasted else attempt + 1
            self._bound_at = None
            await self._pause(self._back_off(attempt))

    @property
    def bound(self) -> bool:
        """Whether the bind stands."""
        return self._bound_at is not None and self._link is not None

    @property
    def present(self) -> bool:
        """Whether it is bound, or was a moment ago."""
        return self.bound or (
            self._left_at is not None and self._loop.time() - self._left_at < AWAY_S
        )

    @property
    def room(self) -> int:
        """How many more texts are worth taking: nothing waits long while the window is open."""
        if not self.bound or self._link is None or self._stopping.is_set():
            return 0
        return max(0, self._link.room - len(self._waiting) - self._busy)

    @property
    def link(self) -> Link | None:
        """The link of now, bound or about to be."""
        return self._link

    def finish_sending(self) -> None:
        """Take no more texts."""
        self._stopping.set()

    async def sent(self) -> None:
        """Wait until every text handed over has its fate."""
        await self._idle.wait()

    async def stop(self) -> None:
        """Unbind and wait for the end."""
        self._stopping.set()
        link = self._link
        if link is not None:
            link.unbind()
            await link.closed

    async def _one_bind(self) -> None:
        settings = self.settings
        # Section 5.2: 15 and 8 characters; a longer one was given by a carrier that takes it.
        request = BindRequest(settings.system_id, settings.password, settings.system_type)
        limits = replace(
            Limits(),
            window_out=settings.window,
            enquire_s=settings.enquire_s,
            response_s=settings.response_s,
        )
        try:
            async with asyncio.timeout(CONNECT_S_MAX):
                _, link = await self._loop.create_connection(
                    lambda: Link(Role.ESME, limits=limits, on_event=self._on_event, bind=request),
                    settings.host,
                    settings.port,
                    ssl=settings.tls,
                )
        except OSError as error:  # includes a refused certificate and the time-out
            log.warning("carrier out of reach", carrier=settings.code, error=type(error).__name__)
            return
        self._link = link
        try:
            await link.closed
        finally:
            link.drop()
            self._link = None

    def _back_off(self, attempt: int) -> float:
        """Double the pause with every failure, with jitter so that gateways do not march."""
        settings = self.settings
        longest = min(settings.reconnect_s_max, settings.reconnect_s_min * 2 ** min(attempt, 20))
        return random.uniform(longest / 2, longest)  # noqa: S311 -- jitter, not a secret

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

    # -- what the session says -----------------------------------------------------------------

    def _on_event(self, link: Link, event: Event) -> None:
        match event:
            case Arrived():
                self._arrived(link, event)
            case Answered():
                self._answered(event)
            case Proven():
                self._memory.proven(event.answers)
            case Unanswered():
                self._fate_unknown([event.sequence])
            case Bound():
                self._bound(link)
            case Closed():
                self._closed(event)
            case _:
                pass  # a carrier does not ask us to bind

    def _bound(self, link: Link) -> None:
        log.info("carrier bound", carrier=self.settings.code)
        self._link = link
        self._bound_at = self._loop.time()
        self._memory.session_began(now=self._bound_at)
        self._pump()
        self._on_room()

    def _closed(self, event: Closed) -> None:
        log.info(
            "carrier link ended",
            carrier=self.settings.code,
            reason=event.reason.value,
            status=event.status,
        )
        self._memory.session_broke(now=self._loop.time())
        self._fate_unknown(list(self._written))
        self._link = None
        self._left_at = self._loop.time() if self._bound_at is not None else self._left_at
        self._give_back()
        self._limit_halves()

    # -- incoming ------------------------------------------------------------------------------

    def _arrived(self, link: Link, event: Arrived) -> None:
        message = event.message
        if is_receipt(message):
            self._receipt_arrived(link, event)
            return
        key = content_key(message)
        doubted = self._memory.arrived(key, now=self._loop.time())
        sms = incoming_sms(
            message,
            carrier=self.settings.code,
            doubt=doubted,
            received_at=self._now(),
        )

        def answer(status: Status) -> None:
            if not link.answer(event.sequence, status):
                return
            # See Inbox: RTHROTTLED says that the database broke while storing it. A doubt that was
            # not settled, since the database was still away, holds for the next time.
            if status is Status.RTHROTTLED or (doubted and status is not Status.ROK):
                self._memory.perhaps_stored(key, now=self._loop.time())
            else:
                self._memory.answered(key, taken=status is Status.ROK)

        self._inbox.put(sms, answer=answer, link=link)

    def _receipt_arrived(self, link: Link, event: Arrived) -> None:
        def answer(status: Status) -> None:
            if link.answer(event.sequence, status):
                self._memory.answered(None, taken=False)  # recording it twice changes nothing

        receipt = receipt_of(event.message)
        if receipt is None:
            log.warning("receipt not understood", carrier=self.settings.code)
            answer(Status.ROK)  # it would be no clearer the second time
            return
        self._reports.receipt(
            CarrierReceipt(
                self.settings.code,
                receipt.message_id,
                receipt.state,
                ours=_e164(event.message.destination),
                theirs=_e164(event.message.source),
            ),
            answer=answer,
        )

    # -- outgoing ------------------------------------------------------------------------------

    def send(self, text: Text) -> None:
        """Take a text over; its fate is reported once."""
        self._idle.clear()
        delay_s = max(self._pace(text.per_s), self._pace(self.settings.texts_per_s))
        if delay_s > PACE_SLACK_S:
            self._busy += 1
            self._loop.call_later(delay_s, self._send_now, text)
        else:
            self._enqueue(text)

    def _pace(self, per_s: int) -> float:
        """Return how long to wait so that no more than so many a second are sent (0: any)."""
        if per_s <= 0:
            return 0.0
        pace = self._paces.setdefault(per_s, Pace(per_s))
        return pace.delay_s(now=self._loop.time())

    def _send_now(self, text: Text) -> None:
        self._busy -= 1
        if self._link is None:
            self._reports.back([text])
            self._pump()
        else:
            self._enqueue(text)

    def _enqueue(self, text: Text) -> None:
        self._waiting.extend(_Part(text, message) for message in text.parts)
        self._pump()

    def _give_back(self) -> None:
        """Let texts of which nothing was written wait in the database again."""
        untouched = {part.text.id: part.text for part in self._waiting if part.text.untouched}
        if untouched:
            self._waiting = deque(part for part in self._waiting if not part.text.untouched)
            self._reports.back(list(untouched.values()))
        self._pump()

    def _limit_halves(self) -> None:
        """Let texts whose first parts the carrier took wait for it a moment, and no longer."""
        if self._waiting:
            halves = {part.text.id for part in self._waiting}
            self._loop.call_later(HALF_S, self._let_halves_end, halves)

    def _let_halves_end(self, halves: Collection[UUID]) -> None:
        """Send no more of texts whose first parts the carrier took before it left, if they wait.

        What it made of those parts nobody knows, so their outcome is unknown.
        """
        texts = {
            part.text.id: part.text
            for part in self._waiting
            if part.text.id in halves and not part.text.over
        }
        self._waiting = deque(part for part in self._waiting if part.text.id not in texts)
        for text in texts.values():
            text.over = True
        if texts:
            self._reports.unknown(list(texts.values()), carrier=self.settings.code)
        self._pump()

    def _pump(self) -> None:
        """Write what the window allows."""
        while self._waiting and self._link is not None and self._link.room > 0:
            part = self._waiting.popleft()
            if not part.text.over:
                part.text.written += 1
                self._written[self._link.send_message(part.message)] = part
        if not self._waiting and not self._written and not self._busy:
            self._idle.set()

    def _answered(self, event: Answered) -> None:
        part = self._written.pop(event.sequence, None)
        if part is None:
            return
        text = part.text
        if event.status == Status.ROK:
            text.unsettled -= 1
            if part.last:
                text.message_id = event.message_id
            if text.unsettled == 0 and not text.over:
                text.over = True
                self._reports.sent(text, carrier=self.settings.code)
        elif not text.over:
            self._refused(part, status=event.status)
        self._pump()
        self._on_room()

    def _refused(self, part: _Part, *, status: int) -> None:
        """Try again, here or elsewhere, or let the text fail."""
        text = part.text
        elsewhere = text.rented and not text.accepted and not self._under_way(text)
        attempts_max = BUSY_ATTEMPTS_ELSEWHERE_MAX if elsewhere else BUSY_ATTEMPTS_MAX
        if status in BUSY and part.attempts < attempts_max:
            self._send_later(part)
            return
        text.over = True
        if elsewhere and status in TEMPORARY:
            self._reports.next(text, status=status, carrier=self.settings.code)
        else:
            self._reports.failed(text, status=status, carrier=self.settings.code)

    def _under_way(self, text: Text) -> bool:
        """Whether the carrier has yet to answer for a part of it."""
        return any(part.text is text for part in self._written.values())

    def _send_later(self, part: _Part) -> None:
        part.attempts += 1
        self._busy += 1
        self._loop.call_later(BUSY_S * part.attempts, self._send_again, part)

    def _send_again(self, part: _Part) -> None:
        self._busy -= 1
        self._waiting.append(part)
        if self._link is None:
            self._limit_halves()
        self._pump()

    def _fate_unknown(self, sequences: list[int]) -> None:
        """Report texts of which a part may have been taken; the rest of them is not sent."""
        texts = []
        for sequence in sequences:
            part = self._written.pop(sequence, None)
            if part is not None and not part.text.over:
                part.text.over = True
                texts.append(part.text)
        if texts:
            self._reports.unknown(texts, carrier=self.settings.code)
        self._pump()


class Pace:
    """Spreads texts over time: `per_s` a second, none saved up. `now` is monotonic seconds."""

    def __init__(self, per_s: int) -> None:
        self._gap_s = 1 / per_s
        self._free_at = 0.0

    def delay_s(self, *, now: float) -> float:
        """Take the next place and return how far it is."""
        at = max(now, self._free_at)
        self._free_at = at + self._gap_s
        return at - now


def _e164(address: str) -> str:
    digits = address.lstrip("+")
    digits = digits.removeprefix("00")
    fits = digits.isascii() and digits.isdigit() and DIGITS_MIN <= len(digits) <= DIGITS_MAX
    return f"+{digits}" if fits else ""
