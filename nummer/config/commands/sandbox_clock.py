"""Moves the sandbox's clock and does what became due, before the command answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from nummer.config import clock
from nummer.config.commands.refused import SandboxError
from nummer.config.sweeper import sweep_until

_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_TIME = re.compile(r"([0-9]{1,9})([smhd])", re.ASCII)


def show() -> str:
    """Return the installation's moment in ISO form."""
    return clock.ShiftedClock().now().isoformat()


def set_to(moment: str) -> dict[str, object]:
    """Move the clock forward to an ISO moment (UTC where it names no zone)."""
    try:
        read = datetime.fromisoformat(moment)
    except ValueError:
        raise SandboxError("Give a moment such as 2026-12-24T18:00:00Z.") from None
    aware = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    return _moved(lambda: clock.set_clock(aware))


def advance_by(time: str) -> dict[str, object]:
    """Move the clock forward by a time such as 25h."""
    read = _TIME.fullmatch(time)
    if read is None:
        raise SandboxError("Give a time such as 90s, 20m, 25h or 3d.")
    return _moved(lambda: clock.advance(timedelta(**{_UNITS[read[2]]: int(read[1])})))


def _moved(move: Callable[[], datetime]) -> dict[str, object]:
    try:
        now = move()
    except (clock.ClockGoesBackError, OverflowError):
        raise SandboxError("The clock never goes back, nor further than our calendar.") from None
    swept = sweep_until(now)
    return {"now": now.isoformat(), "fired": swept.fired, "failed": swept.failed}
