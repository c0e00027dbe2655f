"""A network of the laboratory: a proxy between two programs that does what bad networks do."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from enum import Enum, auto
from typing import Final

CHUNK: Final = 65_536
TRICKLE_BYTES, TRICKLE_S = 3, 0.005
LINGER_NOT: Final = struct.pack("ii", 1, 0)  # close with RST


class Weather(Enum):
    """What the proxy does with octets from now on."""

    FINE = auto()
    TRICKLE = auto()  # a few octets at a time
    SILENT = auto()  # takes octets and passes none on, and closes nothing: half-open
    ONE_WAY = auto()  # from the server to the client only: what the client answers is lost


class Proxy:
    """Listens on `port`; whoever comes talks to `target` as the weather allows.

    `cut_after` is how many octets from the server are passed before both sides are reset.
    """

    def __init__(self, target: int) -> None:
        self.target = target
        self.weather = Weather.FINE
        self.cut_after: int | None = None
        self.cuts = 0
        self.lost_octets = 0
        self.port = 0
        self._pairs: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="network", daemon=True)
        self._server: asyncio.Server | None = None

    def start(self) -> int:
        """Listen and return the port."""
        self._server = self._loop.run_until_complete(
            asyncio.start_server(self._serve, "127.0.0.1", 0)
        )
        self.port = self._server.sockets[0].getsockname()[1]
        self._thread.start()
        return self.port

    def stop(self) -> None:
        """End it, with all connections."""
        self.reset()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def reset(self) -> None:
        """Break every connection with RST, as a router does that lost its memory."""
        self._loop.call_soon_threadsafe(self._reset)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        if self._server is not None:
            self._server.close()
        # What was accepted a moment ago begins its task only now, and a broken link is closed
        # one turn of the loop after its task.
        while tasks := asyncio.all_tasks(self._loop):
            for task in tasks:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
            self._loop.run_until_complete(asyncio.sleep(0.05))
        self._loop.close()

    def _reset(self) -> None:
        for pair in list(self._pairs):
            for writer in pair:
                _break(writer)

    async def _serve(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        try:
            answers, server = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            _break(client)
            return
        pair = (client, server)
        self._pairs.add(pair)
        ways = [
            asyncio.create_task(self._carry(reader, server, to_server=True)),
            asyncio.create_task(self._carry(answers, client, to_server=False)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            while self.weather is Weather.SILENT:  # noqa: ASYNC110 -- set by another thread; nobody learns of an end
                await asyncio.sleep(0.05)
        finally:
            for way in ways:
                way.cancel()
            self._pairs.discard(pair)
            for writer in pair:
                _break(writer)

    async def _carry(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, to_server: bool
    ) -> None:
        try:
            while octets := await source.read(CHUNK):
                await self._pass(octets, sink, to_server=to_server)
        except OSError:
            return

    async def _pass(self, octets: bytes, sink: asyncio.StreamWriter, *, to_server: bool) -> None:
        if self.weather is Weather.SILENT or (self.weather is Weather.ONE_WAY and to_server):
            self.lost_octets += len(octets)
            return
        if self.cut_after is not None and not to_server:
            if len(octets) >= self.cut_after:
                sink.write(octets[: self.cut_after])
                await sink.drain()
                self.cut_after = None
                self.cuts += 1
                await asyncio.sleep(0.05)  # the piece arrives before the reset
                self._reset()
                return
            self.cut_after -= len(octets)
        if self.weather is not Weather.TRICKLE:
            sink.write(octets)
            await sink.drain()
            return
        for start in range(0, len(octets), TRICKLE_BYTES):
            sink.write(octets[start : start + TRICKLE_BYTES])
            await sink.drain()
            if self.weather is Weather.TRICKLE:
                await asyncio.sleep(TRICKLE_S)


def _break(writer: asyncio.StreamWriter) -> None:
    found = writer.get_extra_info("socket")
    if found is not None:
        with contextlib.suppress(OSError):
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
    writer.transport.abort()
