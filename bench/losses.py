"""What is lost when the plug is pulled: ours, our database, Kannel and Jasmin, all under load.

A carrier sends, the victim is killed with -9 at a random moment and started again, and the
carrier sends once more what was never acknowledged, as carriers do. What was acknowledged and is
nowhere afterwards is lost.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import parse_qs

from bench import jasmin, kannel, world
from bench.carrier import Carrier
from bench.cluster import Cluster, durable_cluster, machine
from bench.harness import Bar, Measure, Report, in_turns, progress
from bench.jasmin import Jasmin
from bench.kannel import Kannel
from bench.loop import Loop, running_loop
from bench.sides import Ours, Stream
from bench.sink import Sink

SECONDS: Final = 3  # the longest time until the plug is pulled
WINDOW: Final = 100
_RATE_MAX: Final = 20_000
_AFTER_S: Final = 1.0  # so long it goes on after the restart
_BOUND_S_MAX: Final = 60.0
_ANSWERS_S_MAX: Final = 60.0
_QUIET_S: Final = 4.0  # no callback for so long: nothing more will come
_UCS2: Final = "\x08"
_NOT_ASCII_WORD: Final = re.compile(rb"[^0-9A-Za-z]")

OURS, DATABASE = "ours, gateway killed", "ours, database killed"
KANNEL, JASMIN = "Kannel killed", "Jasmin killed"
BARS: Final = (
    Bar(f"{OURS}: lost", None, must=0, aim=0, smaller=True),
    Bar(f"{DATABASE}: lost", None, must=0, aim=0, smaller=True),
)
HOW: Final = (
    f"A carrier of ours keeps {WINDOW} messages unanswered on one bind. At a random moment the "
    "victim's processes are killed with -9 and started again; the carrier sends again what was "
    "not acknowledged, and some more. Lost is what was acknowledged and is neither a row of ours "
    "nor among the callbacks that a peer makes before or after its restart; twice is what came "
    "more than once. Every message can be told from every other."
)


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of the messages of one crash."""

    acked: int
    lost: int
    twice: int


@dataclass(frozen=True, slots=True)
class Victim:
    """Something that loses its power: `found` counts how often each message is there."""

    stream: Stream
    loop: Loop
    kill: Callable[[], None]
    revive: Callable[[], None]
    found: Callable[..., Counter[bytes]]

    def crash(self, number: int, *, seconds: int) -> Fate:
        """Pull the plug once, in a round of that number."""
        carrier = self.stream.carrier
        pool = self.stream.pool(seconds * _RATE_MAX)
        wait_s = Random(f"plug {number}").uniform(0.3, seconds)  # noqa: S311 -- no secret
        began_at = time.time()
        self.loop.run(_begin(carrier, pool))
        time.sleep(wait_s)
        self.kill()
        self.revive()
        self.loop.run(asyncio.wait_for(carrier.bound.wait(), _BOUND_S_MAX))
        time.sleep(_AFTER_S)
        sent = self.loop.run(_finish(carrier))
        self.stream.skip(sent)
        found = self.found(first=pool.first, count=sent, began_at=began_at)
        return Fate(
            acked=sent,
            lost=sent - len(found),
            twice=sum(times - 1 for times in found.values()),
        )


async def _begin(carrier: Carrier, pool: world.Pool) -> None:
    carrier.begin(pool, window=WINDOW)


async def _finish(carrier: Carrier) -> int:
    """Wait until everything sent is acknowledged and return how many that were."""
    run = carrier.round
    assert run is not None, "it was begun"
    carrier.stop_taking()
    await asyncio.wait_for(run.over.wait(), _ANSWERS_S_MAX)
    carrier.round = None
    return sum(run.acked)


def run(*, rounds: int, seconds: int) -> Report:
    """Pull each plug once a round."""
    with _victims() as (victims, cluster):
        facts = machine(cluster)
        crashes = {name: partial(victim.crash, seconds=seconds) for name, victim in victims.items()}
        fates = in_turns(crashes, rounds=rounds)
    measures: dict[str, Measure] = {}
    for name, each in fates.items():
        measures[f"{name}: lost"] = Measure("messages", tuple(float(one.lost) for one in each))
        measures[f"{name}: twice"] = Measure("messages", tuple(float(one.twice) for one in each))
        measures[f"{name}: acknowledged"] = Measure(
            "messages", tuple(float(one.acked) for one in each)
        )
    return Report(
        name="losses",
        title="Losses at kill -9",
        measures=measures,
        yardstick=f"{KANNEL}: lost",
        peers=[
            name
            for name in measures
            if name.startswith((KANNEL, JASMIN)) and name != f"{KANNEL}: lost"
        ],
        bars=BARS,
        machine=facts
        | {
            "rounds": rounds,
            "seconds_each": seconds,
            "peers": [kannel.version(), jasmin.VERSION, *jasmin.store_versions()],
        },
        how=HOW,
    )


@contextmanager
def _victims() -> Iterator[tuple[Mapping[str, Victim], Cluster]]:
    with ExitStack() as stack:
        loop = stack.enter_context(running_loop())
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="nummer-losses-")))
        progress("a durable PostgreSQL with our tables, and the peers")
        cluster = stack.enter_context(durable_cluster())
        world.settle_in(cluster)
        ours = Ours(loop, cluster, jobs=False)
        stack.callback(ours.stop)
        ours.start()
        sink = Sink(folder)
        stack.callback(sink.stop)
        sink.start()
        rows = partial(_rows, cluster)
        victims = {
            OURS: Victim(ours.stream, loop, ours.gateway.kill, ours.gateway.start, rows),
            DATABASE: Victim(ours.stream, loop, cluster.kill, cluster.revive, rows),
        }
        for name, kind in ((KANNEL, Kannel), (JASMIN, Jasmin)):
            stream = Stream(loop)
            peer = kind(folder / name.split()[0].lower(), stream.carrier.port, sink.port)
            stack.callback(stream.close)
            stack.callback(peer.stop)
            peer.start()
            stream.await_bind()
            callbacks = partial(_callbacks, sink, path=f"/{peer.folder.name}".encode())
            victims[name] = Victim(stream, loop, peer.kill, peer.revive, callbacks)
        time.sleep(1)  # a peer's callbacks are ready a moment after its bind
        yield victims, cluster


def _rows(cluster: Cluster, *, first: int, count: int, began_at: float) -> Counter[bytes]:
    """Count the rows of each message by the end of its index, which only its copies share."""
    del first, count
    with cluster.connect() as link:
        found = link.execute(
            "SELECT substr(content_index, octet_length(content_index) - 11), count(*)"
            " FROM messaging_message WHERE received_at >= to_timestamp(%s) GROUP BY 1",
            [began_at],
        ).fetchall()
    return Counter({bytes(index): int(times) for index, times in found})


def _callbacks(
    sink: Sink, *, path: bytes, first: int, count: int, began_at: float
) -> Counter[bytes]:
    """Wait until no callback comes any more and count those of each message."""
    del began_at
    wanted = {_key(message) for message in range(first, first + count)}
    seen = sink.count()
    quiet_at = time.monotonic() + _QUIET_S
    while time.monotonic() < quiet_at:
        time.sleep(0.2)
        if (now := sink.count()) != seen:
            seen, quiet_at = now, time.monotonic() + _QUIET_S
    keys = (_key_of(request) for request in sink.seen() if request.startswith(path))
    return Counter(key for key in keys if key in wanted)


def _key(message: int) -> bytes:
    place, _ = world.place_of(message)
    return _plain(world.number_of(place), world.text_of(message).encode())


def _key_of(request: bytes) -> bytes:
    """Return which message a callback is about, from Kannel's address or Jasmin's body."""
    target, _, body = request.partition(b" ")
    said = parse_qs((body or target.partition(b"?")[2]).decode("ascii"), encoding="latin-1")
    if "binary" in said:
        text = bytes.fromhex(said["binary"][0])
        if said["coding"][0] == _UCS2:
            text = text.decode("utf-16-be").encode()
    else:
        text = said["text"][0].encode("latin-1")
    return _plain(said["to"][0], text)


def _plain(number: str, text: bytes) -> bytes:
    """Leave out whatever a gateway may write in another way."""
    return _NOT_ASCII_WORD.sub(b"", number.encode() + text)
