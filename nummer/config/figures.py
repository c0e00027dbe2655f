"""Counts of SMS on their way into the table of minutes: kept here, written every few seconds."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime

from nummer.apps.messaging import actions as messaging


class MinuteFigures:
    """Adds up what a process carries, so that no SMS waits for a row that all of them share."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._counts: defaultdict[datetime, Counter[messaging.Counted]] = defaultdict(Counter)

    def add(self, what: messaging.Counted, count: int) -> None:
        """Count something of this minute."""
        minute = self._now().replace(second=0, microsecond=0)
        with self._lock:
            self._counts[minute][what] += count

    def write(self) -> None:
        """Write down what was counted; where that fails, it is kept for the next time."""
        with self._lock:
            counts, self._counts = self._counts, defaultdict(Counter)
        if not counts:
            return
        try:
            messaging.count_minutes(counts, now=self._now())
        except BaseException:
            with self._lock:
                for minute, said in counts.items():
                    self._counts[minute].update(said)
            raise
