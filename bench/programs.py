"""Programs that buy over HTTP as fast as they are answered, and look at every answer.

A few connections of plain sockets in one event loop: a client library would cost as much
processor time as the server that it measures.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

_END_OF_HEAD: Final = b"\r\n\r\n"
_LAST_ANSWERS_S: Final = 30.0


@dataclass(slots=True)
class Tally:
    """What came back: answers that began as wished, all others, and when the last one came."""

    good: int = 0
    others: list[bytes] = field(default_factory=list)
    last_at: float = 0.0
    waits_s: list[float] = field(default_factory=list)


class _Program(asyncio.Protocol):
    """One connection that sends its next call when it has the answer to the last one."""

    def __init__(self, calls: Iterator[bytes], load: Load, tally: Tally) -> None:
        self._calls = calls
        self._wished = load.wished
        self._began = b"HTTP/1.1 " + load.status
        self._pause_s = load.pause_s
        self._tally = tally
        self._got = b""
        self._sent_at = 0.0
        self.taking = True
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport), "it is a socket"
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        got = self._got + data if self._got else data
        head = got.find(_END_OF_HEAD)
        length = _length(got, head) if head >= 0 else -1
        if length < 0 or len(got) < head + 4 + length:
            self._got = got
            return
        self._got = b""
        now = time.perf_counter()
        self._tally.last_at = now
        self._tally.waits_s.append(now - self._sent_at)
        if got.startswith(self._began) and got.startswith(self._wished, head + 4):
            self._tally.good += 1
        else:
            self._tally.others.append(got)
        if self._pause_s:
            asyncio.get_running_loop().call_later(self._pause_s, self._next)
        else:
            self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.over.done():
            self._tally.others.append(b"the connection was closed")
            self.over.set_result(None)

    def _next(self) -> None:
        if not self.taking:
            if not self.over.done():
                self.over.set_result(None)
            return
        self._sent_at = time.perf_counter()
        self._transport.write(next(self._calls))

    def close(self) -> None:
        self._transport.close()


def _length(got: bytes, head: int) -> int:
    at = got.lower().find(b"content-length:", 0, head)
    if at < 0:
        return 0
    return int(got[at + 15 : got.index(b"\r\n", at)])


@dataclass(frozen=True, slots=True)
class Answered:
    """What a round of calls came to."""

    good: int
    others: list[bytes]
    elapsed_s: float
    waits_s: list[float]

    @property
    def per_s(self) -> float:
        """Return how many good answers came in a second."""
        return self.good / self.elapsed_s


@dataclass(frozen=True, slots=True)
class Load:
    """What `at_once` connections do: `calls(n)` yields the requests of the nth of them."""

    calls: Callable[[int], Iterator[bytes]]
    wished: bytes  # what the body of a good answer begins with
    at_once: int
    status: bytes = b"200"
    pause_s: float = 0.0  # between an answer and the next call


def call(port: int, *, load: Load, seconds: float) -> Answered:
    """Call for so long and return what was answered."""
    return asyncio.run(_call(port, load, seconds))


async def _call(port: int, load: Load, seconds: float) -> Answered:
    loop, tally = asyncio.get_running_loop(), Tally()
    began = time.perf_counter()
    programs = []
    for n in range(load.at_once):
        await asyncio.sleep(load.pause_s / load.at_once)  # people do not begin at one moment
        _, program = await loop.create_connection(
            lambda n=n: _Program(load.calls(n), load, tally),  # type: ignore[misc]
            "127.0.0.1",
            port,
        )
        programs.append(program)
    await asyncio.sleep(seconds)
    for program in programs:
        program.taking = False
    async with asyncio.timeout(_LAST_ANSWERS_S):
        await asyncio.gather(*(program.over for program in programs))
    for program in programs:
        program.close()
    return Answered(tally.good, tally.others, tally.last_at - began, tally.waits_s)
