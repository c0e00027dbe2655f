"""How much of a time something worked: what failed is cut to it and counted once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

_STEP: Final = timedelta(microseconds=1)
_HUNDREDTHS: Final = 10_000  # of the whole, in hundredths of a per cent


@dataclass(frozen=True, slots=True)
class Down:
    """A time in which something did not work; it lasts where `ended_at` is None."""

    began_at: datetime
    ended_at: datetime | None


def uptime_percent(downs: Iterable[Down], *, since: datetime, until: datetime) -> Decimal | None:
    """Return the share of a time in which nothing was down, None of no time at all.

    What overlaps counts once; rounded down to a hundredth, so that 100 means not a moment.
    """
    if until <= since:
        return None
    out, reached = timedelta(), since
    for down in sorted(downs, key=lambda one: one.began_at):
        began = max(down.began_at, reached)
        ended = until if down.ended_at is None else min(down.ended_at, until)
        if ended > began:
            out, reached = out + (ended - began), ended
    whole = until - since
    return Decimal(_HUNDREDTHS * ((whole - out) // _STEP) // (whole // _STEP)) / 100
