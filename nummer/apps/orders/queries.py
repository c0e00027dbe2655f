"""Reads of orders."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from nummer.apps.orders.errors import NoSuchOrder
from nummer.apps.orders.models import Order
from nummer.apps.paging import page_behind
from nummer.kernel.money import Money
from nummer.kernel.paging import Seen


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order as it was agreed."""

    account_id: int
    id: UUID
    service: str
    country: str
    net: Money
    tax: Money
    total: Money
    tax_rate_bp: int
    surface: str
    consent_immediate_at: datetime
    consent_loss_at: datetime
    texts: list[dict[str, str]]
    documents: list[dict[str, str]]
    placed_at: datetime
    confirmed_at: datetime | None = None  # when the letter that confirms it was written


def order(account_id: int, *, order_id: UUID) -> OrderRow:
    """Return one order. Refuses: NoSuchOrder."""
    row = Order.objects.filter(account_id=account_id, id=order_id).first()
    if row is None:
        raise NoSuchOrder
    return _row(row)


def orders_of(account_id: int, *, order_ids: Sequence[UUID]) -> dict[UUID, OrderRow]:
    """Return several orders of one account in one query, by id."""
    rows = Order.objects.filter(account_id=account_id, id__in=list(order_ids))
    return {row.id: _row(row) for row in rows.order_by("id")}


def country_under(account_id: int, *, key: UUID) -> str | None:
    """Return the country of the order that stands under an idempotency key, None without one."""
    rows = Order.objects.filter(account_id=account_id, key=key).order_by("id")
    return rows.values_list("country", flat=True).first()


def recent(
    *, after: Seen | None = None, limit: int = 50, account_ids: Collection[int] | None = None
) -> list[OrderRow]:
    """Return a page of orders for the staff, newest first: all customers', or those of some.

    `after` is the last row of the page before.
    """
    rows = Order.objects.all()
    if account_ids is not None:
        rows = rows.filter(account_id__in=account_ids)
    found = page_behind(rows, after, by=("-placed_at", "-id"))
    return [_row(row) for row in found[: min(limit, 200)]]


_AUDIT = (
    (
        "order has its activation",
        """
        SELECT count(*) FROM orders_order o WHERE NOT EXISTS (
          SELECT 1 FROM numbers_activation a
           WHERE a.account_id = o.account_id AND a.order_id = o.id)
        """,
    ),
    (
        "activation has its order",
        """
        SELECT count(*) FROM numbers_activation a WHERE NOT EXISTS (
          SELECT 1 FROM orders_order o WHERE o.account_id = a.account_id AND o.id = a.order_id)
        """,
    ),
    (
        "order was charged exactly its total",
        """
        SELECT count(*) FROM orders_order o WHERE o.total_micro IS DISTINCT FROM (
          SELECT -sum(t.amount) FROM ledger.transfer t
           WHERE t.account_id = o.account_id AND t.id = o.id)
        """,
    ),
)


def audit_lines() -> list[tuple[str, int, str]]:
    """Prove this app's invariants: (name, breaches, detail) each."""
    lines = []
    with connection.cursor() as cursor:
        for name, query in _AUDIT:
            cursor.execute(query)
            lines.append((f"orders: {name}", int(cursor.fetchone()[0]), ""))
    return lines


def _row(row: Order) -> OrderRow:
    return OrderRow(
        account_id=row.account_id,
        id=row.id,
        service=row.service_code,
        country=row.country,
        net=Money(row.net_micro, row.currency),
        tax=Money(row.tax_micro, row.currency),
        total=Money(row.total_micro, row.currency),
        tax_rate_bp=row.tax_rate_bp,
        surface=row.surface,
        consent_immediate_at=row.consent_immediate_at,
        consent_loss_at=row.consent_loss_at,
        texts=row.texts,
        documents=row.documents,
        placed_at=row.placed_at,
        confirmed_at=row.confirmed_at,
    )
