"""Work of payouts that falls due: requests that wait, shares that are under way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import connection

from nummer.apps.payments import queries as payments
from nummer.apps.payouts import actions
from nummer.apps.payouts.actions.deciding import LOOKED_AGAIN
from nummer.apps.payouts.actions.sharing import LOOKED_AFTER
from nummer.apps.payouts.models import Payout, Share
from nummer.kernel.due import DueRow, DueSource


def _waiting(until: datetime, limit: int) -> Sequence[DueRow]:
    rows = Payout.objects.filter(look_at__lte=until).order_by("look_at", "account_id", "id")
    return [
        DueRow(row.look_at, row.account_id, row.id)
        for row in rows[:limit]
        if row.look_at is not None
    ]


def _look_again(row: DueRow, now: datetime) -> None:
    actions.look_again(row.account_id, payout_id=row.key, now=now)


def _under_way(until: datetime, limit: int) -> Sequence[DueRow]:
    rows = Share.objects.filter(look_at__lte=until).order_by("look_at", "account_id", "id")
    return [
        DueRow(row.look_at, row.account_id, row.id)
        for row in rows[:limit]
        if row.look_at is not None
    ]


def _follow(row: DueRow, now: datetime) -> None:
    actions.follow_share(row.account_id, share_id=row.key, now=now)


# Decisions that nobody has begun to pay; the two apps share the customer's place.
_GRANTED: Final = """
SELECT d.decided_at, d.account_id, d.id
  FROM refunds_decision d
  LEFT JOIN payouts_payout p ON p.account_id = d.account_id AND p.decision_id = d.id
 WHERE d.decision = 'PAYOUT' AND d.amount_micro > 0 AND p.id IS NULL AND d.decided_at <= %s
 ORDER BY d.decided_at, d.account_id, d.id
 LIMIT %s
"""


def _granted(until: datetime, limit: int) -> Sequence[DueRow]:
    with connection.cursor() as cursor:
        cursor.execute(_GRANTED, [until, limit])
        return [DueRow(*row) for row in cursor.fetchall()]


def _take_up(row: DueRow, now: datetime) -> None:
    actions.take_up(row.account_id, decision_id=row.key, now=now)


def _taken_twice(until: datetime, limit: int) -> Sequence[DueRow]:
    return [DueRow(*row) for row in payments.to_return(until, limit=limit)]


def _give_back(row: DueRow, now: datetime) -> None:
    actions.give_back(row.account_id, top_up_id=row.key, now=now)


GRANTED: Final = DueSource("payouts.granted", _granted, _take_up)
WAITING: Final = DueSource("payouts.waiting", _waiting, _look_again, lead=LOOKED_AGAIN)
UNDER_WAY: Final = DueSource("payouts.share", _under_way, _follow, lead=LOOKED_AFTER)
TAKEN_TWICE: Final = DueSource("payouts.taken_twice", _taken_twice, _give_back)

DUE_SOURCES: Final = (GRANTED, WAITING, UNDER_WAY, TAKEN_TWICE)
