"""Finds what stands at the longest prefix of a number, for tables of many prefixes."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Generic, TypeVar

T = TypeVar("T")

# So many digits are an index: 10⁶ places of four bytes. Few prefixes are longer, and no number in
# E.164 is shorter.
HEAD: Final = 6
_PLACES: Final = 10**HEAD
_Ranges = tuple[Sequence[str], Sequence[T | None]]


class Prefixes(Generic[T]):
    """A table of prefixes that does not change.

    The first six digits lead to the answer, or, where longer prefixes begin with them, to a short
    search among these. `find` takes the digits of a number without plus and returns what stands at
    its longest prefix; `find_all` does so for many. Both are bound once, since looking up the
    table's parts would cost as much as the answer.
    """

    __slots__ = ("find", "find_all")

    def __init__(self, rows: Mapping[str, T]) -> None:
        places, answers, searched = _laid_out(rows)
        self.find: Callable[[str], T | None] = _finding(places, answers, searched)
        self.find_all: Callable[[Iterable[str]], list[T | None]] = _finding_all(
            places, answers, searched
        )


def _finding(
    places: array[int], answers: Sequence[T | None], searched: Sequence[_Ranges[T]]
) -> Callable[[str], T | None]:
    plain = len(answers)

    def find(digits: str) -> T | None:
        place = places[int(digits[:HEAD])]
        if place < plain:
            return answers[place]
        starts, values = searched[place - plain]
        return values[bisect_right(starts, digits)]

    return find


def _finding_all(
    places: array[int], answers: Sequence[T | None], searched: Sequence[_Ranges[T]]
) -> Callable[[Iterable[str]], list[T | None]]:
    plain = len(answers)

    def search(place: int, digits: str) -> T | None:
        starts, values = searched[place - plain]
        return values[bisect_right(starts, digits)]

    def find_all(numbers: Iterable[str]) -> list[T | None]:
        return [
            answers[place]
            if (place := places[int(digits[:HEAD])]) < plain
            else search(place, digits)
            for digits in numbers
        ]

    return find_all


def _laid_out(
    rows: Mapping[str, T],
) -> tuple[array[int], list[T | None], list[_Ranges[T]]]:
    """Return the place of each head, the answers of the first places, what the others search."""
    short = sorted((prefix for prefix in rows if len(prefix) <= HEAD), key=len)
    answers: list[T | None] = [None, *(rows[prefix] for prefix in short)]
    places = array("I", bytes(4 * _PLACES))
    for place, prefix in enumerate(short, start=1):  # the longer lie over the shorter
        count = 10 ** (HEAD - len(prefix))
        first = int(prefix or "0") * count
        places[first : first + count] = array("I", [place]) * count
    searched: list[_Ranges[T]] = []
    for head, beneath in _by_head(rows).items():
        ranges = _ranges(beneath, before=answers[places[int(head)]])
        places[int(head)] = len(answers) + len(searched)
        searched.append(ranges)
    return places, answers, searched


def _by_head(rows: Mapping[str, T]) -> Mapping[str, Mapping[str, T]]:
    found: dict[str, dict[str, T]] = {}
    for prefix, value in rows.items():
        if len(prefix) > HEAD:
            found.setdefault(prefix[:HEAD], {})[prefix] = value
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
