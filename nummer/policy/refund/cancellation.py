"""Cancelling an order in time (PP-6, LAW-14), and money taken without an order (RULE-ERR)."""

from __future__ import annotations

from fractions import Fraction

from nummer.policy.clause import clause
from nummer.policy.refund.amounts import Amount, capped, rounded_down
from nummer.policy.refund.case import Case, Due, Nothing, Outcome, service_day_of, whole_price
from nummer.policy.refund.deadlines import inside_cancellation_window, inside_statutory_window
from nummer.policy.refund.facts import Ask, Order, OrderKind, PapersStatus, Reason
from nummer.policy.refund.guarantees import unused_days_up


@clause(
    "RULE-ERR",
    quote="Money that was taken from you twice, or without an order of yours, is no top-up by "
    "mistake: we pay it back on request.",
    reading="ADR 0030",
)
def captured_without_order(case: Case) -> Outcome:
    """RULE-ERR: undue money is paid back when wanted, else it simply lies on the balance."""
    captured = case.facts.captured_without_order
    asked_about = case.asks(Ask.PAYOUT) or (case.asked and case.reason is Reason.DOUBLE_CHARGE)
    if captured is None or not asked_about:
        return None
    if not case.payout_wanted:
        return Nothing(("RULE-ERR",))
    return Due(
        clauses=("RULE-ERR",),
        amount=_less_earlier(captured, "RULE-ERR", case=case),
        trigger=case.at,
        from_balance=True,
        abuse_bars=False,
    )


def _less_earlier(amount: Amount, ground: str, *, case: Case) -> Amount:
    """Take off what was already paid back under the same ground."""
    earlier = sum(
        (prior.amount.value for prior in case.facts.prior_refunds if prior.ground == ground),
        Fraction(0),
    )
    return capped(amount, at=max(Fraction(0), amount.value - earlier), digits=case.digits)


@clause(
    "PP-6.1c",
    quote="Where the law of your country gives you a longer right of withdrawal, such as the "
    "fourteen days of a consumer in the European Economic Area, you have that right as well, and "
    "nothing in this policy shortens it.",
    reading="ADR 0033",
)
@clause(
    "LAW-14",
    quote="Where the law of your country gives you a longer right of withdrawal, such as the "
    "fourteen days of a consumer in the European Economic Area, you have that right as well, and "
    "nothing in this policy shortens it.",
    reading="ADR 0033",
)
def withdrawn_by_law(case: Case) -> Outcome:
    """LAW-14: within fourteen days of the order; a top-up is withdrawn from the balance."""
    if case.payout_wanted and not case.asks(Ask.CANCEL) and case.booked("LAW-14"):
        return _booked_before(case, "LAW-14")
    if not _withdrawal_is_open(case) or case.facts.order is None:
        return None
    if case.abuse_of_this:
        return Nothing(("RP-X3",))
    if case.is_a(OrderKind.TOPUP):
        return _topup_withdrawn(case, case.facts.order)
    return _cancelled(case, case.facts.order, ground="LAW-14")


def _withdrawal_is_open(case: Case) -> bool:
    order, topup = case.facts.order, case.is_a(OrderKind.TOPUP)
    asked = case.asks(Ask.CANCEL) or (topup and case.asks(Ask.PAYOUT))
    if order is None or order.ordered_at is None or not asked:
        return False
    return (
        case.facts.eea_consumer
        and not case.is_a(OrderKind.METERED)
        and not _performed_with_consent(case, order)
        and order.ordered_at <= case.at
        and inside_statutory_window(case, ordered_at=order.ordered_at)
    )


def _topup_withdrawn(case: Case, order: Order) -> Outcome:
    if not case.payout_wanted:
        return Nothing(("LAW-14",))
    return Due(
        clauses=("LAW-14",),
        amount=_less_earlier(whole_price(order), "LAW-14", case=case),
        trigger=case.at,
        from_balance=True,
    )


@clause(
    "RP-X3",
    quote="Confirmed misuse of an order or of the account also ends the right to cancel that "
    "order under this policy.",
    reading="ADR 0030",
)
def cancellation_barred_by_abuse(case: Case) -> Outcome:
    """X3: confirmed for this order or the account; a late cancellation falls through."""
    barred = case.abuse_of_this and _cancellation_is_open(case)
    return Nothing(("RP-X3",)) if barred else None


@clause(
    "PP-6.1a",
    quote="You may cancel an order from the moment you place it until the end of the second "
    "working day after the service was provided to you.",
    reading="ADR 0033",
)
def cancelled_in_time(case: Case) -> Outcome:
    """PP-6.1: a live order inside the window; or papers that the page had not shown."""
    if case.payout_wanted and not case.asks(Ask.CANCEL) and case.booked("PP-6.1"):
        return _booked_before(case, "PP-6.1")
    if case.facts.order is not None and _cancellation_is_open(case):
        return _cancelled(case, case.facts.order, ground="PP-6.1")
    return _papers_not_shown(case)


def _cancellation_is_open(case: Case) -> bool:
    return case.asks(Ask.CANCEL) and _window_is_open(case)


def _window_is_open(case: Case) -> bool:
    order = case.facts.order
    if order is None or order.renewed_automatically or case.is_a(OrderKind.TOPUP):
        return False
    return (
        _is_live(case)
        and not _performed_with_consent(case, order)
        and (order.ordered_at is None or order.ordered_at <= case.at)
        and inside_cancellation_window(case)
    )


def could_still_cancel(case: Case) -> bool:
    """Return whether a cancellation asked at this instant would be in time, by policy or law."""
    order = case.facts.order
    if order is None or case.is_a(OrderKind.TOPUP):
        return False
    by_law = (
        case.facts.eea_consumer
        and order.ordered_at is not None
        and not case.is_a(OrderKind.METERED)
        and not _performed_with_consent(case, order)
        and inside_statutory_window(case, ordered_at=order.ordered_at)
    )
    return by_law or _window_is_open(case)


def _is_live(case: Case) -> bool:
    """Return whether there is still an order to cancel: it has not failed or run out."""
    facts = case.facts
    rejected = facts.papers and facts.papers.status is PapersStatus.REJECTED_BY_CARRIER
    failed = facts.stock_failure or facts.provision_failed_at or rejected
    ran_out = case.is_a(OrderKind.ONE_TIME) and case.window_over and not case.code_displayed
    return not failed and not ran_out


def _performed_with_consent(case: Case, order: Order) -> bool:
    """Return whether nothing is left to cancel: delivered at once, as the client agreed."""
    delivered_whole = case.is_a(OrderKind.ONE_TIME, OrderKind.METERED)
    return delivered_whole and case.rendered_at is not None and order.consent_immediate


def _papers_not_shown(case: Case) -> Outcome:
    """X2': papers were asked for that the page had not named, and the client wants the money."""
    papers, order = case.facts.papers, case.facts.order
    if papers is None or order is None or not case.asks(Ask.PAYOUT):
        return None
    if papers.status is not PapersStatus.REFUSED or papers.shown:
        return None
    return Due(
        clauses=("PP-6.1",),
        amount=whole_price(order),
        trigger=papers.at,
        booked_under=frozenset({"PP-6.1", "RP-B3"}),
    )


def _booked_before(case: Case, ground: str) -> Due:
    """Return an earlier cancellation, credited then, whose money the client wants now."""
    return Due(
        clauses=(ground,),
        amount=rounded_down(case.booked(ground), digits=case.digits),
        trigger=case.at,
        booked_under=frozenset({ground}),
    )


def _cancelled(case: Case, order: Order, *, ground: str) -> Due:
    return Due(
        clauses=(ground,),
        amount=_price_after_cancelling(case, order),
        trigger=case.at,
        booked_under=frozenset({ground}),
    )


def _price_after_cancelling(case: Case, order: Order) -> Amount:
    """Return F3: everything if nothing began with consent, else the days not begun."""
    if case.rendered_at is None or not order.consent_immediate:
        return whole_price(order)
    deactivated = case.facts.deactivated
    ended_at = min(case.at, deactivated.at) if deactivated else case.at
    return unused_days_up(case, used=service_day_of(case, ended_at) + 1)
