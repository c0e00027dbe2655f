"""Whether money may leave the balance, how much, and which way back."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from nummer.policy.clause import clause
from nummer.policy.refund.amounts import Amount, capped, rounded_down
from nummer.policy.refund.case import Case, Due, whole_price
from nummer.policy.refund.deadlines import asked_within_a_month
from nummer.policy.refund.decision import SplitShare
from nummer.policy.refund.facts import AccountStatus, Destination, Share
from nummer.policy.refund.form import REQUEST_FIELDS

GUARANTEED: Final = frozenset({"RP-C1", "RP-C2"})
NO_SHARE: Final = "none"


@clause(
    "RULE-CAP",
    quote="We never return more than you paid for the order, less what was returned for it "
    "before, and never pay out more than your balance holds.",
)
def credit_within_cap(case: Case, due: Due) -> Amount:
    """Return what may still be credited for the order."""
    assert case.facts.order is not None, "a credit belongs to an order"
    assert not due.from_balance, "what lies on the balance is not credited again"
    left = whole_price(case.facts.order).value - case.refunded()
    return capped(due.amount, at=max(Fraction(0), left), digits=case.digits)


def credit_is_booked(case: Case, due: Due) -> bool:
    """Return whether this credit already lies on the balance."""
    return due.from_balance or case.booked(*due.booked_under) > 0


def payable(case: Case, due: Due) -> Amount:
    """Return what may leave the balance: the credit, as far as the balance still holds it."""
    if not credit_is_booked(case, due):
        return credit_within_cap(case, due)
    there = min(case.facts.account.balance.value, _left(case, due))
    if due.from_balance:
        return rounded_down(min(due.amount.value, there), digits=case.digits)
    return capped(_as_written(case, due), at=there, digits=case.digits)


def _as_written(case: Case, due: Due) -> Amount:
    """Return the booked credit, with the price's own decimals where it is the whole price."""
    booked = case.booked(*due.booked_under)
    if booked == due.amount.value:
        return due.amount
    return rounded_down(booked, digits=case.digits)


def _left(case: Case, due: Due) -> Fraction:
    """Return what of the price has not left the balance; undue money has its own account."""
    if due.from_balance or case.facts.order is None:
        return due.amount.value
    return max(Fraction(0), whole_price(case.facts.order).value - case.paid_out())


def too_late(case: Case, due: Due) -> bool:
    """Return whether a guaranteed payout is asked for after its month (RP-T1)."""
    return due.ground in GUARANTEED and not asked_within_a_month(case, ground_at=due.trigger)


@clause(
    "RP-P2b",
    quote="While such a block lasts, refunds are still booked to the balance, but payouts wait "
    "until it is lifted.",
)
@clause(
    "RULE-CB",
    quote="While a payment that funded the order is disputed with your bank, a payout waits for "
    "the outcome.",
)
def held_by(case: Case) -> str | None:
    """Return the clause that makes every payout wait, if one does."""
    if case.facts.account.status is AccountStatus.BLOCKED_LAW_ENFORCEMENT:
        return "RP-P2b"
    return "RULE-CB" if case.facts.chargeback_open else None


@clause(
    "RP-X3",
    quote="A mere complaint or suspicion refuses nothing: the payout waits, and we decide within "
    "one month.",
    reading="ADR 0030",
)
def held_for_suspicion(case: Case, due: Due) -> bool:
    """Return whether a suspicion, not yet confirmed, makes this payout wait."""
    return due.abuse_bars and case.facts.abuse is not None and not case.abuse_confirmed


def refused_for_abuse(case: Case, due: Due) -> bool:
    """Return whether confirmed abuse, of any scope, refuses this payout (RP-X3)."""
    return due.abuse_bars and case.abuse_confirmed


@clause(
    "RP-T4",
    quote="A request for a payout names the service, the amount and the reason, and the details "
    "for the refund: the reference of the original payment is enough.",
    reading="ADR 0032",
)
def missing_fields(case: Case, due: Due) -> tuple[str, ...]:
    """Return what a request under C1 or C2 still has to say, in the order of asking."""
    if due.ground not in GUARANTEED or case.request is None:
        return ()
    return tuple(name for name in REQUEST_FIELDS if name not in case.request.fields_given)


@clause(
    "RP-CF",
    quote="Some payment methods cannot take money back; we say so before you top up, and then "
    "offer you another way, which you choose.",
)
def shares_of(case: Case, due: Due, *, amount: Amount) -> tuple[SplitShare, ...]:
    """Return the ways back: each share to its own method, what has none to an alternative."""
    funding = case.facts.funding
    if not funding:
        return (_part("", amount.value, Destination.PAYMENT_METHOD, case=case),)
    parts, left = [], amount.value
    for share, available in _behind(funding, refilled=_refilled(case, due)):
        taken = min(left, available)
        if taken:
            parts.append(_part(share.method, taken, _way_back(share), case=case))
        left -= taken
    if left:
        parts.append(_part(NO_SHARE, left, Destination.ALTERNATIVE, case=case))
    return tuple(parts)


def _behind(funding: tuple[Share, ...], *, refilled: Fraction) -> Iterator[tuple[Share, Fraction]]:
    """Yield each share with what earlier refunds of the order have not yet filled of it."""
    for share in funding:
        full = min(refilled, share.amount.value)
        refilled -= full
        yield share, share.amount.value - full


def _refilled(case: Case, due: Due) -> Fraction:
    """Return what other refunds of this order have given back to its shares before."""
    return max(Fraction(0), case.refunded() - case.booked(*due.booked_under))


def _way_back(share: Share) -> Destination:
    """Promotional money never leaves; a method without refunds needs an alternative."""
    if share.promo:
        return Destination.BALANCE
    return Destination.PAYMENT_METHOD if share.refundable else Destination.ALTERNATIVE


def _part(method: str, value: Fraction, destination: Destination, *, case: Case) -> SplitShare:
    digits = case.digits
    while (value * 10**digits).denominator != 1:
        digits += 1
    amount = Amount(int(value * 10**digits), digits)
    return SplitShare(method=method, destination=destination, amount=amount)
