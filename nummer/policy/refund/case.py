"""One case: facts as they stood at the instant of judging, what is asked, and what follows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from nummer.policy.calendar import service_day
from nummer.policy.currency import MINOR_DIGITS
from nummer.policy.refund.amounts import Amount
from nummer.policy.refund.facts import (
    AbuseScope,
    AccountStatus,
    Ask,
    Destination,
    Order,
    OrderKind,
    Outage,
    Reason,
    RefundFacts,
    Request,
    Sms,
)

NOBODY_ASKS = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Money is due, before caps and before anything that holds a payout.

    `payout_refused_by` is empty where the ground lets money go to the client. `booked_under`
    are the grounds under which the same credit may already lie on the balance. `from_balance`:
    the money is on the balance already, so nothing is credited. `abuse_bars`: fraud stops it.
    """

    clauses: tuple[str, ...]
    amount: Amount
    trigger: datetime
    payout_refused_by: tuple[str, ...] = ()
    booked_under: frozenset[str] = frozenset()
    from_balance: bool = False
    abuse_bars: bool = True

    @property
    def ground(self) -> str:
        """Return the first clause: the one the claim is known by."""
        return self.clauses[0]


@dataclass(frozen=True, slots=True)
class Nothing:
    """Nothing is due, and these clauses say so."""

    clauses: tuple[str, ...]


Outcome = Due | Nothing | None


@dataclass(frozen=True, slots=True)
class Case:
    """Facts and request; nothing in `facts` is later than `at`, except limits."""

    facts: RefundFacts
    request: Request | None
    at: datetime

    @property
    def asked(self) -> bool:
        """Return whether somebody asks; else the engine runs by itself."""
        return self.request is not NOBODY_ASKS

    @property
    def payout_wanted(self) -> bool:
        """Return whether the money shall leave the balance."""
        return self.request is not None and self.request.payout_wanted

    @property
    def reason(self) -> Reason | None:
        """Return the client's reason."""
        return self.request.reason if self.request else None

    @property
    def digits(self) -> int:
        """Return the minor digits of the currency."""
        return MINOR_DIGITS[self.facts.currency]

    @property
    def closed(self) -> bool:
        """Return whether the client had the account deleted."""
        return self.facts.account.status is AccountStatus.CLOSED_BY_CLIENT

    @property
    def abuse_confirmed(self) -> bool:
        """Return whether compliance confirmed abuse, of any scope."""
        return self.facts.abuse is not None and self.facts.abuse.confirmed

    @property
    def abuse_of_this(self) -> bool:
        """Return whether the confirmed abuse is of this order or the whole account."""
        return self.abuse_confirmed and (
            self.facts.abuse is not None and self.facts.abuse.scope is not AbuseScope.OTHER
        )

    @property
    def code_displayed(self) -> bool:
        """Return whether a code stood in the order table before the window ended."""
        sms = self.facts.sms
        return sms is not None and _in_window(sms.displayed_at, sms=sms)

    @property
    def rendered_at(self) -> datetime | None:
        """Return when the service was rendered; a one-time number, when its code was shown."""
        order, sms = self.facts.order, self.facts.sms
        if order is None or order.rendered_at is not None:
            return order.rendered_at if order else None
        shown = sms is not None and order.kind is OrderKind.ONE_TIME and self.code_displayed
        return sms.displayed_at if sms is not None and shown else None

    @property
    def window_over(self) -> bool:
        """Return whether the wait for an SMS has ended, by time or by the client."""
        sms = self.facts.sms
        return sms is not None and (self.at >= sms.window_end or sms.cancelled_at is not None)

    def asks(self, ask: Ask) -> bool:
        """Return whether this is what is asked."""
        return self.request is not None and self.request.ask is ask

    def is_a(self, *kinds: OrderKind) -> bool:
        """Return whether there is an order of one of these kinds."""
        return self.facts.order is not None and self.facts.order.kind in kinds

    def booked(self, *grounds: str) -> Fraction:
        """Return what was credited to the balance under these grounds."""
        return sum(
            (
                prior.amount.value
                for prior in self.facts.prior_refunds
                if prior.ground in grounds and prior.destination is Destination.BALANCE
            ),
            Fraction(0),
        )

    def refunded(self) -> Fraction:
        """Return the sum of all earlier refunds of the order."""
        return sum((prior.amount.value for prior in self.facts.prior_refunds), Fraction(0))

    def paid_out(self) -> Fraction:
        """Return what already left the balance for this order."""
        return sum(
            (
                prior.amount.value
                for prior in self.facts.prior_refunds
                if prior.destination is not Destination.BALANCE
            ),
            Fraction(0),
        )


def whole_price(order: Order) -> Amount:
    """Return F0: price and one-off fees, exact and not rounded."""
    return order.price + order.setup_fee


def paid_period(order: Order) -> tuple[datetime, datetime]:
    """Return the period of a rental."""
    assert order.period_start is not None, "a rental has a period"
    assert order.period_end is not None, "a rental has a period"
    return order.period_start, order.period_end


def service_day_of(case: Case, at: datetime) -> int:
    """Return the service day of the rental's period that contains `at`, from 0."""
    assert case.facts.order is not None, "only an order has service days"
    start, _end = paid_period(case.facts.order)
    return service_day(at, start=start, timezone=case.facts.timezone)


def case_of(facts: RefundFacts, request: Request | None) -> Case:
    """Return the case as it stood when asked, else now; what came later has not happened."""
    at = request.received_at if request else facts.now
    return Case(facts=_as_of(facts, at=at), request=request, at=at)


def _as_of(facts: RefundFacts, *, at: datetime) -> RefundFacts:
    """Drop every fact whose instant is later than `at`; limits always count."""
    stock, papers, deactivated = facts.stock_failure, facts.papers, facts.deactivated
    block, fault, sms, order = facts.carrier_block, facts.carrier_fault, facts.sms, facts.order
    return replace(
        facts,
        order=order and replace(order, rendered_at=_happened(order.rendered_at, at=at)),
        outages=_outages_as_of(facts.outages, at=at),
        deactivated=deactivated if deactivated and deactivated.at <= at else None,
        carrier_block=block if block and block.known_at <= at else None,
        carrier_fault=fault if fault and fault.known_at <= at else None,
        stock_failure=stock if stock and stock.at <= at else None,
        provision_failed_at=_happened(facts.provision_failed_at, at=at),
        papers=papers if papers and papers.at <= at else None,
        sms=sms and _sms_as_of(sms, at=at),
        undelivered_at=_happened(facts.undelivered_at, at=at),
    )


def _happened(fact_at: datetime | None, *, at: datetime) -> datetime | None:
    return fact_at if fact_at is not None and fact_at <= at else None


def _sms_as_of(sms: Sms, *, at: datetime) -> Sms:
    return replace(
        sms,
        received_at=_happened(sms.received_at, at=at),
        displayed_at=_happened(sms.displayed_at, at=at),
        cancelled_at=_happened(sms.cancelled_at, at=at),
    )


def _outages_as_of(
    outages: tuple[Outage, ...] | None, *, at: datetime
) -> tuple[Outage, ...] | None:
    """Return what was reported by then; a repair still to come leaves the outage open."""
    if not outages:
        return outages
    known = tuple(
        replace(outage, cleared_at=_happened(outage.cleared_at, at=at))
        for outage in outages
        if outage.reported_at <= at
    )
    return known or None


def _in_window(at: datetime | None, *, sms: Sms) -> bool:
    return at is not None and at <= sms.window_end
