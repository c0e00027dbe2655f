"""The installation's clock: the machine's, in the sandbox shifted by one row of the database.

Every process reads the row when it asks for the moment (`config.loop_clock` within 20 ms), so a
shift is in force everywhere when the command that makes it answers; nobody has to be told and
nobody has to confirm. Production never reads it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction

from nummer.config.env import Environment
from nummer.kernel import clock
from nummer.kernel.clock import SystemClock

_SYSTEM = SystemClock()


class ShiftedClock:
    """The sandbox's clock."""

    def now(self) -> datetime:
        """Return the machine's time plus the shift."""
        return _SYSTEM.now() + _ahead()


def install_where_needed(env: Environment) -> None:
    """Give this process the sandbox's clock; production keeps the machine's.

    Processes with an event loop have a clock of their own (loop_clock).
    """
    if env.mode == "sandbox":
        clock.install(ShiftedClock())


class ClockGoesBackError(ValueError):
    """Somebody asked for a moment that has passed already."""


def set_clock(moment: datetime) -> datetime:
    """Move the sandbox's clock forward to `moment` and return it.

    Raises ClockGoesBackError for a moment before the present one. Locks: the clock's row.
    """
    with transaction.atomic():
        _lock_row()
        present = ShiftedClock().now()
        if moment < present:
            raise ClockGoesBackError("the clock never goes back")
        _add(moment - present)
    return moment


def advance(delta: timedelta) -> datetime:
    """Move the sandbox's clock forward by `delta` and return its new time."""
    if delta < timedelta(0):
        raise ClockGoesBackError("the clock never goes back")
    with transaction.atomic():
        _lock_row()
        _add(delta)
    return ShiftedClock().now()


def _ahead() -> timedelta:
    with connection.cursor() as cursor:
        cursor.execute("SELECT ahead FROM config_clock_shift")
        row = cursor.fetchone()
    return timedelta(0) if row is None else row[0]


def _lock_row() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO config_clock_shift (one, ahead) VALUES (true, interval '0')"
            " ON CONFLICT (one) DO NOTHING"
        )
        cursor.execute("SELECT ahead FROM config_clock_shift FOR UPDATE")


def _add(delta: timedelta) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE config_clock_shift SET ahead = ahead + make_interval(secs => %s)",
            [delta.total_seconds()],
        )
