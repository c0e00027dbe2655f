"""Claims: what somebody asks for an order, when it reached us, and the answer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from nummer.apps.accounts import queries as accounts
from nummer.apps.audit import actions as audit
from nummer.apps.cases import actions as cases
from nummer.apps.cases import queries as written
from nummer.apps.cases.actions import Channel, Proof
from nummer.apps.cases.actions import Kind as CaseKind
from nummer.apps.ledger import queries as wallets
from nummer.apps.numbers import actions as numbers
from nummer.apps.numbers import queries as stock
from nummer.apps.numbers.models import OPEN_STATES, Activation, ActivationState
from nummer.apps.numbers.queries import ActivationRow
from nummer.apps.orders import queries as orders
from nummer.apps.orders.errors import KeyReused
from nummer.apps.orders.queries import OrderRow
from nummer.apps.refunds.actions import deadlines
from nummer.apps.refunds.actions.booking import (
    SYSTEM,
    Judged,
    book,
    earlier_decisions,
    judged_claim,
)
from nummer.apps.refunds.actions.letters import tell_claim
from nummer.apps.refunds.errors import ContactBeforeOrder, NoSuchClaim, NothingMissing
from nummer.apps.refunds.facts import contract_place, disputed, one_time_facts, what_is_known
from nummer.apps.refunds.models import Claim, ClaimState, Decision, Proposal
from nummer.apps.refunds.queries import ClaimRow, claim, claim_row
from nummer.apps.standing import actions as standing
from nummer.kernel.ids import id_of
from nummer.policy import calendar
from nummer.policy.refund import Ask, Verdict, request_from_json
from nummer.policy.refund.deadlines import ANSWER_WORKING_DAYS

__all__ = [
    "Ask",
    "Asked",
    "answer_claim",
    "claim_to_judge",
    "complete_claim",
    "confirm_claim",
    "file_claim",
    "keep_claim",
    "preview",
]

OBJECTS: Final = "review"  # who objects to a decision is answered by people (RULE-REVIEW)
PROVEN: Final = (Proof.SIGNED_IN, Proof.STAFF)
_CASES: Final = {
    Ask.CANCEL: CaseKind.WITHDRAWAL,
    Ask.PAYOUT: CaseKind.PAYOUT,
    Ask.BALANCE_CLAIM: CaseKind.REFUND,
}
_OPEN_ENDS: Final = {
    Verdict.REVIEW: ClaimState.WAITING,
    Verdict.HOLD: ClaimState.HELD,
    Verdict.NEED_INFO: ClaimState.MISSING,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked of us for an order, through which channel, and when it reached us."""

    ask: Ask
    to_client: bool = False  # money shall leave the balance
    reason: str = ""
    unsaid: tuple[str, ...] = ()  # what RP-T4 wants to know and he did not say
    channel: Channel
    proof: Proof
    received_at: datetime

    def plain(self) -> dict[str, object]:
        """Return the request in the form that the policy reads.

        Who asks on the page of an order has said all but his reason: service and sum are the
        order's own, and its payment is on our books.
        """
        all_of_it = {"service_name": "1", "amount": "1", "reason": self.reason, "details": "1"}
        fields = {name: text for name, text in all_of_it.items() if name not in self.unsaid}
        return {
            "ask": self.ask.value,
            "received_at": self.received_at.isoformat(),
            "wants": "payout" if self.to_client else "balance",
            "reason": self.reason or None,
            "fields": fields,
        }


def preview(account_id: int, *, activation_id: int, asked: Asked, now: datetime) -> Judged:
    """Return what the policy would answer to a claim; nothing is filed.

    Refuses: NoSuchActivation, ContactBeforeOrder.
    """
    row = stock.activation(account_id, activation_id=activation_id)
    order = orders.order(account_id, order_id=row.order_id)
    _require_after(order, asked.received_at)
    return _judged(row, order, asked.plain(), now)


def file_claim(
    account_id: int,
    *,
    key: UUID,
    activation_id: int,
    asked: Asked,
    text: str,
    actor: str,
    now: datetime,
    case_id: UUID | None = None,
) -> ClaimRow:
    """Take a claim for an order and answer it at once, as it stood when it reached us.

    A claim that nobody proved to be the customer's is only kept: its time counts once he confirms
    it. The same key again, and the same wish for the order while it is open, return the first.
    `case_id` is the case in which he wrote it; the moment and the proof are then that case's.
    Refuses: NoSuchActivation, ContactBeforeOrder, NoSuchCase, KeyReused, and what opening a case
    refuses.
    Locks: the activation, its slot, the wallet.
    """
    if case_id is not None:
        asked = _as_written(account_id, case_id, asked)
    with transaction.atomic():
        row = numbers.locked_by_public_id(account_id, activation_id=activation_id)
        order = orders.order(account_id, order_id=row.order_id)
        _require_after(order, asked.received_at)
        if (first := _filed_before(account_id, key, order, asked)) is not None:
            return claim_row(first)
        filed = keep_claim(
            order,
            key=key,
            asked=asked,
            case_id=case_id or id_of("claim-case", key),
            actor=actor,
            now=now,
        )
        if case_id is None:
            cases.open_declared(
                account_id,
                key=filed.case_id,
                kind=_CASES[asked.ask],
                channel=asked.channel,
                text=text,
                subject=str(activation_id),
                proof=asked.proof,
                actor=actor,
                received_at=asked.received_at,
                now=now,
                order_id=order.id,
            )
        if asked.proof in PROVEN:
            _answer(filed, row, order, surface=asked.channel.value, actor=actor, now=now)
    return claim(account_id, claim_id=key)


def _as_written(account_id: int, case_id: UUID, asked: Asked) -> Asked:
    """Return what is asked with the moment of a case and with what proves who wrote it.

    A mail executes nothing: until the customer stands by it in his account, it is only claimed.
    """
    head = written.case(account_id, case_id=case_id).head
    proof = Proof.CLAIMED if head.to_be_confirmed else Proof.STAFF
    channel = Channel(head.channel)
    return replace(asked, received_at=head.received_at, proof=proof, channel=channel)


def keep_claim(
    order: OrderRow, *, key: UUID, asked: Asked, case_id: UUID, actor: str, now: datetime
) -> Claim:
    """Write a claim down with the day by which it is answered; in the caller's transaction."""
    filed = Claim.objects.create(
        account_id=order.account_id,
        id=key,
        order_id=order.id,
        case_id=case_id,
        ask=asked.ask.value,
        wants="payout" if asked.to_client else "balance",
        reason=asked.reason,
        channel=asked.channel.value,
        proof=asked.proof.value,
        actor=actor,
        received_at=asked.received_at,
        filed_at=now,
        unsaid=list(asked.unsaid),
        state=ClaimState.WAITING if asked.proof in PROVEN else ClaimState.UNCONFIRMED,
    )
    zone, country = _contract(order)
    received = calendar.local_date(asked.received_at, timezone=zone)
    deadlines.open_deadline(
        order.account_id,
        kind=deadlines.DECIDE,
        subject_id=key,
        order_id=order.id,
        last_day=calendar.working_days_after(received, count=ANSWER_WORKING_DAYS, country=country),
        timezone=zone,
        now=now,
    )
    return filed


def confirm_claim(account_id: int, *, claim_id: UUID, actor: str, now: datetime) -> ClaimRow:
    """Answer a claim that the customer, or a member of the staff for him, now stands by.

    It is judged as it stood when it reached us; where a code came since, people judge it.
    Repeating it changes nothing.
    Refuses: NoSuchClaim. Locks: the activation, its slot, the wallet.
    """
    with transaction.atomic():
        found = _found(account_id, claim_id)
        row = _locked_by_order(account_id, found.order_id)
        found = _found(account_id, claim_id)  # as it stands now that nobody else decides
        if found.state == ClaimState.UNCONFIRMED:
            cases.confirm_case(account_id, case_id=found.case_id, now=now)
            order = orders.order(account_id, order_id=row.order_id)
            _answer(found, row, order, surface=found.channel, actor=actor, now=now)
    return claim(account_id, claim_id=claim_id)


def answer_claim(account_id: int, *, claim_id: UUID, actor: str, now: datetime) -> ClaimRow:
    """Ask the policy again about a claim that waits or is held: facts may have come since.

    Refuses: NoSuchClaim. Locks: the activation, its slot, the wallet.
    """
    with transaction.atomic():
        row = _locked_by_order(account_id, _found(account_id, claim_id).order_id)
        found = _found(account_id, claim_id)
        if found.state in (ClaimState.WAITING, ClaimState.HELD):
            order = orders.order(account_id, order_id=row.order_id)
            _answer(found, row, order, surface=found.channel, actor=actor, now=now)
    return claim(account_id, claim_id=claim_id)


def complete_claim(
    account_id: int,
    *,
    claim_id: UUID,
    said: Collection[str],
    reason: str,
    actor: str,
    now: datetime,
) -> ClaimRow:
    """Note what the customer has said now of what we asked him for, and judge the claim again.

    It is judged as of its first receipt. While something is still missing, nothing more is sent:
    we ask once (RP-T4). Refuses: NoSuchClaim, NothingMissing. Locks: as `confirm_claim`.
    """
    with transaction.atomic():
        row = _locked_by_order(account_id, _found(account_id, claim_id).order_id)
        found = _found(account_id, claim_id)
        if found.state != ClaimState.MISSING:
            raise NothingMissing
        found.unsaid = [name for name in found.unsaid if name not in said]
        found.reason = found.reason or reason
        found.save(update_fields=["unsaid", "reason"])
        audit.record(
            actor=actor,
            verb="complete_claim",
            place="refunds_claim",
            row=str(claim_id),
            account_id=account_id,
            now=now,
        )
        order = orders.order(account_id, order_id=row.order_id)
        _answer(found, row, order, surface=found.channel, actor=actor, now=now)
    return claim(account_id, claim_id=claim_id)


def claim_to_judge(
    account_id: int, *, claim_id: UUID, now: datetime
) -> tuple[Claim, OrderRow, Judged]:
    """Return a claim with its order and what the policy says of it, for whoever decides it.

    Refuses: NoSuchClaim. Locks: the activation, which whoever decides on the order takes first.
    """
    found, row = locked_claim(account_id, claim_id=claim_id)
    order = orders.order(account_id, order_id=row.order_id)
    return found, order, _judged(row, order, _plain_of(found), now)


def locked_claim(account_id: int, *, claim_id: UUID) -> tuple[Claim, Activation]:
    """Return a claim as it stays until the caller is done, and the activation it is about.

    Refuses: NoSuchClaim. Locks: the activation, which whoever decides on the order takes first.
    """
    row = _locked_by_order(account_id, _found(account_id, claim_id).order_id)
    return _found(account_id, claim_id), row


def _answer(
    found: Claim, row: Activation, order: OrderRow, *, surface: str, actor: str, now: datetime
) -> None:
    """Judge, book, end the order where it was cancelled, and tell; all in one transaction."""
    if found.reason == OBJECTS:
        _move(found, ClaimState.WAITING, None, now)
        return
    if _took_the_code(found, row):
        _end(row, now)
        _wait(found, order, ClaimState.WAITING, now)
        return
    judged = _judged(row, order, _plain_of(found), now)
    verdict = judged.answer.decision
    state = _OPEN_ENDS.get(verdict, ClaimState.DECIDED)
    if state == found.state or verdict is Verdict.REVIEW:
        _wait(found, order, state, now)
        return  # somebody's word is still missing; nothing new is to be told
    if found.ask == Ask.CANCEL and verdict in (Verdict.CREDIT, Verdict.PAYOUT, Verdict.HOLD):
        _end(row, now)
    decided = book(order, judged=judged, actor=actor, surface=surface, now=now, claim_id=found.id)
    _move(found, state, decided, now)
    deadlines.meet_deadline(found.account_id, kind=deadlines.DECIDE, subject_id=found.id, now=now)
    if judged.answer.settle_by is not None:
        deadlines.open_deadline(
            found.account_id,
            kind=deadlines.SETTLE,
            subject_id=found.id,
            order_id=order.id,
            last_day=judged.answer.settle_by,
            timezone=_contract(order)[0],
            now=now,
        )
    tell_claim(found, decided, now=now)
    cases.note_answered(found.account_id, case_id=found.case_id, now=now)


def _took_the_code(found: Claim, row: Activation) -> bool:
    """Tell whether a code came after a claim that nobody stood by yet.

    By the rules it would be judged as if there were none, so whoever declares first, takes the
    code and confirms then would have it for nothing: people look at it (ADR 152).
    """
    unproven = Proof(found.proof) not in PROVEN
    return unproven and row.displayed_at is not None and row.displayed_at > found.received_at


def _wait(found: Claim, order: OrderRow, state: ClaimState, now: datetime) -> None:
    """Let a claim wait; what we had asked for and now goes to a person is owed an answer anew."""
    if found.state == ClaimState.MISSING and state == ClaimState.WAITING:
        zone, country = _contract(order)
        deadlines.owe_again(
            found.account_id,
            kind=deadlines.DECIDE,
            subject_id=found.id,
            order_id=order.id,
            last_day=calendar.working_days_after(
                calendar.local_date(now, timezone=zone), count=ANSWER_WORKING_DAYS, country=country
            ),
            timezone=zone,
            now=now,
        )
    _move(found, state, None, now)


def _end(row: Activation, now: datetime) -> None:
    """End an order that is cancelled while it waits; one with a code keeps that it came."""
    if row.state not in OPEN_STATES:
        return
    if row.displayed_at is not None:
        numbers.close_activation(row, end=ActivationState.FINISHED, now=now)
        standing.count_outcome(row.account_id, with_code=True, now=now)
        return
    ended = now > row.window_ends_at
    end = ActivationState.EXPIRED if ended else ActivationState.CANCELLED
    numbers.close_activation(row, end=end, now=now)
    standing.count_outcome(row.account_id, with_code=False, now=now)


def _move(found: Claim, state: ClaimState, decided: Decision | None, now: datetime) -> None:
    if state == found.state and decided is None:
        return
    found.state = state
    if decided is not None:
        found.decision_id = decided.id
    found.decided_at = now if state == ClaimState.DECIDED else None
    found.save(update_fields=["state", "decision_id", "decided_at"])
    if state != ClaimState.WAITING:
        _end_proposals(found, now)


def _end_proposals(found: Claim, now: datetime) -> None:
    """Send back what was proposed for a claim that a rule has answered since."""
    Proposal.objects.filter(
        account_id=found.account_id, claim_id=found.id, answered_at=None
    ).update(answered_by=SYSTEM, answered_at=now)


def _judged(
    row: Activation | ActivationRow, order: OrderRow, plain: dict[str, object], now: datetime
) -> Judged:
    earlier = earlier_decisions(order)
    at = request_from_json(plain).received_at
    facts = one_time_facts(
        order=order,
        activation=row,
        customer=accounts.account(order.account_id),
        balance=wallets.balance(order.account_id).total,
        earlier=earlier,
        known=what_is_known(order, row, now=now),
        payment_disputed=disputed(order),
        now=max(now, at),
        cancelled_at=row.closed_at if row.state == ActivationState.CANCELLED else None,
    )
    return judged_claim(facts, request=plain, earlier=earlier)


def _plain_of(found: Claim) -> dict[str, object]:
    return Asked(
        ask=Ask(found.ask),
        to_client=found.wants == "payout",
        reason=found.reason,
        unsaid=tuple(found.unsaid),
        channel=Channel(found.channel),
        proof=Proof(found.proof),
        received_at=found.received_at,
    ).plain()


def _filed_before(account_id: int, key: UUID, order: OrderRow, asked: Asked) -> Claim | None:
    rows = Claim.objects.filter(account_id=account_id)
    if (same := rows.filter(id=key).first()) is not None:
        if (same.order_id, same.ask) != (order.id, asked.ask.value):
            raise KeyReused
        return same
    wants = "payout" if asked.to_client else "balance"
    still_open = rows.filter(order_id=order.id, ask=asked.ask.value, wants=wants).exclude(
        state__in=(ClaimState.DECIDED, ClaimState.UNCONFIRMED)
    )
    return still_open.first()


def _found(account_id: int, claim_id: UUID) -> Claim:
    row = Claim.objects.filter(account_id=account_id, id=claim_id).first()
    if row is None:
        raise NoSuchClaim
    return row


def _locked_by_order(account_id: int, order_id: UUID) -> Activation:
    key = stock.activation_of_order(account_id, order_id=order_id).key
    return numbers.locked_activation(account_id, key=key)


def _require_after(order: OrderRow, received_at: datetime) -> None:
    if received_at < order.placed_at:
        raise ContactBeforeOrder


def _contract(order: OrderRow) -> tuple[str, str]:
    """Return the contract's time zone and the calendar of our working days."""
    return contract_place(accounts.account(order.account_id).country)
