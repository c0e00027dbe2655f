"""Everything may be killed at any moment: no acknowledged SMS is lost, no money is double or gone.

The short form kills each part once under load; the full form (FULL=1) ten times.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import signal
import threading
import time
import urllib.error
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from nummer.kernel.errors import Unavailable
from nummer.suppliers.sandbox import carrier_control
from tests.installation import Installation

pytestmark = pytest.mark.long
KILLS = 10 if os.environ.get("FULL") == "1" else 1
PARTS = ("gateway-smpp", "web", "jobs", "database")
WORKERS = 4
SERVICES = ("ot", "wa", "tg", "fb")
COUNTRIES = (174, 43, 16, 187)  # Norway, Germany, Great Britain, the United States


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    running = Installation(tmp_path_factory.mktemp("killed"))
    running.start()
    yield running
    running.stop()


_bought: defaultdict[int, list[tuple[str, str, str]]] = defaultdict(list)  # phone, key, id


class Load:
    """Customers who buy without a break, and a carrier that delivers to every number sold."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.keys = [self._customer(n) for n in range(WORKERS)]
        self.bought = _bought[installation.port]  # also by earlier loads: they share numbers
        self.acknowledged: list[tuple[str, str]] = []  # phone, code
        self.failures = 0
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._work, args=(n,)) for n in range(WORKERS)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(120)

    def _customer(self, worker: int) -> str:
        email = f"load{worker}-{time.time_ns()}@example.com"
        command = ("sandbox", "customer", "--email", email, "--balance", "900.00")
        return str(self.installation.json(*command)["api_key"])

    def _work(self, worker: int) -> None:
        pick = random.Random(worker)
        while not self._stop.is_set():
            try:
                self._one(self.keys[worker], pick)
            except (OSError, urllib.error.URLError, Unavailable, http.client.HTTPException):
                self.failures += 1  # the part that serves it was just killed
                time.sleep(0.2)

    def _one(self, key: str, pick: random.Random) -> None:
        activate = self.installation.activate
        answer = activate(
            key, "getNumber", service=pick.choice(SERVICES), country=pick.choice(COUNTRIES)
        )
        if not answer.startswith("ACCESS_NUMBER:"):
            self.failures += 1
            time.sleep(0.5)
            return
        _, activation_id, phone = answer.split(":")
        self.bought.append((phone, key, activation_id))
        code = f"{pick.randrange(10_000_000, 99_999_999)}"
        done = carrier_control.deliver(
            f"+{phone}", sender="Notice", text=f"Your code is {code}", home=self.installation.home
        )
        if done["acknowledged"] == 1:
            self.acknowledged.append((phone, code))
        if pick.random() < 0.7:
            activate(key, "setStatus", id=activation_id, status=6)


def pids(installation: Installation, part: str) -> list[int]:
    """Return the processes of a part: the supervisor's child of that name and what it started."""
    supervisor = json.loads((installation.home / "run" / "state.json").read_text())["pid"]
    name = "postgres" if part == "database" else f"nummer.config.child {part}"
    for child in psutil.Process(supervisor).children():
        if name in " ".join(child.cmdline()):
            return [child.pid, *(each.pid for each in child.children(recursive=True))]
    raise AssertionError(f"{part} does not run")


def eventually(check: Callable[[], bool], timeout_s: float) -> bool:
    """Wait until `check` holds."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, http.client.HTTPException):  # it is still coming back
            if check():
                return True
        time.sleep(0.2)
    return False


@pytest.mark.parametrize("part", PARTS)
def test_killing_a_part_under_load_loses_nothing(installation: Installation, part: str) -> None:
    for _ in range(KILLS):
        with Load(installation) as load:
            assert eventually(lambda: len(load.acknowledged) >= 3, 60), installation.tail()
            for pid in pids(installation, part):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(1.0)
            installation.wait_ready()
            enough = len(load.acknowledged) + 3
            went_on = eventually(lambda n=enough: len(load.acknowledged) >= n, 90)  # type: ignore[misc]
            assert went_on, f"it does not go on after the kill: {installation.tail()}"
        _nothing_is_lost(installation, load)


def _nothing_is_lost(installation: Installation, load: Load) -> None:
    """Find every acknowledged code again; on a number with two services, at either of them."""
    shown: defaultdict[str, str] = defaultdict(str)
    for phone, key, activation_id in {*load.bought, *_unanswered(installation, load)}:
        texts = installation.activate(key, "getAllSms", id=activation_id)
        shown[phone] += texts
    lost = [code for phone, code in load.acknowledged if code not in shown[phone]]
    assert lost == [], f"{len(lost)} of {len(load.acknowledged)} acknowledged SMS are missing"
    audit = installation.command("audit", "--json", check=False)
    assert audit.returncode == 0, audit.stdout


def _unanswered(installation: Installation, load: Load) -> Iterator[tuple[str, str, str]]:
    """Return the open orders of all customers: a kill may have eaten the answer to a purchase."""
    for key in {key for _, key, _ in load.bought}:
        answer = installation.activate(key, "getActiveActivations", limit=200)
        rows = [] if "NO_ACTIVATIONS" in answer else json.loads(answer)["activeActivations"]
        for row in rows:
            yield str(row["phoneNumber"]), key, str(row["activationId"])


def test_pulling_the_plug_on_everything_loses_nothing(tmp_path: Path) -> None:
    installation = Installation(tmp_path / "home")
    installation.start()
    with Load(installation) as load:
        assert eventually(lambda: len(load.acknowledged) >= 3, 60), installation.tail()
        installation.kill()
    installation.start()
    try:
        assert eventually(
            lambda: installation.activate(load.keys[0], "getBalance").startswith("ACCESS_BALANCE"),
            60,
        )
        _nothing_is_lost(installation, load)
    finally:
        installation.stop()
