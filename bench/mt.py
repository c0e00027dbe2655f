"""SMS out: programs hand texts in, and a carrier takes them: ours beside Kannel and Jasmin.

`python -m bench.mt --only ours --seconds 5` runs one side alone, for profiling.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Protocol

from bench import jasmin, kannel, sender
from bench.cluster import Cluster, durable_cluster, machine
from bench.cpu import cpu_s
from bench.gateway import Gateway
from bench.harness import Bar, Measure, Report, in_turns, progress, require_count
from bench.jasmin import Jasmin
from bench.kannel import Kannel
from bench.loop import Loop, running_loop
from bench.submitter import Count, Door, Handed, Smsc, Submitter

OURS, KANNEL, JASMIN = "ours", "Kannel", "Jasmin"
WINDOW: Final = 100  # unanswered texts of one bind, or connections of an HTTP door
JASMIN_SHARE: Final = 0.5  # it is slow, and so is what it leaves to be sent
_QUIET_S_MAX: Final = 10.0
_BOUND_S_MAX: Final = 60.0
_LOOKED_EVERY_S: Final = 0.05
_ON_ITS_WAY: Final = "state IN ('queued', 'taken')"

BARS: Final = (
    Bar(f"{OURS}, accepted", f"{KANNEL}, accepted", must=1.2, aim=2),
    Bar(f"{OURS}, accepted", f"{JASMIN}, accepted", must=6, aim=10),
    Bar(f"{OURS}, at the SMSC", f"{JASMIN}, at the SMSC", must=20, aim=20),
)
HOW: Final = (
    "A program hands in texts of one part to 10,000 Norwegian mobiles and keeps "
    f"{WINDOW} of them unanswered; a carrier of ours answers each at once. Ours takes them over "
    "SMPP and answers after recipient, parts, price, route, opt-outs and limits were looked at and "
    "the sealed row and its hold were committed to a PostgreSQL that syncs; then each is taken, "
    "sent, and its money settled. Kannel takes them at its HTTP door (sendsms), which answers when "
    f"they are queued in memory, over {WINDOW} connections; Jasmin takes them over SMPP and puts "
    "them into RabbitMQ. At the SMSC counts from the first text handed in until the carrier has "
    "the last of those accepted. Rows of ours must be as many as were accepted, and the texts at "
    "the SMSC as many as our rows that were sent."
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One round of one side."""

    accepted_per_s: float
    sent_per_s: float
    p99_ms: float
    cpu_s_per_10k: float
    accepted: int
    refused: int
    missing: int

    def as_json(self) -> dict[str, Any]:
        """Return what a reader compares."""
        return {
            "accepted": self.accepted,
            "accepted_per_s": round(self.accepted_per_s),
            "sent_per_s": round(self.sent_per_s),
            "refused": self.refused,
            "missing": self.missing,
            "p99_ms": round(self.p99_ms, 2),
            "cpu_s_per_10k": round(self.cpu_s_per_10k, 3),
        }


class Process(Protocol):
    """A gateway that a side starts."""

    @property
    def pids(self) -> list[int]:
        """Return its processes."""

    def start(self) -> None:
        """Start them."""

    def stop(self) -> None:
        """Stop them."""


class Side:
    """A gateway between a program and a carrier."""

    def __init__(self, loop: Loop, *, name: str) -> None:
        self.name = name
        self.loop = loop
        self.count = Count()
        self.carrier_port = loop.run(self._listen())
        self.process: Process | None = None
        self.hand_in: Callable[[float], Handed] | None = None

    async def _listen(self) -> int:
        server = await asyncio.get_running_loop().create_server(
            lambda: Smsc(self.count), "127.0.0.1", 0
        )
        port: int = server.sockets[0].getsockname()[1]
        return port

    @property
    def pids(self) -> list[int]:
        """Return the processes whose time counts."""
        return [] if self.process is None else self.process.pids

    def await_bind(self) -> None:
        """Wait until the gateway is bound to its carrier. Raises TimeoutError."""
        self.loop.run(asyncio.wait_for(self.count.bound.wait(), _BOUND_S_MAX))

    def round(self, seconds: float) -> Outcome:
        """Hand in for so long, and wait until the carrier has all that was accepted."""
        assert self.hand_in is not None, "the side was started"
        before, began, cpu = self.count.came, time.perf_counter(), cpu_s(*self.pids)
        handed = self.hand_in(seconds)
        came = self._arrived(before, handed.accepted)
        used = cpu_s(*self.pids) - cpu
        return Outcome(
            accepted_per_s=handed.per_s,
            sent_per_s=came / max(self.count.last_at - began, handed.elapsed_s),
            p99_ms=handed.wait_ms(0.99),
            cpu_s_per_10k=used * 10_000 / handed.accepted,
            accepted=handed.accepted,
            refused=handed.refused,
            missing=handed.accepted - came,
        )

    def stop(self) -> None:
        """Stop the gateway."""
        if self.process is not None:
            self.process.stop()

    def _arrived(self, before: int, wanted: int) -> int:
        came, last = self.count.came - before, time.monotonic()
        while came < wanted and time.monotonic() < last + _QUIET_S_MAX:
            time.sleep(_LOOKED_EVERY_S)
            if (now := self.count.came - before) != came:
                came, last = now, time.monotonic()
        if came != wanted:
            progress(f"{self.name}: {came} texts at the SMSC for {wanted} accepted")
        return came


class Ours(Side):
    """Our gateway, with its database."""

    def __init__(self, loop: Loop, cluster: Cluster) -> None:
        super().__init__(loop, name=OURS)
        self._cluster = cluster
        self._gateway = Gateway(cluster, self.carrier_port)

    @property
    def pids(self) -> list[int]:
        """Return the gateway and the postmaster."""
        return [self._gateway.pid, self._cluster.pid]

    def start(self) -> None:
        """Start, bind on both sides, and send a few texts, which makes the customer's keys."""
        sender.settle_in(self._cluster)
        self._gateway.start()
        self.await_bind()
        program = self.loop.run(
            bound(self._gateway.smpp_port, system_id=sender.SID, password=sender.SECRET)
        )
        self.hand_in = lambda seconds: self.loop.run(program.drive(window=WINDOW, seconds=seconds))
        super().round(0.5)
        self._settle()

    def round(self, seconds: float) -> Outcome:
        """Run one round. Raises CountError where a row is missing or too many."""
        before, sent = self._rows("true"), self._rows("state = 'sent'")
        outcome = super().round(seconds)
        require_count("ours", said=outcome.accepted, found=self._rows("true") - before)
        came = outcome.accepted - outcome.missing
        self._settle()
        require_count("ours, sent", said=came, found=self._rows("state = 'sent'") - sent)
        return outcome

    def stop(self) -> None:
        """Stop the gateway."""
        self._gateway.stop()

    def _settle(self) -> None:
        """Wait until no text is on its way, as long as that goes on."""
        left, last = self._rows(_ON_ITS_WAY), time.monotonic()
        while left and time.monotonic() < last + _QUIET_S_MAX:
            time.sleep(_LOOKED_EVERY_S)
            if (now := self._rows(_ON_ITS_WAY)) != left:
                left, last = now, time.monotonic()

    def _rows(self, condition: str) -> int:
        return self._cluster.count(f"messaging_outgoing WHERE {condition}")


async def bound(port: int, *, system_id: str, password: str) -> Submitter:
    """Return a program that is bound. Raises TimeoutError."""
    _, program = await asyncio.get_running_loop().create_connection(
        partial(Submitter, system_id=system_id, password=password, source=sender.OURS_DIGITS),
        "127.0.0.1",
        port,
    )
    await asyncio.wait_for(program.bound.wait(), _BOUND_S_MAX)
    return program


def run(*, rounds: int, seconds: int) -> Report:
    """Run all of it. Raises CountError where rows of ours are missing or too many."""
    with _sides(only=None) as (sides, cluster):
        facts = machine(cluster)
        workloads: dict[str, Callable[[int], Outcome]] = {}
        for name, side in sides.items():
            length = seconds * JASMIN_SHARE if name == JASMIN else seconds
            workloads[name] = partial(_turn, side, seconds=length)
        outcomes = in_turns(workloads, rounds=rounds)
    measures = dict(_measures(outcomes))
    return Report(
        name="mt",
        title="SMS out",
        measures=measures,
        yardstick=f"{KANNEL}, accepted",
        peers=[name for name in measures if name.split(",")[0] in (KANNEL, JASMIN)],
        bars=BARS,
        machine=facts
        | {
            "rounds": rounds,
            "seconds_each": seconds,
            "peers": [kannel.version(), jasmin.VERSION, *jasmin.store_versions()],
        },
        how=HOW,
    )


def _turn(side: Side, number: int, *, seconds: float) -> Outcome:
    del number
    return side.round(seconds)


def _measures(outcomes: Mapping[str, Sequence[Outcome]]) -> Iterator[tuple[str, Measure]]:
    for name, rounds in outcomes.items():
        yield f"{name}, accepted", Measure("texts/s", tuple(one.accepted_per_s for one in rounds))
        yield f"{name}, at the SMSC", Measure("texts/s", tuple(one.sent_per_s for one in rounds))
        yield f"{name}, p99", Measure("ms", tuple(one.p99_ms for one in rounds))
        yield (
            f"{name}, CPU",
            Measure("s for 10,000 texts", tuple(one.cpu_s_per_10k for one in rounds)),
        )
        missing = tuple(float(one.missing) for one in rounds)
        yield f"{name}, missing at the SMSC", Measure("texts", missing)


@contextmanager
def _sides(*, only: str | None) -> Iterator[tuple[Mapping[str, Side], Cluster]]:
    """Start all sides, or one of them; each waits bound for its turn."""
    with ExitStack() as stack:
        loop = stack.enter_context(running_loop())
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="nummer-peers-")))
        progress("a durable PostgreSQL with our tables")
        cluster = stack.enter_context(durable_cluster())
        sides: dict[str, Side] = {}
        if only in (None, OURS):
            ours = Ours(loop, cluster)
            stack.callback(ours.stop)
            ours.start()
            sides[OURS] = ours
        for name, begin in ((KANNEL, _kannel), (JASMIN, _jasmin)):
            if only in (None, name):
                progress(name)
                side = Side(loop, name=name)
                stack.callback(side.stop)
                begin(side, folder / name.lower())
                sides[name] = side
        yield sides, cluster


def _kannel(side: Side, folder: Path) -> None:
    process = Kannel(folder, side.carrier_port, 1, sending=True)
    side.process = process
    process.start()
    side.await_bind()
    time.sleep(1)  # its smsbox is ready a moment after the bind
    door = Door(port=process.send_port, connections=WINDOW)
    side.hand_in = lambda seconds: side.loop.run(door.drive(seconds=seconds))
    side.round(0.5)


def _jasmin(side: Side, folder: Path) -> None:
    process = Jasmin(folder, side.carrier_port, 1, sending=True)
    side.process = process
    process.start()
    side.await_bind()
    time.sleep(1)
    program = side.loop.run(
        bound(process.ports["smpp"], system_id="bench", password="bench")  # noqa: S106 -- loopback
    )
    side.hand_in = lambda seconds: side.loop.run(program.drive(window=WINDOW, seconds=seconds))
    side.round(0.5)


def main(words: Sequence[str] | None = None) -> int:
    """Run one side alone and print each round as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=[OURS, KANNEL, JASMIN], required=True)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=2)
    given = parser.parse_args(words)
    with _sides(only=given.only) as (sides, _):
        for _number in range(given.rounds):
            outcome = sides[given.only].round(given.seconds)
            sys.stdout.write(json.dumps(outcome.as_json()) + "\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
