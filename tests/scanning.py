"""The sandbox's scanner on a port of its own, for tests that run no sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from nummer.suppliers.sandbox.scanner import scanner


@contextmanager
def running_scanner(folder: Path) -> Iterator[int]:
    """Run it in a thread of its own and give its port."""
    ready, stop, ports = Event(), Event(), list[int]()

    async def run() -> None:
        async with await scanner(folder) as server:
            ports.append(server.sockets[0].getsockname()[1])
            ready.set()
            await asyncio.to_thread(stop.wait)

    thread = Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield ports[0]
    finally:
        stop.set()
        thread.join(10)
