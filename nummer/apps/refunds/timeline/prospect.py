"""What applies to an order now: asked of the policy itself, never worked out a second time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from nummer.apps.numbers.queries import ActivationRow
from nummer.apps.refunds.queries import DecisionRow
from nummer.kernel.money import Money
from nummer.policy.refund import decide, facts_from_json, request_from_json
from nummer.policy.refund.exclusions import REVIEW

Facts = Callable[..., dict[str, Any]]  # one_time_facts of this order; takes now and cancelled_at

_JUST_AFTER: Final = timedelta(microseconds=1)  # the last instant of a window belongs to it


class Standing(StrEnum):
    """How the money of an order stands."""

    RETURNS = "returns"  # it will go back if nothing more happens
    STAYS = "stays"  # the price is not returned
    RETURNED = "returned"  # it went back


class Step(StrEnum):
    """What a customer can still do himself."""

    CANCEL = "cancel"
    ASK_ANOTHER = "ask_another"
    FINISH = "finish"
    OBJECT = "object"  # ask a person to look at it


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing a customer can do, until when, and what it would bring him by which clause."""

    step: Step
    until: datetime | None = None
    amount: Money | None = None
    clause: str | None = None


@dataclass(frozen=True, slots=True)
class Prospect:
    """The clause that decides if nothing more happens, what it gives and when.

    `at` is when it takes effect, or took it; None where it holds already and for good.
    """

    standing: Standing
    clause: str
    amount: Money
    at: datetime | None
    choices: tuple[Choice, ...]


def prospect_of(
    row: ActivationRow, *, facts: Facts, decision: DecisionRow | None, now: datetime
) -> Prospect:
    """Return what applies to an order at `now`.

    An order that was decided shows its decision; for any other one the policy judges the facts as
    they will stand at the end of the window, if that is still to come.
    """
    if decision is not None:
        standing = Standing.RETURNED if decision.amount.micro else Standing.STAYS
        return Prospect(
            standing,
            decision.clauses[0],
            decision.amount,
            decision.decided_at,
            (Choice(Step.OBJECT),),
        )
    settles_at = row.window_ends_at + _JUST_AFTER if row.open else now
    judged = decide(facts_from_json(facts(now=max(now, settles_at))))
    clause = judged.clause or REVIEW[0]
    waiting = row.open and now <= row.window_ends_at
    choices = _choices(row, facts, now) if waiting else (Choice(Step.OBJECT),)
    if judged.amount.micro:
        return Prospect(Standing.RETURNS, clause, judged.amount, row.window_ends_at, choices)
    return Prospect(Standing.STAYS, clause, judged.amount, None, choices)


@dataclass(frozen=True, slots=True)
class IfCancelled:
    """What cancelling at this moment would bring, by which clause, and the sum behind it.

    `paid` less `earlier` is all that could still come back.
    """

    amount: Money
    clause: str
    paid: Money
    earlier: Money


def if_cancelled(
    row: ActivationRow, *, facts: Facts, paid: Money, earlier: Money, now: datetime
) -> IfCancelled:
    """Return what the policy would answer if the customer cancelled at `now`, also when it is 0.

    While no code was shown, cancelling is a fact of the order (RP-B4); afterwards, and where that
    brings nothing, it is a wish that the policy judges: the law may give what RP-X4 does not.
    """
    if row.open and row.displayed_at is None and now <= row.window_ends_at:
        judged = decide(facts_from_json(facts(now=now, cancelled_at=now)))
        if judged.amount.micro:
            return IfCancelled(judged.amount, judged.clause or REVIEW[0], paid, earlier)
    asked = request_from_json({"ask": "cancel", "received_at": now.isoformat(), "wants": "balance"})
    judged = decide(facts_from_json(facts(now=now)), asked)
    return IfCancelled(judged.amount, judged.clause or REVIEW[0], paid, earlier)


def _choices(row: ActivationRow, facts: Facts, now: datetime) -> tuple[Choice, ...]:
    """Return what an open order still allows; cancelling brings what the policy says now."""
    if row.displayed_at is not None:
        end = Choice(Step.FINISH, row.window_ends_at)
        more = Choice(Step.ASK_ANOTHER, row.window_ends_at)
        return (end,) if row.waits_for_another else (more, end)
    judged = decide(facts_from_json(facts(now=now, cancelled_at=now)))
    if not judged.amount.micro:  # such as RP-X4: cancelling would be refused
        return (Choice(Step.OBJECT),)
    return (Choice(Step.CANCEL, row.window_ends_at, judged.amount, judged.clause),)
