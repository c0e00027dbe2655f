"""Small facts about operating-system processes: ports, locks, children that die with us."""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import signal
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TextIO

PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h
_LIBC: Final = ctypes.CDLL(None, use_errno=True)


class Trouble(Exception):  # noqa: N818 -- a sentence for the operator, who can act on it
    """Something the operator must put right; the text says what, and what to do."""


def dies_with_parent(signal_number: int = signal.SIGTERM) -> Callable[[], None]:
    """Return what a new child must call so that the kernel ends it when its parent dies.

    Call it after the change of user: changing credentials clears the setting (prctl(2)).
    """
    parent = os.getpid()

    def arrange() -> None:
        _LIBC.prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
        if os.getppid() != parent:  # the parent died before the setting took hold
            os.kill(os.getpid(), signal_number)

    return arrange


def die_with_my_parent(signal_number: int = signal.SIGKILL) -> None:
    """End this process when its parent dies; for workers that a library starts for us."""
    _LIBC.prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)


def free_port(*, preferred: int | None = None) -> int:
    """Return a free loopback port, the preferred one where nobody holds it."""
    for port in (preferred, 0):
        if port is None:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise Trouble("No free port on 127.0.0.1.")


def port_is_taken(port: int) -> bool:
    """Tell whether somebody already listens on the loopback port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def lock(path: Path) -> TextIO | None:
    """Take the lock file for as long as the returned file is open; None when another has it.

    The kernel gives the lock back when its holder dies, so a kill -9 leaves none behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = path.open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Replace the file at once: a reader sees the old content or the new, never half."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(json.dumps(content, sort_keys=True) + "\n")
    draft.replace(path)


def read_json(path: Path) -> dict[str, Any]:
    """Return the file's content, empty where it is missing or not ours."""
    try:
        content = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
