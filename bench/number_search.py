"""The search for numbers for rent over 50,000 and over five million of them."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from statistics import quantiles
from typing import Any, Final

from bench.cluster import Cluster, durable_cluster, machine
from bench.harness import Bar, Measure, Report, Workload, in_turns, progress, require_count

SMALL, LARGE = 50_000, 5_000_000
YARDSTICK: Final = "p99 of 50,000"
OURS, MIDDLE, MIDDLE_SMALL = "p99 of 5,000,000", "median of 5,000,000", "median of 50,000"
BARS: Final = (
    Bar(OURS, None, must=50, aim=20, smaller=True),
    Bar(OURS, YARDSTICK, must=1.3, aim=1.1, smaller=True),
)
HOW: Final = (
    "Two durable servers side by side, one with 50,000 numbers for rent, one with five million, "
    "spread alike over four countries, two kinds, ten cities and all digits; every tenth has a "
    "holder. One process of ours asks `leases.searching.search`, as the pages and all dialects do, "
    "one search after another, each as it comes from one random row: a place, a kind and a city, "
    "what it can do, the beginning of a number, four digits in a row anywhere, three digits at the "
    "end, digits with gaps, and pages behind the first. Both servers get the same searches in "
    "turns of some seconds, in times of the clock; the first second of a turn is not counted."
)
_STEP: Final = 250_000
_COUNTRIES: Final = ("NO", "DE", "GB", "US")
# Every number has its own digits: the place times a number prime to 10⁷ leaves no gap and no order.
_ROWS: Final = """
INSERT INTO leases_rentable (number_id, e164, country, kind, carrier, sms, voice, supplier,
                             withdrawn, account_id, lease_id, held_since, quarantined_until,
                             city, region, area)
SELECT lpad(to_hex(i), 32, '0')::uuid,
       (ARRAY['+474', '+4940', '+44113', '+1505'])[i %% 4 + 1]
         || lpad((i / 4 * 7654321 %% 10000000)::text, 7, '0'),
       (ARRAY['NO', 'DE', 'GB', 'US'])[i %% 4 + 1],
       (ARRAY['local', 'mobile'])[i / 4 %% 2 + 1],
       'bench', true, i / 8 %% 2 = 0, 'bench', false,
       CASE WHEN i / 8 %% 10 = 0 THEN 1 END,
       CASE WHEN i / 8 %% 10 = 0 THEN lpad(to_hex(i), 32, '0')::uuid END,
       CASE WHEN i / 8 %% 10 = 0 THEN timestamptz '2026-01-01 00:00:00+00' END,
       NULL, 'city-' || i / 80 %% 10, '', ''
  FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS i
"""
_OURS_ONLY: Final = """
SELECT c.relname, pg_get_indexdef(c.oid) FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid
 WHERE x.indrelid = 'leases_rentable'::regclass AND NOT x.indisunique
"""


def run(*, rounds: int, seconds: int) -> Report:
    """Run all of it: `rounds` rounds of `seconds` over each stock. Raises CountError."""
    with ExitStack() as stack:
        small = stack.enter_context(durable_cluster())
        large = stack.enter_context(durable_cluster())
        facts = machine(large)
        for cluster, rows in ((small, SMALL), (large, LARGE)):
            fill(cluster, rows=rows)
        sides = {"small": _Side(small, seconds), "large": _Side(large, seconds)}
        workloads: dict[str, Workload] = dict(sides)
        in_turns(workloads, rounds=rounds)
    return Report(
        name="number_search",
        title="Search for numbers for rent",
        measures={
            name: Measure("ms", tuple(values))
            for name, values in {
                YARDSTICK: sides["small"].highest,
                OURS: sides["large"].highest,
                MIDDLE_SMALL: sides["small"].middle,
                MIDDLE: sides["large"].middle,
            }.items()
        },
        yardstick=YARDSTICK,
        bars=BARS,
        machine=facts | {"rounds": rounds, "seconds_each": seconds},
        how=HOW,
    )


def fill(cluster: Cluster, *, rows: int) -> None:
    """Write so many numbers for rent, and their indexes afterwards. Raises CountError."""
    with cluster.connect() as link:
        indexes = link.execute(_OURS_ONLY).fetchall()
        for name, _ in indexes:
            link.execute(f"DROP INDEX {name}")
        for first in range(0, rows, _STEP):
            last = min(first + _STEP, rows) - 1
            link.execute(_ROWS, {"first": first, "last": last})
            progress(f"{last + 1:,} numbers written")
        for name, made in indexes:
            progress(f"index {name}")
            link.execute(made)
        link.execute("VACUUM ANALYZE leases_rentable")
    require_count("numbers for rent", said=rows, found=cluster.count("leases_rentable"))


class _Side:
    """One stock, asked by a process of its own in each round."""

    def __init__(self, cluster: Cluster, seconds: int) -> None:
        self._cluster, self._seconds = cluster, seconds
        self.middle: list[float] = []
        self.highest: list[float] = []

    def __call__(self, number: int) -> float:
        done = subprocess.run(  # noqa: S603 -- our own words
            [sys.executable, "-m", "bench.number_search", str(self._seconds), str(number)],
            env={
                **os.environ,  # noqa: TID251 -- of the benchmark's own child
                "NUMMER_HOME": str(self._cluster.home),
                "NUMMER_DATABASE_URL": self._cluster.url,
            },
            capture_output=True,
            text=True,
            check=True,
            timeout=600,
        )
        said = json.loads(done.stdout)
        self.middle.append(said["median"])
        self.highest.append(said["p99"])
        return float(said["p99"])


@dataclass(frozen=True, slots=True)
class _Wish:
    """What one searches for."""

    words: dict[str, Any]
    second_page: bool


def _wishes(random: Random) -> _Wish:
    country = random.choice(_COUNTRIES)
    start = {"NO": "+474", "DE": "+4940", "GB": "+44113", "US": "+1505"}[country]
    digits = "".join(random.choices("0123456789", k=7))
    asked: list[dict[str, Any]] = [
        {},
        {"kind": "local"},
        {"kind": "mobile", "voice": True},
        {"city": f"city-{random.randrange(10)}"},
        {"city": f"city-{random.randrange(10)}", "kind": "local", "voice": True},
        {"pattern": f"{start}{digits[:2]}"},
        {"pattern": f"{start}{digits[:1]}*{digits[1:3]}"},
        {"pattern": digits[:4]},
        {"pattern": digits[:5]},
        {"pattern": f"{digits[:3]}$"},
        {"pattern": f"{digits[:2]}*{digits[2:3]}"},
        {"pattern": f"{digits[:4]}*{digits[4:5]}"},
    ]
    return _Wish({"country": country, **random.choice(asked)}, random.random() < 0.25)  # noqa: PLR2004 -- a quarter


def _ask(seconds: int, number: int) -> dict[str, float]:
    """Search for some seconds; return the median and the 99th percentile in milliseconds."""
    import django  # noqa: PLC0415 -- after the settings are named

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nummer.config.settings")  # noqa: TID251 -- of the child
    django.setup()
    from nummer.apps.leases.searching import search  # noqa: PLC0415 -- needs Django

    random = Random(number)  # noqa: S311 -- no secret
    now = datetime(2026, 11, 22, tzinfo=UTC)
    took: list[float] = []
    began = time.perf_counter()
    while (at := time.perf_counter() - began) < seconds + 1:
        wish = _wishes(random)
        before = time.perf_counter()
        found = search(**wish.words, now=now)
        took.append(1_000 * (time.perf_counter() - before) if at > 1 else -1)
        if wish.second_page and found.after is not None:
            before = time.perf_counter()
            search(**wish.words, now=now, after=found.after)
            took.append(1_000 * (time.perf_counter() - before) if at > 1 else -1)
    return _figures([one for one in took if one >= 0])


def _figures(took: Sequence[float]) -> dict[str, float]:
    cuts = quantiles(took, n=100)
    return {"median": round(cuts[49], 3), "p99": round(cuts[98], 3), "searches": len(took)}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", type=int)
    parser.add_argument("number", type=int)
    given = parser.parse_args()
    print(json.dumps(_ask(given.seconds, given.number)))  # noqa: T201 -- read by _Side
