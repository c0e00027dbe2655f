"""Reads of decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from nummer.apps.refunds.models import Decision
from nummer.kernel.money import Money


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A decision as the customer may see it."""

    id: UUID
    order_id: UUID
    decision: str
    clauses: tuple[str, ...]
    amount: Money
    policy_version: str
    surface: str  # where, and in which words, it was asked for
    decided_at: datetime


def decisions_of(account_id: int, *, order_ids: Sequence[UUID]) -> dict[UUID, DecisionRow]:
    """Return the newest decision of each of these orders, by order id."""
    rows = Decision.objects.filter(account_id=account_id, order_id__in=list(order_ids))
    return {row.order_id: row_of(row) for row in rows.order_by("id")}


@dataclass(frozen=True, slots=True)
class GrantedPayout:
    """A decision that money leaves the balance; who pays it needs to know no more."""

    account_id: int
    id: UUID
    order_id: UUID
    amount: Money
    clauses: tuple[str, ...]
    policy_version: str
    actor: str
    decided_at: datetime


def granted_payout(account_id: int, *, decision_id: UUID) -> GrantedPayout | None:
    """Return a decision to pay out, None where that decision is another one."""
    row = Decision.objects.filter(
        account_id=account_id, id=decision_id, decision="PAYOUT", amount_micro__gt=0
    ).first()
    if row is None:
        return None
    return GrantedPayout(
        account_id=account_id,
        id=row.id,
        order_id=row.order_id,
        amount=Money(row.amount_micro, row.currency),
        clauses=tuple(row.clauses),
        policy_version=row.policy_version,
        actor=row.actor,
        decided_at=row.decided_at,
    )


_AUDIT = (
    (
        "activation ended without a code was credited once, in full, but for RP-X4 and RP-B2",
        """
        SELECT count(*) FROM numbers_activation a
          JOIN orders_order o ON o.account_id = a.account_id AND o.id = a.order_id
         WHERE a.state IN ('cancelled', 'expired', 'failed')
           AND o.total_micro IS DISTINCT FROM (
             SELECT sum(d.amount_micro) FROM refunds_decision d
              WHERE d.account_id = o.account_id AND d.order_id = o.id AND d.decision = 'CREDIT')
           AND NOT EXISTS (
             SELECT 1 FROM refunds_decision d
              WHERE d.account_id = o.account_id AND d.order_id = o.id
                AND d.decision = 'NONE' AND d.clauses[1] IN ('RP-X4', 'RP-B2'))
        """,
    ),
    (
        "activation with a code, or open, was not credited",
        """
        SELECT count(*) FROM numbers_activation a
          JOIN refunds_decision d ON d.account_id = a.account_id AND d.order_id = a.order_id
         WHERE a.state NOT IN ('cancelled', 'expired', 'failed') AND d.decision = 'CREDIT'
        """,
    ),
    (
        "credit has its transfer of the same sum",
        """
        SELECT count(*) FROM refunds_decision d
         WHERE d.decision = 'CREDIT' AND d.amount_micro IS DISTINCT FROM (
           SELECT sum(t.amount) FROM ledger.transfer t
            WHERE t.account_id = d.account_id AND t.id = d.transfer_id)
        """,
    ),
)


def audit_lines() -> list[tuple[str, int, str]]:
    """Prove this app's invariants: (name, breaches, detail) each."""
    lines = []
    with connection.cursor() as cursor:
        for name, query in _AUDIT:
            cursor.execute(query)
            lines.append((f"refunds: {name}", int(cursor.fetchone()[0]), ""))
    return lines


def row_of(row: Decision) -> DecisionRow:
    """Return a decision as the customer may see it."""
    return DecisionRow(
        id=row.id,
        order_id=row.order_id,
        decision=row.decision,
        clauses=tuple(row.clauses),
        amount=Money(row.amount_micro, row.currency),
        policy_version=row.policy_version,
        surface=row.surface,
        decided_at=row.decided_at,
    )
