"""Slows down those who guess the eight characters that short SMPP clients can send."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from typing import Final

WINDOW_S: Final = 60.0
# 16^8 tokens at 5 a minute for one account: 1,600 years for all of them (ADR 51).
FAILURES_PER_ACCOUNT: Final = 5
# 62^8 keys at 20 a minute for everybody who names no account: 20 million years.
FAILURES_WITHOUT_ACCOUNT: Final = 20
_NAMES_MAX: Final = 10_000


class FailureCount:
    """Failed tries of the last minute, by name, in this process: one gateway, one count."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()

    def reached(self, name: str, *, limit: int) -> bool:
        """Tell whether `name` failed `limit` times in the last minute."""
        with self._lock:
            times = self._failures.get(name)
            while times and times[0] < time.monotonic() - WINDOW_S:
                times.popleft()
            return times is not None and len(times) >= limit

    def add(self, name: str) -> None:
        """Count a failure."""
        with self._lock:
            self._failures.setdefault(name, deque()).append(time.monotonic())
            self._failures.move_to_end(name)
            while len(self._failures) > _NAMES_MAX:
                self._failures.popitem(last=False)

    def clear(self) -> None:
        """Forget all failures, as a restart does."""
        with self._lock:
            self._failures.clear()


class Seldom:
    """Lets the same thing be said once in a while, in this process."""

    def __init__(self, every_s: float) -> None:
        self._lock = threading.Lock()
        self._every_s = every_s
        self._said: OrderedDict[str, float] = OrderedDict()

    def first(self, name: str) -> bool:
        """Tell whether it was not said for so long, and note that it is said now."""
        now = time.monotonic()
        with self._lock:
            before = self._said.get(name)
            if before is not None and now - before < self._every_s:
                return False
            self._said[name] = now
            self._said.move_to_end(name)
            while len(self._said) > _NAMES_MAX:
                self._said.popitem(last=False)
            return True

    def clear(self) -> None:
        """Forget what was said, as a restart does."""
        with self._lock:
            self._said.clear()
