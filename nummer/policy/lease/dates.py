"""The moments of a lease, from its anchor: the moment from which months are counted.

Months are counted from the anchor and never from the end of the month before, so a lease of the
31st ends on the 28th or 29th of February and on the 31st of March again (ADR 200). All of it is
wall-clock time of the contract's zone; a wall-clock time that the clock skips is the moment just
as long after the skip, one that it shows twice is the first of the two.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from nummer.policy.clause import clause

REMINDED_DAYS_BEFORE: Final = (7, 3, 1)  # LD-H8
GRACE_DAYS: Final = 7
QUARANTINE: Final = timedelta(days=90)  # LD-H4
SUPPLIED_WITHIN: Final = timedelta(days=7)  # RP-B3: no order waits for ever with money held
PAPERS_WITHIN: Final = timedelta(days=30)
HANDOVER_OPEN: Final = timedelta(days=7)
MONTHS_OF_A_YEAR: Final = 12


@dataclass(frozen=True, slots=True)
class Period:
    """A paid period; `ends_at` does not belong to it. `index` counts months from the anchor."""

    index: int
    starts_at: datetime
    ends_at: datetime

    def __post_init__(self) -> None:
        assert self.index >= 0, "months are counted from the anchor on"
        assert self.starts_at < self.ends_at, "a period lasts"


def period_of(anchor_at: datetime, *, index: int, timezone: str) -> Period:
    """Return the `index`-th month of a lease, from 0; it is never longer than a calendar month.

    So whoever ends a lease after a renewal is bound for at most one month.
    """
    return Period(
        index=index,
        starts_at=_months_after(anchor_at, months=index, timezone=timezone),
        ends_at=_months_after(anchor_at, months=index + 1, timezone=timezone),
    )


def next_period(
    anchor_at: datetime, *, index: int, paid_at: datetime, timezone: str
) -> tuple[datetime, Period]:
    """Return the anchor and the period that a fee buys which is paid at `paid_at`.

    A fee paid on the day continues the lease without a gap. One that is paid later, after grace
    or after an outage in which nothing was charged, buys a month from its payment on: nobody pays
    for days on which the number did not serve him, and the payment is the new anchor (ADR 200).
    """
    period = period_of(anchor_at, index=index, timezone=timezone)
    if paid_at <= period.starts_at:
        return anchor_at, period
    return paid_at, period_of(paid_at, index=0, timezone=timezone)


def reminders(ends_at: datetime, *, timezone: str) -> tuple[datetime, ...]:
    """Return when to remind of the end of a period, earliest first, at its own time of day."""
    return tuple(
        _days_after(ends_at, days=-days, timezone=timezone) for days in REMINDED_DAYS_BEFORE
    )


def grace_ends(unpaid_at: datetime, *, timezone: str) -> datetime:
    """Return until when a number is kept whose fee could not be paid."""
    return _days_after(unpaid_at, days=GRACE_DAYS, timezone=timezone)


@clause(
    "LD-H4",
    quote="A released number is not given to anybody else before its rest period is over, and a "
    "new holder never sees your messages.",
    reading="ADR 0202",
)
def quarantine_ends(released_at: datetime) -> datetime:
    """Return from when a released number may be rented again."""
    return released_at + QUARANTINE


def supplied_by(paid_at: datetime) -> datetime:
    """Return when an order that its supplier did not fulfil has failed (RP-B3)."""
    return paid_at + SUPPLIED_WITHIN


def papers_by(paid_at: datetime) -> datetime:
    """Return until when an order waits for papers that count; then it has failed (RP-B3)."""
    return paid_at + PAPERS_WITHIN


def handover_lapses(offered_at: datetime) -> datetime:
    """Return until when both sides may confirm that a number is handed over."""
    return offered_at + HANDOVER_OPEN


def _months_after(at: datetime, *, months: int, timezone: str) -> datetime:
    wall = at.astimezone(ZoneInfo(timezone)).replace(tzinfo=None)
    years, month = divmod(wall.month - 1 + months, MONTHS_OF_A_YEAR)
    year = wall.year + years
    last = calendar.monthrange(year, month + 1)[1]
    if not months:
        return at.astimezone(UTC)  # the anchor itself, also where the clock shows it twice
    return _instant(wall.replace(year=year, month=month + 1, day=min(wall.day, last)), timezone)


def _days_after(at: datetime, *, days: int, timezone: str) -> datetime:
    wall = at.astimezone(ZoneInfo(timezone)).replace(tzinfo=None)
    return _instant(wall + timedelta(days=days), timezone)


def _instant(wall: datetime, timezone: str) -> datetime:
    return wall.replace(tzinfo=ZoneInfo(timezone), fold=0).astimezone(UTC)
