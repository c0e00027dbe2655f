"""Processes that a benchmark starts: in a session of their own, gone with it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from nummer.config.processes import dies_with_parent

_STOP_S_MAX: Final = 20.0


def spawn(
    words: Sequence[str], *, log: Path, env: Mapping[str, str], cwd: Path | None = None
) -> subprocess.Popen[bytes]:
    """Start a program; call it from the main thread, whose end ends the program."""
    with log.open("ab") as file:
        return subprocess.Popen(  # noqa: S603 -- our own words
            words,
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
            preexec_fn=dies_with_parent(signal.SIGKILL),  # noqa: PLW1509 -- no lock is taken in it
        )


def end(process: subprocess.Popen[bytes] | None) -> None:
    """Stop it in order, and whatever is left of its group by force."""
    if process is None:
        return
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_S_MAX)
    kill(process)


def kill(process: subprocess.Popen[bytes] | None) -> None:
    """Pull the plug of its whole group."""
    if process is None:
        return
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(_STOP_S_MAX)


def until(what: str, ready: Callable[[], bool], *, log: Path, seconds: float = 60.0) -> None:
    """Wait for a program. Raises RuntimeError with the end of its log."""
    give_up_at = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > give_up_at:
            told = log.read_text(errors="replace")[-1500:] if log.exists() else ""
            raise RuntimeError(f"{what} did not come up: {told}")
        time.sleep(0.05)
