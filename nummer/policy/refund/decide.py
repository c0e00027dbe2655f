"""Decides one case: which rule, how much, which way, until when. Pure; asks nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from nummer.policy.calendar import VERSION
from nummer.policy.clause import clause
from nummer.policy.refund import payout
from nummer.policy.refund.amounts import Amount
from nummer.policy.refund.case import Case, Due, Nothing, Outcome, case_of
from nummer.policy.refund.deadlines import credit_by, decide_by, settle_by
from nummer.policy.refund.decision import Decision, Verdict
from nummer.policy.refund.exclusions import REVIEW
from nummer.policy.refund.facts import Destination, PriorRefund, RefundFacts, Request
from nummer.policy.refund.precedence import first_outcome

CAP = ("RULE-CAP",)
STATUTORY = "LAW-14"


def decide(facts: RefundFacts, request: Request | None = None) -> Decision:
    """Decide what is due. Without a request the engine asks itself, as it stands at `facts.now`.

    Pure: the same facts give the same decision. Never raises for facts that could be read.
    """
    case = case_of(facts, request)
    first = _first_same_claim(case)
    if first is not None:
        return _dated(case, _duplicate(case, first), considered=("RULE-DUP",))
    outcome, considered = first_outcome(case)
    return _dated(case, _settled(case, outcome), considered=considered)


def _first_same_claim(case: Case) -> PriorRefund | None:
    return next((prior for prior in case.facts.prior_refunds if prior.same_claim), None)


@clause("RULE-DUP", quote="The same claim is decided once; asking again points to that decision.")
def _duplicate(case: Case, first: PriorRefund) -> Decision:
    return replace(_answer(case, Verdict.DUPLICATE, ("RULE-DUP",)), duplicate_of=first.decision)


def _settled(case: Case, outcome: Outcome) -> Decision:
    match outcome:
        case Due():
            return _due(case, outcome)
        case Nothing():
            return _nothing(case, outcome.clauses)
        case None:
            return _undecided(case)
        case _:
            assert_never(outcome)


@clause(
    "RULE-REVIEW",
    quote="If none of these rules fits, a person decides within two working days; we never refuse "
    "by saying nothing.",
)
def _undecided(case: Case) -> Decision:
    if case.asked:
        return _answer(case, Verdict.REVIEW, REVIEW)
    return _answer(case, Verdict.NONE, ())


def _nothing(case: Case, clauses: tuple[str, ...]) -> Decision:
    return _answer(case, Verdict.DENY if case.asked else Verdict.NONE, clauses)


@clause(
    "RP-C0",
    quote="Money leaves the balance to you only in the cases named in this section and in the "
    "section on cancelling.",
)
def _due(case: Case, due: Due) -> Decision:
    if not case.payout_wanted:
        return _credit(case, due)
    if due.payout_refused_by:
        return _payout_refused(case, due, due.payout_refused_by)
    return _payout(case, due)


def _payout(case: Case, due: Due) -> Decision:
    """Test a payout whose ground stands, in the order of ADR 0030."""
    if payout.too_late(case, due):
        return _payout_refused(case, due, ("RP-T1",))
    amount = payout.payable(case, due)
    if not amount.units:
        return _nothing(case, CAP)
    waiting = _payout_waits(case, due, amount)
    if waiting is not None:
        return waiting
    missing = payout.missing_fields(case, due)
    if missing:
        return replace(_answer(case, Verdict.NEED_INFO, ("RP-T4",)), missing=missing)
    return _paid(case, due, amount)


def _payout_waits(case: Case, due: Due, amount: Amount) -> Decision | None:
    held_by = payout.held_by(case)
    if held_by:
        return _hold(case, due, amount, held_by)
    if payout.refused_for_abuse(case, due):
        return _payout_refused(case, due, ("RP-X3",))
    if payout.held_for_suspicion(case, due):
        return _hold(case, due, amount, "RP-X3")
    return None


def _paid(case: Case, due: Due, amount: Amount) -> Decision:
    parts = payout.shares_of(case, due, amount=amount)
    ways = {part.destination for part in parts}
    if ways == {Destination.BALANCE}:
        return _payout_refused(case, due, ("RP-C0",))
    alternative = Destination.ALTERNATIVE in ways
    return replace(
        _answer(case, Verdict.PAYOUT, (*due.clauses, "RP-CF") if alternative else due.clauses),
        exact=amount,
        credited=_credited_first(case, due),
        ground=due.ground,
        destination=Destination.MIXED if len(ways) > 1 else parts[0].destination,
        split=parts if len(ways) > 1 else (),
        settle_by=settle_by(case, statutory=due.ground == STATUTORY),
    )


def _hold(case: Case, due: Due, amount: Amount, clause_id: str) -> Decision:
    return replace(
        _answer(case, Verdict.HOLD, (clause_id,)),
        exact=amount,
        credited=_credited_first(case, due),
        ground=due.ground,
    )


def _credited_first(case: Case, due: Due) -> Amount:
    """Return the credit that is still due and is booked before the payout leaves or waits."""
    if payout.credit_is_booked(case, due):
        return _zero(case)
    return payout.credit_within_cap(case, due)


def _payout_refused(case: Case, due: Due, clauses: tuple[str, ...]) -> Decision:
    """Refuse the payout; a credit still due stands."""
    if payout.credit_is_booked(case, due):
        lapsed = case.closed and clauses == ("RP-C0",)
        return _nothing(case, ("RP-P2a",) if lapsed else clauses)
    credit = _credit(case, due)
    if credit.decision is not Verdict.CREDIT:
        return credit
    return replace(credit, payout_denied_by=clauses)


def _credit(case: Case, due: Due) -> Decision:
    amount = payout.credit_within_cap(case, due)
    if not amount.units:
        return _nothing(case, CAP)
    if case.closed:
        return _credit_without_balance(case, due, amount)
    return replace(
        _answer(case, Verdict.CREDIT, due.clauses),
        exact=amount,
        credited=amount,
        ground=due.ground,
        destination=Destination.BALANCE,
        credit_by=credit_by(case, trigger=due.trigger),
    )


def _credit_without_balance(case: Case, due: Due, amount: Amount) -> Decision:
    """P2a: what was earned before the account closed, and not shown then, goes another way."""
    if _lapsed(case, trigger=due.trigger):
        return _nothing(case, ("RP-P2a",))
    return replace(
        _answer(case, Verdict.ALTERNATIVE, (due.ground, "RP-P2a")),
        exact=amount,
        destination=Destination.ALTERNATIVE,
    )


def _lapsed(case: Case, *, trigger: datetime) -> bool:
    account = case.facts.account
    assert account.closed_at is not None, "a deleted account has the time of its end"
    return account.acknowledged_includes_pending or trigger > account.closed_at


def _answer(case: Case, verdict: Verdict, clauses: tuple[str, ...]) -> Decision:
    return Decision(
        decision=verdict,
        clauses=clauses,
        exact=_zero(case),
        credited=_zero(case),
        currency=case.facts.currency,
    )


def _zero(case: Case) -> Amount:
    return Amount(0, case.digits)


def _dated(case: Case, decision: Decision, *, considered: tuple[str, ...]) -> Decision:
    """Add until when we answer, and what was looked at."""
    asked_at = case.request.received_at if case.request else None
    return replace(
        decision,
        decide_by=decide_by(case.facts, received_at=asked_at) if asked_at else None,
        considered=considered,
        calendar_version=VERSION,
    )
