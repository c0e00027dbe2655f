"""What we guarantee: money back to the balance (B), and on request to the client (C)."""

from __future__ import annotations

from datetime import datetime

from nummer.policy.calendar import local_days
from nummer.policy.clause import clause
from nummer.policy.refund.amounts import Amount, days_share_up
from nummer.policy.refund.case import (
    Case,
    Due,
    Outcome,
    paid_period,
    service_day_of,
    whole_price,
)
from nummer.policy.refund.facts import Order, OrderKind, PapersStatus
from nummer.policy.refund.outages import (
    OUTAGE_MIN,
    counted_outages,
    days_of,
    outage_left_by_client,
)

BALANCE_ONLY = ("RP-C0",)


@clause(
    "RP-C1",
    quote="If we cannot provide a number because the whole country or city has run out, although "
    "it could be ordered on our site, you may have the whole price paid back to you.",
)
def listed_place_out_of_stock(case: Case) -> Outcome:
    """C1: what stood on the page was gone everywhere in that country or city."""
    stock, order = case.facts.stock_failure, case.facts.order
    if stock is None or order is None or not _whole_place_was_gone(case):
        return None
    return Due(
        clauses=("RP-C1",),
        amount=whole_price(order),
        trigger=stock.at,
        booked_under=frozenset({"RP-C1"}),
    )


def _whole_place_was_gone(case: Case) -> bool:
    stock = case.facts.stock_failure
    return (
        stock is not None
        and stock.was_listed
        and stock.place_out_of_stock
        and case.is_a(OrderKind.RENTAL, OrderKind.ONE_TIME)
    )


@clause(
    "RP-C2",
    quote="If a connected number does not work, or stops working, through the fault of the local "
    "carrier, and we cannot replace it with a number of the same country and city, you may have "
    "the price of the remaining time paid back to you.",
    reading="ADR 0030",
)
def carrier_failed_without_replacement(case: Case) -> Outcome:
    """C2: the number is dead and there is none to take its place."""
    fault, replacement = case.facts.carrier_fault, case.facts.replacement
    if fault is None or replacement.available or replacement.accepted:
        return None
    if not case.is_a(OrderKind.RENTAL, OrderKind.ONE_TIME):
        return None
    return Due(
        clauses=("RP-C2",),
        amount=_price_from(case, fault.failed_at),
        trigger=fault.known_at,
        booked_under=frozenset({"RP-C2"}),
    )


@clause(
    "RP-B2",
    quote="If the local carrier disconnects or blocks your number for a reason that has nothing "
    "to do with what you did, or for a reason nobody can establish, we return the price of the "
    "time that remains.",
    reading="ADR 0030",
)
def carrier_blocked(case: Case) -> Outcome:
    """B2: blocked for a reason unrelated or unknown, or a replacement was declined."""
    if case.facts.replacement.accepted or case.code_displayed:
        return None
    if not case.is_a(OrderKind.RENTAL, OrderKind.ONE_TIME):
        return None
    block, fault = case.facts.carrier_block, case.facts.carrier_fault
    if block is not None and not block.caused_by_client:
        return _from_carrier(case, failed_at=block.at, known_at=block.known_at)
    if fault is not None and case.facts.replacement.available:
        return _from_carrier(case, failed_at=fault.failed_at, known_at=fault.known_at)
    return None


def _from_carrier(case: Case, *, failed_at: datetime, known_at: datetime) -> Due:
    return Due(
        clauses=("RP-B2",),
        amount=_price_from(case, failed_at),
        trigger=known_at,
        payout_refused_by=BALANCE_ONLY,
        booked_under=frozenset({"RP-B2"}),
    )


@clause(
    "RP-B3",
    quote="If we cannot provide what you paid for, for reasons outside our control, we return the "
    "whole price including one-off fees.",
    reading="ADR 0030",
)
def not_provided(case: Case) -> Outcome:
    """B3: provisioning, papers, stock, display or delivery failed; the first of them counts."""
    failed = [at for at in _failures(case) if at is not None]
    if case.facts.order is None or not failed:
        return None
    return Due(
        clauses=("RP-B3",),
        amount=whole_price(case.facts.order),
        trigger=min(failed),
        payout_refused_by=BALANCE_ONLY,
        booked_under=frozenset({"RP-B3"}),
    )


def _failures(case: Case) -> tuple[datetime | None, ...]:
    stock = case.facts.stock_failure
    return (
        case.facts.provision_failed_at,
        _papers_failed_at(case),
        stock.at if stock and not _whole_place_was_gone(case) else None,
        _kept_from_the_table_at(case),
        case.facts.undelivered_at if case.is_a(OrderKind.METERED) else None,
    )


def _papers_failed_at(case: Case) -> datetime | None:
    """Return when papers failed without fault: complete but rejected, or never shown as needed."""
    papers = case.facts.papers
    if papers is None or (papers.status is PapersStatus.REFUSED and papers.shown):
        return None
    return papers.at


def _kept_from_the_table_at(case: Case) -> datetime | None:
    """Return the end of the wait if a code came in time and was never shown."""
    return _wait_ended_at(case) if _code_came(case) and _ended_without_code(case) else None


@clause(
    "RP-B4",
    quote="If no SMS of the service you ordered arrives on a one-time number before its waiting "
    "time ends, or you cancel before one has arrived, we return the whole price.",
)
def no_sms_came(case: Case) -> Outcome:
    """B4: the wait ended, by time or by the client, and nothing of the service had come."""
    order, ended_at = case.facts.order, _wait_ended_at(case)
    if order is None or ended_at is None or _code_came(case) or not _ended_without_code(case):
        return None
    if _client_lost_the_number(case, before=ended_at):
        return None
    return Due(
        clauses=("RP-B4",),
        amount=whole_price(order),
        trigger=ended_at,
        payout_refused_by=BALANCE_ONLY,
        booked_under=frozenset({"RP-B4"}),
    )


def _client_lost_the_number(case: Case, *, before: datetime) -> bool:
    """Return whether no SMS could come because the carrier blocked what the client did."""
    block = case.facts.carrier_block
    return block is not None and block.caused_by_client and block.at <= before


def _ended_without_code(case: Case) -> bool:
    return case.is_a(OrderKind.ONE_TIME) and case.window_over and not case.code_displayed


def _wait_ended_at(case: Case) -> datetime | None:
    sms = case.facts.sms
    return min(sms.window_end, sms.cancelled_at or sms.window_end) if sms else None


def _code_came(case: Case) -> bool:
    """Return whether an SMS of the ordered service arrived before the wait ended."""
    sms, ended_at = case.facts.sms, _wait_ended_at(case)
    if sms is None or sms.received_at is None or ended_at is None:
        return False
    return sms.from_ordered_service and sms.received_at <= ended_at


@clause(
    "RP-B1",
    quote="If a rented number does not work for more than 24 hours, counted from the moment you "
    "first contact us, we return the price of every day it was unavailable, and a day that has "
    "begun counts as a whole day.",
    reading="ADR 0031",
)
def number_was_silent(case: Case) -> Outcome:
    """B1: reported outages of more than 24 hours, by days; or the rest, if the client left."""
    if not case.is_a(OrderKind.RENTAL) or case.facts.order is None:
        return None
    return _left_during_outage(case, case.facts.order) or _silent_days(case, case.facts.order)


def _silent_days(case: Case, order: Order) -> Due | None:
    counted = counted_outages(case)
    if not counted:
        return None
    start, end = paid_period(order)
    return _silence(
        case,
        order,
        days=days_of(counted, start=start, end=end),
        trigger=min(end, max(outage.ends_at for outage in counted)),
    )


def _left_during_outage(case: Case, order: Order) -> Due | None:
    """Return the rest of the period from the report on, and the days of outages before it."""
    left, deactivated = outage_left_by_client(case), case.facts.deactivated
    if left is None or deactivated is None:
        return None
    start, end = paid_period(order)
    earlier = [o for o in counted_outages(case) if o.ends_at < left.reported_at]
    used = max(0, service_day_of(case, left.reported_at))
    return _silence(
        case,
        order,
        days=_days_paid(case, order) - used + days_of(earlier, start=start, end=end),
        trigger=max(deactivated.at, left.reported_at + OUTAGE_MIN),
    )


def _silence(case: Case, order: Order, *, days: int, trigger: datetime) -> Due:
    return Due(
        clauses=("RP-B1",),
        amount=days_share_up(
            order.price, days=days, of=_days_paid(case, order), digits=case.digits
        ),
        trigger=trigger,
        payout_refused_by=BALANCE_ONLY,
        booked_under=frozenset({"RP-B1"}),
    )


@clause(
    "RULE-END",
    quote="If we end a rental ourselves without your having given cause, we return the price of "
    "the time that remains.",
    reading="ADR 0030",
)
def ended_by_operator(case: Case) -> Outcome:
    """RULE-END: we switched the number off, and nobody had misused it."""
    deactivated = case.facts.deactivated
    if deactivated is None or deactivated.by_client or case.abuse_of_this:
        return None
    if not case.is_a(OrderKind.RENTAL):
        return None
    return Due(
        clauses=("RULE-END",),
        amount=_price_from(case, deactivated.at),
        trigger=deactivated.at,
        payout_refused_by=BALANCE_ONLY,
        booked_under=frozenset({"RULE-END"}),
    )


def unused_days_up(case: Case, *, used: int) -> Amount:
    """Return the share of a rental, fees included, that `used` service days leave."""
    order = case.facts.order
    assert order is not None, "only an order has days"
    days = _days_paid(case, order)
    return days_share_up(whole_price(order), days=days - max(0, used), of=days, digits=case.digits)


def _price_from(case: Case, at: datetime) -> Amount:
    """Return F2 from `at` for a rental, F0 for a one-time number."""
    assert case.facts.order is not None, "only an order has a price"
    if case.is_a(OrderKind.RENTAL):
        return unused_days_up(case, used=service_day_of(case, at))
    return whole_price(case.facts.order)


def _days_paid(case: Case, order: Order) -> int:
    start, end = paid_period(order)
    return local_days(start, end=end, timezone=case.facts.timezone)
