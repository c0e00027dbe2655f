"""A volume so small that it can be filled: a tmpfs, by root or in a user's own namespace.

`python -m tests.long.small_disk FOLDER COMMAND …` mounts one over FOLDER where only this command
sees it; it needs no root but user namespaces, which some machines forbid.
"""

from __future__ import annotations

import ctypes
import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

BYTES: Final = 700_000_000
CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000  # linux/sched.h
CHUNK: Final = 1 << 20


class NoMountError(Exception):
    """This machine lets us mount nothing."""


@contextmanager
def mounted(folder: Path) -> Iterator[Path]:
    """Mount a small volume over the folder for as long as the block lasts. Raises NoMountError."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={BYTES},mode=755", "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NoMountError(done.stderr.strip())
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False)


def fill(folder: Path) -> Path:
    """Take every octet that is left, and return the file that holds them."""
    ballast = folder / "ballast"
    with ballast.open("ab", buffering=0) as file:
        for size in (CHUNK, 4096):
            with _until_no_space():
                while True:
                    file.write(b"\0" * size)
    return ballast


@contextmanager
def _until_no_space() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise


def main(folder: str, *command: str) -> None:
    """Mount in a namespace of our own and become the command. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    uid, gid = os.getuid(), os.getgid()
    _require(libc.unshare(CLONE_NEWUSER | CLONE_NEWNS))
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    data = f"size={BYTES},mode=755".encode()
    _require(libc.mount(b"tmpfs", folder.encode(), b"tmpfs", 0, data))
    os.execvp(command[0], command)


def _require(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


if __name__ == "__main__":
    main(*sys.argv[1:])
