"""How often an account may have its endpoints called by hand: tests and replays."""

from __future__ import annotations

from math import ceil
from typing import Final

from nummer.apps.webhooks.errors import TooManyRepeats
from nummer.kernel.limits import CallLimit

# Who clicks never meets it; who lets a program replay all day keeps to the rate of the schedule.
REPEATS: Final = CallLimit(per_s=1 / 6, burst=30)


def require_room(account_id: int) -> None:
    """Count a test or replay of an account. Refuses: TooManyRepeats."""
    wait_s = REPEATS.wait_s(account_id)
    if wait_s:
        raise TooManyRepeats(retry_after_s=ceil(wait_s))
