"""Rows that are due at a moment: how the floors above ask the lower ones for time-driven work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

AT_ONCE: Final = timedelta()
AT_END: Final = timedelta.max


@dataclass(frozen=True, slots=True, order=True)
class DueRow:
    """One piece of work: it became due at `due_at`; `account_id` and `key` find its row."""

    due_at: datetime
    account_id: int
    key: UUID


@dataclass(frozen=True, slots=True)
class DueSource:
    """A kind of due row, offered by an app's `jobs`.

    `find(until, limit)` returns the earliest rows due at or before `until`, earliest first.
    `fire(row, now)` does the work in its own transaction; firing a row twice does it once.
    After a fire the row must be gone from `find`, or have a later `due_at`.

    `lead` saves questions: what a fire of any kind does at a moment makes or changes rows of this
    kind that are due no sooner than `lead` after that moment. None promises that a fire makes none,
    and of this kind ends only the row it was given. A false promise breaks the global order.
    AT_END gives the order up: this work and any other may be done in either order with the same
    result, as telling somebody, so rows that a fire makes wait until nothing else is due. What
    takes or gives money is no such work.
    """

    name: str
    find: Callable[[datetime, int], Sequence[DueRow]]
    fire: Callable[[DueRow, datetime], None]
    lead: timedelta | None = AT_ONCE
