"""The sides of the SMS benchmark: ours with its database, and peers with their callbacks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from bench import world
from bench.carrier import Carrier, Sent
from bench.cluster import Cluster
from bench.cpu import cpu_s
from bench.gateway import Gateway
from bench.harness import progress, require_count
from bench.loop import Loop
from bench.sink import Sink

_BOUND_S_MAX: Final = 60.0
_QUIET_S_MAX: Final = 10.0  # no callback for so long: the missing ones do not come
_LOOKED_EVERY_S: Final = 0.02
_SETTLED_S: Final = 0.3  # for what a server does just after a commit
_RATE_MAX: Final = 30_000  # messages a second that are encoded before a round


@dataclass(frozen=True, slots=True)
class Outcome:
    """One round of one side. Processor time is of all its processes."""

    per_s: float
    done_per_s: float = 0.0  # until the last row or the last callback
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    cpu_s_per_10k: float = 0.0
    database_cpu_s_per_10k: float = 0.0  # the part of it that is PostgreSQL's
    acked: int = 0
    refused: int = 0
    missing: int = 0  # callbacks that never came

    def as_json(self) -> dict[str, Any]:
        """Return what a reader compares."""
        return {
            "acked": self.acked,
            "acked_per_s": round(self.per_s),
            "done_per_s": round(self.done_per_s),
            "refused": self.refused,
            "missing": self.missing,
            "p50_ms": round(self.p50_ms, 2),
            "p99_ms": round(self.p99_ms, 2),
            "cpu_s_per_10k": round(self.cpu_s_per_10k, 3),
            "of_it_database": round(self.database_cpu_s_per_10k, 3),
        }


class Side(Protocol):
    """Something that takes a carrier's messages."""

    @property
    def pids(self) -> list[int]:
        """Return the processes whose time counts."""

    def round(self, *, window: int, seconds: float) -> Outcome:
        """Run one round. Raises CountError where we have a row too few or too many."""


class Process(Protocol):
    """A gateway that a peer's side starts."""

    @property
    def pids(self) -> list[int]:
        """Return its processes."""

    def start(self) -> None:
        """Start them."""

    def stop(self) -> None:
        """Stop them."""


class Stream:
    """A carrier and what it has sent so far; no message of a run comes twice."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._first = 0
        self.carrier = Carrier()
        loop.run(self.carrier.listen())

    def await_bind(self) -> None:
        """Wait until a gateway is bound. Raises TimeoutError."""
        self._loop.run(asyncio.wait_for(self.carrier.bound.wait(), _BOUND_S_MAX))

    def pool(self, count: int) -> world.Pool:
        """Encode the next messages."""
        return world.pool(first=self._first, count=count)

    def drive(self, pool: world.Pool, *, window: int, seconds: float) -> Sent:
        """Send for so long and wait for the answers."""
        sent = self._loop.run(self.carrier.drive(pool, window=window, seconds=seconds))
        self.skip(sent.acked)
        return sent

    def skip(self, count: int) -> None:
        """Note that so many more messages were sent."""
        self._first += count

    def close(self) -> None:
        """Close the carrier."""
        self._loop.run(self.carrier.close())


class Ours:
    """Our gateway with its carrier and its database."""

    def __init__(self, loop: Loop, cluster: Cluster, *, jobs: bool) -> None:
        self._cluster = cluster
        self.stream = Stream(loop)
        self._jobs = jobs
        self.gateway = Gateway(cluster, self.stream.carrier.port)

    @property
    def pids(self) -> list[int]:
        """Return the gateway and the postmaster."""
        return [self.gateway.pid, self._cluster.pid]

    def start(self) -> None:
        """Start, bind, and bring two messages to everybody, which makes the customers' keys."""
        self.gateway.start()
        self.stream.await_bind()
        self.stream.drive(self.stream.pool(2 * world.HELD), window=100, seconds=60)

    def start_jobs(self) -> None:
        """Start the process of jobs where it is wanted."""
        if self._jobs:
            self.gateway.start_jobs()

    def stop(self) -> None:
        """Stop the processes, then the carrier."""
        self.gateway.stop()
        self.stream.close()

    def round(self, *, window: int, seconds: float) -> Outcome:
        """Run one round."""
        pool = self.stream.pool(int(seconds * _RATE_MAX))
        before = self._stored()
        cpu = cpu_s(self.gateway.pid), cpu_s(self._cluster.pid)
        sent = self.stream.drive(pool, window=window, seconds=seconds)
        time.sleep(_SETTLED_S)
        used = cpu_s(self.gateway.pid) - cpu[0], cpu_s(self._cluster.pid) - cpu[1]
        require_count("ours", said=sent.acked, found=self._stored() - before)
        return _outcome(sent, done=sent.acked, after_s=0.0, cpu=sum(used), database_cpu=used[1])

    def _stored(self) -> int:
        """Count what came in this run; older messages may be deleted meanwhile."""
        with self._cluster.connect() as link:
            found = link.execute(
                "SELECT count(*) FROM messaging_message"
                " WHERE received_at > transaction_timestamp() - interval '50 minutes'"
            ).fetchone()
        assert found is not None, "a count has a row"
        return int(found[0])


class Peer:
    """Another gateway, with its carrier and the sink of its callbacks."""

    def __init__(
        self, loop: Loop, sink: Sink, make: Callable[[int, int], Process], *, name: str
    ) -> None:
        self._name = name
        self._sink = sink
        self.stream = Stream(loop)
        self.process = make(self.stream.carrier.port, sink.port)

    @property
    def pids(self) -> list[int]:
        """Return its processes."""
        return self.process.pids

    def start(self) -> None:
        """Start, bind, and send a few messages, as ours has them before its rounds."""
        self.process.start()
        self.stream.await_bind()
        time.sleep(1)  # a peer's callbacks are ready a moment after its bind
        self._round(self.stream.pool(world.HELD), window=100, seconds=60)

    def stop(self) -> None:
        """Stop it, then the carrier."""
        self.process.stop()
        self.stream.close()

    def round(self, *, window: int, seconds: float) -> Outcome:
        """Run one round; it ends with the last callback."""
        return self._round(
            self.stream.pool(int(seconds * _RATE_MAX)), window=window, seconds=seconds
        )

    def _round(self, pool: world.Pool, *, window: int, seconds: float) -> Outcome:
        before, cpu = self._sink.count(), cpu_s(*self.pids)
        sent = self.stream.drive(pool, window=window, seconds=seconds)
        came, after_s = self._called_back(before, sent.acked)
        time.sleep(_SETTLED_S)
        used = cpu_s(*self.pids) - cpu
        return _outcome(sent, done=came, after_s=after_s, cpu=used)

    def _called_back(self, before: int, wanted: int) -> tuple[int, float]:
        """Wait for the callbacks; return how many came, and how many seconds until the last one.

        What a peer drops is its own affair.
        """
        began = last = time.monotonic()
        came = self._sink.count() - before
        while came < wanted and time.monotonic() < last + _QUIET_S_MAX:
            time.sleep(_LOOKED_EVERY_S)
            if (now := self._sink.count() - before) != came:
                came, last = now, time.monotonic()
        if came != wanted:
            progress(f"{self._name}: {came} callbacks for {wanted} acknowledged messages")
        return came, last - began


def _outcome(
    sent: Sent, *, done: int, after_s: float, cpu: float, database_cpu: float = 0.0
) -> Outcome:
    per_10k = 10_000 / sent.acked
    return Outcome(
        per_s=sent.per_s,
        done_per_s=done / (sent.elapsed_s + after_s),
        p50_ms=sent.wait_ms(0.5),
        p99_ms=sent.wait_ms(0.99),
        cpu_s_per_10k=cpu * per_10k,
        database_cpu_s_per_10k=database_cpu * per_10k,
        acked=sent.acked,
        refused=sent.refused,
        missing=sent.acked - done,
    )
