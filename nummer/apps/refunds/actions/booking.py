"""Writes a decision: what the policy answers, the money it gives, and everything that proves it.

The callers hold the lock of the activation, so nothing is decided twice at once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from nummer.apps.agreements import queries as agreements
from nummer.apps.ledger import actions as ledger
from nummer.apps.ledger.actions import Book, Leg, TransferKind
from nummer.apps.refunds.facts import SLICED
from nummer.apps.refunds.models import Decision
from nummer.kernel.ids import id_of, new_id
from nummer.kernel.locale import DRAFTING_LANGUAGE
from nummer.kernel.money import Money
from nummer.policy.refund import Decision as Answer
from nummer.policy.refund import (
    Request,
    Verdict,
    decide,
    decision_plain,
    facts_from_json,
    request_from_json,
    request_json,
)


class Sold(Protocol):
    """What was sold and may be given back: an order, or a period of a lease."""

    @property
    def account_id(self) -> int:
        """Return whose it is."""

    @property
    def id(self) -> UUID:
        """Return what its charge is known by in the ledger."""

    @property
    def total(self) -> Money:
        """Return what was paid, with tax."""

    @property
    def tax(self) -> Money:
        """Return the tax in it."""

    @property
    def placed_at(self) -> datetime:
        """Return when it was agreed."""


Facts = dict[str, Any]
SYSTEM: Final = "system:refunds"


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided and booked: the first deciding clause and the sum credited."""

    decision_id: UUID
    clause: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Judged:
    """An answer of the policy with the facts it was given on."""

    facts: Facts
    request: Request | None
    answer: Answer


def earlier_decisions(order: Sold) -> list[Decision]:
    """Return what was decided on an order before, earliest first: facts are kept in this order."""
    rows = Decision.objects.filter(account_id=order.account_id, order_id=order.id)
    return list(rows.order_by("decided_at", "id"))


def judged(facts: Facts, *, request: Request | None = None) -> Judged:
    """Ask the policy."""
    return Judged(facts, request, decide(facts_from_json(facts), request))


def judged_claim(
    facts: Facts, *, request: Mapping[str, object], earlier: Sequence[Decision]
) -> Judged:
    """Ask the policy about a claim; one that was decided before is named by that decision.

    The same claim is the same ground asked for the same way, or a claim of which nothing is left
    because everything was given back before (RULE-DUP).
    """
    asked = request_from_json(request)
    first = judged(facts, request=asked)
    same = _same_claim(first.answer, asked, earlier)
    if same is None:
        return first
    priors = [
        {**prior, "same_claim": True} if prior["decision"] == str(same) else prior
        for prior in facts["prior_refunds"]
    ]
    return judged({**facts, "prior_refunds": priors}, request=asked)


def _same_claim(answer: Answer, asked: Request, earlier: Sequence[Decision]) -> UUID | None:
    """Return which of the earlier decisions decided this claim, the first where several did."""
    for row in earlier:
        before = None if row.request is None else request_from_json(row.request)
        paid = before is not None and before.payout_wanted
        if paid != asked.payout_wanted or row.decision == Verdict.HOLD:
            continue
        if row.amount_micro:
            grounds = {row.clauses[0], (row.outcome or {}).get("ground")}
            if answer.clauses == ("RULE-CAP",) or answer.clause in grounds:
                return row.id
        elif before is not None and _refused_before(answer, asked, row, before):
            return row.id
    return None


def _refused_before(answer: Answer, asked: Request, row: Decision, before: Request) -> bool:
    return (
        answer.decision is Verdict.DENY
        and row.decision == Verdict.DENY
        and tuple(row.clauses) == answer.clauses
        and (before.ask, before.reason) == (asked.ask, asked.reason)
    )


def book(
    order: Sold,
    *,
    judged: Judged,
    actor: str,
    surface: str,
    now: datetime,
    claim_id: UUID | None = None,
) -> Decision:
    """Book what an answer credits and keep the record; in the caller's transaction.

    Locks: the wallet, where something is credited.
    """
    answer = judged.answer
    credited = answer.credited.money(order.total.currency)
    ground = answer.ground or answer.clause or "NONE"
    gives = bool(credited.micro) or claim_id is None
    slice_ = _slice(order, ground) if credited.micro else ground
    not_last = {Verdict.HOLD: ":held", Verdict.NEED_INFO: ":asked"}.get(answer.decision, "")
    if answer.decision is Verdict.PAYOUT and not credited.micro and claim_id is None:
        not_last = ":payout"  # the credit of the same ground was booked before
    return write(
        order,
        Record(
            claim_key=f"{order.id}:{slice_ if gives else claim_id}{not_last}",
            decision=answer.decision.value,
            clauses=list(answer.clauses),
            amount=answer.amount,
            credited=credited,
            facts=judged.facts,
            request=None if judged.request is None else request_json(judged.request),
            outcome={
                **decision_plain(answer),
                "considered": list(answer.considered),
                "ground": answer.ground,
            },
            calendar_version=answer.calendar_version,
            claim_id=claim_id,
            ground=ground,
        ),
        transfer_id=id_of("refund", order.id, slice_),
        actor=actor,
        surface=surface,
        now=now,
    )


def _slice(order: Sold, ground: str) -> str:
    """Return the ground, numbered where a period may give money by it more than once (ADR 187)."""
    if ground != SLICED:
        return ground
    before = Decision.objects.filter(
        account_id=order.account_id,
        order_id=order.id,
        credited_micro__gt=0,
        outcome__ground=SLICED,
    ).count()
    return f"{ground}.{before + 1}" if before else ground


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What a decision consists of, before it is booked."""

    claim_key: str
    decision: str
    clauses: list[str]
    amount: Money
    credited: Money
    facts: Facts
    request: dict[str, object] | None
    outcome: dict[str, object]
    calendar_version: str
    claim_id: UUID | None
    ground: str
    by_people: bool = False


def write(
    order: Sold, record: Record, *, transfer_id: UUID, actor: str, surface: str, now: datetime
) -> Decision:
    """Book a record's credit and write it down; in the caller's transaction."""
    books = record.credited.micro > 0
    if books:
        _credit(
            order,
            amount=record.credited,
            transfer_id=transfer_id,
            clause=record.ground,
            now=now,
        )
    return Decision.objects.create(
        account_id=order.account_id,
        id=new_id(),
        order_id=order.id,
        claim_key=record.claim_key,
        decision=record.decision,
        clauses=record.clauses,
        amount_micro=record.amount.micro,
        currency=record.amount.currency,
        facts=record.facts,
        facts_sha256=facts_sha256(record.facts),
        policy_version=agreements.in_force(
            "refund-policy", language=DRAFTING_LANGUAGE, now=order.placed_at
        ).version,
        calendar_version=record.calendar_version,
        actor=actor,
        surface=surface,
        transfer_id=transfer_id if books else None,
        credited_micro=record.credited.micro,
        claim_id=record.claim_id,
        request=record.request,
        outcome=record.outcome,
        by_people=record.by_people,
        decided_at=now,
    )


def _credit(order: Sold, *, amount: Money, transfer_id: UUID, clause: str, now: datetime) -> None:
    """Put money back where it came from, net and tax each from its own book.

    Of a part of the price, the tax is its share, cut to the micro-unit.
    """
    tax = Money(order.tax.micro * amount.micro // order.total.micro, amount.currency)
    legs = [Leg(Book.REVENUE, amount - tax)]
    if tax.micro:
        legs.append(Leg(Book.TAX, tax))
    ledger.post(
        order.account_id,
        id=transfer_id,
        kind=TransferKind.REFUND,
        legs=legs,
        reference=order.id,
        clause=clause,
        now=now,
    )


def facts_sha256(facts: Facts) -> str:
    """Return the hash that binds a decision to its facts."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def told(row: Decision) -> Decided:
    """Return what a caller learns of a decision."""
    return Decided(row.id, row.clauses[0], Money(row.amount_micro, row.currency))
