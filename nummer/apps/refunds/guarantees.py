"""What was promised for a month, and whether it was kept: deadlines by kind, and what was given.

A deadline belongs to the month of its last day. What was given at once never had a row of its own;
it is counted from the decisions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import F, Q, QuerySet

from nummer.apps.paging import page_behind
from nummer.apps.refunds.models import Deadline
from nummer.kernel.money import Money
from nummer.kernel.paging import Seen

STEP: Final = 1_000  # rows of a file that are read at a time


@dataclass(frozen=True, slots=True)
class GuaranteeSum:
    """How the deadlines of one kind ended: each is counted in exactly one of the last five."""

    kind: str
    due: int
    in_time: int
    late: int
    overdue: int
    ahead: int  # still open, its day has not passed
    void: int  # nothing was owed any more


@dataclass(frozen=True, slots=True)
class Given:
    """What decisions of one clause gave: `decision` is CREDIT or PAYOUT."""

    clause: str
    decision: str
    count: int
    total: Money


@dataclass(frozen=True, slots=True)
class Promise:
    """One deadline, with how it ended; `state` is that of `GuaranteeSum`."""

    account_id: int
    id: UUID
    kind: str
    subject_id: UUID
    order_id: UUID
    opened_at: datetime
    due_at: datetime
    closed_at: datetime | None
    state: str


def guarantees(*, from_at: datetime, until_at: datetime, now: datetime) -> list[GuaranteeSum]:
    """Count the deadlines whose last day lies between two midnights, by kind."""
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, {"from_at": from_at, "until_at": until_at, "now": now})
        return [GuaranteeSum(*row) for row in cursor.fetchall()]


def given(*, from_at: datetime, until_at: datetime) -> list[Given]:
    """Sum up what was decided between two moments that gave something, by deciding clause."""
    with connection.cursor() as cursor:
        cursor.execute(_GIVEN, {"from_at": from_at, "until_at": until_at})
        return [
            Given(clause, decision, count, Money(total, currency))
            for clause, decision, currency, count, total in cursor.fetchall()
        ]


def not_kept(
    *, from_at: datetime, until_at: datetime, now: datetime, after: Seen | None, limit: int
) -> list[Promise]:
    """Return a page of what was done late or is overdue, the earliest first."""
    late = Q(state="met", closed_at__gte=F("due_at")) | Q(state="open", due_at__lte=now)
    rows = page_behind(_due(from_at, until_at).filter(late), after, by=("due_at", "id"))
    return [_promise(row, now) for row in rows[:limit]]


def all_promises(
    *, from_at: datetime, until_at: datetime, now: datetime
) -> Iterator[list[Promise]]:
    """Yield every deadline of a month, step by step, the earliest first."""
    after: Seen | None = None
    while True:
        rows = page_behind(_due(from_at, until_at), after, by=("due_at", "id"))
        step = list(rows[:STEP])
        if not step:
            return
        yield [_promise(row, now) for row in step]
        after = (step[-1].account_id, step[-1].id)


def _due(from_at: datetime, until_at: datetime) -> QuerySet[Deadline]:
    """Return what was owed until a day between two midnights; a day ends at the one behind it."""
    return Deadline.objects.filter(due_at__gt=from_at, due_at__lte=until_at)


def _promise(row: Deadline, now: datetime) -> Promise:
    return Promise(
        account_id=row.account_id,
        id=row.id,
        kind=row.kind,
        subject_id=row.subject_id,
        order_id=row.order_id,
        opened_at=row.opened_at,
        due_at=row.due_at,
        closed_at=row.closed_at,
        state=_state(row, now),
    )


def _state(row: Deadline, now: datetime) -> str:
    match row.state, row.closed_at:
        case "void", _:
            return "void"
        case "met", datetime() as closed_at:
            return "in_time" if closed_at < row.due_at else "late"
        case _:
            return "overdue" if row.due_at <= now else "ahead"


_SUMS: Final = """
SELECT kind, count(*),
       count(*) FILTER (WHERE state = 'met' AND closed_at < due_at),
       count(*) FILTER (WHERE state = 'met' AND closed_at >= due_at),
       count(*) FILTER (WHERE state = 'open' AND due_at <= %(now)s),
       count(*) FILTER (WHERE state = 'open' AND due_at > %(now)s),
       count(*) FILTER (WHERE state = 'void')
  FROM refunds_deadline
 WHERE due_at > %(from_at)s AND due_at <= %(until_at)s
 GROUP BY kind ORDER BY kind
"""
_GIVEN: Final = """
SELECT coalesce(clauses[1], ''), decision, currency, count(*), sum(amount_micro)::bigint
  FROM refunds_decision
 WHERE decided_at >= %(from_at)s AND decided_at < %(until_at)s
   AND amount_micro > 0 AND decision IN ('CREDIT', 'PAYOUT')
 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
