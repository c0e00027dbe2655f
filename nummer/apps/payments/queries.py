"""What others may read of payments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext

from nummer.apps.payments.errors import NoSuchTopUp
from nummer.apps.payments.limits import LIMITS, TopUpLimits
from nummer.apps.payments.models import TopUp
from nummer.apps.payments.ports import installed_payments
from nummer.kernel.money import Money

LISTED_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Method:
    """A way to pay as the customer sees it, in the language of the moment."""

    code: str
    name: str
    refundable: bool


@dataclass(frozen=True, slots=True)
class TopUpRow:
    """A top-up as its customer sees it."""

    id: UUID
    amount: Money
    method: str
    refundable: bool
    state: str
    pay_url: str
    started_at: datetime
    closed_at: datetime | None


def methods(currency: str) -> list[Method]:
    """Return the ways to pay in `currency`; none where we do not sell in it."""
    if currency not in LIMITS:
        return []
    return [
        Method(code=method.code, name=gettext(method.name), refundable=method.refundable)
        for provider in installed_payments().providers
        for method in provider.methods
        if method.currencies is None or currency in method.currencies
    ]


def limits(currency: str) -> TopUpLimits | None:
    """Return the least and the most of one top-up."""
    return LIMITS.get(currency)


def top_up(account_id: int, *, top_up_id: UUID) -> TopUpRow:
    """Return one top-up of the account. Refuses: NoSuchTopUp."""
    row = TopUp.objects.filter(account_id=account_id, id=top_up_id).first()
    if row is None:
        raise NoSuchTopUp
    return _row(row)


def top_ups(account_id: int, *, before: UUID | None = None, limit: int = 50) -> list[TopUpRow]:
    """Return top-ups, latest first, from the one before `before` on."""
    rows = TopUp.objects.filter(account_id=account_id).order_by("-id")
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [_row(row) for row in rows[: max(1, min(limit, LISTED_MAX))]]


def audit_lines() -> list[tuple[str, int, str]]:
    """Return (invariant, breaches, detail) for each invariant of payments."""
    with connection.cursor() as cursor:
        cursor.execute(_UNBALANCED)
        breaches, detail = cursor.fetchone()
    return [("payments: every paid top-up, and no other, was booked once", breaches, detail or "")]


_UNBALANCED: Final = """
SELECT count(*), string_agg(t.id::text, ', ')
  FROM payments_topup t
  LEFT JOIN (SELECT account_id, id, sum(amount) AS amount, min(currency) AS currency
               FROM ledger.transfer GROUP BY account_id, id) b USING (account_id, id)
 WHERE (t.state = 'paid') <> (b.id IS NOT NULL)
    OR b.amount <> t.amount_micro OR b.currency <> t.currency
"""


def _row(row: TopUp) -> TopUpRow:
    return TopUpRow(
        id=row.id,
        amount=Money(row.amount_micro, row.currency),
        method=row.method,
        refundable=row.refundable,
        state=row.state,
        pay_url=row.pay_url,
        started_at=row.started_at,
        closed_at=row.closed_at,
    )
