"""Everything may be killed at any moment: no acknowledged SMS is lost, no money is double or gone.

One installation is killed part by part under mixed load, at moments that a printed seed decides.
The short form kills each part once, the full form (FULL=1) ten times; LAB_SEED repeats a run.
"""

from __future__ import annotations

import json
import os
import random
import time
import urllib.request
from collections.abc import Iterator

import click
import psutil
import pytest

from tests.long.laboratory import BACK_S_MAX, Laboratory, eventually, kill

pytestmark = pytest.mark.long
KILLS = 10 if os.environ.get("FULL") == "1" else 1
PARTS = ("web", "jobs", "gateway-smpp", "metrics", "supervisor", "database", "backend")
SEED = int(os.environ.get("LAB_SEED") or random.randrange(10**6))
IDLE_S_MAX = 60
STEP_S = 21 * 60  # a little more than a window: everything open becomes due at once


@pytest.fixture(scope="module")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    made = Laboratory(tmp_path_factory.mktemp("killed"), seed=SEED)
    made.open()
    yield made
    made.close()


@pytest.mark.parametrize("part", PARTS)
def test_killing_a_part_under_load_loses_nothing(
    laboratory: Laboratory, part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pick = random.Random(f"{SEED} {part}")
    for number in range(KILLS):
        began = time.monotonic()
        with laboratory.load():
            assert laboratory.goes_on(), laboratory.installation.tail()
            if pick.random() < 0.5:
                laboratory.step(STEP_S)  # windows end while it is killed
            time.sleep(pick.uniform(0, 1))
            back_s = _kill(laboratory, part, pick)
            assert laboratory.goes_on(), f"no work after the kill: {laboratory.installation.tail()}"
        assert not (left := _left_due(laboratory)), f"nobody does what is due: {left}"
        laboratory.agree()
        with capsys.disabled():
            took_s = time.monotonic() - began
            click.echo(
                f"\n{part} {number + 1}/{KILLS}, seed {SEED}: back after {back_s:.1f} s, "
                f"{len(laboratory.books.sent)} SMS, {took_s:.1f} s",
                nl=False,
            )


def _kill(laboratory: Laboratory, part: str, pick: random.Random) -> float:
    """Kill a part and return after how many seconds everything is ready again."""
    began = time.monotonic()
    installation = laboratory.installation
    if part == "supervisor":
        installation.kill()
        installation.start()
        return time.monotonic() - began
    if part == "backend":
        victims = [pid for pid in laboratory.pids("database") if _serves_a_client(pid)]
        kill([pick.choice(victims)])
    elif part in ("web", "database") and pick.random() < 0.5:
        kill(laboratory.pids(part))  # all at once, workers too
    else:
        kill(laboratory.pids(part)[:1])
    time.sleep(0.3)
    assert eventually(lambda: _answers(laboratory, part), BACK_S_MAX), installation.tail()
    installation.wait_ready()
    return time.monotonic() - began


def _serves_a_client(pid: int) -> bool:
    try:
        return "127.0.0.1" in " ".join(psutil.Process(pid).cmdline())
    except psutil.NoSuchProcess:
        return False


def _answers(laboratory: Laboratory, part: str) -> bool:
    """Tell whether what was killed is there again, by what it does."""
    if part != "metrics":
        return True  # the load shows it
    announced = laboratory.installation.home / "run" / "metrics.json"
    port = json.loads(announced.read_text())["port"] if announced.exists() else 1
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        return b"nummer_sms" in answer.read()


def _left_due(laboratory: Laboratory) -> dict[str, int]:
    """Return by source what is due after a minute in which none of it was done, if anything is.

    The sweeper has to come back and lose nothing; how fast it works is the machine's.
    """
    fewest: int | None = None
    give_up_at = time.monotonic() + IDLE_S_MAX
    while True:
        counts = laboratory.inside.ask("late", seconds=1.0)
        left = {source: count for source, count in counts.items() if count}
        if not left:
            return {}
        if fewest is None or sum(left.values()) < fewest:
            fewest = sum(left.values())
            give_up_at = time.monotonic() + IDLE_S_MAX
        if time.monotonic() > give_up_at:
            return left
        time.sleep(0.2)
