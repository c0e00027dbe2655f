"""What an SMS of a rented number is to its holder, and which are wanted."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from nummer.kernel.money import Money
from nummer.kernel.phone import PhoneNumber


class Direction(StrEnum):
    """Whether it came to a rented number or left from one."""

    IN = "in"
    OUT = "out"


class SmsState(StrEnum):
    """How far an SMS came; one that came in is received."""

    RECEIVED = "received"
    QUEUED = "queued"
    TAKEN = "taken"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Sms:
    """An SMS of a rented number as its holder may read it.

    `theirs` is E.164, or a name or short code as the carrier gave it. `body` is None once it was
    redacted. `price` is what was charged, with tax. `error` is '' or a word.
    """

    account_id: int
    id: UUID
    lease_id: UUID
    direction: Direction
    ours: PhoneNumber
    theirs: str = field(repr=False)
    body: str | None = field(repr=False)
    parts: int
    state: SmsState
    error: str
    price: Money | None
    created_at: datetime
    sent_at: datetime | None
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which SMS of an account are wanted; None leaves nothing out.

    Ids are uuid7, so `before` and `after` (both excluded) cut by age as well. With `after` alone
    the oldest that follow it come, else the newest.
    """

    account_id: int
    limit: int
    lease_id: UUID | None = None
    leases: Collection[UUID] | None = None
    but_leases: Collection[UUID] = ()
    theirs_index: bytes | None = None
    ids: tuple[UUID, ...] | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: UUID | None = None
    after: UUID | None = None

    @property
    def forwards(self) -> bool:
        """Tell whether the oldest come first."""
        return self.after is not None and self.before is None


class Side(NamedTuple):
    """How one direction is read: some, and one by its id (None where it is not there)."""

    some: Callable[[Wanted], list[Sms]]
    one: Callable[[int, UUID], Sms | None]
