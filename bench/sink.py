"""Where the peers' callbacks end: a process that answers each request and counts it.

`GET /count` tells how many came, `GET /seen` what they held, one request a line in hexadecimal.
"""

from __future__ import annotations

import asyncio
import sys
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen

from bench import child
from nummer.config.processes import free_port

_END = b"\r\n\r\n"
_LENGTH = b"content-length:"
_NOTHING = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n"
_JASMIN = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\nACK/Jasmin"


@dataclass(slots=True)
class Sink:
    """The process, as the benchmark sees it."""

    folder: Path
    port: int = 0
    process: Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.port = free_port()
        log = self.folder / "sink.log"
        self.process = child.spawn(
            [sys.executable, "-m", "bench.sink", str(self.port)], log=log, env={"PATH": "/usr/bin"}
        )
        child.until("the sink", self._answers, log=log)

    def stop(self) -> None:
        """End it."""
        child.end(self.process)

    def count(self) -> int:
        """Return how many callbacks came so far."""
        return int(self._get("count"))

    def seen(self) -> list[bytes]:
        """Return each callback's address and body."""
        return [bytes.fromhex(line) for line in self._get("seen").split()]

    def _answers(self) -> bool:
        try:
            return self.count() >= 0
        except OSError:
            return False

    def _get(self, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/{path}", timeout=60) as answer:
            return str(answer.read().decode())


@dataclass(slots=True)
class _Seen:
    requests: list[bytes] = field(default_factory=list)


class _Peer(asyncio.Protocol):
    def __init__(self, seen: _Seen) -> None:
        self._seen = seen
        self._rest = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._rest += data
        answers = []
        while (request := self._next()) is not None:
            answers.append(self._answer(request))
        if answers and self._transport is not None:
            self._transport.write(b"".join(answers))

    def _next(self) -> bytes | None:
        head_end = self._rest.find(_END)
        if head_end < 0:
            return None
        head = self._rest[:head_end]
        at = head.lower().find(_LENGTH)
        length = int(head[at + len(_LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        end = head_end + len(_END) + length
        if len(self._rest) < end:
            return None
        target = head.split(b" ", 2)[1]
        request = target + b" " + self._rest[head_end + len(_END) : end]
        self._rest = self._rest[end:]
        return request

    def _answer(self, request: bytes) -> bytes:
        if request.startswith(b"/count"):
            return _text(str(len(self._seen.requests)))
        if request.startswith(b"/seen"):
            return _text("\n".join(one.hex() for one in self._seen.requests))
        self._seen.requests.append(request)
        return _JASMIN if request.startswith(b"/jasmin") else _NOTHING


def _text(text: str) -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode()


async def _serve(port: int) -> None:
    seen = _Seen()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Peer(seen), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
