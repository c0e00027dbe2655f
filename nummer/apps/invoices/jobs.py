"""What falls due in invoices: the end of a month, and the documents of each account after it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection

from nummer.apps.agreements.queries import operator
from nummer.apps.invoices.actions import close_month, write_documents
from nummer.apps.invoices.actions.months import owed_from
from nummer.apps.invoices.models import Month, Owed
from nummer.kernel.due import DueRow, DueSource
from nummer.policy.tax import TaxMonth

NOBODY: Final = 0  # the account of what belongs to no customer
MONTH_MIN: Final = timedelta(days=27)  # between two ends of months, whatever clocks do
FIRST_WRITTEN: Final = timedelta(minutes=1)  # the first document after a month was closed


def _month_over(until: datetime, limit: int) -> Sequence[DueRow]:
    """Return the next month to close; none before the first account."""
    del limit
    month = next_month()
    if month is None:
        return []
    due_at = owed_from(month.first_day)
    return [DueRow(due_at, NOBODY, _key(month))] if due_at <= until else []


def next_month() -> TaxMonth | None:
    """Return the earliest month that is not closed; None before the first account."""
    last = Month.objects.order_by("-month").first()
    if last is not None:
        return TaxMonth.beginning(last.month).next
    with connection.cursor() as cursor:
        cursor.execute("SELECT created_at FROM accounts_account ORDER BY id LIMIT 1")
        first = cursor.fetchone()
    return TaxMonth.of(first[0], operator().zone) if first else None


def _close(row: DueRow, now: datetime) -> None:
    close_month(_month(row.key), now=now)


def _owed(until: datetime, limit: int) -> Sequence[DueRow]:
    rows = Owed.objects.filter(due_at__lte=until).order_by("due_at", "account_id", "month")
    return [
        DueRow(row.due_at, row.account_id, _key(TaxMonth.beginning(row.month)))
        for row in rows[:limit]
    ]


def _write(row: DueRow, now: datetime) -> None:
    write_documents(row.account_id, month=_month(row.key), now=now)


def _key(month: TaxMonth) -> UUID:
    return UUID(int=month.year * 100 + month.month)


def _month(key: UUID) -> TaxMonth:
    return TaxMonth(*divmod(key.int, 100))


DUE_SOURCES: Final = (
    DueSource("invoices.months", _month_over, _close, lead=MONTH_MIN),
    DueSource("invoices.documents", _owed, _write, lead=FIRST_WRITTEN),
)
