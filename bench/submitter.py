"""The customer's side and the SMSC's side of the benchmark of sending, as cheap as they can be."""

from __future__ import annotations

import asyncio
import re
import struct
import time
from array import array
from dataclasses import dataclass
from typing import Final

_HEADER: Final = struct.Struct(">IIII")
_BIND, _BIND_RESP = 0x00000009, 0x80000009
_BINDS: Final = {1: 0x80000001, 2: 0x80000002, 9: 0x80000009}
_SUBMIT, _SUBMIT_RESP = 0x00000004, 0x80000004
_DELIVER, _DELIVER_RESP = 0x00000005, 0x80000005
_ENQUIRE, _ENQUIRE_RESP = 0x00000015, 0x80000015
_UNBIND, _UNBIND_RESP = 0x00000006, 0x80000006
_SERIAL: Final = re.compile(rb"parcel ([0-9]+) is")
_LAST_ANSWERS_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Handed:
    """What a round of handing in reached."""

    accepted: int
    refused: int
    elapsed_s: float
    waits_s: array[float]

    @property
    def per_s(self) -> float:
        """Return how many were accepted a second."""
        return self.accepted / self.elapsed_s

    def wait_ms(self, share: float) -> float:
        """Return what that share of them waited for at most."""
        ordered = sorted(self.waits_s)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1_000


class Submitter(asyncio.Protocol):
    """Binds as a transceiver and keeps a window of submit_sm unanswered."""

    def __init__(
        self, *, system_id: str, password: str, source: str, first: int = 1, keep: bool = False
    ) -> None:
        """Prepare to number texts after `first`, and with `keep` to know the id of each."""
        self._words = (system_id, password)
        self._source = source
        self._transport: asyncio.Transport | None = None
        self._rest = b""
        self._sent_at: dict[int, float] = {}
        self._sequence = first
        self._keep = keep
        self.ids: dict[int, str] = {}
        self.lost = asyncio.Event()
        self._window = 0
        self._ends_at = 0.0
        self._accepted = 0
        self._refused = 0
        self._last_at = 0.0
        self._waits = array("d")
        self._over = asyncio.Event()
        self.bound = asyncio.Event()
        self.statuses: dict[int, int] = {}

    async def drive(self, *, window: int, seconds: float) -> Handed:
        """Hand in for so long and wait for the answers. Raises RuntimeError where some stay out."""
        began = time.perf_counter()
        self._window, self._ends_at = window, began + seconds
        self._accepted, self._refused, self._waits = 0, 0, array("d")
        self._over.clear()
        self._pump(began)
        try:
            async with asyncio.timeout(seconds + _LAST_ANSWERS_S):
                await self._over.wait()
        except TimeoutError:
            raise RuntimeError(f"{len(self._sent_at)} texts were never answered") from None
        return Handed(self._accepted, self._refused, self._last_at - began, self._waits)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Bind at once."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        system_id, password = self._words
        body = b"".join((system_id.encode(), b"\0", password.encode(), b"\0\0\x34\0\0\0"))
        transport.write(_HEADER.pack(16 + len(body), _BIND, 0, 1) + body)

    def data_received(self, data: bytes) -> None:
        """Count answers and hand in what the window allows."""
        octets = self._rest + data if self._rest else data
        at, end, now = 0, len(octets), time.perf_counter()
        while end - at >= _HEADER.size:
            length, command, status, sequence = _HEADER.unpack_from(octets, at)
            if end - at < length:
                break
            self._read(command, status, sequence, now)
            if self._keep and command == _SUBMIT_RESP and status == 0:
                self.ids[sequence] = octets[at + _HEADER.size : at + length - 1].decode()
            at += length
        self._rest = octets[at:]
        self._pump(now)

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the server is gone: what it did not answer is not known."""
        del exc
        self._transport = None
        self._window = 0
        self.lost.set()
        self._over.set()

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    def _read(self, command: int, status: int, sequence: int, now: float) -> None:
        if command == _SUBMIT_RESP:
            sent_at = self._sent_at.pop(sequence, None)
            if sent_at is None:
                return
            if status == 0:
                self._accepted += 1
                self._waits.append(now - sent_at)
                self._last_at = now
            else:
                self._refused += 1
                self.statuses[status] = self.statuses.get(status, 0) + 1
        elif command == _BIND_RESP:
            if status == 0:
                self.bound.set()
        elif command in (_ENQUIRE, _DELIVER):
            body = b"\0" if command == _DELIVER else b""
            answer = _DELIVER_RESP if command == _DELIVER else _ENQUIRE_RESP
            self._write(_HEADER.pack(16 + len(body), answer, 0, sequence) + body)

    def _pump(self, now: float) -> None:
        if not self._window:
            return
        if now < self._ends_at:
            pdus = bytearray()
            while len(self._sent_at) < self._window:
                self._sequence += 1
                pdus += _submit(self._sequence, source=self._source)
                self._sent_at[self._sequence] = now
            if pdus:
                self._write(bytes(pdus))
        elif not self._sent_at:
            self._over.set()

    def _write(self, octets: bytes) -> None:
        if self._transport is not None:
            self._transport.write(octets)


class Smsc(asyncio.Protocol):
    """A carrier that accepts every submit_sm at once, and counts them; no receipts."""

    def __init__(self, count: Count) -> None:
        self._count = count
        self._transport: asyncio.Transport | None = None
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each in one write."""
        octets = self._rest + data if self._rest else data
        at, end, answers = 0, len(octets), bytearray()
        while end - at >= _HEADER.size:
            length, command, _, sequence = _HEADER.unpack_from(octets, at)
            if end - at < length:
                break
            answers += self._answer(command, sequence, octets[at : at + length])
            at += length
        self._rest = octets[at:]
        if answers and self._transport is not None:
            self._transport.write(bytes(answers))

    def _answer(self, command: int, sequence: int, pdu: bytes) -> bytes:
        if command == _SUBMIT:
            self._count.came += 1
            self._count.last_at = time.perf_counter()
            if self._count.serials is not None:
                self._count.serials.extend(int(found) for found in _SERIAL.findall(pdu))
            body = b"%x\0" % self._count.came
            return _HEADER.pack(16 + len(body), _SUBMIT_RESP, 0, sequence) + body
        if command in _BINDS:
            self._count.bound.set()
            return _HEADER.pack(22, _BINDS[command], 0, sequence) + b"bench\0"
        if command == _ENQUIRE:
            return _HEADER.pack(16, _ENQUIRE_RESP, 0, sequence)
        if command == _UNBIND:
            return _HEADER.pack(16, _UNBIND_RESP, 0, sequence)
        return b""


class Count:
    """How many texts reached the SMSC, and when the last one did."""

    def __init__(self, *, keep: bool = False) -> None:
        """With `keep`, remember the number in each text."""
        self.serials: list[int] | None = [] if keep else None
        self.came = 0
        self.last_at = 0.0
        self.bound = asyncio.Event()


class Door:
    """Kannel's HTTP door: so many connections, each with one request open at a time."""

    def __init__(self, *, port: int, connections: int) -> None:
        self._port = port
        self._connections = connections

    async def drive(self, *, seconds: float) -> Handed:
        """Hand in for so long."""
        began = time.perf_counter()
        waits = array("d")
        results = await asyncio.gather(
            *(self._one(began + seconds, place, waits) for place in range(self._connections))
        )
        return Handed(
            sum(good for good, _ in results),
            sum(bad for _, bad in results),
            time.perf_counter() - began,
            waits,
        )

    async def _one(self, ends_at: float, place: int, waits: array[float]) -> tuple[int, int]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        good = bad = 0
        serial = place * 10_000_000
        while (now := time.perf_counter()) < ends_at:
            serial += 1
            writer.write(_request(serial))
            head = await reader.readuntil(b"\r\n\r\n")
            length = _length(head)
            await reader.readexactly(length)
            if head.startswith(b"HTTP/1.1 202"):
                good += 1
                waits.append(time.perf_counter() - now)
            else:
                bad += 1
        writer.close()
        return good, bad


def _submit(serial: int, *, source: str) -> bytes:
    """Return a submit_sm of one part to one of 10,000 Norwegian mobiles."""
    text = b"Your parcel %d is here" % serial
    body = b"".join(
        (
            b"\0\1\1",
            source.encode(),
            b"\0\1\1",
            b"479%07d\0" % (1_000_000 + serial % 10_000),
            bytes((0, 0, 0)),
            b"\0\0",
            bytes((0, 0, 0, 0, len(text))),
            text,
        )
    )
    return _HEADER.pack(16 + len(body), _SUBMIT, 0, serial) + body


def _request(serial: int) -> bytes:
    return (
        b"GET /cgi-bin/sendsms?username=bench&password=bench&from=4759441001"
        b"&to=479%07d&text=Your+parcel+%d+is+here HTTP/1.1\r\nHost: bench\r\n\r\n"
        % (1_000_000 + serial % 10_000, serial)
    )


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0
