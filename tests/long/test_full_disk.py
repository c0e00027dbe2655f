"""The disk is full: nothing that was acknowledged is lost, and space alone repairs everything."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.installation import CHECKOUT
from tests.long.laboratory import Laboratory, eventually
from tests.long.small_disk import NoMountError, fill, mounted

pytestmark = pytest.mark.long
VOLUME = "LAB_VOLUME"
FULL_S = 12.0  # longer than the back-offs at the start
NOTICE_S_MAX = 90.0
BACK_S_MAX = 90.0
BURST = 500
NOBODYS = "+4794000000"


@pytest.fixture
def volume(request: pytest.FixtureRequest) -> Iterator[Path]:
    """Return a folder on a volume of its own, which only this test fills."""
    if VOLUME in os.environ:
        yield Path(os.environ[VOLUME])
        return
    place = Path(tempfile.mkdtemp(prefix="nummer-full-", dir="/tmp"))
    place.chmod(0o755)  # the database's user must be able to enter it
    try:
        with mounted(place) as folder:
            yield folder
    except NoMountError as refused:
        warnings.warn(f"no right to mount ({refused}): a namespace of our own", stacklevel=1)
        _run_in_namespace(place, request.node.nodeid)
        pytest.skip("it passed in a namespace of its own")
    finally:
        place.rmdir()


def _run_in_namespace(folder: Path, test: str) -> None:
    pytest_again = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", test]
    done = subprocess.run(
        [sys.executable, "-m", "tests.long.small_disk", str(folder), *pytest_again],
        cwd=CHECKOUT,
        env={**os.environ, VOLUME: str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    if "OSError" in done.stderr and "small_disk.py" in done.stderr:
        pytest.skip(f"NOT TESTED: THE FULL DISK. This machine lets us mount nothing: {done.stderr}")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.filterwarnings("default:no right to mount")
def test_a_full_disk_loses_nothing_and_space_repairs_everything(volume: Path) -> None:
    laboratory = Laboratory(volume / "home", seed=3)
    laboratory.open()
    assert (volume / "home" / "postgresql" / "data").is_dir(), "the database lies on the volume"
    try:
        with laboratory.load():
            assert laboratory.goes_on()
            throttled = laboratory.carrier.counts.throttled
            ballast = fill(volume)
            answers = _answers_while_full(laboratory, volume)
            ballast.unlink()
            assert eventually(lambda: _is_healthy(laboratory), BACK_S_MAX), "no way back"
            assert laboratory.goes_on(), laboratory.installation.tail()
        laboratory.agree()
        assert laboratory.carrier.counts.throttled > throttled, "the carrier was not told to wait"
        wrong = [text for status, text in answers if status not in (200, 503)]
        assert not wrong, f"{len(wrong)} of {len(answers)} pages say no clear sentence: {wrong[0]}"
    finally:
        laboratory.close()


def _answers_while_full(laboratory: Laboratory, volume: Path) -> list[tuple[int, str]]:
    """Keep the volume full until the database notices, and longer; return what a visitor reads.

    The database has some space of its own left in its files, so there is more to write than that.
    """
    answers = []
    carrier, counts = laboratory.carrier, laboratory.carrier.counts
    noticed_at, until = 0.0, time.monotonic() + NOTICE_S_MAX
    while time.monotonic() < until:
        fill(volume)  # what somebody freed meanwhile
        if counts.throttled:
            noticed_at = noticed_at or time.monotonic()
            until = noticed_at + FULL_S
            answers += [_page(laboratory, "/"), _page(laboratory, "/accounts/login/")]
        elif len(carrier.waiting) < BURST:
            carrier.send(*[laboratory.books.sms(NOBODYS) for _ in range(BURST)])
        time.sleep(0.1)
    return answers


def _page(laboratory: Laboratory, path: str) -> tuple[int, str]:
    address = f"{laboratory.installation.url}{path}"
    try:
        with urllib.request.urlopen(address, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()
    except OSError:
        return 503, "nobody listens"


def _is_healthy(laboratory: Laboratory) -> bool:
    return _page(laboratory, "/healthz")[0] == 200
