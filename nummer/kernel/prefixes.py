"""Finds what stands at the longest prefix of a number, for tables of many prefixes."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Generic, TypeVar

T = TypeVar("T")

# So many digits are an index: 10⁶ places of four bytes, fewer within a calling code. Few prefixes
# are longer, and no number in E.164 is shorter.
HEAD: Final = 6
_Ranges = tuple[Sequence[str], Sequence[T | None]]


class Prefixes(Generic[T]):
    """A table of prefixes that does not change.

    The first six digits lead to the answer, or, where longer prefixes begin with them, to a short
    search among these. `find` takes the digits of a number without plus and returns what stands at
    its longest prefix. It is bound once, since looking up the table's parts would cost as much as
    the answer. Where all numbers that are asked for begin with the digits `within`, at most five,
    the table is that much smaller.
    """

    __slots__ = ("find",)

    def __init__(self, rows: Mapping[str, T], *, within: str = "") -> None:
        known = len(within)
        places, answers, searched = _laid_out(
            {
                prefix[known:]: value
                for prefix, value in sorted(rows.items(), key=_length)
                if prefix.startswith(within) or within.startswith(prefix)
            },
            digits=HEAD - known,
        )
        self.find: Callable[[str], T | None] = _finding(places, answers, searched, known=known)


def _length(row: tuple[str, object]) -> int:
    return len(row[0])


def _finding(
    places: array[int], answers: Sequence[T | None], searched: Sequence[_Ranges[T]], *, known: int
) -> Callable[[str], T | None]:
    plain = len(answers)

    def find(digits: str) -> T | None:
        place = places[int(digits[known:HEAD])]
        if place < plain:
            return answers[place]
        starts, values = searched[place - plain]
        return values[bisect_right(starts, digits[known:])]

    return find


def _laid_out(
    rows: Mapping[str, T], *, digits: int
) -> tuple[array[int], list[T | None], list[_Ranges[T]]]:
    """Return the place of each head, the answers of the first places, what the others search.

    A head has so many digits.
    """
    short = sorted((prefix for prefix in rows if len(prefix) <= digits), key=len)
    answers: list[T | None] = [None, *(rows[prefix] for prefix in short)]
    places = array("I", bytes(4 * 10**digits))
    for place, prefix in enumerate(short, start=1):  # the longer lie over the shorter
        count: int = 10 ** (digits - len(prefix))
        first = int(prefix or "0") * count
        places[first : first + count] = array("I", [place]) * count
    searched: list[_Ranges[T]] = []
    for head, beneath in _by_head(rows, digits=digits).items():
        ranges = _ranges(beneath, before=answers[places[int(head)]])
        places[int(head)] = len(answers) + len(searched)
        searched.append(ranges)
    return places, answers, searched


def _by_head(rows: Mapping[str, T], *, digits: int) -> Mapping[str, Mapping[str, T]]:
    found: dict[str, dict[str, T]] = {}
    for prefix, value in rows.items():
        if len(prefix) > digits:
            found.setdefault(prefix[:digits], {})[prefix] = value
    return found


def _ranges(rows: Mapping[str, T], *, before: T | None) -> _Ranges[T]:
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


def _longest(rows: Mapping[str, T], digits: str) -> T | None:
    for length in range(len(digits), -1, -1):
        if (found := rows.get(digits[:length])) is not None:
            return found
    return None


def _behind(prefix: str) -> str:
    """Return the first text behind all that begin with a prefix; empty for none."""
    kept = prefix.rstrip("9")
    return f"{kept[:-1]}{int(kept[-1]) + 1}" if kept else ""
