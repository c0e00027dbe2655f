"""What a process read and keeps; whoever uses it looks elsewhere whether it still holds."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Remembered(Generic[T]):
    """Answers by what was asked; the eldest goes when there are more than `most`."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._kept: OrderedDict[Hashable, T] = OrderedDict()

    def get(self, asked: Hashable) -> T | None:
        """Return what is kept, or None."""
        return self._kept.get(asked)

    def keep(self, asked: Hashable, answer: T) -> T:
        """Keep an answer in the place of an earlier one, and return it."""
        with self._lock:
            self._kept.pop(asked, None)
            self._kept[asked] = answer
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return answer

    def forget(self, asked: Hashable) -> None:
        """Keep it no longer; what is unknown may be forgotten too."""
        with self._lock:
            self._kept.pop(asked, None)

    def or_read(self, asked: Hashable, read: Callable[[], T], *, fresh: bool) -> T:
        """Return what is kept, or read it; `fresh` reads always, and a failure keeps nothing."""
        kept = None if fresh else self._kept.get(asked)
        if kept is not None:
            return kept
        self.forget(asked)
        return self.keep(asked, read())
