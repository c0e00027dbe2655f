"""A gateway that is killed while customers send: each text leaves once, or nobody can know.

The gateway and its database are those of the benchmarks. The short form kills once, the full form
(FULL=1) ten times; LAB_SEED repeats a run.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from functools import partial

import pytest

from bench import sender
from bench.cluster import Cluster, durable_cluster
from bench.gateway import Gateway
from bench.loop import Loop, running_loop
from bench.submitter import Count, Smsc, Submitter

pytestmark = pytest.mark.long
KILLS = 10 if os.environ.get("FULL") == "1" else 1
SEED = int(os.environ.get("LAB_SEED") or random.randrange(10**6))
SENT_S_MAX = 60.0
EACH = 1_000_000  # numbers of texts between two binds


def test_what_was_accepted_is_sent_once_or_its_outcome_is_unknown() -> None:
    pick = random.Random(SEED)
    with running_loop() as loop, durable_cluster() as cluster:
        sender.settle_in(cluster)
        count = Count(keep=True)
        server = loop.run(_listen(count))
        gateway = Gateway(cluster, server.sockets[0].getsockname()[1])
        accepted: dict[int, str] = {}
        try:
            gateway.start()
            for turn in range(KILLS):
                program = loop.run(_bound(gateway, first=turn * EACH))
                accepted |= _killed_while_sending(loop, gateway, program, pick)
                gateway.start()
            _until_nothing_waits(cluster)
        finally:
            gateway.stop()
            loop.run(_closed(server))
        _agree(cluster, accepted=accepted, came=Counter(count.serials or ()))
        _audit(cluster)


def _killed_while_sending(
    loop: Loop, gateway: Gateway, program: Submitter, pick: random.Random
) -> dict[int, str]:
    """Kill the gateway in the middle; return the texts that it said it had, with their ids."""

    async def sending() -> None:
        task = asyncio.create_task(program.drive(window=50, seconds=10))
        await asyncio.sleep(pick.uniform(0.5, 2))
        await asyncio.to_thread(gateway.kill)
        await program.lost.wait()
        await task

    loop.run(sending())
    assert program.ids, f"nothing was accepted before the kill, seed {SEED}"
    return dict(program.ids)


def _until_nothing_waits(cluster: Cluster) -> None:
    ends_at = time.monotonic() + SENT_S_MAX
    waiting = "messaging_outgoing WHERE state IN ('queued', 'taken')"
    while cluster.count(waiting):
        assert time.monotonic() < ends_at, f"{cluster.count(waiting)} texts still wait"
        time.sleep(0.1)


def _agree(cluster: Cluster, *, accepted: dict[int, str], came: Counter[int]) -> None:
    with cluster.connect() as link:
        rows = link.execute("SELECT id, state FROM messaging_outgoing").fetchall()
    states = {key.hex: state for key, state in rows}
    twice = [serial for serial, times in came.items() if times > 1]
    assert not twice, f"{len(twice)} texts were sent twice, seed {SEED}"
    lost = [serial for serial, key in accepted.items() if key not in states]
    assert not lost, f"{len(lost)} accepted texts are gone, seed {SEED}"
    assert set(states.values()) <= {"sent", "unknown"}
    not_sent = [
        serial for serial, key in accepted.items() if states[key] == "sent" and came[serial] != 1
    ]
    assert not not_sent, f"{len(not_sent)} texts are called sent and were not, seed {SEED}"
    sent = sum(state == "sent" for state in states.values())
    assert sent <= sum(came.values()) <= len(states)


def _audit(cluster: Cluster) -> None:
    environment = {
        "PATH": os.defpath,
        "NUMMER_HOME": str(cluster.home),
        "NUMMER_DATABASE_URL": cluster.url,
    }
    done = subprocess.run(
        [sys.executable, "-m", "nummer.config", "audit", "--json"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    lines = json.loads(done.stdout)
    broken = [
        line
        for line in lines
        if line["breaches"] and line["name"].split(":")[0] in ("messages", "ledger", "money")
    ]
    assert lines, done.stderr[-2000:]
    assert not broken  # the lease of the benchmarks holds no number, which is not asked here


async def _listen(count: Count) -> asyncio.Server:
    return await asyncio.get_running_loop().create_server(lambda: Smsc(count), "127.0.0.1", 0)


async def _closed(server: asyncio.Server) -> None:
    server.close()


async def _bound(gateway: Gateway, *, first: int) -> Submitter:
    make = partial(
        Submitter,
        system_id=sender.SID,
        password=sender.SECRET,
        source=sender.OURS_DIGITS,
        first=first + 1,
        keep=True,
    )
    _, program = await asyncio.get_running_loop().create_connection(
        make, "127.0.0.1", gateway.smpp_port
    )
    await asyncio.wait_for(program.bound.wait(), 30)
    return program
