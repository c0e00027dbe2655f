"""The machine: its disk, its clock and as whom we run."""

from __future__ import annotations

import ctypes
import os
import shutil
from pathlib import Path
from typing import Final

from django.db import connection

from nummer.config.checks.finding import Finding, error, good, note, warning
from nummer.config.env import Environment
from nummer.config.place import POINTER
from nummer.kernel.clock import SystemClock

FREE_LEAST: Final = 0.05  # of a disk
FREE_WANTED: Final = 0.15
BYTES_LEAST: Final = 1_000_000_000
SKEW_MAX_S: Final = 2.0
_TIMEX_BYTES: Final = 512  # struct timex of adjtimex(2) has 208; the rest is room
_TIME_ERROR: Final = 5  # adjtimex(2): the clock is not kept right by anybody


def disk(env: Environment) -> list[Finding]:
    """Look how full the disks of state are."""
    return [_of_disk(path) for path in sorted(_places(env))]


def free_share(path: Path) -> tuple[float, int]:
    """Return which share of a disk is free, and how many bytes."""
    usage = shutil.disk_usage(path)
    return usage.free / usage.total, usage.free


def is_full(path: Path) -> bool:
    """Tell whether a disk is so full that writing will soon fail."""
    share, free = free_share(path)
    return share < FREE_LEAST or free < BYTES_LEAST


def clock(env: Environment) -> list[Finding]:
    """Look whether somebody keeps the clock right, and whether the database has the same time."""
    found = []
    if env.mode == "production" and _nobody_keeps_the_clock():
        found.append(
            warning(
                "clock",
                "Nobody keeps this machine's clock right.",
                todo="Install chrony, or switch systemd-timesyncd on: timedatectl set-ntp true",
            )
        )
    apart_s = abs(_apart_s())
    if apart_s > SKEW_MAX_S:
        found.append(
            error(
                "clock",
                f"The clock of the database is {apart_s:.0f} s apart from ours.",
                todo="Keep the clocks of both machines right (chrony).",
            )
        )
    return found or [good("clock", "Ours and that of the database agree.")]


def user(env: Environment) -> list[Finding]:
    """Look as whom we run."""
    if os.geteuid() != 0:
        return [good("user", "Not root.")]
    if env.mode == "sandbox":
        return [note("user", "root, as a sandbox may.")]
    return [
        warning(
            "user",
            "This runs as root.",
            todo="Run it as a user of its own, as deploy/nummer.service does.",
        )
    ]


def _places(env: Environment) -> set[Path]:
    """Return the folders of state that lie on disks of their own, one for each disk."""
    pointer = env.home / POINTER
    folders = [env.home]
    if env.database_url is None and pointer.exists():
        folders.append(Path(pointer.read_text().strip()))
    there = [folder for folder in folders if folder.exists()]
    return {
        folder for n, folder in enumerate(there) if _disk_of(folder) not in map(_disk_of, there[:n])
    }


def _disk_of(folder: Path) -> int:
    return folder.stat().st_dev


def _of_disk(path: Path) -> Finding:
    share, free = free_share(path)
    said = f"{share:.0%} of the disk of {path} are free, {free / 1e9:.1f} GB."
    todo = "Make room or take a larger disk; docs/operate/database.md says what grows."
    if share < FREE_LEAST or free < BYTES_LEAST:
        return error("disk", said, todo=todo)
    if share < FREE_WANTED:
        return warning("disk", said, todo=todo)
    return good("disk", said)


def _apart_s() -> float:
    with connection.cursor() as cursor:
        before = SystemClock().now()
        cursor.execute("SELECT clock_timestamp()")
        (theirs,) = cursor.fetchone()
        after = SystemClock().now()
    if before <= theirs <= after:
        return 0.0
    return float((theirs - (after if theirs > after else before)).total_seconds())


def _nobody_keeps_the_clock() -> bool:
    """Ask the kernel; changes nothing (adjtimex with no mode set)."""
    buffer = ctypes.create_string_buffer(_TIMEX_BYTES)
    return int(ctypes.CDLL(None).adjtimex(buffer)) == _TIME_ERROR
