"""The months that invoices are made of: calendar months where the operator lives."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

MONTHS: Final = 12
_WRITTEN: Final = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class TaxMonth:
    """A calendar month; where it begins and ends depends on the zone, as clocks change in some."""

    year: int
    month: int

    def __post_init__(self) -> None:
        assert 1 <= self.month <= MONTHS, "a year has twelve months"

    @classmethod
    def of(cls, at: datetime, zone: ZoneInfo) -> TaxMonth:
        """Return the month in which a moment lies."""
        there = at.astimezone(zone)
        return cls(there.year, there.month)

    @classmethod
    def parse(cls, text: str) -> TaxMonth:
        """Read 2026-11. Raises ValueError for any other form."""
        written = _WRITTEN.fullmatch(text)
        if written is None or int(written[1]) == 0:
            raise ValueError("not a month such as 2026-11")
        return cls(int(written[1]), int(written[2]))

    @classmethod
    def beginning(cls, first_day: date) -> TaxMonth:
        """Return the month of a first day, as tables keep it."""
        return cls(first_day.year, first_day.month)

    @property
    def first_day(self) -> date:
        """Return its first day."""
        return date(self.year, self.month, 1)

    @property
    def next(self) -> TaxMonth:
        """Return the month after it."""
        return (
            TaxMonth(self.year + 1, 1)
            if self.month == MONTHS
            else TaxMonth(self.year, self.month + 1)
        )

    def begins_at(self, zone: ZoneInfo) -> datetime:
        """Return its first instant, in UTC."""
        return datetime(self.year, self.month, 1, tzinfo=zone).astimezone(UTC)

    def ends_at(self, zone: ZoneInfo) -> datetime:
        """Return the first instant of the next month, in UTC; it is no part of this one."""
        return self.next.begins_at(zone)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"
