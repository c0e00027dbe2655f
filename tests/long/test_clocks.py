"""The clock steps while everything runs: nothing is paid twice, everything that ends does end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest

from tests.long.laboratory import Laboratory, eventually

pytestmark = pytest.mark.long
FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
# Far forward past every window, a little back as a time server corrects, far back as a wrong
# battery clock that is set right, and forward again.
STEPS_S = (25 * 3600, -40, 25 * 60, -3600, 2 * 3600)

PATIENCE = Path(__file__).parent / "patience"


class MachineClock:
    """The clock that the programs of an installation read; their database keeps the real one."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "faketime"
        self.ahead_s = 0
        self.step(0)

    def environment(self) -> dict[str, str]:
        """Return what makes a program read it; timers of protocols stay monotonic."""
        return {
            "LD_PRELOAD": str(FAKETIME),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "PYTHONPATH": str(PATIENCE),
        }

    def step(self, seconds: int) -> None:
        """Move it."""
        self.ahead_s += seconds
        fresh = self.file.with_suffix(".new")
        fresh.write_text(f"{self.ahead_s:+d}\n")
        fresh.replace(self.file)


@pytest.fixture(params=["row", "machine"])
def laboratory(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Laboratory, MachineClock | None]]:
    machine = None
    if request.param == "machine":
        if FAKETIME is None:
            pytest.skip("NOT TESTED: THE MACHINE'S CLOCK. Install the package libfaketime.")
        machine = MachineClock(tmp_path)
        for name, value in machine.environment().items():
            monkeypatch.setitem(os.environ, name, value)  # for what is started from here
    made = Laboratory(tmp_path / "home", seed=5)
    made.open()
    yield made, machine
    made.close()


def test_steps_of_the_clock_under_load_pay_nothing_twice_and_lose_no_expiry(
    laboratory: tuple[Laboratory, MachineClock | None],
) -> None:
    lab, machine = laboratory
    with lab.load():
        for seconds in STEPS_S:
            assert lab.goes_on(), lab.installation.tail()
            _step(lab, machine, seconds)
        assert lab.goes_on(), lab.installation.tail()
    _step(lab, machine, 25 * 3600)  # past every window, whichever clock began it
    assert eventually(lambda: _nothing_open(lab), 60, every_s=0.5)
    lab.agree(clock_went_back=True)


def test_no_duration_is_negative_after_steps_forward(
    laboratory: tuple[Laboratory, MachineClock | None],
) -> None:
    lab, machine = laboratory
    with lab.load():
        for _ in range(2):
            assert lab.goes_on(), lab.installation.tail()
            _step(lab, machine, 3 * 3600)
        assert lab.goes_on(), lab.installation.tail()
    for customer in lab.customers:
        for row in customer.orders().values():
            placed, closed = row["placed_at"], row["closed_at"]
            assert closed is None or _moment(placed) <= _moment(closed), row["state"]
            assert _moment(placed) < _moment(row["window_ends_at"])
    lab.agree()


def _step(lab: Laboratory, machine: MachineClock | None, seconds: int) -> None:
    if machine is not None:
        lab.machine_steps(seconds, step=partial(machine.step, seconds))
    else:
        lab.step(seconds)


def _nothing_open(lab: Laboratory) -> bool:
    return not [
        row
        for customer in lab.customers
        for row in customer.orders().values()
        if row["closed_at"] is None
    ]


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
