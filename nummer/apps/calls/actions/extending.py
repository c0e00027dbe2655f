"""A call goes on for longer: its next slice is paid for while it talks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection

from nummer.apps.calls.actions.allowing import GRACE_S, HELD_LONGER, RINGS_S, SLICE_S
from nummer.apps.calls.models import OPEN, Call, Package
from nummer.apps.calls.terms import terms_of
from nummer.policy.calls import affordable_s, charge

_TRIES_MAX: Final = 4
_SHORT: Final = ("insufficient", "call_spend_limit")


def extend(account_id: int, *, call_id: UUID, now: datetime) -> int:
    """Grant the next slice of a call and return for how many seconds it may talk in all.

    Where nothing is left it is what was granted before; 0 for a call that is over or unknown.
    Locks: the account's line, the call, its package, the wallet.
    """
    row = Call.objects.filter(account_id=account_id, id=call_id, state__in=OPEN).first()
    if row is None:
        return 0
    terms = terms_of(row)
    package_s = min(terms.billed_s(row.allowed_s + SLICE_S), row.package_s + _left_s(row))
    talk_s = row.allowed_s + SLICE_S
    for _ in range(_TRIES_MAX):
        held = charge(terms, talk_s=talk_s, tax_bp=row.tax_bp, package_s=package_s).total_micro
        outcome, most_micro = _ask(row, package_s, talk_s, held, now=now)
        if outcome == "allowed":
            return talk_s
        if outcome == "package_changed":
            package_s = row.package_s
        elif outcome in _SHORT:
            talk_s = affordable_s(
                terms, micro=most_micro, tax_bp=row.tax_bp, package_s=package_s, most_s=talk_s
            )
        else:
            return 0
        if talk_s <= row.allowed_s:
            break
    return row.allowed_s


def _left_s(row: Call) -> int:
    """Return what the call's package has beside what is kept for it."""
    if row.package_id is None:
        return 0
    package = Package.objects.filter(account_id=row.account_id, id=row.package_id).first()
    return 0 if package is None else package.whole_s - package.used_s - package.kept_s


def _ask(
    row: Call, package_s: int, talk_s: int, held_micro: int, *, now: datetime
) -> tuple[str, int]:
    begun = row.answered_at or row.asked_at + timedelta(seconds=RINGS_S)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT outcome, detail FROM calls_extend(%s, %s, %s, %s, %s, %s, %s, %s)",
            [
                row.account_id,
                row.id,
                package_s,
                talk_s,
                held_micro,
                now + HELD_LONGER,
                begun + timedelta(seconds=talk_s + GRACE_S),
                now,
            ],
        )
        ((outcome, detail),) = cursor.fetchall()
    return str(outcome), int(detail or 0)
