"""How far back the earlier copy of a message can lie that its link takes for a repeat.

A copy that a process before this one stored was among the last that the carrier brought then:
whatever came sooner had been answered. Only such a copy is looked for after our own start, when
every message may be a repeat; so a look costs the same in the first minute as in the thirtieth,
however long the installation was away. After a break of a session, or of the database, the copy
may be one that this process stored since its first message of that carrier: that look costs more
hours later, and such messages are few.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast

from nummer.apps.messaging.actions.arrival import Arrival
from nummer.apps.messaging.actions.lane import Ask, Steps
from nummer.apps.messaging.actions.prepare import AGE_S, ages
from nummer.protocols.sms.inbound import Doubt

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

    What only a process before this one may have stored is looked for among what came before our
    first message of its carrier, so that it costs no more while we are young and under load.
    Without suspects there is nothing to begin with. Call it before the arrivals are stored.
    """
    suspected = {arrival.carrier for arrival in arrivals if arrival.doubt}
    for arrival in arrivals:
        if arrival.carrier not in _carriers:
            asked = arrival.carrier in suspected
            last = (yield from _last_of(arrival.carrier, now=now)) if asked else None
            _carriers[arrival.carrier] = _Known(arrival.received_at, last)
    oldest = now - REPEAT_MEMORY
    found: set[bytes] = set()
    for carrier, doubt in {(arrival.carrier, arrival.doubt) for arrival in arrivals}:
        if doubt:
            found |= _reach_of(_carriers[carrier], doubt, oldest=oldest, now=now)
    return oldest, sorted(found)


def _reach_of(known: _Known, doubt: Doubt, *, oldest: datetime, now: datetime) -> set[bytes]:
    if doubt is Doubt.BREAK:
        # A clock that was put back must not leave out the last minutes.
        since, until = min(now - LAST, known.first), now + timedelta(seconds=AGE_S)
    else:
        since, until = known.first - LAST, known.first
    found = set(ages(since=max(oldest, since), until=until))
    if known.last_before is not None:
        found |= set(ages(since=known.last_before - LAST, until=known.last_before))
    return found


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
