"""What a person decides where no rule fits: one proposes, another releases (RULE-REVIEW)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from nummer.apps.agreements.quoting import words_in
from nummer.apps.agreements.texts import REFUND_POLICY
from nummer.apps.audit import actions as audit
from nummer.apps.cases import actions as cases
from nummer.apps.incidents.errors import SecondPersonNeeded
from nummer.apps.orders import queries as orders
from nummer.apps.orders.queries import OrderRow
from nummer.apps.refunds.actions import deadlines
from nummer.apps.refunds.actions.booking import Record, write
from nummer.apps.refunds.actions.claims import claim_to_judge, locked_claim
from nummer.apps.refunds.actions.letters import tell_claim
from nummer.apps.refunds.errors import (
    ClaimNotWaiting,
    ClauseUnknown,
    MoreThanPaid,
    NoSuchClaim,
)
from nummer.apps.refunds.models import Claim, ClaimState, Decision, Proposal
from nummer.apps.refunds.queries import ProposalRow, proposal_row
from nummer.kernel.ids import id_of, new_id
from nummer.kernel.locale import DRAFTING_LANGUAGE
from nummer.kernel.money import Money
from nummer.policy.refund import Verdict, decision_plain, request_json

__all__ = ["propose", "release", "send_back"]


def propose(
    account_id: int, *, claim_id: UUID, amount: Money, clause: str, actor: str, now: datetime
) -> ProposalRow:
    """Propose what a claim that no rule decides is answered: a credit, or nothing, by a clause.

    Nothing is given before another person releases it. Refuses: NoSuchClaim, ClaimNotWaiting,
    MoreThanPaid (RULE-CAP), ClauseUnknown. Locks: the activation, as whoever answers the claim.
    """
    with transaction.atomic():
        found, _ = locked_claim(account_id, claim_id=claim_id)
        if found.state != ClaimState.WAITING or _open(account_id, claim_id) is not None:
            raise ClaimNotWaiting
        order = orders.order(account_id, order_id=found.order_id)
        _require_clause(order, clause)
        _require_left(order, amount)
        row = Proposal.objects.create(
            account_id=account_id,
            id=new_id(),
            claim_id=claim_id,
            amount_micro=amount.micro,
            currency=amount.currency,
            clause=clause,
            proposed_by=actor,
            proposed_at=now,
        )
        _record("propose_refund", row, actor=actor, now=now)
    return proposal_row(row)


def release(account_id: int, *, proposal_id: UUID, actor: str, now: datetime) -> ProposalRow:
    """Decide a claim as another person proposed it, book the credit and tell the customer.

    Releasing twice is releasing once. Refuses: NoSuchClaim, SecondPersonNeeded, ClaimNotWaiting,
    MoreThanPaid. Locks: the activation, the claim, the proposal, the wallet.
    """
    with transaction.atomic():
        row = _proposal(account_id, proposal_id)
        if row.decision_id is not None:
            return proposal_row(row)
        if row.proposed_by == actor:
            raise SecondPersonNeeded
        found, order, judged = claim_to_judge(account_id, claim_id=row.claim_id, now=now)
        row = _proposal(account_id, proposal_id, lock=True)
        if row.decision_id is not None:
            return proposal_row(row)
        if found.state != ClaimState.WAITING or row.answered_at is not None:
            raise ClaimNotWaiting
        amount = Money(row.amount_micro, row.currency)
        _require_left(order, amount)
        decided = write(
            order,
            Record(
                claim_key=f"{order.id}:{row.id}",
                decision=(Verdict.CREDIT if amount.micro else Verdict.DENY).value,
                clauses=[row.clause],
                amount=amount,
                credited=amount,
                facts=judged.facts,
                request=None if judged.request is None else request_json(judged.request),
                outcome={
                    **decision_plain(judged.answer),
                    "considered": list(judged.answer.considered),
                    "ground": row.clause,
                },
                calendar_version=judged.answer.calendar_version,
                claim_id=found.id,
                ground=row.clause,
                by_people=True,
            ),
            transfer_id=id_of("refund", order.id, row.id),
            actor=actor,
            surface="staff",
            now=now,
        )
        _answer(row, decided, actor=actor, now=now)
        _decide(found, decided, now=now)
        tell_claim(found, decided, now=now)
        cases.note_answered(account_id, case_id=found.case_id, now=now)
        _record("release_refund", row, actor=actor, now=now)
    return proposal_row(row)


def send_back(account_id: int, *, proposal_id: UUID, actor: str, now: datetime) -> ProposalRow:
    """Say no to a proposal; the claim waits for another one. Repeating it changes nothing.

    Whoever proposed may take it back so. Refuses: NoSuchClaim. Locks: the proposal.
    """
    with transaction.atomic():
        row = _proposal(account_id, proposal_id, lock=True)
        if row.answered_at is None:
            _answer(row, None, actor=actor, now=now)
            _record("send_back_refund", row, actor=actor, now=now)
    return proposal_row(row)


def _answer(row: Proposal, decided: Decision | None, *, actor: str, now: datetime) -> None:
    row.answered_by, row.answered_at = actor, now
    row.decision_id = None if decided is None else decided.id
    row.save(update_fields=["answered_by", "answered_at", "decision_id"])


def _decide(found: Claim, decided: Decision, *, now: datetime) -> None:
    found.state, found.decision_id, found.decided_at = ClaimState.DECIDED, decided.id, now
    found.save(update_fields=["state", "decision_id", "decided_at"])
    deadlines.meet_deadline(found.account_id, kind=deadlines.DECIDE, subject_id=found.id, now=now)


def _require_left(order: OrderRow, amount: Money) -> None:
    rows = Decision.objects.filter(account_id=order.account_id, order_id=order.id)
    given = sum(rows.values_list("credited_micro", flat=True))
    left = Money(order.total.micro - given, order.total.currency)
    if amount.currency != left.currency or amount.micro > left.micro:
        raise MoreThanPaid(left=f"{left.decimal_text()} {left.currency}")


def _require_clause(order: OrderRow, clause: str) -> None:
    versions = [text["version"] for text in order.documents if text["document"] == REFUND_POLICY]
    known = any(
        clause in words_in(REFUND_POLICY, version=version, language=DRAFTING_LANGUAGE)
        for version in versions
    )
    if not known:
        raise ClauseUnknown


def _open(account_id: int, claim_id: UUID) -> Proposal | None:
    return Proposal.objects.filter(
        account_id=account_id, claim_id=claim_id, answered_at=None
    ).first()


def _locked(account_id: int, claim_id: UUID) -> Claim:
    rows = Claim.objects.select_for_update().filter(account_id=account_id, id=claim_id)
    row = rows.first()
    if row is None:
        raise NoSuchClaim
    return row


def _proposal(account_id: int, proposal_id: UUID, *, lock: bool = False) -> Proposal:
    rows = Proposal.objects.filter(account_id=account_id, id=proposal_id)
    row = (rows.select_for_update() if lock else rows).first()
    if row is None:
        raise NoSuchClaim
    return row


def _record(verb: str, row: Proposal, *, actor: str, now: datetime) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        place="refunds_proposal",
        row=str(row.id),
        account_id=row.account_id,
        now=now,
    )
