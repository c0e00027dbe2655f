"""Look-ups of the longest prefix, beside dicts by the length of the prefix."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from random import Random
from typing import Final

from bench.cluster import hardware
from bench.harness import Bar, Measure, Report, Workload, in_turns, progress, require_count
from nummer.kernel.prefixes import Prefixes

PREFIXES: Final = 60_000
NUMBERS: Final = 1_000_000
PASS: Final = 100_000
YARDSTICK: Final = "dict by length"
OURS, OURS_ALL, PLAIN = "find", "find all", "one dict"
BARS: Final = (
    Bar(OURS, YARDSTICK, must=2, aim=3),
    Bar(OURS_ALL, YARDSTICK, must=2, aim=3),
)
# Calling codes of large countries, and how many of 100 prefixes of a carrier's list have so many
# digits: most name an operator or an area, some a single service.
_CODES: Final = (
    "1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 54 55 56 57 60 61 62 63 64 65"
    " 66 81 82 84 86 90 91 92 94 98 212 213 216 234 254 351 353 358 359 370 371 372 380 381 385 386"
    " 420 421 502 503 506 591 593 852 880 886 966 971 972 992 998"
)
_LENGTHS: Final = {3: 2, 4: 10, 5: 17, 6: 25, 7: 25, 8: 12, 9: 5, 10: 2.2, 11: 1, 12: 0.8}
HOW: Final = (
    f"A table of {PREFIXES:,} prefixes of up to twelve digits in 72 calling codes, and "
    f"{NUMBERS:,} random numbers of ten to thirteen digits: half begin with a prefix of the table, "
    "half with a calling code alone. dict by length has one dict for each length of a prefix, one "
    "dict holds all; both are asked from the longest length down. find is asked for each number, "
    "find all once for many. One process of Python, by its own processor time, each in slices of "
    "the numbers. Before that every number is answered by all four, and 1,000 of them by reading "
    "all rows: none may differ."
)
Find = Callable[[str], int | None]


def run(*, rounds: int, seconds: int) -> Report:
    """Run all of it: `rounds` rounds of `seconds` each. Raises CountError."""
    facts = hardware()
    random = Random(5)  # noqa: S311 -- no secret
    rows = _table(random)
    numbers = _numbers(random, prefixes=list(rows))
    table = Prefixes(rows)
    by_length, one_dict = _by_length(rows), _one_dict(rows)
    _require_same(rows, numbers, table, by_length, one_dict)
    gc.collect()
    gc.freeze()
    workloads: dict[str, Workload] = {
        YARDSTICK: _Steady(seconds, numbers, _each(by_length)),
        PLAIN: _Steady(seconds, numbers, _each(one_dict)),
        OURS: _Steady(seconds, numbers, _each(table.find)),
        OURS_ALL: _Steady(seconds, numbers, table.find_all),
    }
    reached = in_turns(workloads, rounds=rounds)
    return Report(
        name="rates",
        title="Rates by the longest prefix",
        measures={name: Measure("look-ups/s", values) for name, values in reached.items()},
        yardstick=YARDSTICK,
        bars=BARS,
        machine=facts | {"rounds": rounds, "seconds_each": seconds},
        how=HOW,
        peers=(PLAIN,),
    )


class _Steady:
    """Answers slices of the numbers in turn for some seconds of processor time."""

    def __init__(
        self, seconds: float, numbers: list[str], answer: Callable[[list[str]], object]
    ) -> None:
        self._seconds = seconds
        self._slices = [numbers[at : at + PASS] for at in range(0, len(numbers), PASS)]
        self._answer = answer

    def __call__(self, number: int) -> float:
        done, began = 0, time.process_time()
        while (spent := time.process_time() - began) < self._seconds:
            part = self._slices[(number + done) % len(self._slices)]
            self._answer(part)
            done += 1
        return done * PASS / spent


def _each(find: Find) -> Callable[[list[str]], object]:
    return lambda numbers: [find(digits) for digits in numbers]


def _by_length(rows: Mapping[str, int]) -> Find:
    longest = max(map(len, rows))
    tables: list[tuple[int, dict[str, int]]] = [
        (length, {prefix: value for prefix, value in rows.items() if len(prefix) == length})
        for length in range(longest, 0, -1)
    ]
    tables = [(length, table) for length, table in tables if table]

    def find(digits: str) -> int | None:
        for length, table in tables:
            head = digits[:length]
            if head in table:
                return table[head]
        return None

    return find


def _one_dict(rows: Mapping[str, int]) -> Find:
    longest = max(map(len, rows))
    get = dict(rows).get

    def find(digits: str) -> int | None:
        for length in range(longest, 0, -1):
            found = get(digits[:length])
            if found is not None:
                return found
        return None

    return find


def _require_same(
    rows: Mapping[str, int], numbers: list[str], table: Prefixes[int], *others: Find
) -> None:
    """Have every number answered by all ways alike. Raises CountError."""
    progress(f"{len(numbers):,} numbers by all")
    ours = table.find_all(numbers)
    ways = [*others, table.find]
    same = sum(
        all(way(digits) == answer for way in ways)
        for digits, answer in zip(numbers, ours, strict=True)
    )
    require_count("numbers answered alike", said=len(numbers), found=same)
    some = list(zip(numbers, ours, strict=True))[:: NUMBERS // 1_000]
    read = sum(_by_reading(rows, digits) == answer for digits, answer in some)
    require_count("numbers answered as by reading all rows", said=len(some), found=read)


def _by_reading(rows: Mapping[str, int], digits: str) -> int | None:
    fitting = [prefix for prefix in rows if digits.startswith(prefix)]
    return rows[max(fitting, key=len)] if fitting else None


def _table(random: Random) -> dict[str, int]:
    codes = _CODES.split()
    rows = {code: place for place, code in enumerate(codes)}
    while len(rows) < PREFIXES:
        (length,) = random.choices(list(_LENGTHS), list(_LENGTHS.values()))
        code = random.choice(codes)
        if length > len(code):
            rows.setdefault(_filled(random, code, length=length), len(rows))
    return rows


def _numbers(random: Random, *, prefixes: list[str]) -> list[str]:
    codes = _CODES.split()
    return [
        _filled(
            random,
            random.choice(prefixes if place % 2 else codes),
            length=random.choice((10, 11, 11, 12, 12, 13)),
        )
        for place in range(NUMBERS)
    ]


def _filled(random: Random, beginning: str, *, length: int) -> str:
    missing = max(0, length - len(beginning))
    return f"{beginning}{random.randrange(10**missing):0{missing}d}" if missing else beginning
