"""SMS in: a carrier with one bind, our gateway beside Kannel and Jasmin.

`python -m bench.sms_in --only ours --window 100 --seconds 5` runs our side alone, for profiling.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from bench import world
from bench.carrier import Carrier, Sent
from bench.cluster import Cluster, durable_cluster
from bench.cpu import cpu_s
from bench.gateway import Gateway
from bench.harness import require_count

_BOUND_S_MAX: Final = 30.0
_RATE_MAX: Final = 40_000  # messages a second that the pool is made for


@dataclass(frozen=True, slots=True)
class Outcome:
    """One round of one gateway."""

    sent: Sent
    cpu_s: float
    database_cpu_s: float

    def as_json(self) -> dict[str, Any]:
        """Return what a reader compares."""
        per_10k = 10_000 / self.sent.acked
        return {
            "acked": self.sent.acked,
            "acked_per_s": round(self.sent.per_s),
            "refused": self.sent.refused,
            "p50_ms": round(self.sent.wait_ms(0.5), 2),
            "p99_ms": round(self.sent.wait_ms(0.99), 2),
            "gateway_cpu_s_per_10k": round(self.cpu_s * per_10k, 3),
            "database_cpu_s_per_10k": round(self.database_cpu_s * per_10k, 3),
        }


class Ours:
    """Our gateway with its carrier and its database; rounds continue one another's messages."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._carrier = Carrier()
        self._first = 0
        self.gateway: Gateway | None = None

    async def start(self) -> None:
        """Start, bind, and bring one message to everybody, which makes the customers' keys."""
        await self._carrier.listen()
        self.gateway = Gateway(self._cluster, self._carrier.port)
        await asyncio.to_thread(self.gateway.start)
        async with asyncio.timeout(_BOUND_S_MAX):
            await self._carrier.bound.wait()
        await self._drive(world.pool(first=0, count=2 * world.HELD), window=100, seconds=60)

    async def stop(self) -> None:
        """Stop the gateway, then the carrier."""
        if self.gateway is not None:
            await asyncio.to_thread(self.gateway.stop)
        await self._carrier.close()

    async def round(self, *, window: int, seconds: float) -> Outcome:
        """Run one round. Raises CountError where a row is missing or too many."""
        pool = world.pool(first=self._first, count=int(seconds * _RATE_MAX))
        before = self._cluster.count("messaging_message")
        gateway = self.gateway
        assert gateway is not None, "it was started"
        cpu = cpu_s(gateway.pid), cpu_s(self._cluster.pid)
        sent = await self._drive(pool, window=window, seconds=seconds)
        cpu_after = cpu_s(gateway.pid), cpu_s(self._cluster.pid)
        found = self._cluster.count("messaging_message") - before
        require_count("ours", said=sent.acked, found=found)
        return Outcome(sent, cpu_after[0] - cpu[0], cpu_after[1] - cpu[1])

    async def _drive(self, pool: world.Pool, *, window: int, seconds: float) -> Sent:
        sent = await self._carrier.drive(pool, window=window, seconds=seconds)
        self._first = pool.first + sent.acked
        return sent


def main(words: Sequence[str] | None = None) -> int:
    """Run one side alone and print each round as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=["ours"], required=True)
    parser.add_argument("--window", type=int, action="append")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=2)
    given = parser.parse_args(words)
    asyncio.run(_alone(given.window or [100], rounds=given.rounds, seconds=given.seconds))
    return 0


async def _alone(windows: Sequence[int], *, rounds: int, seconds: float) -> None:
    with durable_cluster() as cluster:
        world.settle_in(cluster)
        ours = Ours(cluster)
        try:
            await ours.start()
            _say({"gateway": ours.gateway.pid if ours.gateway else 0, "home": str(cluster.home)})
            for _ in range(rounds):
                for window in windows:
                    outcome = await ours.round(window=window, seconds=seconds)
                    _say({"window": window, **outcome.as_json()})
        finally:
            await ours.stop()


def _say(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
