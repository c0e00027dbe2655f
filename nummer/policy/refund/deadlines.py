"""When something must be done, and until when something may be asked; all are local dates."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from nummer.policy.calendar import (
    local_date,
    next_working_day,
    one_month_after,
    working_days_after,
)
from nummer.policy.clause import clause
from nummer.policy.refund.case import Case
from nummer.policy.refund.facts import RefundFacts

CREDIT_WORKING_DAYS: Final = 5  # RP-T2: "within five working days"
ANSWER_WORKING_DAYS: Final = 2  # RP-T3: "within two working days of receiving it"
CANCEL_WORKING_DAYS: Final = 2  # PP-6.1: "until the end of the second working day"
WITHDRAWAL_PERIOD: Final = timedelta(days=14)  # LAW-14


@clause(
    "RP-T2",
    quote="We return money to your balance by ourselves, without a request, at once where we can "
    "and in any case within five working days.",
)
def credit_by(case: Case, *, trigger: datetime) -> date:
    """Return the last day for a credit; the day of the trigger is not counted."""
    day = local_date(trigger, timezone=case.facts.timezone)
    return working_days_after(day, count=CREDIT_WORKING_DAYS, country=case.facts.operator_calendar)


@clause(
    "RP-T3",
    quote="Money to you outside the balance is paid on request; we decide on every request within "
    "two working days of receiving it, and a refusal names its clause.",
)
def decide_by(facts: RefundFacts, *, received_at: datetime) -> date:
    """Return the last day for an answer, whatever the answer is."""
    day = local_date(received_at, timezone=facts.timezone)
    return working_days_after(day, count=ANSWER_WORKING_DAYS, country=facts.operator_calendar)


@clause(
    "RP-T1",
    quote="What we grant reaches you within one calendar month of your request.",
    reading="ADR 0032",
)
def settle_by(case: Case, *, statutory: bool) -> date:
    """Return the last day for a payout; our own duty is never moved by a holiday."""
    received = local_date(case.at, timezone=case.facts.timezone)
    return received + WITHDRAWAL_PERIOD if statutory else one_month_after(received)


@clause(
    "RP-T1",
    quote="A payout in the two cases above is asked for within one calendar month of its ground; "
    "after that the money stays on your balance.",
    reading="ADR 0032",
)
def asked_within_a_month(case: Case, *, ground_at: datetime) -> bool:
    """Return whether a payout is asked in time; the later calendar helps the client."""
    last = one_month_after(local_date(ground_at, timezone=case.facts.timezone))
    return _day_of(case) <= max(
        next_working_day(last, country=country) for country in _calendars(case.facts)
    )


@clause(
    "PP-6.1a",
    quote="You may cancel an order from the moment you place it until the end of the second "
    "working day after the service was provided to you.",
    reading="ADR 0033",
)
def inside_cancellation_window(case: Case) -> bool:
    """Return whether a cancellation comes in time; before rendering it always does."""
    if case.rendered_at is None:
        return True
    return _day_of(case) <= cancellable_until(case.facts, rendered_at=case.rendered_at)


def cancellable_until(facts: RefundFacts, *, rendered_at: datetime) -> date:
    """Return the last day on which what was rendered can be cancelled (PP-6.1a)."""
    rendered = local_date(rendered_at, timezone=facts.timezone)
    return max(
        working_days_after(rendered, count=CANCEL_WORKING_DAYS, country=country)
        for country in _calendars(facts)
    )


@clause(
    "PP-6.1c",
    quote="Where the law of your country gives you a longer right of withdrawal, such as the "
    "fourteen days of a consumer in the European Economic Area, you have that right as well, and "
    "nothing in this policy shortens it.",
    reading="ADR 0033",
)
def inside_statutory_window(case: Case, *, ordered_at: datetime) -> bool:
    """Return whether the withdrawal comes within fourteen days after the day of the order."""
    last = local_date(ordered_at, timezone=case.facts.timezone) + WITHDRAWAL_PERIOD
    return _day_of(case) <= next_working_day(last, country=case.facts.customer_calendar)


def _day_of(case: Case) -> date:
    return local_date(case.at, timezone=case.facts.timezone)


def _calendars(facts: RefundFacts) -> tuple[str, str]:
    return facts.operator_calendar, facts.customer_calendar
