"""What customers hand in: gathered while the last batch commits, answered after its commit.

Texts of all accounts share a transaction. While the database accepts the batch of one lane, the
other checks, prices and seals the next; everything of ours happens on the event loop (ADR 360).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple
from uuid import UUID

import structlog

from nummer.gateways.smpp.edge import unexpected
from nummer.gateways.smpp.link import Link
from nummer.gateways.smpp.outbox import Outbox
from nummer.gateways.smpp.ports import Actions, CustomerText, SubmitLane
from nummer.gateways.smpp.statuses import status_of
from nummer.kernel.errors import Unavailable
from nummer.kernel.phone import DIGITS_MAX, DIGITS_MIN
from nummer.protocols.smpp.events import Arrived
from nummer.protocols.smpp.pdu import ShortMessage
from nummer.protocols.smpp.translate import incoming_sms
from nummer.protocols.smpp.words import Status, TypeOfNumber
from nummer.protocols.sms.inbound import Doubt, IncomingSms, decode_text

log = structlog.get_logger(__name__)

LANES: Final = 2
# Half of a usual window, so that one half is prepared while the other is accepted (see Inbox).
BATCH_MIN: Final = 50
BATCH_MAX: Final = 500
WAITING_MAX: Final = 2_000  # of one account: some seconds of work
# A client that sends the parts of a text in a row needs a moment; a window too small for them all
# would never see the end of it.
PARTS_WAIT_S: Final = 10.0
SETS_MAX: Final = 100  # of one account
_CODING_MASK: Final = 0x0C  # 3GPP TS 23.038: what 8-bit data is in both readings of data_coding
_CODING_8BIT: Final = 0x04


class Asked(NamedTuple):
    """A submit_sm that waits for its answer."""

    link: Link
    sequence: int


class _Part(NamedTuple):
    """One PDU of several that bring a text."""

    sms: IncomingSms
    message: ShortMessage
    asked: Asked


@dataclass(slots=True)
class _Text:
    """A whole text and the PDUs that brought it."""

    text: CustomerText
    asked: Sequence[Asked]


@dataclass(slots=True)
class _Set:
    """The parts of a text that came so far."""

    parts: dict[int, _Part] = field(default_factory=dict)
    ends: asyncio.TimerHandle | None = None

    def refuse(self, status: Status) -> None:
        """Answer every part, and wait no longer for the others."""
        if self.ends is not None:
            self.ends.cancel()
        for _, _, asked in self.parts.values():
            asked.link.answer(asked.sequence, status)


@dataclass(slots=True)
class _Account:
    """What one account handed in."""

    waiting: deque[_Text] = field(default_factory=deque)
    sets: dict[object, _Set] = field(default_factory=dict)
    second: int = 0
    count: int = 0


class SubmitCounter:
    """Takes texts of customers in, and answers each after its commit."""

    def __init__(self, actions: Actions, *, outbox: Outbox, texts_per_s_max: int) -> None:
        self._actions = actions
        self._outbox = outbox
        self._texts_per_s_max = texts_per_s_max
        self._loop = asyncio.get_running_loop()
        self._free: list[SubmitLane] = [actions.submits() for _ in range(LANES)]
        self._lanes = tuple(self._free)
        self._accounts: dict[int, _Account] = {}
        self._turns: deque[int] = deque()  # accounts with texts that wait, each once
        self._count = 0  # of texts that wait
        self._tasks: set[asyncio.Task[None]] = set()
        self._finishing = False
        self._last_at = 0.0  # a message came, on the loop's clock

    def take(self, link: Link, event: Arrived, *, account_id: int) -> None:
        """Take a submit_sm or data_sm; it is answered later, or refused now."""
        self._last_at = self._loop.time()
        account = self._accounts.setdefault(account_id, _Account())
        asked = Asked(link, event.sequence)
        if self._finishing:
            link.answer(event.sequence, Status.RMSGQFUL)
            return
        if self._too_fast(account):
            link.answer(event.sequence, Status.RTHROTTLED)
            return
        if len(account.waiting) >= WAITING_MAX:
            link.answer(event.sequence, Status.RMSGQFUL)
            return
        message = event.message
        if message.data_coding & _CODING_MASK == _CODING_8BIT:
            link.answer(event.sequence, Status.RSUBMITFAIL)  # binary: nobody could read it
            return
        sms = incoming_sms(message, carrier="", doubt=Doubt.NONE, received_at=self._actions.now())
        if sms.part is None:
            self._wait(account_id, _Text(_text(sms, message), [asked]))
        else:
            self._part(account_id, _Part(sms, message, asked))

    async def finish(self, *, within_s: float) -> None:
        """Take no more, and answer what was taken: who gets no answer hands a text in again."""
        self._finishing = True
        for account in self._accounts.values():
            for found in account.sets.values():
                found.refuse(Status.RMSGQFUL)
            account.sets.clear()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within_s)

    async def quiet(self, *, for_s: float, within_s: float) -> None:
        """Wait until nobody has handed in anything for a moment.

        A text that crosses our unbind is answered, but not every peer waits for that: Jasmin throws
        away what it has under way when an unbind comes, and repeats what is answered "later".
        """
        self._last_at = begun_at = self._loop.time()
        ends_at = begun_at + within_s
        while (left_s := min(self._last_at + for_s, ends_at) - self._loop.time()) > 0:  # noqa: ASYNC110 -- an event for each message would cost more
            await asyncio.sleep(left_s)

    async def stop(self) -> None:
        """Take no more; what waits was not accepted, and its sender is not told that it was."""
        for task in self._tasks:
            task.cancel()
        for lane in self._lanes:
            await lane.close()

    def _too_fast(self, account: _Account) -> bool:
        second = int(self._loop.time())
        if second != account.second:
            account.second, account.count = second, 0
        account.count += 1
        return 0 < self._texts_per_s_max < account.count

    def _part(self, account_id: int, given: _Part) -> None:
        """Keep a part until all are there; they are answered together."""
        account, (sms, message, asked) = self._accounts[account_id], given
        part = sms.part
        assert part is not None, "the caller has a part"
        key = (asked.link, message.source, message.destination, part.reference, part.total)
        found = account.sets.get(key)
        if found is None:
            if len(account.sets) >= SETS_MAX:
                asked.link.answer(asked.sequence, Status.RMSGQFUL)
                return
            found = account.sets[key] = _Set()
            found.ends = self._loop.call_later(PARTS_WAIT_S, self._incomplete, account, key)
        if part.sequence in found.parts:
            asked.link.answer(asked.sequence, Status.RSUBMITFAIL)
            return
        found.parts[part.sequence] = given
        if len(found.parts) < part.total:
            return
        del account.sets[key]
        if found.ends is not None:
            found.ends.cancel()
        self._wait(account_id, _joined(found))

    def _incomplete(self, account: _Account, key: object) -> None:
        account.sets.pop(key).refuse(Status.RX_T_APPN)

    def _wait(self, account_id: int, text: _Text) -> None:
        account = self._accounts[account_id]
        if not account.waiting:
            self._turns.append(account_id)
        account.waiting.append(text)
        self._count += 1
        if self._free:
            task = self._loop.create_task(self._submit_all(self._free.pop()))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _submit_all(self, lane: SubmitLane) -> None:
        try:
            while self._count:
                batch = self._taken()
                statuses = await self._submit(lane, [(each, of.text) for each, of in batch])
                for (_, text), (status, message_id) in zip(batch, statuses, strict=True):
                    for asked in text.asked:
                        asked.link.answer(asked.sequence, status, message_id)
        finally:
            self._free.append(lane)

    def _taken(self) -> list[tuple[int, _Text]]:
        """Take texts, of each account its share: who hands in much holds up nobody."""
        most = max(BATCH_MIN, min(BATCH_MAX, self._count // LANES))
        taken: list[tuple[int, _Text]] = []
        while self._turns and len(taken) < most:
            account_id = self._turns.popleft()
            waiting = self._accounts[account_id].waiting
            share = max(1, (most - len(taken)) // (len(self._turns) + 1))
            for _ in range(min(share, len(waiting))):
                taken.append((account_id, waiting.popleft()))
            if waiting:
                self._turns.append(account_id)
        self._count -= len(taken)
        return taken

    async def _submit(
        self, lane: SubmitLane, texts: Sequence[tuple[int, CustomerText]]
    ) -> list[tuple[Status, str]]:
        try:
            answers = await self._accepted(lane, texts)
        except Unavailable:
            return [(Status.RTHROTTLED, "")] * len(texts)
        except Exception as error:  # noqa: BLE001 -- the edge: the other links must live on
            unexpected("texts of customers not accepted", error)
            if len(texts) == 1:
                return [(Status.RX_T_APPN, "")]
            return [(await self._submit(lane, [text]))[0] for text in texts]
        return [
            (Status.ROK, answer.hex) if isinstance(answer, UUID) else (status_of(answer), "")
            for answer in answers
        ]

    async def _accepted(
        self, lane: SubmitLane, texts: Sequence[tuple[int, CustomerText]]
    ) -> list[UUID | str]:
        """Have texts accepted, and send those that found a place with their carrier."""
        await self._outbox.room_for(len(texts))
        lent = self._outbox.lend(len(texts))
        places = dict(lent.rooms)
        try:
            answers = await lane.submit(texts, lent, now=self._actions.now())
        except BaseException:
            self._outbox.forget(places, lent.tried)
            raise
        leaving = [answer for answer in answers if not isinstance(answer, UUID | str)]
        self._outbox.redeem(places, leaving)
        return [answer if isinstance(answer, UUID | str) else answer.id for answer in answers]


def _joined(found: _Set) -> _Text:
    parts = [found.parts[sequence] for sequence in sorted(found.parts)]
    first, message, _ = parts[0]
    receipt = any(message.registered_delivery & 1 for _, message, _ in parts)
    text = _text(first, message, body=_whole([sms for sms, _, _ in parts]))
    return _Text(replace(text, receipt=receipt), [asked for _, _, asked in parts])


def _whole(parts: Sequence[IncomingSms]) -> str:
    """Return what parts say together; of one coding, a character may lie across two of them."""
    first = parts[0]
    if any(sms.data_coding != first.data_coding for sms in parts):
        return "".join(decode_text(sms) for sms in parts)
    return decode_text(replace(first, body=b"".join(sms.body for sms in parts)))


def _text(sms: IncomingSms, message: ShortMessage, *, body: str | None = None) -> CustomerText:
    return CustomerText(
        ours=_own_number(message.source, message.source_ton),
        to=_number(message.destination, message.destination_ton),
        body=decode_text(sms) if body is None else body,
        receipt=bool(message.registered_delivery & 1),
    )


def _own_number(address: str, type_of_number: int) -> str:
    """Return the number that a program sends from, whatever it calls its type.

    Kannel and Jasmin call every number national where nobody tells them otherwise. Whose digits
    are no number of the account is refused, so nothing is sent from a wrong one.
    """
    national = type_of_number == TypeOfNumber.NATIONAL
    return _number(address, TypeOfNumber.INTERNATIONAL if national else type_of_number)


def _number(address: str, type_of_number: int) -> str:
    """Return an address as E.164 where it can be one: most clients leave the plus out."""
    digits = address.strip().lstrip("+")
    if type_of_number in (TypeOfNumber.NATIONAL, TypeOfNumber.ALPHANUMERIC):
        return address
    digits = digits.removeprefix("00")
    fits = digits.isascii() and digits.isdigit() and DIGITS_MIN <= len(digits) <= DIGITS_MAX
    return f"+{digits}" if fits else address
