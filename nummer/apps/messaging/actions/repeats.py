"""How far back the earlier copy of a message can lie that its link takes for a repeat.

Two stretches of time are looked at. A copy that this process stored came since its first message
of that carrier. One that a process before it stored was among the last that the carrier brought
then: whatever came sooner had been answered. So a look is cheap while a process is young, when
every message may be a repeat, however long the installation was away; it costs more for what
comes again hours after a break of the session, and such messages are few.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast

from nummer.apps.messaging.actions.arrival import Arrival
from nummer.apps.messaging.actions.lane import Ask, Steps
from nummer.apps.messaging.actions.prepare import ages

REPEAT_MEMORY: Final = timedelta(hours=6)  # so long the gateway doubts (gateways/smpp/memory.py)
LAST: Final = timedelta(minutes=15)  # what a carrier may have without an answer
ROWS_MAX: Final = 100_000  # looked through for a carrier's last message, once for each process


@dataclass(frozen=True, slots=True)
class _Known:
    """When a carrier's first message came to this process, and the last to those before."""

    first: datetime
    last_before: datetime | None


_carriers: dict[str, _Known] = {}


def reach(arrivals: Sequence[Arrival], *, now: datetime) -> Steps[tuple[datetime, list[bytes]]]:
    """Return since when copies of the suspects among these count, and how their indexes begin.

    Without suspects there is nothing to begin with. Call it before the arrivals are stored.
    """
    suspected = {arrival.carrier for arrival in arrivals if arrival.may_be_repeat}
    for arrival in arrivals:
        if arrival.carrier not in _carriers:
            asked = arrival.carrier in suspected
            last = (yield from _last_of(arrival.carrier, now=now)) if asked else None
            _carriers[arrival.carrier] = _Known(arrival.received_at, last)
    oldest = now - REPEAT_MEMORY
    if not suspected:
        return oldest, []
    known = [_carriers[carrier] for carrier in suspected]
    # A clock that was put back must not leave out the last minutes.
    ours = max(oldest, min(now - LAST, *(one.first for one in known)))
    found = set(ages(since=ours, until=now))
    for one in known:
        if one.last_before is not None:
            found |= set(ages(since=one.last_before - LAST, until=one.last_before))
    return oldest, sorted(found)


_LAST_OF: Final = b"""
SELECT max(newest.received_at)
  FROM (SELECT carrier, received_at FROM messaging_message
         WHERE received_at >= %s ORDER BY received_at DESC LIMIT %s) newest
 WHERE newest.carrier = %s
"""


def _last_of(carrier: str, *, now: datetime) -> Steps[datetime | None]:
    """Return when the last message of a carrier came, if it is among the newest of all."""
    ((last,),) = yield Ask(_LAST_OF, [now - REPEAT_MEMORY, ROWS_MAX, carrier])
    return cast(datetime | None, last)
