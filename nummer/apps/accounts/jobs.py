"""What falls due in accounts: sign-ins, long unused sessions, old profiles, members, deeds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from nummer.apps.accounts import actions, admission, deeds, members, profiles, queries, sessions
from nummer.kernel.due import AT_END, DueRow, DueSource

NOBODY: Final = 0  # one row stands for all that are as old


def _activity(until: datetime, limit: int) -> Sequence[DueRow]:
    del limit
    found = queries.oldest_activity(until=until)
    return [] if found is None else [DueRow(found[0], NOBODY, found[1])]


def _forget_activity(row: DueRow, now: datetime) -> None:
    actions.forget_activity(now=max(now, row.due_at))


def _sessions(until: datetime, limit: int) -> Sequence[DueRow]:
    del limit
    found = sessions.oldest_seen(until=until)
    return [] if found is None else [DueRow(found[0], NOBODY, found[1])]


def _forget_sessions(row: DueRow, now: datetime) -> None:
    sessions.purge(now=max(now, row.due_at))


def _profiles(until: datetime, limit: int) -> Sequence[DueRow]:
    del limit
    found = profiles.oldest_values(until=until)
    return [] if found is None else [DueRow(found[0], NOBODY, found[1])]


def _forget_values(row: DueRow, now: datetime) -> None:
    profiles.forget_values(now=max(now, row.due_at))


def _uses(until: datetime, limit: int) -> Sequence[DueRow]:
    del limit
    found = admission.oldest_use(until=until)
    return [] if found is None else [DueRow(found[0], NOBODY, found[1])]


def _forget_uses(row: DueRow, now: datetime) -> None:
    admission.forget_uses(now=max(now, row.due_at))


def _deeds(until: datetime, limit: int) -> Sequence[DueRow]:
    del limit
    found = deeds.oldest(until=until)
    return [] if found is None else [DueRow(found[0], NOBODY, found[1])]


def _forget_deeds(row: DueRow, now: datetime) -> None:
    deeds.forget(now=max(now, row.due_at))


def _members(until: datetime, limit: int) -> Sequence[DueRow]:
    del limit
    found = members.oldest_over(until=until)
    return [] if found is None else [DueRow(found[0], NOBODY, found[1])]


def _forget_members(row: DueRow, now: datetime) -> None:
    members.forget_over(now=max(now, row.due_at))


DUE_SOURCES: Final = (
    DueSource("accounts.key_uses", _uses, _forget_uses, lead=AT_END),
    DueSource("accounts.profiles", _profiles, _forget_values, lead=AT_END),
    DueSource("accounts.activity", _activity, _forget_activity, lead=AT_END),
    DueSource("accounts.sessions", _sessions, _forget_sessions, lead=AT_END),
    DueSource("accounts.deeds", _deeds, _forget_deeds, lead=AT_END),
    DueSource("accounts.members", _members, _forget_members, lead=AT_END),
)
