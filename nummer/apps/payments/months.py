"""What went back to methods within a month, and what failed or was disputed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection
from django.db.models import Q

from nummer.apps.paging import page_behind
from nummer.apps.payments.models import Dispute, Refund
from nummer.apps.payments.overview import Movement, dispute_movements, refund_movements
from nummer.kernel.money import Money
from nummer.kernel.paging import Seen

STEP: Final = 1_000  # rows of a file that are read at a time


@dataclass(frozen=True, slots=True)
class SentBack:
    """Of one provider and currency: what arrived, what failed, what is still under way."""

    provider: str
    paid: int
    paid_total: Money
    failed: int
    failed_total: Money
    under_way: int
    under_way_total: Money


def sent_back(*, from_at: datetime, until_at: datetime) -> list[SentBack]:
    """Sum up refunds to methods that ended between two moments, and those begun that have not."""
    with connection.cursor() as cursor:
        cursor.execute(_SENT_BACK, {"from_at": from_at, "until_at": until_at})
        return [
            SentBack(
                provider,
                paid,
                Money(paid_sum, currency),
                failed,
                Money(failed_sum, currency),
                waiting,
                Money(waiting_sum, currency),
            )
            for (
                provider,
                currency,
                paid,
                paid_sum,
                failed,
                failed_sum,
                waiting,
                waiting_sum,
            ) in cursor.fetchall()
        ]


def failed_refunds(
    *, from_at: datetime, until_at: datetime, after: Seen | None, limit: int
) -> list[Movement]:
    """Return a page of refunds that failed between two moments, the earliest first."""
    rows = Refund.objects.filter(state="failed", closed_at__gte=from_at, closed_at__lt=until_at)
    return refund_movements(list(page_behind(rows, after, by=("closed_at", "id"))[:limit]))


def disputes_of(
    *, from_at: datetime, until_at: datetime, after: Seen | None, limit: int
) -> list[Movement]:
    """Return a page of disputes that were open or ended between two moments, the oldest first."""
    rows = Dispute.objects.filter(Q(closed_at=None) | Q(closed_at__gte=from_at))
    rows = rows.filter(opened_at__lt=until_at)
    return dispute_movements(list(page_behind(rows, after, by=("opened_at", "id"))[:limit]))


def all_refunds(*, from_at: datetime, until_at: datetime) -> Iterator[list[Movement]]:
    """Yield every refund that ended between two moments, step by step, the earliest first."""
    rows = Refund.objects.filter(closed_at__gte=from_at, closed_at__lt=until_at)
    after: Seen | None = None
    while step := list(page_behind(rows, after, by=("closed_at", "id"))[:STEP]):
        yield refund_movements(step)
        after = (step[-1].account_id, step[-1].id)


_SENT_BACK: Final = """
WITH moved AS (
  SELECT provider, currency, state, amount_micro FROM payments_refund
   WHERE closed_at >= %(from_at)s AND closed_at < %(until_at)s
  UNION ALL
  SELECT provider, currency, 'under_way', amount_micro FROM payments_refund
   WHERE closed_at IS NULL AND wanted_at < %(until_at)s)
SELECT provider, currency,
       count(*) FILTER (WHERE state = 'paid'),
       coalesce(sum(amount_micro) FILTER (WHERE state = 'paid'), 0)::bigint,
       count(*) FILTER (WHERE state = 'failed'),
       coalesce(sum(amount_micro) FILTER (WHERE state = 'failed'), 0)::bigint,
       count(*) FILTER (WHERE state = 'under_way'),
       coalesce(sum(amount_micro) FILTER (WHERE state = 'under_way'), 0)::bigint
  FROM moved GROUP BY provider, currency ORDER BY provider, currency
"""
