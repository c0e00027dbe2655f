"""Writes what a web process counted, every few seconds and once more at its end."""

from __future__ import annotations

import threading
from typing import Final

import structlog
from django.db import Error, connection

from nummer.apps.visits.actions import write_counted
from nummer.apps.visits.counting import COUNTER
from nummer.kernel import clock

EVERY_S: Final = 5.0
END_LIMIT_S: Final = 3.0

_log = structlog.get_logger(__name__)


class Writer:
    """A thread of its own, so that no request ever waits for a count (ADR 421)."""

    def __init__(self) -> None:
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="visits", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> None:
        """Write what is left and end; waits no longer than END_LIMIT_S."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(END_LIMIT_S)

    def _run(self) -> None:
        while not self._ended.wait(EVERY_S):
            write_once()
        write_once()


def write_once() -> None:
    """Write what was counted and give the connection back; counts wait while there is none."""
    try:
        write_counted(COUNTER, now=clock.now())
    except Error:
        _log.warning("visits are not written yet", exc_info=True)
    finally:
        connection.close()
