"""Time-driven work of orders: the confirmation by mail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from nummer.apps.orders.actions import confirm_by_mail
from nummer.apps.orders.models import Order
from nummer.kernel.due import AT_END, DueRow, DueSource


def _find(until: datetime, limit: int) -> Sequence[DueRow]:
    rows = Order.objects.filter(confirmed_at=None, placed_at__lte=until)
    return [
        DueRow(row.placed_at, row.account_id, row.id)
        for row in rows.order_by("placed_at", "id")[:limit]
    ]


def _fire(row: DueRow, now: datetime) -> None:
    confirm_by_mail(row.account_id, now=now)


DUE_SOURCES: Final = (DueSource("orders.confirmations", _find, _fire, lead=AT_END),)
