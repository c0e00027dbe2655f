"""What the engine tells of a call, and what is done about one of which it tells nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from nummer.apps.calls.actions.allowing import GRACE_S
from nummer.apps.calls.models import Call, Line
from nummer.apps.calls.terms import terms_of
from nummer.policy.calls import CallEvent, CallState, charge, next_state

LOST: Final = "lost"  # the engine knew nothing of it any more
_REASON_MAX: Final = 20


def answered(account_id: int, *, call_id: UUID, at: datetime) -> bool:
    """Write down that somebody answered, at `at`; return whether that was news.

    Locks: the account's line, the call.
    """
    with transaction.atomic():
        row = _locked(account_id, call_id)
        if row is None or _after(row, CallEvent.ANSWERED) is None:
            return False
        Call.objects.filter(account_id=account_id, id=call_id).update(
            state=CallState.TALKING.value,
            answered_at=at,
            due_at=at + timedelta(seconds=row.allowed_s + GRACE_S),
        )
        return True


def over(
    account_id: int,
    *,
    call_id: UUID,
    answered_at: datetime | None,
    ended_at: datetime,
    reason: str = "",
    now: datetime,
) -> bool:
    """End a call and take what its talk cost; return whether that was news.

    What was told first of its answer counts; without any it was never answered and costs
    nothing. Locks: the account's line, the call, its package, the wallet.
    """
    with transaction.atomic():
        row = _locked(account_id, call_id)
        if row is None:
            return False
        begun = row.answered_at or answered_at
        event = CallEvent.NOT_ANSWERED if begun is None else CallEvent.OVER
        return _end(row, event, begun, ended_at, reason=reason, now=now)


def gone(account_id: int, *, call_id: UUID, now: datetime) -> bool:
    """End a call of which the engine knows nothing any more, by what is known of it.

    One that was answered is charged until now, at most for what it was allowed; any other costs
    nothing. Returns whether that was news. Locks: as `over`.
    """
    with transaction.atomic():
        row = _locked(account_id, call_id)
        if row is None:
            return False
        return _end(row, CallEvent.GONE, row.answered_at, now, reason=LOST, now=now)


def _end(
    row: Call,
    event: CallEvent,
    begun: datetime | None,
    ended_at: datetime,
    *,
    reason: str,
    now: datetime,
) -> bool:
    state = _after(row, event)
    if state is None:
        return False
    talk_s = 0 if begun is None else _talk_s(begun, ended_at, row.allowed_s)
    cost = charge(terms_of(row), talk_s=talk_s, tax_bp=row.tax_bp, package_s=row.package_s)
    taken = (cost.billed_s, cost.covered_s, cost.net_micro, cost.tax_micro)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT calls_close(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                row.account_id,
                row.id,
                state.value,
                begun,
                ended_at if begun is None else begun + _least(ended_at - begun, row.allowed_s),
                talk_s,
                *(taken if state is CallState.ENDED else (0, 0, 0, 0)),
                reason[:_REASON_MAX],
                now,
            ],
        )
        ((done,),) = cursor.fetchall()
    return bool(done)


def _talk_s(begun: datetime, ended_at: datetime, allowed_s: int) -> int:
    return min(max(ceil((ended_at - begun).total_seconds()), 0), allowed_s)


def _least(talk: timedelta, allowed_s: int) -> timedelta:
    return min(max(talk, timedelta()), timedelta(seconds=allowed_s))


def _after(row: Call, event: CallEvent) -> CallState | None:
    return next_state(CallState(row.state), event)


def _locked(account_id: int, call_id: UUID) -> Call | None:
    """Return the call, its account's line locked first, as everything that changes calls does."""
    Line.objects.select_for_update(no_key=True).filter(account_id=account_id).first()
    return Call.objects.filter(account_id=account_id, id=call_id).first()
