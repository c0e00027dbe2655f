"""When a call that failed is made again: the schedule that Standard Webhooks recommends."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

# Standard Webhooks 1.0.0, "Retry schedule": ten attempts in three and a half days.
WAITS: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
TRIES_MAX: Final = len(WAITS) + 1
SPREAD: Final = 10  # a wait grows by up to a tenth, so that what failed together comes apart
ASKED_WAIT_MAX: Final = timedelta(hours=24)  # of what the server itself asks for

DISABLED_AFTER: Final = timedelta(days=5)  # in which nothing arrived
REST_MIN: Final = timedelta(seconds=5)
REST_MAX: Final = timedelta(minutes=15)


def wait_after(tries: int, *, seed: int, asked_s: int | None = None) -> timedelta | None:
    """Return how long to wait after so many tries; None: that was the last.

    `seed` spreads the moments of calls that failed together. `asked_s` is what the server asked
    for; it only ever lengthens a wait.
    """
    if tries >= TRIES_MAX:
        return None
    wait = WAITS[tries - 1]
    wait += wait * (seed % 1000) / (1000 * SPREAD)
    asked = min(timedelta(seconds=asked_s or 0), ASKED_WAIT_MAX)
    return max(wait, asked)


def rest_of_endpoint(failing_for: timedelta) -> timedelta:
    """Return how long an endpoint rests that has taken nothing for so long: exponential."""
    return min(max(failing_for, REST_MIN), REST_MAX)
