"""The carrier of the benchmarks: an SMPP server that sends as fast as its window is emptied.

It spends little: its PDUs are encoded before the round, an answer is one look at 16 octets, and
what a read set free goes out in one write.
"""

from __future__ import annotations

import asyncio
import struct
import time
from array import array
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from bench.world import Pool

_HEADER: Final = struct.Struct(">IIII")
_BINDS: Final = {1: 0x80000001, 2: 0x80000002, 9: 0x80000009}
_DELIVER_SM_RESP: Final = 0x80000005
_UNBIND, _UNBIND_RESP = 0x00000006, 0x80000006
_ENQUIRE, _ENQUIRE_RESP = 0x00000015, 0x80000015
_SYSTEM_ID: Final = b"bench\0"
_AGAIN_S: Final = 0.05  # after so long a refused message is sent again
_LAST_ANSWERS_S: Final = 30.0


@dataclass(slots=True)
class Round:
    """One round as it goes; `waits_s` holds a message's time to its acknowledgement."""

    pool: Pool
    window: int
    sent_at: array[float]
    waits_s: array[float] = field(default_factory=lambda: array("d"))
    acked: bytearray = field(default_factory=bytearray)
    next: int = 0
    open: int = 0
    again: deque[int] = field(default_factory=deque)
    resting: int = 0  # refused ones that go again in a moment; they keep their place in the window
    refused: int = 0
    taking: bool = True
    last_ack_at: float = 0.0
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def acked_count(self) -> int:
        """How many were acknowledged so far."""
        return len(self.waits_s)

    @property
    def room(self) -> int:
        """How many more may be written now."""
        return self.window - self.open - self.resting

    def look(self) -> None:
        """See whether everything is answered."""
        all_sent = not self.taking or self.next == len(self.pool)
        if all_sent and not self.open and not self.resting and not self.again:
            self.over.set()


@dataclass(frozen=True, slots=True)
class Sent:
    """What a round came to. `elapsed_s` ends with the last acknowledgement."""

    acked: int
    refused: int
    elapsed_s: float
    waits_s: Sequence[float]

    @property
    def per_s(self) -> float:
        """Acknowledged messages in a second."""
        return self.acked / self.elapsed_s

    def wait_ms(self, share: float) -> float:
        """Return the time within which that share was acknowledged, in milliseconds."""
        ordered = sorted(self.waits_s)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000


class Carrier:
    """Lets any gateway bind; one bind carries the round."""

    def __init__(self) -> None:
        self.bound = asyncio.Event()
        self.port = 0
        self.round: Round | None = None
        self._link: _Link | None = None
        self._server: asyncio.Server | None = None

    async def listen(self, port: int = 0) -> None:
        """Open the port; 0 takes a free one."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Link(self), "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Close the port and the bind."""
        if self._server is not None:
            self._server.close()
        if self._link is not None:
            self._link.close()
        await asyncio.sleep(0)

    async def drive(self, pool: Pool, *, window: int, seconds: float) -> Sent:
        """Send for so long, wait for the last answers and return what came of it.

        Raises RuntimeError where nobody is bound, or answers stay out for 30 seconds.
        """
        now = self.begin(pool, window=window)
        run = self.round
        assert run is not None, "it has begun"
        try:
            async with asyncio.timeout(seconds):
                await run.over.wait()
        except TimeoutError:
            self.stop_taking()
        try:
            async with asyncio.timeout(_LAST_ANSWERS_S):
                await run.over.wait()
        except TimeoutError:
            raise RuntimeError(f"{run.open} messages were never answered") from None
        self.round = None
        return Sent(run.acked_count, run.refused, run.last_ack_at - now, run.waits_s)

    def begin(self, pool: Pool, *, window: int) -> float:
        """Begin to send; return the moment. Raises RuntimeError where nobody is bound."""
        if self._link is None or not self.bound.is_set():
            raise RuntimeError("no gateway is bound")
        empty = array("d", bytes(8 * len(pool)))
        self.round = Round(pool, window, sent_at=empty, acked=bytearray(len(pool)))
        began = time.perf_counter()
        self._link.pump()
        return began

    def stop_taking(self) -> None:
        """Send no message for the first time any more."""
        run = self.round
        assert run is not None, "there is a round"
        run.taking = False
        run.look()

    def pump(self) -> None:
        """Write what may be written, if somebody is bound."""
        if self._link is not None:
            self._link.pump()

    # -- for the link --------------------------------------------------------------------------

    def link_bound(self, link: _Link) -> None:
        """Take a bind; what an earlier one left unanswered goes first."""
        self._link = link
        self.bound.set()
        link.pump()

    def link_lost(self, link: _Link) -> None:
        """Keep what was not answered, as carriers do."""
        if self._link is not link:
            return
        self._link = None
        self.bound.clear()
        run = self.round
        if run is not None:
            run.again.extendleft(sorted(link.unanswered, reverse=True))
            run.open = 0


class _Link(asyncio.Protocol):
    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier
        self._transport: asyncio.Transport | None = None
        self._rest = b""
        self.unanswered: set[int] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._carrier.link_lost(self)
        self._transport = None

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        octets = self._rest + data if self._rest else data
        at, end, now = 0, len(octets), time.perf_counter()
        while end - at >= _HEADER.size:
            length, command, status, sequence = _HEADER.unpack_from(octets, at)
            if end - at < length:
                break
            if command == _DELIVER_SM_RESP:
                self._answered(sequence - 1, status, now)
            else:
                self._other(command, sequence)
            at += length
        self._rest = octets[at:]
        self.pump()

    def pump(self) -> None:
        """Write what the window allows, in one go."""
        run = self._carrier.round
        if run is None or self._transport is None or not self._carrier.bound.is_set():
            return
        now = time.perf_counter()
        while run.again and run.room > 0:
            self._write(run, run.again.popleft(), 1, now)
        count = min(run.room, len(run.pool) - run.next) if run.taking else 0
        if count > 0:
            self._write(run, run.next, count, now)
            run.next += count
        run.look()

    def _write(self, run: Round, first: int, count: int, now: float) -> None:
        starts = run.pool.starts
        assert self._transport is not None, "checked by the caller"
        self._transport.write(run.pool.octets[starts[first] : starts[first + count]])
        for message in range(first, first + count):
            run.sent_at[message] = now
        self.unanswered.update(range(first, first + count))
        run.open += count

    def _answered(self, message: int, status: int, now: float) -> None:
        run = self._carrier.round
        if run is None or message not in self.unanswered:
            return
        self.unanswered.remove(message)
        run.open -= 1
        if status == 0:
            run.acked[message] = 1
            run.waits_s.append(now - run.sent_at[message])
            run.last_ack_at = now
            return
        run.refused += 1
        run.resting += 1
        asyncio.get_running_loop().call_later(_AGAIN_S, self._again, run, message)

    def _again(self, run: Round, message: int) -> None:
        run.resting -= 1
        run.again.append(message)
        self._carrier.pump()

    def _other(self, command: int, sequence: int) -> None:
        if command in _BINDS:
            self._say(_BINDS[command], sequence, _SYSTEM_ID)
            self._carrier.link_bound(self)
        elif command == _ENQUIRE:
            self._say(_ENQUIRE_RESP, sequence)
        elif command == _UNBIND:
            self._say(_UNBIND_RESP, sequence)
            self.close()

    def _say(self, command: int, sequence: int, body: bytes = b"") -> None:
        if self._transport is not None:
            self._transport.write(_HEADER.pack(16 + len(body), command, 0, sequence) + body)
