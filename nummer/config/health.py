"""Whether the whole installation is ready: its processes and its database."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Final

from django.db import connection
from django.db.utils import Error

from nummer.config.processes import read_json

STATE: Final = "state.json"
REMEMBERED_S: Final = 0.5

_last: tuple[float, bool] = (0.0, False)


def is_healthy(run: Path) -> bool:
    """Tell whether all processes and the database are ready; looks twice a second at most."""
    global _last  # noqa: PLW0603 -- one answer per process, so that nobody can load the database with it
    asked_at, answer = _last
    if time.monotonic() - asked_at > REMEMBERED_S:
        answer = _processes_are_ready(run) and _database_answers()
        _last = (time.monotonic(), answer)
    return answer


def _processes_are_ready(run: Path) -> bool:
    state = read_json(run / STATE)
    return state.get("ready") is True and _lives(state.get("pid"))


def _lives(pid: object) -> bool:
    if not isinstance(pid, int):
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        connection.close()
        return False
    return True
