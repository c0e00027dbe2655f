"""SMS of rented numbers, both directions in one form, newest first.

Reads start from the account and its lease, never from the number: whoever had the number before
or has it now is another lease (ADR 202).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Final
from uuid import UUID

from nummer.apps.messaging.errors import NoSuchSms
from nummer.apps.messaging.queries import received, sent
from nummer.apps.messaging.queries.forms import Direction, Side, Sms, Wanted
from nummer.apps.messaging.theirs import theirs_index

LISTED_MAX: Final = 1000
SIDES: Final = {
    Direction.IN: Side(received.some, received.one),
    Direction.OUT: Side(sent.some, sent.one),
}


def sms(account_id: int, *, sms_id: UUID) -> Sms:
    """Return one SMS. Refuses: NoSuchSms."""
    for side in SIDES.values():
        if (found := side.one(account_id, sms_id)) is not None:
            return found
    raise NoSuchSms


def sms_of(
    account_id: int,
    *,
    lease_id: UUID | None = None,
    leases: Collection[UUID] | None = None,
    but_leases: Collection[UUID] = (),
    theirs: str | None = None,
    direction: Direction | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: UUID | None = None,
    after: UUID | None = None,
    limit: int = 50,
) -> list[Sms]:
    """Return a page of an account's SMS, newest first; `until` is excluded.

    `leases` asks for those of these leases alone, `but_leases` for those of no such lease.
    `before` asks for older ones than the last seen; `after` alone for the oldest of the newer
    ones, so that a program that follows along misses none.
    """
    wanted = Wanted(
        account_id=account_id,
        lease_id=lease_id,
        leases=leases,
        but_leases=but_leases,
        theirs_index=None if theirs is None else theirs_index(account_id, theirs),
        since=since,
        until=until,
        before=before,
        after=after,
        limit=min(limit, LISTED_MAX),
    )
    return merged(wanted, direction=direction)


def merged(wanted: Wanted, *, direction: Direction | None = None) -> list[Sms]:
    """Return what is wanted of one or both directions, newest first."""
    found: list[Sms] = []
    for named, side in SIDES.items():
        if direction in (None, named):
            found += side.some(wanted)
    found.sort(key=attrgetter("id"), reverse=not wanted.forwards)
    return _newest_first(found[: wanted.limit])


def _newest_first(rows: Sequence[Sms]) -> list[Sms]:
    return sorted(rows, key=attrgetter("id"), reverse=True)
