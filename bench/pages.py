"""Pages of the site and of the staff, read by twenty people at once.

`python -m bench.pages --rounds 1 --seconds 2` writes no result and shows every page.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle
from statistics import median, quantiles
from typing import Final

from bench import programs, town
from bench.cluster import durable_cluster, machine
from bench.harness import Bar, CountError, Measure, Report, Workload, in_turns, progress
from bench.web import Web, environment

USERS: Final = 20
PAUSE_S: Final = 1.0
P95: Final = "all pages in turn, p95"
MIDDLE: Final = "all pages in turn, median"
STAFF: Final = "pages of the staff, p95"
NO_PAUSE: Final = "all pages without a pause, p95"
STAFF_NO_PAUSE: Final = "pages of the staff without a pause, p95"
YARDSTICK: Final = "documents, p95"
BARS: Final = (
    Bar(P95, None, must=150, aim=75, smaller=True),
    Bar(STAFF, None, must=150, aim=75, smaller=True),
)
HOW: Final = (
    f"{USERS} people read pages, each with his own session and one connection, and look at each "
    f"for {PAUSE_S:.0f} s; without a pause, all of them ask for the next one at once and both "
    "processors are full. They read on the public port of our web processes as in production. The "
    f"shop has {town.CUSTOMERS:,} customers, {town.PAST_ORDERS:,} old orders and {town.MESSAGES:,} "
    "messages; those who read have 100 orders, three rented numbers with 1,500 messages in 60 "
    "conversations, and 15 cases. They walk through the catalogue, their orders, one of them, the "
    "inbox, a conversation, numbers, balance, statement, cases, keys and account in turn. The "
    "staff read what is due, orders, messages, cases and leases. The yardstick is a published "
    "document, which needs no session. The time is from the request to the last byte of its answer."
)
OF_ALL: Final = (
    "/",
    "/services/tg/",
    "/services/tg/no/",
    "/numbers/",
    "/numbers/no/",
    "/status/",
    "/orders/",
    "/inbox/",
    "/my-numbers/",
    "/balance/",
    "/balance/statement/",
    "/cases/",
    "/keys/",
    "/account/",
)
OF_STAFF: Final = (
    "/staff/",
    "/staff/due/",
    "/staff/orders/",
    "/staff/messages/",
    "/staff/cases/",
    "/staff/leases/",
    "/staff/stock/",
)
OF_NOBODY: Final = ("/documents/refund-policy/",)


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody's session and the addresses that he walks through."""

    session: str
    addresses: tuple[str, ...]

    def calls(self, *, first: int) -> Iterator[bytes]:
        """Yield requests without end, from another page on for each reader."""
        start = first % len(self.addresses)
        for address in cycle(self.addresses[start:] + self.addresses[:start]):
            yield (
                f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Language: en\r\n"
                f"Cookie: sessionid={self.session}\r\n\r\n"
            ).encode()


def run(*, rounds: int, seconds: int) -> Report:
    """Run all of it. Raises CountError where a page did not come."""
    with ExitStack() as stack:
        web, customers, staff = opened(stack)
        facts = machine(web.cluster)
        middles: list[float] = []
        nobody = [Reader("", OF_NOBODY)] * USERS
        workloads: dict[str, Workload] = {
            P95: _turn(web, customers, seconds=seconds, pause_s=PAUSE_S, middles=middles),
            STAFF: _turn(web, [staff] * USERS, seconds=seconds, pause_s=PAUSE_S),
            NO_PAUSE: _turn(web, customers, seconds=seconds),
            STAFF_NO_PAUSE: _turn(web, [staff] * USERS, seconds=seconds),
            YARDSTICK: _turn(web, nobody, seconds=seconds, pause_s=PAUSE_S),
        }
        reached = in_turns(workloads, rounds=rounds)
    return Report(
        name="pages",
        title="Pages",
        measures={
            **{name: Measure("ms", values) for name, values in reached.items()},
            MIDDLE: Measure("ms", tuple(middles[-rounds:])),
        },
        yardstick=YARDSTICK,
        bars=BARS,
        machine=facts | {"rounds": rounds, "seconds_each": seconds},
        how=HOW,
    )


def opened(stack: ExitStack) -> tuple[Web, list[Reader], Reader]:
    """Start a shop with customers and staff who are signed in, and its web processes."""
    cluster = stack.enter_context(durable_cluster())
    said = town.settle(cluster, residents=USERS)
    gather = [sys.executable, "-m", "django", "collectstatic", "--noinput", "--verbosity=0"]
    subprocess.run(gather, env=environment(cluster), check=True)  # noqa: S603 -- our own words
    web = Web(cluster)
    stack.callback(web.stop)
    web.start()
    customers = [Reader(session, (*OF_ALL, *own)) for session, own in said["customers"]]
    staff = Reader(said["staff"], OF_STAFF)
    progress("what a process reads once")
    _read(web, customers, seconds=5)
    _read(web, [staff] * USERS, seconds=5)
    return web, customers, staff


def _turn(
    web: Web,
    readers: Sequence[Reader],
    *,
    seconds: int,
    pause_s: float = 0.0,
    middles: list[float] | None = None,
) -> Workload:
    def turn(_: int) -> float:
        waits = _read(web, readers, seconds=seconds, pause_s=pause_s)
        if middles is not None:
            middles.append(median(waits))
        return quantiles(waits, n=100)[94]

    return turn


def _read(
    web: Web, readers: Sequence[Reader], *, seconds: float, pause_s: float = 0.0
) -> list[float]:
    """Have all of them read for so long; return each wait in milliseconds. Raises CountError."""
    load = programs.Load(
        calls=lambda n: readers[n].calls(first=n),
        wished=b"<!doctype html>",
        at_once=len(readers),
        pause_s=pause_s,
    )
    answered = programs.call(web.port, load=load, seconds=seconds)
    if answered.others:
        log = (web.cluster.home / "web.log").read_text()[-2_000:]
        raise CountError(f"not a page: {answered.others[0][:200]!r}\n{log}")
    return [1_000 * wait for wait in answered.waits_s]


def main(words: list[str] | None = None) -> int:
    """Show how long each page takes, one at a time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seconds", type=int, default=2)
    given = parser.parse_args(words)
    shown: dict[str, dict[str, float]] = {}
    with ExitStack() as stack:
        web, customers, staff = opened(stack)
        for _ in range(given.rounds):
            for group in (customers, [staff] * USERS, [Reader("", OF_NOBODY)] * USERS):
                for place in range(len(group[0].addresses)):
                    name = group[0].addresses[place]
                    alone = [Reader(one.session, (one.addresses[place],)) for one in group]
                    waits = _read(web, alone, seconds=given.seconds)
                    shown[name] = {
                        "pages/s": round(len(waits) / given.seconds),
                        "median": round(median(waits), 1),
                        "p95": round(quantiles(waits, n=100)[94], 1),
                    }
                    progress(f"{name} {shown[name]}")
    sys.stdout.write(json.dumps(shown, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
