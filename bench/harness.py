"""Rounds in turns, medians and spreads, ratios against bars, and the file of one result."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, Final, TypeVar

RESULTS: Final = Path(__file__).resolve().parent / "results"
ROUNDS_MIN: Final = 5

T = TypeVar("T")
_SMALL: Final = 10
Workload = Callable[[int], float]  # takes the round's number, from 0; returns what it reached


class CountError(Exception):
    """A workload says it did N things, and the tables hold another number of them."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What one workload reached in each round, in `unit`."""

    unit: str
    rounds: tuple[float, ...]

    def as_json(self) -> dict[str, Any]:
        """Return median, spread and every round."""
        return {
            "unit": self.unit,
            "median": _shown(median(self.rounds)),
            "min": _shown(min(self.rounds)),
            "max": _shown(max(self.rounds)),
            "rounds": [_shown(value) for value in self.rounds],
        }


@dataclass(frozen=True, slots=True)
class Bar:
    """What `of` must reach as a multiple of `against`; both are names of measures.

    Without `against` it is a figure of its own, in the measure's unit. With `smaller` it must
    stay at or below `must`: for times, processor seconds, losses and growth.
    """

    of: str
    against: str | None
    must: float
    aim: float
    smaller: bool = False

    def met(self, value: float) -> bool:
        """Say whether a figure is good enough."""
        return value <= self.must if self.smaller else value >= self.must


@dataclass(frozen=True, slots=True)
class Report:
    """One benchmark's outcome; `yardstick` names one measure, `measures` holds them all."""

    name: str
    title: str
    measures: Mapping[str, Measure]
    yardstick: str
    bars: Sequence[Bar]
    machine: Mapping[str, Any]
    how: str
    peers: Sequence[str] = field(default_factory=tuple)

    def as_json(self) -> dict[str, Any]:
        """Return the form that `nummer bench NAME --json` prints."""
        shown = {name: measure.as_json() for name, measure in self.measures.items()}
        return {
            "name": self.name,
            "title": self.title,
            "how": self.how,
            "ours": {
                name: one
                for name, one in shown.items()
                if name != self.yardstick and name not in self.peers
            },
            "peers": {name: shown[name] for name in self.peers},
            "yardstick": {"name": self.yardstick, **shown[self.yardstick]},
            "ratio": [ratio(bar, self.measures) for bar in self.bars],
            "machine": dict(self.machine),
        }


def in_turns(
    workloads: Mapping[str, Callable[[int], T]], *, rounds: int
) -> dict[str, tuple[T, ...]]:
    """Run every workload once a round and return what each reached.

    Each round has an order of its own, the same in every run: what one workload leaves behind
    (vacuum, dirty pages) does not always fall on the same next one. How far it is goes to
    standard error.
    """
    if rounds < ROUNDS_MIN:
        raise ValueError(f"at least {ROUNDS_MIN} rounds")
    names = list(workloads)
    reached: dict[str, list[T]] = {name: [] for name in names}
    for number in range(rounds):
        for name in Random(number).sample(names, len(names)):  # noqa: S311 -- no secret
            progress(f"round {number + 1} of {rounds}: {name}")
            reached[name].append(workloads[name](number))
    return {name: tuple(values) for name, values in reached.items()}


def ratio(bar: Bar, measures: Mapping[str, Measure]) -> dict[str, Any]:
    """Compare two measures round by round; the median of the rounds' ratios decides."""
    each = list(measures[bar.of].rounds)
    if bar.against is not None:
        pairs = zip(each, measures[bar.against].rounds, strict=True)
        each = [ours / theirs for ours, theirs in pairs]
    value = median(each)
    return {
        "of": bar.of,
        "against": bar.against,
        "value": _shown(value),
        "min": _shown(min(each)),
        "max": _shown(max(each)),
        "must": bar.must,
        "aim": bar.aim,
        "smaller": bar.smaller,
        "met": bar.met(value),
    }


def require_count(what: str, *, said: int, found: int) -> None:
    """Fail the run where the tables disagree with the generator. Raises CountError."""
    if said != found:
        raise CountError(f"{what}: the generator says {said}, the tables hold {found}.")


def write(report: Report, *, folder: Path = RESULTS) -> Path:
    """Keep a report as the latest result of its benchmark."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{report.name}.json"
    path.write_text(json.dumps(report.as_json(), indent=2) + "\n")
    return path


def progress(what: str) -> None:
    """Tell the operator on standard error what goes on; a run takes minutes."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {what}\n")
    sys.stderr.flush()


def _shown(value: float) -> float:
    """Round to what is worth telling: three places below ten, one above."""
    return round(value, 3 if abs(value) < _SMALL else 1)
