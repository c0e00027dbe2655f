"""Reads of decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Q

from nummer.apps.cases import queries as cases
from nummer.apps.cases.actions import Kind as CaseKind
from nummer.apps.paging import behind, keys_of, page_behind
from nummer.apps.refunds.errors import NoSuchClaim
from nummer.apps.refunds.models import Claim, ClaimState, Deadline, Decision, Proposal
from nummer.kernel.money import Money
from nummer.kernel.paging import Seen
from nummer.policy.refund import Ask

PROPOSALS_MAX: Final = 100
_LATEST_FIRST: Final = ("-decided_at", "-id")


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


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """What somebody asked for an order."""

    account_id: int
    id: UUID
    order_id: UUID
    case_id: UUID
    ask: str
    wants: str
    reason: str
    channel: str
    received_at: datetime
    filed_at: datetime
    missing: tuple[str, ...]  # what a payout needs to know and nobody said
    state: ClaimState
    decision_id: UUID | None
    decided_at: datetime | None


OWED: Final = ("credit", "decide", "settle", "asked", "payout")


@dataclass(frozen=True, slots=True)
class DeadlineRow:
    """Until when something is owed."""

    account_id: int
    id: UUID
    kind: str
    subject_id: UUID
    order_id: UUID
    opened_at: datetime
    due_at: datetime
    warned_at: datetime | None
    late_at: datetime | None


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """What one person would answer, waiting for a second one."""

    account_id: int
    id: UUID
    claim_id: UUID
    amount: Money
    clause: str
    proposed_by: str
    proposed_at: datetime
    answered_by: str
    decision_id: UUID | None


def claim(account_id: int, *, claim_id: UUID) -> ClaimRow:
    """Return one claim. Refuses: NoSuchClaim."""
    row = Claim.objects.filter(account_id=account_id, id=claim_id).first()
    if row is None:
        raise NoSuchClaim
    return claim_row(row)


def claims_of(account_id: int, *, order_id: UUID) -> list[ClaimRow]:
    """Return what was asked for an order, in the order in which it reached us."""
    rows = Claim.objects.filter(account_id=account_id, order_id=order_id)
    return [claim_row(row) for row in rows.order_by("received_at", "id")]


def claim_to_confirm(account_id: int, *, case_id: UUID) -> ClaimRow | None:
    """Return the claim of a case that its customer has not stood by yet.

    A withdrawal that was declared again is one claim, of the first case. Refuses: NoSuchCase.
    """
    head = cases.case(account_id, case_id=case_id).head
    of_case = Q(case_id=case_id)
    if head.kind is CaseKind.WITHDRAWAL and head.order_id is not None:
        of_case |= Q(order_id=head.order_id, ask=Ask.CANCEL)
    waiting = Claim.objects.filter(
        of_case, account_id=account_id, state=ClaimState.UNCONFIRMED
    ).order_by("received_at", "id")
    row = waiting.first()
    return None if row is None else claim_row(row)


def claims_to_decide(*, after: Seen | None = None, limit: int = 50) -> list[ClaimRow]:
    """Return everybody's claims without a decision, the longest waiting first.

    `after` is the last one seen, and may be decided since.
    """
    waiting = Claim.objects.exclude(state=ClaimState.DECIDED)
    rows = page_behind(waiting, after, by=("received_at", "id"))
    return [claim_row(row) for row in rows[:limit]]


def decision(account_id: int, *, decision_id: UUID) -> DecisionRow | None:
    """Return one decision of an account."""
    row = Decision.objects.filter(account_id=account_id, id=decision_id).first()
    return None if row is None else row_of(row)


def latest_decisions(
    account_id: int, *, before: UUID | None = None, limit: int = 50
) -> list[DecisionRow]:
    """Return a page of an account's decisions, latest first; `before` is the last one seen.

    Refuses: NoSuchClaim, where `before` is none of them.
    """
    rows = Decision.objects.filter(account_id=account_id)
    if before is not None:
        keys = keys_of(rows.filter(id=before), by=_LATEST_FIRST)
        if keys is None:
            raise NoSuchClaim
        rows = rows.filter(behind(keys))
    return [row_of(row) for row in rows.order_by(*_LATEST_FIRST)[:limit]]


def open_deadlines(*, after: Seen | None = None, limit: int = 50) -> list[DeadlineRow]:
    """Return what is owed to anybody, the earliest first; `after` is the last one seen."""
    rows = page_behind(Deadline.objects.filter(state="open"), after, by=("due_at", "id"))[:limit]
    return [
        DeadlineRow(
            account_id=row.account_id,
            id=row.id,
            kind=row.kind,
            subject_id=row.subject_id,
            order_id=row.order_id,
            opened_at=row.opened_at,
            due_at=row.due_at,
            warned_at=row.warned_at,
            late_at=row.late_at,
        )
        for row in rows
    ]


def owed(*, now: datetime) -> dict[str, dict[str, int]]:
    """Count open deadlines by kind: `late` past their end, `near` past their alarm, and `open`."""
    counts = {kind: {"open": 0, "near": 0, "late": 0} for kind in OWED}
    rows = Deadline.objects.filter(state="open").values_list("kind", "warn_at", "due_at")
    for kind, warn_at, due_at in rows.iterator():
        state = "late" if due_at <= now else "near" if warn_at <= now else "open"
        counts[kind][state] += 1
    return counts


def proposals(*, after: Seen | None = None, limit: int = PROPOSALS_MAX) -> list[ProposalRow]:
    """Return the proposals of everybody that wait for a second person, oldest first.

    `after` is the last one seen, and may be answered since.
    """
    rows = page_behind(Proposal.objects.filter(answered_at=None), after, by=("proposed_at", "id"))
    return [proposal_row(row) for row in rows[:limit]]


def proposals_of(account_id: int, *, claim_id: UUID) -> list[ProposalRow]:
    """Return what was proposed for a claim, oldest first."""
    rows = Proposal.objects.filter(account_id=account_id, claim_id=claim_id)
    return [proposal_row(row) for row in rows.order_by("proposed_at", "id")[:PROPOSALS_MAX]]


def decisions_of(account_id: int, *, order_ids: Sequence[UUID]) -> dict[UUID, DecisionRow]:
    """Return the decision that counts of each of these orders, by order id.

    That is the newest that gave something, and the newest of all where none did: who asks again
    for what he has got is told so, and has it all the same.
    """
    rows = Decision.objects.filter(account_id=account_id, order_id__in=list(order_ids))
    counting = sorted(rows, key=lambda row: (row.amount_micro > 0, row.id))
    return {row.order_id: row_of(row) for row in counting}


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
    claim_id: UUID | None  # whose answer told the customer of it
    settle_by: date | None


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
        claim_id=row.claim_id,
        settle_by=_day((row.outcome or {}).get("settle_by")),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


_AUDIT = (
    (
        "activation ended without a code was credited once, in full, but for RP-X4 and RP-B2",
        """
        SELECT count(*) FROM numbers_activation a
          JOIN orders_order o ON o.account_id = a.account_id AND o.id = a.order_id
         WHERE a.state IN ('cancelled', 'expired', 'failed')
           AND o.total_micro IS DISTINCT FROM (
             SELECT sum(d.credited_micro) FROM refunds_decision d
              WHERE d.account_id = o.account_id AND d.order_id = o.id AND d.credited_micro > 0)
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
         WHERE a.state NOT IN ('cancelled', 'expired', 'failed') AND d.credited_micro > 0
           AND d.claim_id IS NULL
        """,
    ),
    (
        "credit has its transfer of the same sum",
        """
        SELECT count(*) FROM refunds_decision d
         WHERE d.credited_micro > 0 AND d.credited_micro IS DISTINCT FROM (
           SELECT sum(t.amount) FROM ledger.transfer t
            WHERE t.account_id = d.account_id AND t.id = d.transfer_id)
        """,
    ),
    (
        "credits of an order are not more than it cost",
        """
        SELECT count(*) FROM (
          SELECT d.account_id, d.order_id FROM refunds_decision d
            JOIN orders_order o ON o.account_id = d.account_id AND o.id = d.order_id
           WHERE d.credited_micro > 0
           GROUP BY d.account_id, d.order_id, o.total_micro
          HAVING sum(d.credited_micro) > o.total_micro) AS too_much
        """,
    ),
    (
        "claim was decided by a decision of its own",
        """
        SELECT count(*) FROM refunds_claim c
         WHERE c.state = 'decided' AND NOT EXISTS (
           SELECT 1 FROM refunds_decision d
            WHERE d.account_id = c.account_id AND d.id = c.decision_id AND d.claim_id = c.id)
        """,
    ),
    (
        "claim without a decision has its deadline",
        """
        SELECT count(*) FROM refunds_claim c
         WHERE c.state IN ('unconfirmed', 'waiting') AND NOT EXISTS (
           SELECT 1 FROM refunds_deadline t
            WHERE t.account_id = c.account_id AND t.subject_id = c.id AND t.kind = 'decide'
              AND t.state = 'open')
        """,
    ),
    (
        "decision by people was proposed by one and released by another",
        """
        SELECT count(*) FROM refunds_decision d
         WHERE d.by_people AND NOT EXISTS (
           SELECT 1 FROM refunds_proposal p
            WHERE p.account_id = d.account_id AND p.decision_id = d.id
              AND p.answered_by <> p.proposed_by AND p.amount_micro = d.amount_micro)
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


def claim_row(row: Claim) -> ClaimRow:
    """Return a claim as others may see it."""
    return ClaimRow(
        account_id=row.account_id,
        id=row.id,
        order_id=row.order_id,
        case_id=row.case_id,
        ask=row.ask,
        wants=row.wants,
        reason=row.reason,
        channel=row.channel,
        received_at=row.received_at,
        filed_at=row.filed_at,
        missing=(*row.unsaid, *(() if row.reason else ("reason",))),
        state=ClaimState(row.state),
        decision_id=row.decision_id,
        decided_at=row.decided_at,
    )


def proposal_row(row: Proposal) -> ProposalRow:
    """Return a proposal as the staff may see it."""
    return ProposalRow(
        account_id=row.account_id,
        id=row.id,
        claim_id=row.claim_id,
        amount=Money(row.amount_micro, row.currency),
        clause=row.clause,
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        answered_by=row.answered_by,
        decision_id=row.decision_id,
    )
