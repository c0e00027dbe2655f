"""The sandbox's clock for processes with an event loop, which must not wait for the database."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any, Final

import psycopg

from nummer.config.database import session_parameters
from nummer.config.env import Environment
from nummer.kernel import clock

REMEMBERED_S: Final = 0.02  # thousands of SMS a second ask; moving the clock takes longer
AGAIN_AFTER_S: Final = 0.5
CONNECT_LIMIT_S: Final = 2


class LoopClock:
    """Reads the row over a connection of its own; keeps the last shift while that is away."""

    def __init__(self) -> None:
        self._system = clock.SystemClock()
        self._ahead = timedelta(0)
        self._link: psycopg.Connection[Any] | None = None
        self._read_again_at = 0.0

    def now(self) -> datetime:
        """Return the machine's time plus the shift."""
        if time.monotonic() >= self._read_again_at:
            self._read()
        return self._system.now() + self._ahead

    def _read(self) -> None:
        try:
            if self._link is None:
                limits = {**session_parameters(), "connect_timeout": CONNECT_LIMIT_S}
                self._link = psycopg.connect(**limits, autocommit=True)
            row = self._link.execute("SELECT ahead FROM config_clock_shift").fetchone()
        except psycopg.Error:
            link, self._link = self._link, None
            if link is not None:
                link.close()
            self._read_again_at = time.monotonic() + AGAIN_AFTER_S
            return
        self._ahead = timedelta(0) if row is None else row[0]
        self._read_again_at = time.monotonic() + REMEMBERED_S


def install_where_needed(env: Environment) -> None:
    """Give this process the clock of an event loop; production keeps the machine's."""
    if env.mode == "sandbox":
        clock.install(LoopClock())
