"""What is not returned (N), what is not paid out (X), and facts that give nothing after all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from nummer.policy.clause import clause
from nummer.policy.refund.cancellation import could_still_cancel
from nummer.policy.refund.case import Case, Due, Nothing, Outcome, paid_period, whole_price
from nummer.policy.refund.deadlines import inside_cancellation_window
from nummer.policy.refund.facts import Ask, OrderKind, PapersStatus, Reason

REVIEW: Final = ("RULE-REVIEW",)


@clause(
    "RP-N2a",
    quote="Once the code is shown in your order table, the one-time number has done its work and "
    "its price is not returned.",
    reading="ADR 0030",
)
@clause(
    "RP-N2b",
    quote="What later happens to an account you registered with the number is not part of our "
    "service.",
)
def code_was_shown(case: Case) -> Outcome:
    """N2: shown means committed to the order table inside the window, seen or not."""
    shown = case.is_a(OrderKind.ONE_TIME) and case.code_displayed
    return Nothing(("RP-N2",)) if shown else None


def code_was_shown_with_consent(case: Case) -> Outcome:
    """N2 with recorded consent to immediate performance: nothing is left to cancel."""
    order = case.facts.order
    return code_was_shown(case) if order is not None and order.consent_immediate else None


@clause(
    "RP-X4",
    quote="Where you ignored a restriction of an SMS number that was shown to you and that you "
    "ticked, and this is why no SMS came, there is no payout, no cancellation under this policy "
    "and no free replacement.",
    reading="ADR 0030",
)
def restriction_ignored(case: Case) -> Outcome:
    """X4: shown, acknowledged, breached and the cause; failing one of them it never applies."""
    about_sms = case.is_a(OrderKind.ONE_TIME, OrderKind.RENTAL)
    return Nothing(("RP-X4",)) if about_sms and case.facts.restriction.proven else None


@clause(
    "RP-X2",
    quote="Where a number needs papers, you were told so before ordering, and you do not provide "
    "them, the price goes back to your balance but is not paid out.",
)
def papers_refused(case: Case) -> Outcome:
    """X2: the page named the papers and the client refused: credit in full, no payout."""
    papers, order = case.facts.papers, case.facts.order
    if papers is None or order is None or order.kind is OrderKind.TOPUP:
        return None
    if papers.status is not PapersStatus.REFUSED or not papers.shown:
        return None
    return Due(
        clauses=("RP-B3", "RP-X2") if case.asked else ("RP-B3",),
        amount=whole_price(order),
        trigger=papers.at,
        payout_refused_by=("RP-X2",),
        booked_under=frozenset({"RP-B3"}),
    )


@clause(
    "RP-X3",
    quote="Nothing is paid out where our products were used against the law or for fraud, or "
    "where a carrier or an authority complained and our compliance officer confirmed it.",
    reading="ADR 0030",
)
def payout_barred_by_abuse(case: Case) -> Outcome:
    """X3: somebody asks for a payout, no ground gives one, and abuse is confirmed."""
    return Nothing(("RP-X3",)) if case.abuse_confirmed and case.asks(Ask.PAYOUT) else None


@clause(
    "RP-N1",
    quote="If you switch a rented number off before the end of the paid period, and not because "
    "it failed, the rest of the period is not returned.",
)
def left_early(case: Case) -> Outcome:
    """N1: a rental switched off by the client, or cancelled too late."""
    if not case.is_a(OrderKind.RENTAL):
        return None
    left = _switched_off_early(case) or case.asks(Ask.CANCEL)
    return Nothing(("RP-N1", *_changed_mind(case))) if left else None


def _switched_off_early(case: Case) -> bool:
    order, deactivated = case.facts.order, case.facts.deactivated
    if order is None or deactivated is None or not deactivated.by_client:
        return False
    _start, end = paid_period(order)
    return deactivated.at < end


@clause(
    "PP-6.1a",
    quote="After that, or once a metered service has been used at your request, an order can no "
    "longer be cancelled under this policy.",
    reading="ADR 0033",
)
def cancelled_too_late(case: Case) -> Outcome:
    """N1': a one-time or metered order cancelled when nothing could be cancelled any more."""
    if not case.asks(Ask.CANCEL) or not case.is_a(OrderKind.ONE_TIME, OrderKind.METERED):
        return None
    if inside_cancellation_window(case):
        return Nothing(("PP-6.1",))
    return Nothing(("PP-6.1", *_changed_mind(case)))


def _changed_mind(case: Case) -> tuple[str, ...]:
    return ("RP-X6",) if case.reason is Reason.CHANGED_MIND else ()


def replaced(case: Case) -> Outcome:
    """C2'': an accepted replacement goes on with the service, so nothing is due."""
    if not case.facts.replacement.accepted:
        return None
    if not case.is_a(OrderKind.RENTAL, OrderKind.ONE_TIME):
        return None
    if case.facts.carrier_fault is not None:
        return Nothing(("RP-C2",))
    block = case.facts.carrier_block
    return Nothing(("RP-B2",)) if block is not None and not block.caused_by_client else None


def blocked_for_clients_activity(case: Case) -> Outcome:
    """B2': the carrier blocked the number for what the client did with it."""
    block = case.facts.carrier_block
    if block is None or not block.caused_by_client:
        return None
    if not case.is_a(OrderKind.RENTAL, OrderKind.ONE_TIME):
        return None
    return Nothing(("RP-B2", "RP-X3") if case.abuse_confirmed else ("RP-B2",))


def still_waiting_for_sms(case: Case) -> Outcome:
    """B4': the wait is not over and nothing has been shown."""
    waiting = case.is_a(OrderKind.ONE_TIME) and case.facts.sms is not None
    return Nothing(("RP-B4",)) if waiting else None


def silence_does_not_count(case: Case) -> Outcome:
    """B1': too short, never reported, caused by the client, or not over yet."""
    known = case.is_a(OrderKind.RENTAL) and case.facts.outages is not None
    return Nothing(("RP-B1",)) if known else None


def ended_for_abuse(case: Case) -> Outcome:
    """RULE-END': we switched the number off because of confirmed abuse."""
    deactivated = case.facts.deactivated
    ended = deactivated is not None and not deactivated.by_client and case.abuse_of_this
    return Nothing(("RP-X3",)) if ended and case.is_a(OrderKind.RENTAL) else None


@clause(
    "RP-P2a",
    quote="If you ask us to delete your account, what is left on the balance lapses, but only "
    "after we have shown you the sum, including credits not yet booked, and you have confirmed "
    "that you give it up.",
    reading="ADR 0030",
)
def account_was_deleted(case: Case) -> Outcome:
    """P2a: a deleted account has no balance left, whatever the reason given."""
    return Nothing(("RP-P2a",)) if case.closed and case.asked else None


def reason_decides(case: Case) -> Outcome:
    """Let the client's reason decide, last of all: a reason never replaces a fact."""
    rule = _BY_REASON.get(case.reason) if case.reason else None
    clause_id = rule(case) if rule else None
    return Nothing((clause_id,)) if clause_id else None


@clause(
    "RP-X1",
    quote="Money left over after you end your services stays on your balance, where you can use it "
    "at any time.",
)
def _unused_balance(_case: Case) -> str | None:
    return "RP-X1"


@clause(
    "RP-X5",
    quote="That your rented number cannot be shown as the caller on outgoing calls for technical "
    "reasons is no ground for a refund.",
)
def _caller_id_missing(case: Case) -> str | None:
    return "RP-X5" if case.is_a(OrderKind.RENTAL, OrderKind.METERED) else None


@clause(
    "RP-X6",
    quote="That you changed your mind is no ground once the time for cancelling is over, or when "
    "you topped up and ordered nothing.",
)
def _mind_changed(case: Case) -> str | None:
    return None if could_still_cancel(case) else "RP-X6"


@clause("RP-X7", quote="A top-up made by mistake stays on your balance.")
def _topped_up_by_accident(case: Case) -> str | None:
    about_topup = case.facts.order is None or case.is_a(OrderKind.TOPUP)
    return "RP-X7" if about_topup else None


@clause(
    "RP-X8",
    quote="A misunderstanding of how a service works is no ground where the product page "
    "explained it.",
    reading="ADR 0030",
)
def _misunderstood(case: Case) -> str | None:
    return "RP-X8" if case.facts.page_said_it else None


def _blocked_for_fraud(case: Case) -> str | None:
    return "RP-X3" if case.abuse_confirmed else None


_BY_REASON: Final[Mapping[Reason, Callable[[Case], str | None]]] = MappingProxyType(
    {
        Reason.UNUSED_BALANCE: _unused_balance,
        Reason.ACCIDENTAL_TOPUP: _topped_up_by_accident,
        Reason.CHANGED_MIND: _mind_changed,
        Reason.MISUNDERSTANDING: _misunderstood,
        Reason.CALLER_ID: _caller_id_missing,
        Reason.FRAUD_BLOCK: _blocked_for_fraud,
    }
)
