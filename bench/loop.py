"""An event loop that goes on in a thread of its own while the rounds take their turns.

Gateways that wait for their turn still ask their carrier whether it is there.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

T = TypeVar("T")


class Loop:
    """Runs coroutines from the main thread, which starts every process."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="carriers", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run to the end and return what it returns, or raise what it raises."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def close(self) -> None:
        """Stop the loop."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def _leave(number: int, frame: FrameType | None) -> None:
    del frame
    raise SystemExit(128 + number)


@contextmanager
def running_loop() -> Iterator[Loop]:
    """Return a loop that is closed afterwards; a SIGTERM meanwhile ends the run in order."""
    signal.signal(signal.SIGTERM, _leave)  # or RabbitMQ, which leaves its starter, would stay
    loop = Loop()
    try:
        yield loop
    finally:
        loop.close()
