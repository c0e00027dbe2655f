"""Where the present moment comes from; the actions below are handed it as `now`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the moment; the sandbox may shift it, production may not."""

    def now(self) -> datetime:
        """Return the moment, aware, in UTC."""


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """Return the machine's time in UTC."""
        return datetime.now(UTC)  # noqa: TID251 -- this is the one place that may read it


_installed: Clock = SystemClock()


def install(clock: Clock) -> None:
    """Make `clock` the one that `now` reads; `config` does this once at start."""
    global _installed  # noqa: PLW0603 -- one installation has one clock
    _installed = clock


def now() -> datetime:
    """Return the moment of the installation, for faces, gateways and jobs only."""
    return _installed.now()
