"""From the carrier's PDU to the event in the browser, at a steady rate of SMS.

`python -m bench.live --rounds 1 --seconds 5` runs without growth and writes no result.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from typing import Final

from bench import grown, world
from bench.carrier import Carrier
from bench.cluster import Cluster, durable_cluster, machine
from bench.gateway import Gateway
from bench.harness import Bar, CountError, Measure, Report, in_turns, progress, require_count
from bench.loop import Loop, running_loop
from bench.web import Web, environment

RATE: Final = 200  # SMS a second
CUSTOMERS: Final = 20
PAGES: Final = 2  # open streams of each customer
LIVE: Final = "live code, p99"
MEDIAN: Final = "live code, median"
ACKNOWLEDGED: Final = "acknowledgement, p99"
GROWN: Final = f"live code, p99, {grown.TIMES} times the rows"
GROWN_MEDIAN: Final = f"live code, median, {grown.TIMES} times the rows"

BARS: Final = (
    Bar(LIVE, None, must=250, aim=50, smaller=True),
    Bar(GROWN, LIVE, must=1.3, aim=1, smaller=True),
    Bar(GROWN_MEDIAN, MEDIAN, must=1.3, aim=1, smaller=True),
)

HOW: Final = (
    f"A carrier of ours writes {RATE} SMS a second, evenly, over one bind to our gateway. "
    f"{CUSTOMERS} customers, each with {world.HELD // CUSTOMERS} open activations and {PAGES} "
    "pages, read server-sent events over HTTP on the public port. Gateway and web processes are "
    "those of production, with sealing and a PostgreSQL that syncs. The time is from writing the "
    "PDU to reading the event that names its activation, in both pages; every SMS for a holder "
    "must bring one to each page. The grown side has "
    f"{grown.OLD_MESSAGES * grown.TIMES:,} older messages and {world.HELD * grown.TIMES:,} "
    f"numbers instead of {grown.OLD_MESSAGES:,} and {world.HELD:,}."
)

_EVENT: Final = re.compile(rb"^event: activation-([0-9]+)$", re.MULTILINE)
_TICK_S: Final = 0.001
# The first page of a web process says "connected" before that process listens, and once more when
# it does; what came in between would be counted as missing.
_LISTENING_S: Final = 1.0
_LOOK_S: Final = 0.2
_LOOKS_MAX: Final = 50
_FIRST_PUBLIC_ID: Final = 5_000_000


def run(*, rounds: int, seconds: int) -> Report:
    """Run all of it. Raises CountError where an event is missing or too many."""
    with ExitStack() as stack:
        loop = stack.enter_context(running_loop())
        side = _side(stack, loop, times=1)
        facts = machine(side.cluster)
        sides = {LIVE: side, GROWN: _side(stack, loop, times=grown.TIMES)}
        _settle(sides.values())
        turns = {name: partial(_turn, one, seconds=seconds) for name, one in sides.items()}
        waits = in_turns(turns, rounds=rounds)
    measures = {
        LIVE: [one.p99_ms for one in waits[LIVE]],
        MEDIAN: [one.median_ms for one in waits[LIVE]],
        ACKNOWLEDGED: [one.acknowledged_p99_ms for one in waits[LIVE]],
        GROWN: [one.p99_ms for one in waits[GROWN]],
        GROWN_MEDIAN: [one.median_ms for one in waits[GROWN]],
    }
    return Report(
        name="live",
        title="Live code",
        measures={name: Measure("ms", tuple(values)) for name, values in measures.items()},
        yardstick=ACKNOWLEDGED,
        bars=BARS,
        machine=facts | {"rounds": rounds, "seconds_each": seconds},
        how=HOW,
    )


@dataclass(frozen=True, slots=True)
class Waits:
    """One round: how long events took."""

    events: int
    p99_ms: float
    median_ms: float
    acknowledged_p99_ms: float


def _settle(sides: Iterable[Side]) -> None:
    """Wait until the disk has what was filled in, which in life it has had for long.

    Commits wait behind it otherwise, most of all those of the side with many rows.
    """
    progress("the disk")
    os.sync()
    for side in sides:
        side.round(seconds=2)


def _turn(side: Side, number: int, *, seconds: float) -> Waits:
    del number
    return side.round(seconds=seconds)


def _side(stack: ExitStack, loop: Loop, *, times: int) -> Side:
    progress(f"a durable PostgreSQL, {times} times the rows")
    cluster = stack.enter_context(durable_cluster())
    world.settle_in(cluster)
    carrier = Carrier()
    loop.run(carrier.listen())
    stack.callback(lambda: loop.run(carrier.close()))
    gateway, web = Gateway(cluster, carrier.port), Web(cluster)
    stack.callback(gateway.stop)
    stack.callback(web.stop)
    visitors = _visitors(cluster)
    gateway.start()
    web.start()
    side = Side(loop, cluster, carrier, web, visitors)
    loop.run(asyncio.wait_for(carrier.bound.wait(), 60))
    side.round(seconds=2)  # what processes read once, and samples for the past
    if times > 1:
        progress("the past")
    grown.fill(cluster, times=times)
    return side


def _visitors(cluster: Cluster) -> list[tuple[int, str]]:
    """Make customers, sign them in, and let them hold the numbers of the world in turn."""
    made = subprocess.run(  # noqa: S603 -- our own words
        [sys.executable, "-m", "bench.visitors", str(CUSTOMERS)],
        env=environment(cluster),
        stdout=subprocess.PIPE,
        check=True,
    )
    visitors = [(account, session) for account, session in json.loads(made.stdout)]
    accounts = [account for account, _ in visitors]
    with cluster.connect() as link, link.transaction():
        for table in ("numbers_slot", "numbers_activation"):
            link.execute(
                f"UPDATE {table} SET account_id = (%(accounts)s::bigint[])"  # noqa: S608 -- our own words
                "[(account_id - 1000000) %% cardinality(%(accounts)s::bigint[]) + 1]"
                " WHERE account_id >= 1000000",
                {"accounts": accounts},
            )
    return visitors


@dataclass(slots=True)
class Side:
    """A gateway, a web server, a carrier and the pages that look on."""

    loop: Loop
    cluster: Cluster
    carrier: Carrier
    web: Web
    visitors: Sequence[tuple[int, str]]
    first: int = 1

    def round(self, *, seconds: float) -> Waits:
        """Send for so long. Raises CountError where an event is missing or too many."""
        count = int(RATE * seconds)
        pool = world.pool(first=self.first, count=count)
        self.first += count
        return self.loop.run(self._round(pool))

    async def _round(self, pool: world.Pool) -> Waits:
        pages = [Page(self.web.port, session) for _, session in self.visitors for _ in range(PAGES)]
        await asyncio.gather(*(page.open() for page in pages))
        await asyncio.sleep(_LISTENING_S)
        try:
            await self._send(pool)
            expected = sum(1 for n in range(len(pool)) if _place(pool, n) is not None)
            for _ in range(_LOOKS_MAX):
                await asyncio.sleep(_LOOK_S)
                if sum(page.count for page in pages) >= expected * PAGES:
                    break
            await asyncio.sleep(_LOOK_S)  # one too many would come now
        finally:
            for page in pages:
                page.close()
        run = self.carrier.round
        assert run is not None, "it was sent"
        self.carrier.round = None
        if any(page.broken for page in pages):
            raise CountError("a stream of events ended")
        require_count("acknowledged", said=len(pool), found=run.acked_count)
        require_count("events", said=expected * PAGES, found=sum(page.count for page in pages))
        return _waits(pool, run.sent_at, pages, acknowledged=sorted(run.waits_s))

    async def _send(self, pool: world.Pool) -> None:
        """Write each message when it is due."""
        self.carrier.begin(pool, window=0)
        run = self.carrier.round
        assert run is not None, "it has begun"
        began = time.perf_counter()
        while run.next < len(pool):
            due = min(len(pool), int((time.perf_counter() - began) * RATE) + 1) - run.next
            if due > 0:
                run.window, run.taking = run.open + run.resting + due, True
                self.carrier.pump()
                run.taking = False  # answers set nothing free before it is due
            await asyncio.sleep(_TICK_S)


def _place(pool: world.Pool, n: int) -> int | None:
    """Return the place of the number that a message goes to; None where nobody holds it."""
    place, _ = world.place_of(pool.first + n)
    return None if place == world.HELD else place


def _waits(
    pool: world.Pool, sent_at: Sequence[float], pages: Sequence[Page], *, acknowledged: list[float]
) -> Waits:
    """Match the events of each page to the messages of each activation, both in their order."""
    waits = []
    for page in pages:
        open_since: dict[int, deque[float]] = defaultdict(deque)
        for n in range(len(pool)):
            place = _place(pool, n)
            if place is not None:
                open_since[_FIRST_PUBLIC_ID + place].append(sent_at[n])
        for public_id, at in page.events:
            if not open_since[public_id]:
                raise CountError("a page was told of an activation once too often")
            waits.append(at - open_since[public_id].popleft())
    waits.sort()
    return Waits(
        events=len(waits),
        p99_ms=waits[int(0.99 * len(waits))] * 1000,
        median_ms=median(waits) * 1000,
        acknowledged_p99_ms=acknowledged[int(0.99 * len(acknowledged))] * 1000,
    )


@dataclass(slots=True)
class Page:
    """A page that reads its stream of events."""

    port: int
    session: str
    events: list[tuple[int, float]] = field(default_factory=list)
    broken: bool = False
    reading: asyncio.Task[None] | None = None
    writer: asyncio.StreamWriter | None = None

    @property
    def count(self) -> int:
        """Return how many events it has read."""
        return len(self.events)

    async def open(self) -> None:
        """Connect, and wait for the event that says the stream is there. Raises RuntimeError."""
        reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.writer.write(
            b"GET /live/ HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n"
            b"Cookie: sessionid=" + self.session.encode() + b"\r\n\r\n"
        )
        got = b""
        async with asyncio.timeout(30):
            while b"event: connected" not in got:
                chunk = await reader.read(65536)
                if not chunk or (b"\r\n\r\n" in got and not got.startswith(b"HTTP/1.1 200")):
                    raise RuntimeError(f"no stream of events: {got[:300]!r}")
                got += chunk
        self.reading = asyncio.create_task(self._read(reader))

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while chunk := await reader.readline():
            at = time.perf_counter()
            self.events += [(int(found), at) for found in _EVENT.findall(chunk.rstrip())]
        self.broken = True

    def close(self) -> None:
        """Go away."""
        if self.reading is not None:
            self.reading.cancel()
        if self.writer is not None:
            self.writer.close()


def main(words: list[str] | None = None) -> int:
    """Run without growth and print each round."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=5)
    given = parser.parse_args(words)
    with ExitStack() as stack:
        side = _side(stack, stack.enter_context(running_loop()), times=1)
        for _ in range(given.rounds):
            sys.stdout.write(f"{side.round(seconds=given.seconds)}\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
