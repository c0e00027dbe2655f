"""Finds what stands at the longest prefix of a number, for tables of many prefixes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Generic, TypeVar

T = TypeVar("T")

# So many digits are looked up at once; what is longer is searched among the few that share them.
# Five tell most destinations apart, and no number in E.164 has fewer than seven.
HEAD: Final = 5


class Prefixes(Generic[T]):
    """A table of prefixes that does not change; `find` asks for digits without plus."""

    def __init__(self, rows: Mapping[str, T]) -> None:
        self._heads: _Heads[T] = _Heads(rows)

    def find(self, digits: str) -> T | None:
        """Return what stands at the longest prefix of a number of at least five digits."""
        starts, values = self._heads[digits[:HEAD]]
        return values[bisect_right(starts, digits)]

    def find_all(self, numbers: Iterable[str]) -> list[T | None]:
        """Return what `find` returns of each, in their order."""
        heads, right = self._heads, bisect_right
        found = []
        for digits in numbers:
            starts, values = heads[digits[:HEAD]]
            found.append(values[right(starts, digits)])
        return found


_Ranges = tuple[Sequence[str], Sequence[T | None]]


class _Heads(dict[str, _Ranges[T]], Generic[T]):
    """What follows each head: where another answer begins, and the answers before and behind.

    A head is worked out when it is first asked for; there are at most 10⁵.
    """

    def __init__(self, rows: Mapping[str, T]) -> None:
        super().__init__()
        self._short = {prefix: value for prefix, value in rows.items() if len(prefix) <= HEAD}
        self._long: dict[str, dict[str, T]] = {}
        for prefix, value in rows.items():
            if len(prefix) > HEAD:
                self._long.setdefault(prefix[:HEAD], {})[prefix] = value

    def __missing__(self, head: str) -> _Ranges[T]:
        before = _longest(self._short, head)
        found = _ranges(self._long[head], before) if head in self._long else ((), (before,))
        if len(head) == HEAD and head.isascii() and head.isdigit():
            self[head] = found
        return found


def _longest(rows: Mapping[str, T], digits: str) -> T | None:
    for length in range(len(digits), -1, -1):
        if (found := rows.get(digits[:length])) is not None:
            return found
    return None


def _ranges(rows: Mapping[str, T], before: T | None) -> _Ranges[T]:
    """Return where the answer changes, in the order of digits, and the answers between.

    A prefix begins at itself and ends at the next number of its length. Behind its end the
    answer is that of the longest prefix that goes on.
    """
    bounds = sorted({*rows, *(end for prefix in rows if (end := _behind(prefix)))})
    values = [before]
    for start in bounds:
        found = _longest(rows, start)
        values.append(before if found is None else found)
    return bounds, values


def _behind(prefix: str) -> str:
    """Return the first text behind all that begin with a prefix; empty for none."""
    kept = prefix.rstrip("9")
    return f"{kept[:-1]}{int(kept[-1]) + 1}" if kept else ""
