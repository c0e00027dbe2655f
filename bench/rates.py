"""Look-ups of the longest prefix, beside dicts by the length of the prefix."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from random import Random
from typing import Final

from bench.cluster import hardware
from bench.harness import Bar, Measure, Report, Workload, in_turns, progress, require_count
from nummer.kernel.phone import calling_code_of
from nummer.kernel.prefixes import Prefixes

PREFIXES: Final = 60_000
NUMBERS: Final = 1_000_000
PASS: Final = 100_000
YARDSTICK: Final = "dict by length"
OURS, PLAIN = "ours", "one dict"
LOOK_UPS: Final = 3  # of a text: two rates, and what is known of carriers
BARS: Final = (Bar(OURS, YARDSTICK, must=2, aim=3),)
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
    "half with a calling code alone. A text needs three answers: two rates and the prefix of its "
    "carriers. dict by length has one dict for each length of a prefix, one dict holds all; both "
    f"are asked from the longest length down, {LOOK_UPS} of them for a text. Ours is as a text is "
    "priced: its calling code says which table, and that holds all three. One process of Python, "
    "by its own processor time, each in slices of the numbers. Before that every number is "
    "answered in all ways, and 1,000 of them by reading all rows: none may differ."
)
Find = Callable[[str], int | None]
Found = tuple[int | None, int | None, int | None]
Ask = Callable[[str], Found]
_NOTHING: Final = (None, None, None)


def run(*, rounds: int, seconds: int) -> Report:
    """Run all of it: `rounds` rounds of `seconds` each. Raises CountError."""
    facts = hardware()
    random = Random(5)  # noqa: S311 -- no secret
    rows = _rows(random)
    numbers = _numbers(random, prefixes=list(rows))
    tables = {code: _table(rows, within=code) for code in _CODES.split()}
    ours = partial(_priced, tables)
    by_length = _each(tuple(_by_length(rows) for _ in range(LOOK_UPS)))
    one_dict = _each(tuple(_one_dict(rows) for _ in range(LOOK_UPS)))
    _require_same(rows, numbers, ours, by_length, one_dict)
    gc.collect()
    gc.freeze()
    workloads: dict[str, Workload] = {
        YARDSTICK: _Steady(seconds, numbers, by_length),
        PLAIN: _Steady(seconds, numbers, one_dict),
        OURS: _Steady(seconds, numbers, ours),
    }
    reached = in_turns(workloads, rounds=rounds)
    return Report(
        name="rates",
        title="Rates by the longest prefix",
        measures={name: Measure("answers/s", values) for name, values in reached.items()},
        yardstick=YARDSTICK,
        bars=BARS,
        machine=facts | {"rounds": rounds, "seconds_each": seconds},
        how=HOW,
        peers=(PLAIN,),
    )


class _Steady:
    """Prices slices of the numbers in turn for some seconds of processor time."""

    def __init__(self, seconds: float, numbers: list[str], ask: Ask) -> None:
        self._seconds = seconds
        self._slices = [numbers[at : at + PASS] for at in range(0, len(numbers), PASS)]
        self._ask = ask

    def __call__(self, number: int) -> float:
        ask, done, began = self._ask, 0, time.process_time()
        while (spent := time.process_time() - began) < self._seconds:
            for digits in self._slices[(number + done) % len(self._slices)]:
                ask(digits)
            done += 1
        return done * PASS * LOOK_UPS / spent


def _table(rows: Mapping[str, int], *, within: str) -> Callable[[str], Found | None]:
    return Prefixes({prefix: (row, row, row) for prefix, row in rows.items()}, within=within).find


def _priced(tables: Mapping[str, Callable[[str], Found | None]], digits: str) -> Found:
    """Ask as a tariff is: once for the rates and once for the way."""
    find = tables[calling_code_of(digits) or ""]
    abroad, home, _ = find(digits) or _NOTHING
    _, _, known = find(digits) or _NOTHING
    return abroad, home, known


def _each(finds: Iterable[Find]) -> Ask:
    first, second, third = finds
    return lambda digits: (first(digits), second(digits), third(digits))


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


def _require_same(rows: Mapping[str, int], numbers: list[str], ours: Ask, *others: Ask) -> None:
    """Have every number answered by all ways alike. Raises CountError."""
    progress(f"{len(numbers):,} numbers by all")
    same = sum(all(way(digits) == ours(digits) for way in others) for digits in numbers)
    require_count("numbers answered alike", said=len(numbers), found=same)
    some = numbers[:: NUMBERS // 1_000]
    read = sum((_by_reading(rows, digits),) * LOOK_UPS == ours(digits) for digits in some)
    require_count("numbers answered as by reading all rows", said=len(some), found=read)


def _by_reading(rows: Mapping[str, int], digits: str) -> int | None:
    fitting = [prefix for prefix in rows if digits.startswith(prefix)]
    return rows[max(fitting, key=len)] if fitting else None


def _rows(random: Random) -> dict[str, int]:
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
