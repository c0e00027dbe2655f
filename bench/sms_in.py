"""SMS in: one carrier with one bind, our gateway beside Kannel, Jasmin and PostgreSQL's ceiling.

`python -m bench.sms_in --only ours --window 100 --seconds 5` runs one side alone, for profiling.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from bench import grown, jasmin, kannel, world
from bench.ceiling import BATCH, CLIENTS, Ceiling
from bench.cluster import Cluster, durable_cluster, machine
from bench.harness import Bar, Measure, Report, in_turns, progress
from bench.jasmin import Jasmin
from bench.kannel import Kannel
from bench.loop import Loop, running_loop
from bench.sides import Ours, Outcome, Peer, Side
from bench.sink import Sink
from bench.texts import SAMPLES

SECONDS: Final = 5  # of each workload in each round, where nothing else is asked for
JASMIN_SHARE: Final = 0.5  # it is slow, and so is what it leaves to be called back
CEILING: Final = f"PostgreSQL, {BATCH} rows a transaction"
OURS, KANNEL, JASMIN = "ours", "Kannel", "Jasmin"
GROWN: Final = f"ours, {grown.TIMES} x rows"

BARS: Final = (
    Bar("ours, window 100", "Kannel, window 100", must=1.3, aim=2),
    Bar("ours, window 100", "Jasmin, window 100", must=12, aim=20),
    Bar("ours, window 10", "Kannel, window 10", must=0.45, aim=1),
    Bar("ours, window 100", CEILING, must=0.2, aim=0.4),
    Bar("ours, to the end", "Kannel, to the end", must=1, aim=1.3),
    Bar("ours, to the end", "Jasmin, to the end", must=12, aim=20),
    Bar("ours, CPU", "Kannel, CPU", must=0.75, aim=0.5, smaller=True),
    Bar("ours, p99", "Kannel, p99", must=1, aim=0.5, smaller=True),
    Bar("ours, window 100", f"{GROWN}, window 100", must=1.3, aim=1, smaller=True),
)

HOW: Final = (
    f"A carrier of ours sends one-time codes of {len(SAMPLES)} kinds over one bind, to "
    f"{world.HELD:,} numbers that customers hold and a few that nobody holds, and keeps 10 or 100 "
    "of them unanswered. Ours is the gateway as in production: before it acknowledges it has found "
    "repeats, the activation and the code, sealed everything and committed to a PostgreSQL that "
    "syncs. Kannel acknowledges what it holds in memory and then calls an HTTP address, Jasmin "
    "puts it into RabbitMQ and calls afterwards. After each round our rows must be as many as were "
    "acknowledged; a peer's callbacks are counted too, and what is missing is shown. To the "
    "end counts until the last row of ours or the last callback of a peer, as does processor time, "
    "which is that of all processes of a side; both at window 100. The "
    f"ceiling is pgbench with {CLIENTS} clients, {BATCH} rows of the same columns, indexes and "
    "sizes in each transaction. The grown side starts with "
    f"{grown.OLD_MESSAGES * grown.TIMES:,} older messages and {world.HELD * grown.TIMES:,} numbers "
    f"instead of {grown.OLD_MESSAGES:,} and {world.HELD:,}, with vacuum at work and the job that "
    "deletes what is over."
)


def run(*, rounds: int, seconds: int) -> Report:
    """Run all of it. Raises CountError where rows of ours are missing or too many."""
    with _sides(only=None, with_growth=True) as (sides, cluster):
        facts = machine(cluster)
        ceiling = Ceiling(cluster, seconds=seconds)
        workloads: dict[str, Callable[[int], Outcome]] = {CEILING: ceiling}
        for name, window in _TURNS:
            length = seconds * JASMIN_SHARE if name == JASMIN else seconds
            turn = partial(_turn, sides[name], window=window, seconds=length)
            workloads[f"{name}, window {window}"] = turn
        outcomes = in_turns(workloads, rounds=rounds)
    peers = [KANNEL, JASMIN]
    measures = dict(_measures(outcomes))
    return Report(
        name="sms_in",
        title="SMS in",
        measures=measures,
        yardstick=CEILING,
        peers=[name for name in measures if name.split(",")[0] in peers],
        bars=BARS,
        machine=facts
        | {
            "rounds": rounds,
            "seconds_each": seconds,
            "peers": [kannel.version(), jasmin.VERSION, *jasmin.store_versions()],
        },
        how=HOW,
    )


_TURNS: Final = (
    (OURS, 100),
    (OURS, 10),
    (GROWN, 100),
    (KANNEL, 100),
    (KANNEL, 10),
    (JASMIN, 100),
)


def _turn(side: Side, number: int, *, window: int, seconds: float) -> Outcome:
    del number
    return side.round(window=window, seconds=seconds)


def _measures(outcomes: Mapping[str, Sequence[Outcome]]) -> Iterator[tuple[str, Measure]]:
    for name, rounds in outcomes.items():
        unit = "rows/s" if name == CEILING else "acknowledged/s"
        yield name, Measure(unit, tuple(one.per_s for one in rounds))
    for side in (OURS, GROWN, KANNEL, JASMIN):
        rounds = outcomes[f"{side}, window 100"]
        yield f"{side}, p99", Measure("ms, window 100", tuple(one.p99_ms for one in rounds))
        done = tuple(one.done_per_s for one in rounds)
        yield f"{side}, to the end", Measure("messages/s, window 100", done)
        per_10k = tuple(one.cpu_s_per_10k for one in rounds)
        yield f"{side}, CPU", Measure("s for 10,000 messages", per_10k)
    for side in (KANNEL, JASMIN):
        missing = tuple(float(one.missing) for one in outcomes[f"{side}, window 100"])
        yield f"{side}, callbacks missing", Measure("messages, window 100", missing)


@contextmanager
def _sides(*, only: str | None, with_growth: bool) -> Iterator[tuple[Mapping[str, Side], Cluster]]:
    """Start all sides, or one of them; each waits bound for its turn."""
    with ExitStack() as stack:
        loop = stack.enter_context(running_loop())
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="nummer-peers-")))
        sides: dict[str, Side] = {}
        progress("a durable PostgreSQL with our tables")
        cluster = stack.enter_context(durable_cluster())
        if only in (None, OURS):
            sides[OURS] = _ours(stack, cluster, loop, times=1)
        if with_growth and only in (None, GROWN):
            progress(f"another one with {grown.TIMES} times as many rows")
            other = stack.enter_context(durable_cluster())
            sides[GROWN] = _ours(stack, other, loop, times=grown.TIMES)
        if only in (None, KANNEL, JASMIN):
            progress("the peers")
            sink = Sink(folder)
            sink.start()
            stack.callback(sink.stop)
            for name, kind in ((KANNEL, Kannel), (JASMIN, Jasmin)):
                if only in (None, name):
                    side = Peer(loop, sink, partial(kind, folder / name.lower()), name=name)
                    stack.callback(side.stop)
                    side.start()
                    sides[name] = side
        yield sides, cluster


def _ours(stack: ExitStack, cluster: Cluster, loop: Loop, *, times: int) -> Ours:
    world.settle_in(cluster)
    side = Ours(loop, cluster, jobs=times > 1)
    stack.callback(side.stop)
    side.start()
    grown.fill(cluster, times=times)
    side.start_jobs()
    return side


def main(words: Sequence[str] | None = None) -> int:
    """Run one side alone and print each round as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=[OURS, KANNEL, JASMIN, "ceiling"], required=True)
    parser.add_argument("--grown", action="store_true", help="ours with 100 times as many rows")
    parser.add_argument("--window", type=int, action="append")
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--rounds", type=int, default=2)
    given = parser.parse_args(words)
    name = GROWN if given.grown else given.only
    with _sides(only=OURS if name == "ceiling" else name, with_growth=True) as (sides, cluster):
        if name == "ceiling":
            ceiling = Ceiling(cluster, seconds=max(1, int(given.seconds)))
            for number in range(given.rounds):
                _say({"rows_per_s": round(ceiling(number).per_s)})
            return 0
        side = sides[name]
        _say({"pids": side.pids})
        for _ in range(given.rounds):
            for window in given.window or [100]:
                outcome = side.round(window=window, seconds=given.seconds)
                _say({"window": window, **outcome.as_json()})
    return 0


def _say(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
