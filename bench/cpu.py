"""Seconds of processor time that processes and all their children used, from /proc."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")
# After the name in brackets of /proc/PID/stat (proc(5)): ppid is 2nd, the four times 12th to 15th.
_PARENT, _TIMES = 1, slice(11, 15)


def cpu_s(*roots: int) -> float:
    """Return what these processes and their descendants used so far, ended children included."""
    stats = dict(_all())
    wanted = _family(set(roots), stats)
    ticks = sum(int(t) for pid in wanted if pid in stats for t in stats[pid][_TIMES])
    return ticks / _TICKS


def family(root: int) -> set[int]:
    """Return a process with its descendants."""
    return _family({root}, dict(_all()))


def _family(wanted: set[int], stats: Mapping[int, Sequence[str]]) -> set[int]:
    grew = True
    while grew:
        found = {pid for pid, fields in stats.items() if int(fields[_PARENT]) in wanted}
        grew = not found <= wanted
        wanted = wanted | found
    return wanted


def _all() -> Iterable[tuple[int, list[str]]]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                text = (folder / "stat").read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue
            yield int(folder.name), text.rpartition(")")[2].split()
