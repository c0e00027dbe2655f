"""Rounds in turns, medians and spreads, ratios against bars, and the file of one result."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, Final

RESULTS: Final = Path(__file__).resolve().parent / "results"
ROUNDS_MIN: Final = 5

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
            "median": round(median(self.rounds), 1),
            "min": round(min(self.rounds), 1),
            "max": round(max(self.rounds), 1),
            "rounds": [round(value, 1) for value in self.rounds],
        }


@dataclass(frozen=True, slots=True)
class Bar:
    """What `of` must reach as a multiple of `against`; both are names of workloads."""

    of: str
    against: str
    must: float
    aim: float


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


def in_turns(workloads: Mapping[str, Workload], *, rounds: int) -> dict[str, tuple[float, ...]]:
    """Run every workload once a round and return what each reached.

    Each round has an order of its own, the same in every run: what one workload leaves behind
    (vacuum, dirty pages) does not always fall on the same next one.
    """
    if rounds < ROUNDS_MIN:
        raise ValueError(f"at least {ROUNDS_MIN} rounds")
    names = list(workloads)
    reached: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        for name in Random(number).sample(names, len(names)):  # noqa: S311 -- no secret
            reached[name].append(workloads[name](number))
    return {name: tuple(values) for name, values in reached.items()}


def ratio(bar: Bar, measures: Mapping[str, Measure]) -> dict[str, Any]:
    """Compare two workloads round by round; the median of the rounds' ratios decides."""
    pairs = zip(measures[bar.of].rounds, measures[bar.against].rounds, strict=True)
    each = [ours / theirs for ours, theirs in pairs]
    value = median(each)
    return {
        "of": bar.of,
        "against": bar.against,
        "value": round(value, 2),
        "min": round(min(each), 2),
        "max": round(max(each), 2),
        "must": bar.must,
        "aim": bar.aim,
        "met": value >= bar.must,
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
