"""Everything may be killed at any moment: no acknowledged SMS is lost, no money is double or gone.

The short form kills each part once under load; the full form (NUMMER_TEST_FULL=1) ten times.
"""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.installation import Installation

pytestmark = pytest.mark.long
KILLS = 10 if os.environ.get("NUMMER_TEST_FULL") == "1" else 1
PARTS = ("gateway", "web", "jobs", "postgres")


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    running = Installation(tmp_path_factory.mktemp("killed"))
    running.start()
    yield running
    running.stop()


class Load:
    """A customer who buys without a break, and a carrier that delivers to every number sold."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        who = installation.json(
            "sandbox",
            "customer",
            "--email",
            f"load{time.time_ns()}@example.com",
            "--balance",
            "500.00",
            "--trusted",
        )
        self.key = who["api_key"]
        self.acknowledged: list[tuple[str, str]] = []  # activation id, code
        self.failures = 0
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._work, args=(n,)) for n in range(2)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(120)

    def _work(self, worker: int) -> None:
        pick = random.Random(worker)
        while not self._stop.is_set():
            try:
                self._one(pick)
            except Exception:
                self.failures += 1  # the part that serves it was just killed
                time.sleep(0.2)

    def _one(self, pick: random.Random) -> None:
        answer = self.installation.activate(self.key, "getNumber", service="tg", country=174)
        if not answer.startswith("ACCESS_NUMBER:"):
            self.failures += 1
            time.sleep(0.2)
            return
        _, activation_id, phone = answer.split(":")
        if pick.random() < 0.2:
            self.installation.activate(self.key, "setStatus", id=activation_id, status=8)
            return
        code = f"{pick.randrange(10_000, 99_999)}"
        done = self.installation.command(
            "sandbox",
            "sms",
            "--to",
            f"+{phone}",
            "--from",
            "Telegram",
            "--text",
            f"Telegram code: {code}",
            "--json",
            check=False,
        )
        if done.returncode == 0 and json.loads(done.stdout)["acknowledged"] == 1:
            self.acknowledged.append((activation_id, code))


def pids(installation: Installation, part: str) -> list[int]:
    """Return the process ids of a part, as the supervisor wrote them down."""
    status = json.loads((installation.home / "run" / "status.json").read_text())
    return [status["parts"][part]["pid"]]


def eventually(check: Callable[[], bool], timeout_s: float) -> bool:
    """Wait until `check` holds."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        try:
            if check():
                return True
        except Exception:  # noqa: S110 -- the part is still coming back
            pass
        time.sleep(0.2)
    return False


@pytest.mark.parametrize("part", PARTS)
def test_killing_a_part_under_load_loses_nothing(installation: Installation, part: str) -> None:
    for _ in range(KILLS):
        with Load(installation) as load:
            assert eventually(lambda: len(load.acknowledged) >= 3, 60), installation.tail()
            for pid in pids(installation, part):
                os.kill(pid, signal.SIGKILL)
            time.sleep(1.0)
            installation.wait_ready()
            before = len(load.acknowledged)
            assert eventually(lambda: len(load.acknowledged) >= before + 3, 90), (
                f"it does not go on after the kill: {installation.tail()}"
            )
        _nothing_is_lost(installation, load)


def _nothing_is_lost(installation: Installation, load: Load) -> None:
    for activation_id, code in load.acknowledged:
        answer = installation.activate(load.key, "getStatus", id=activation_id)
        assert answer.endswith(f":{code}"), "an acknowledged SMS is missing"
    audit = installation.command("audit", "--json", check=False)
    assert audit.returncode == 0, audit.stdout


def test_pulling_the_plug_on_everything_loses_nothing(tmp_path: Path) -> None:
    installation = Installation(tmp_path / "home")
    installation.start()
    with Load(installation) as load:
        assert eventually(lambda: len(load.acknowledged) >= 3, 60), installation.tail()
        installation.kill()
    installation.start()
    try:
        assert eventually(
            lambda: installation.activate(load.key, "getBalance").startswith("ACCESS_BALANCE"), 60
        )
        _nothing_is_lost(installation, load)
    finally:
        installation.stop()
