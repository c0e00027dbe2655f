"""What takes a rented number's place when it is lost, and how long its holder may think about it.

The contract goes on as it is: its price, what is paid, its settings. So only a number of the same
kind, of the same country and city, that can do as much, takes the place (ADR 300).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from nummer.policy.calendar import end_of_day, local_date, working_days_after

# Fewer than the five working days within which the money is back where nobody answers (RP-T2).
ANSWER_WORKING_DAYS: Final = 3


class OfferState(StrEnum):
    """What became of the loss of a number; all but the first are final."""

    OFFERED = "offered"  # its holder may choose another one
    ACCEPTED = "accepted"  # another one serves the contract
    DECLINED = "declined"
    LAPSED = "lapsed"  # nobody answered in time
    NONE = "none"  # there was none to offer
    OVER = "over"  # the contract ended otherwise, or the number came back


class Because(StrEnum):
    """Why a number is replaced."""

    BLOCKED = "blocked"  # its carrier took it away
    FAULT = "fault"  # it fails and is not repaired


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a number must be to replace another; `city` is None where that one was of none."""

    country: str
    kind: str
    city: str | None
    sms: bool
    voice: bool


def in_place_of(*, country: str, kind: str, city: str, sms: bool, voice: bool) -> Wanted:
    """Return what replaces a number: of its country, kind and city, and able to do as much."""
    return Wanted(country, kind, city or None, sms, voice)


def answer_by(known_at: datetime, *, timezone: str, country: str) -> datetime:
    """Return until when an offer stands: the end of a working day of the operator's `country`."""
    day = local_date(known_at, timezone=timezone)
    last = working_days_after(day, count=ANSWER_WORKING_DAYS, country=country)
    return end_of_day(last, timezone=timezone)
