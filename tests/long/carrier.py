"""A carrier of the laboratory: a small SMSC that remembers what the platform acknowledged.

It writes its PDUs itself, with nothing of `nummer.protocols`: who shared a mistake with us could
not show it. Like carriers do, it stores and forwards: what was throttled goes again after a pause,
what was not answered when a session broke goes again, unchanged and in order, in the next one.
"""

from __future__ import annotations

import asyncio
import struct
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

CODE: Final = "lab"
SYSTEM_ID: Final = "laboratory"
PASSWORD: Final = "lab-pass"
WINDOW: Final = 100
AGAIN_S: Final = 0.2  # after the platform said that it is busy
SILENT_S: Final = 5.0  # without an answer to anything we gave up on a session
TICK_S: Final = 0.25

HEADER: Final = struct.Struct(">IIII")
BIND_RESP, SUBMIT_RESP, UNBIND, ENQUIRE = 0x80000009, 0x80000004, 0x00000006, 0x00000015
BINDS: Final = (0x00000001, 0x00000002, 0x00000009)
SUBMIT, DELIVER, DELIVER_RESP = 0x00000004, 0x00000005, 0x80000005
RESPONSE: Final = 0x80000000


@dataclass(slots=True, eq=False)
class Sms:
    """One message: its text is unlike every other's. Times are monotonic seconds."""

    number: str  # with +
    text: str
    reference: int
    sender: str = "Notice"
    sent_at: float = 0.0  # for the first time
    acknowledged_at: float = 0.0
    copies: int = 0  # how often it was written

    def body(self) -> bytes:
        """Return the deliver_sm's body (SMPP 3.4 section 4.6.1), the same for every copy."""
        text = self.text.encode("ascii")
        return b"".join(
            (
                b"\0\x05\0" + self.sender.encode("ascii") + b"\0",
                b"\x01\x01" + self.number.lstrip("+").encode("ascii") + b"\0",
                b"\0\0\0\0\0\0\0\0\0",
                bytes((len(text),)) + text,
                struct.pack(">HHH", 0x0204, 2, self.reference & 0xFFFF),
            )
        )


@dataclass(slots=True)
class Counts:
    """What happened so far."""

    acknowledged: int = 0
    throttled: int = 0
    refused: int = 0  # with a status that says to give up, which we do not
    repeated: int = 0
    sessions: int = 0
    latencies_s: list[float] = field(default_factory=list)


class Carrier:
    """Listens, lets one platform bind, delivers. `on_acknowledged` is called on its thread."""

    def __init__(
        self,
        *,
        window: int = WINDOW,
        silent_s: float = SILENT_S,
        on_acknowledged: Callable[[Sms], None] = lambda _: None,
    ) -> None:
        self.port = 0
        self.counts = Counts()
        self.waiting: deque[Sms] = deque()
        self.window = window
        self.silent_s = silent_s
        self.on_acknowledged = on_acknowledged
        self._sessions: set[_Session] = set()
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._thread = threading.Thread(target=self._run, name="carrier", daemon=True)

    def start(self) -> None:
        """Listen on a free port and return."""
        ready = threading.Event()
        self._loop.call_soon(ready.set)
        self._server = self._loop.run_until_complete(
            self._loop.create_server(lambda: _Session(self), "127.0.0.1", self.port)
        )
        self.port = self._server.sockets[0].getsockname()[1]
        self._thread.start()
        ready.wait(10)

    def stop(self) -> None:
        """Close everything and wait for the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def send(self, *messages: Sms) -> None:
        """Deliver as soon as somebody is bound; from any thread."""
        self._loop.call_soon_threadsafe(self._queue, messages)

    @property
    def bound(self) -> bool:
        """Whether somebody is."""
        return any(session.bound for session in list(self._sessions))

    @property
    def unanswered(self) -> int:
        """How many messages wait: queued, or written and not answered."""
        return len(self.waiting) + sum(len(s.written) for s in list(self._sessions))

    def write_settings(self, home: Path, *, port: int = 0, enquire_s: float = 3.0) -> None:
        """Name this carrier to an installation, before it starts; `port` may be a proxy's."""
        home.mkdir(parents=True, exist_ok=True)
        (home / "carriers.toml").write_text(
            f'[[carrier]]\ncode = "{CODE}"\nhost = "127.0.0.1"\nport = {port or self.port}\n'
            f'system_id = "{SYSTEM_ID}"\npassword = "{PASSWORD}"\ntls = false\n'
            f"enquire_s = {enquire_s}\nresponse_s = 2.0\n"
        )

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        for session in list(self._sessions):
            session.end()
        if self._server is not None:
            self._server.close()
        self._loop.run_until_complete(asyncio.sleep(0.05))
        self._loop.close()

    def _queue(self, messages: tuple[Sms, ...]) -> None:
        self.waiting.extend(messages)
        self.pump()

    def pump(self) -> None:
        """Write what the windows allow; on the thread of the carrier."""
        for session in list(self._sessions):
            session.pump()

    def again_later(self, sms: Sms) -> None:
        """Queue a message that the platform was too busy for."""
        self._loop.call_later(AGAIN_S, self._queue, (sms,))


class _Session(asyncio.Protocol):
    """One connection."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._sequence = 0
        self._heard_at = time.monotonic()
        self._ended = False
        self.bound = False
        self.written: dict[int, Sms] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._carrier._sessions.add(self)
        self._tick()

    def connection_lost(self, exc: Exception | None) -> None:
        self.end()

    def end(self) -> None:
        """Break, and keep what was not answered for the next session, oldest first."""
        if self._ended:
            return
        self._ended, self.bound = True, False
        carrier = self._carrier
        carrier._sessions.discard(self)
        carrier.counts.repeated += len(self.written)
        carrier.waiting.extendleft(self.written[key] for key in sorted(self.written, reverse=True))
        self.written.clear()
        if self._transport is not None:
            self._transport.abort()
        carrier.pump()

    def data_received(self, data: bytes) -> None:
        self._heard_at = time.monotonic()
        buffer = self._buffer
        buffer += data
        start = 0
        while len(buffer) - start >= HEADER.size:
            length, command, status, sequence = HEADER.unpack_from(buffer, start)
            assert 16 <= length <= 100_000, "the platform writes whole PDUs"
            if len(buffer) - start < length:
                break
            body = bytes(buffer[start + 16 : start + length])
            start += length
            self._on_pdu(command, status, sequence, body)
        del buffer[:start]
        self.pump()

    def pump(self) -> None:
        carrier, written = self._carrier, self.written
        if not self.bound or self._transport is None:
            return
        octets = []
        at = time.monotonic()
        if not written:
            self._heard_at = at  # it owed us nothing until now
        while carrier.waiting and len(written) < carrier.window:
            sms = carrier.waiting.popleft()
            self._sequence += 1
            written[self._sequence] = sms
            sms.sent_at = sms.sent_at or at
            sms.copies += 1
            body = sms.body()
            octets.append(HEADER.pack(16 + len(body), DELIVER, 0, self._sequence) + body)
        if octets:
            self._transport.write(b"".join(octets))

    def _on_pdu(self, command: int, status: int, sequence: int, body: bytes) -> None:
        if command == DELIVER_RESP:
            self._answered(sequence, status)
        elif command in BINDS:
            self._bind(command, sequence, body)
        elif command == ENQUIRE:
            self._write(command | RESPONSE, 0, sequence)
        elif command == SUBMIT:
            self._write(SUBMIT_RESP, 0, sequence, b"lab\0")
        elif command == UNBIND:
            self._write(command | RESPONSE, 0, sequence)
            self.end()

    def _bind(self, command: int, sequence: int, body: bytes) -> None:
        right = body.startswith(f"{SYSTEM_ID}\0{PASSWORD}\0".encode())
        self._write(command | RESPONSE, 0 if right else 0x0D, sequence, b"lab\0")
        self.bound = right
        self._carrier.counts.sessions += right

    def _answered(self, sequence: int, status: int) -> None:
        sms = self.written.pop(sequence, None)
        if sms is None:
            return
        counts = self._carrier.counts
        if status == 0:
            sms.acknowledged_at = time.monotonic()
            counts.acknowledged += 1
            self._carrier.on_acknowledged(sms)
            return
        busy = status in (0x14, 0x58)  # ESME_RMSGQFUL, ESME_RTHROTTLED
        counts.throttled += busy
        counts.refused += not busy
        self._carrier.again_later(sms)

    def _write(self, command: int, status: int, sequence: int, body: bytes = b"") -> None:
        if self._transport is not None:
            self._transport.write(HEADER.pack(16 + len(body), command, status, sequence) + body)

    def _tick(self) -> None:
        if self._ended:
            return
        if self.written and time.monotonic() - self._heard_at > self._carrier.silent_s:
            self.end()
            return
        asyncio.get_running_loop().call_later(TICK_S, self._tick)
