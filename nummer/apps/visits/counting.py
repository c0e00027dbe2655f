"""Counts in memory, taken out together: adding one costs a lock and an addition."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

PAGES_MAX: Final = 1_000  # kinds of pages; there are some 150, and nothing outside makes one
SECONDS_MAX: Final = 1_800  # of one view that count: longer, somebody went away and left it open


@dataclass(slots=True)
class Sums:
    """What one kind of page had since the last time."""

    views: int = 0
    timed: int = 0
    seconds: int = 0


class Counter:
    """The counts of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sums: defaultdict[str, Sums] = defaultdict(Sums)

    def view(self, page: str) -> None:
        """Count one view of a kind of page."""
        with self._lock:
            if self._has_room(page):
                self._sums[page].views += 1

    def time(self, page: str, *, seconds: int, first: bool) -> None:
        """Add seconds of a view; `first` says that nothing of that view came before."""
        with self._lock:
            if self._has_room(page):
                self._sums[page].seconds += max(0, min(seconds, SECONDS_MAX))
                self._sums[page].timed += first

    def take(self) -> dict[str, Sums]:
        """Return what was counted and begin anew."""
        with self._lock:
            taken, self._sums = self._sums, defaultdict(Sums)
        return dict(taken)

    def give_back(self, taken: Mapping[str, Sums]) -> None:
        """Add what could not be written to what was counted since."""
        with self._lock:
            for page, sums in taken.items():
                here = self._sums[page]
                here.views += sums.views
                here.timed += sums.timed
                here.seconds += sums.seconds

    def _has_room(self, page: str) -> bool:
        return page in self._sums or len(self._sums) < PAGES_MAX


COUNTER: Final = Counter()  # one for the process
