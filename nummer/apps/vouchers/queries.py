"""What others may read of vouchers; never a code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Count

from nummer.apps.vouchers.models import Batch, Voucher
from nummer.kernel.money import Money


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch, and how many of its vouchers were redeemed."""

    id: UUID
    amount: Money
    count: int
    redeemed: int
    expires_at: datetime
    created_at: datetime
    withdrawn_at: datetime | None
    waits: bool
    actor: str


def batches(*, before: UUID | None = None, limit: int = 100) -> list[BatchRow]:
    """Return the batches, latest first; `before` is the last one seen."""
    found = Batch.objects.all() if before is None else Batch.objects.filter(id__lt=before)
    rows = list(found.order_by("-id")[:limit])
    used = dict(
        Voucher.objects.filter(batch_id__in=[row.id for row in rows], redeemed_at__isnull=False)
        .values_list("batch_id")
        .annotate(Count("id"))
    )
    return [
        BatchRow(
            id=row.id,
            amount=Money(row.amount_micro, row.currency),
            count=row.count,
            redeemed=used.get(row.id, 0),
            expires_at=row.expires_at,
            created_at=row.created_at,
            withdrawn_at=row.withdrawn_at,
            waits=row.waits,
            actor=row.actor,
        )
        for row in rows
    ]


def audit_lines() -> list[tuple[str, int, str]]:
    """Return (invariant, breaches, detail) for each invariant of vouchers."""
    with connection.cursor() as cursor:
        cursor.execute(_NOT_PAID_IN)
        breaches, detail = cursor.fetchone()
    name = "vouchers: what was redeemed is a paid top-up of the same sum, and no other"
    return [(name, int(breaches), detail or "")]


_NOT_PAID_IN: Final = """
SELECT count(*), string_agg(COALESCE(v.id, t.id)::text, ', ')
  FROM (SELECT v.id, v.account_id, v.top_up_id, b.amount_micro, b.currency
          FROM vouchers_voucher v JOIN vouchers_batch b ON b.id = v.batch_id
         WHERE v.redeemed_at IS NOT NULL) v
  FULL JOIN (SELECT * FROM payments_topup WHERE provider = 'voucher') t
    ON t.account_id = v.account_id AND t.id = v.top_up_id
 WHERE v.id IS NULL OR t.id IS NULL OR t.state <> 'paid'
    OR t.amount_micro <> v.amount_micro OR t.currency <> v.currency
"""
