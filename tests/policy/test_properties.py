"""What holds for every case: never more than paid, never twice, and always the same."""

import json
import random
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nummer.policy.refund import (
    Decision,
    PriorRefund,
    RefundFacts,
    Request,
    Verdict,
    decide,
    decide_plain,
    decision_plain,
    facts_from_json,
    facts_json,
    request_from_json,
    request_json,
)
from nummer.policy.refund.amounts import Amount
from nummer.policy.refund.case import whole_price
from nummer.policy.refund.facts import Destination
from nummer.policy.refund.form import Read, read
from tests.policy.cases import Plain

AMOUNT = st.sampled_from(["30.00", "0", "0.00", "0.0750", "0.40", "7.005", "10.00", "29.99", "100"])
HOUR = st.integers(-48, 24 * 31)
MAYBE_HOUR = st.none() | HOUR


def instant(hour: int | None) -> str | None:
    """Return the instant so many hours after 1 March 2026 in UTC; clocks change within."""
    if hour is None:
        return None
    day, rest = divmod(hour, 24)
    month, of_month = (3, day + 1) if day < 31 else (4, day - 30)
    if day < 0:
        month, of_month = 2, 29 + day
    return f"2026-{month:02}-{of_month:02}T{rest:02}:00:00Z"


AT = HOUR.map(instant)
MAYBE_AT = MAYBE_HOUR.map(instant)
SPAN = st.tuples(HOUR, st.none() | st.integers(0, 200))


def _report(span: tuple[int, int | None], cause: str) -> Plain:
    began, hours = span
    cleared = None if hours is None else instant(min(began + hours, 24 * 45))
    return {"reported_at": instant(began), "cleared_at": cleared, "cause": cause}


REPORT = st.builds(_report, SPAN, st.sampled_from(["other", "client_activity"]))
ORDER = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["rental", "one_time", "metered", "topup"]),
        "price": AMOUNT,
        "setup_fee": AMOUNT,
        "ordered_at": MAYBE_AT,
        "period_start": st.just(instant(0)),
        "period_end": st.sampled_from([instant(1), instant(24), instant(24 * 31)]),
        "rendered_at": MAYBE_AT,
        "consent_immediate": st.booleans(),
        "renewal": st.sampled_from(["auto", "manual"]),
    }
)
ACCOUNT = st.fixed_dictionaries(
    {
        "status": st.sampled_from(
            ["active", "active", "active", "blocked_law_enforcement", "closed_by_client"]
        ),
        "balance": AMOUNT,
        "le_reference": st.just("LE-1"),
        "closed_at": AT,
        "acknowledged_includes_pending": st.booleans(),
    }
)
PRIOR = st.fixed_dictionaries(
    {
        "ground": st.sampled_from(["RP-B1", "RP-B3", "RP-C1", "RP-C2", "PP-6.1", "LAW-14"]),
        "amount": AMOUNT,
        "destination": st.sampled_from(["balance", "payment_method", "alternative"]),
    }
)
SHARE = st.fixed_dictionaries(
    {
        "method": st.sampled_from(["card", "coins"]),
        "amount": AMOUNT,
        "refundable": st.booleans(),
        "promo": st.booleans(),
    }
)
PARTS: dict[str, st.SearchStrategy[object]] = {
    "outages": st.lists(REPORT, max_size=4),
    "deactivated": st.fixed_dictionaries({"at": AT, "by": st.sampled_from(["client", "operator"])}),
    "carrier_block": st.fixed_dictionaries(
        {"at": AT, "known_at": AT, "reason": st.sampled_from(["unrelated", "client_activity"])}
    ),
    "carrier_fault": st.fixed_dictionaries({"at": AT, "contact_at": MAYBE_AT, "known_at": AT}),
    "replacement": st.fixed_dictionaries({"available": st.booleans(), "accepted": st.booleans()}),
    "stock_failure": st.fixed_dictionaries(
        {"at": AT, "was_listed": st.booleans(), "city_out_of_stock": st.booleans()}
    ),
    "provision_failure": st.fixed_dictionaries({"at": AT}),
    "undelivered": st.fixed_dictionaries({"at": AT}),
    "kyc": st.fixed_dictionaries(
        {
            "status": st.sampled_from(["refused", "rejected_by_carrier", "approved"]),
            "shown": st.booleans(),
            "at": AT,
        }
    ),
    "sms": st.fixed_dictionaries(
        {
            "window_end": AT,
            "received_at": MAYBE_AT,
            "displayed_at": MAYBE_AT,
            "cancelled_at": MAYBE_AT,
            "from_ordered_service": st.booleans(),
        }
    ),
    "restriction": st.fixed_dictionaries(
        dict.fromkeys(["shown", "acknowledged", "breached", "caused_failure"], st.booleans())
    ),
    "abuse": st.fixed_dictionaries(
        {
            "status": st.sampled_from(["suspected", "confirmed"]),
            "scope": st.sampled_from(["order", "account", "other"]),
        }
    ),
    "funding": st.lists(SHARE, max_size=3),
    "prior_refunds": st.lists(PRIOR, max_size=3),
    "chargeback": st.booleans(),
    "duplicate_capture": st.fixed_dictionaries({"amount": AMOUNT}),
    "profile": st.just("eea_consumer"),
    "page_said_it": st.booleans(),
    "currency": st.sampled_from(["EUR", "JPY", "KWD"]),
    "timezone": st.sampled_from(["Europe/Oslo", "America/New_York", "Asia/Tokyo"]),
    "operator_calendar": st.sampled_from(["NO", "DE", "US"]),
    "customer_calendar": st.sampled_from(["NO", "DE", "US"]),
}
# One of these is always there; without them most cases would be about nothing.
GROUNDS = [
    "stock_failure",
    "carrier_fault",
    "carrier_block",
    "provision_failure",
    "sms",
    "outages",
    "deactivated",
    "kyc",
]


@st.composite
def all_facts(draw: st.DrawFn) -> Plain:
    """Return an order with a few things that happened to it."""
    happened = draw(st.sets(st.sampled_from(sorted(PARTS)), max_size=3)) | {
        draw(st.sampled_from(GROUNDS))
    }
    return {
        "now": instant(24 * 45),
        "account": draw(ACCOUNT),
        "order": draw(st.one_of(ORDER, ORDER, ORDER, st.none())),
    } | {name: draw(PARTS[name]) for name in sorted(happened)}


FACTS = all_facts()
REQUEST = st.none() | st.fixed_dictionaries(
    {
        "ask": st.sampled_from(["payout", "cancel", "balance_claim"]),
        "received_at": st.integers(24 * 5, 24 * 45).map(instant),
        "wants": st.sampled_from(["payout", "balance"]),
        "reason": st.sampled_from(
            [None, "unused_balance", "changed_mind", "double_charge", "caller_id", "other"]
        ),
        "fields": st.sampled_from(
            [{"service_name": "n", "amount": "1", "reason": "r", "details": "d"}, {}]
        ),
    }
)


@st.composite
def readable_cases(draw: st.DrawFn) -> Read:
    result = read(draw(FACTS), draw(REQUEST))
    assert isinstance(result, Read)
    return result


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | AT,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


def moved(decision: Decision) -> Fraction:
    """Return what this decision gives, in all."""
    gives = {Verdict.CREDIT, Verdict.PAYOUT, Verdict.HOLD, Verdict.ALTERNATIVE}
    return decision.exact.value if decision.decision in gives else Fraction(0)


def paid(facts: RefundFacts) -> Fraction:
    return whole_price(facts.order).value if facts.order else Fraction(0)


def earlier(facts: RefundFacts) -> Fraction:
    return sum((prior.amount.value for prior in facts.prior_refunds), Fraction(0))


def out_before(facts: RefundFacts) -> Fraction:
    """Return what left the balance for this order before."""
    return sum(
        (
            prior.amount.value
            for prior in facts.prior_refunds
            if prior.destination is not Destination.BALANCE
        ),
        Fraction(0),
    )


def about_undue_money(decision: Decision) -> bool:
    return decision.clause == "RULE-ERR" or "RULE-ERR" in decision.considered[-1:]


@pytest.mark.clause("RULE-CAP")
@settings(max_examples=100, deadline=None)
@given(readable_cases())
def test_never_more_than_paid(case: Read) -> None:
    decision = decide(case.facts, case.request)
    if not about_undue_money(decision):
        assert moved(decision) <= paid(case.facts)
        if decision.decision is Verdict.PAYOUT:
            assert moved(decision) <= paid(case.facts) - out_before(case.facts)
    assert decision.credited.value <= max(Fraction(0), paid(case.facts) - earlier(case.facts))


@pytest.mark.clause("RULE-CAP")
@settings(max_examples=100, deadline=None)
@given(readable_cases())
def test_never_more_leaves_than_the_balance_holds(case: Read) -> None:
    decision = decide(case.facts, case.request)
    if decision.decision is Verdict.PAYOUT:
        there = case.facts.account.balance.value + decision.credited.value
        assert decision.exact.value <= there
        assert decision.destination is not Destination.BALANCE
    if decision.split:
        assert sum(part.amount.value for part in decision.split) == decision.exact.value


@pytest.mark.clause("RULE-CAP", "RULE-DUP")
@settings(max_examples=100, deadline=None)
@given(FACTS)
def test_never_twice(plain: Plain) -> None:
    first = decide_plain(plain)
    if first["decision"] != "CREDIT":
        return
    done = {
        "ground": first["clauses"][0],  # type: ignore[index]
        "amount": first["amount"],
        "destination": "balance",
    }
    priors = [*plain.get("prior_refunds", []), done]  # type: ignore[misc]
    again = decide_plain(plain | {"prior_refunds": priors})
    total = sum(Fraction(str(prior["amount"])) for prior in priors)
    given_again = Fraction(str(again["amount"])) if again["decision"] == "CREDIT" else Fraction(0)
    order: Plain = plain["order"]  # type: ignore[assignment]
    price = Fraction(str(order["price"])) + Fraction(str(order["setup_fee"]))
    assert total + given_again <= price
    claimed = [*priors[:-1], done | {"same_claim": True, "decision": "D-1"}]
    assert decide_plain(plain | {"prior_refunds": claimed})["decision"] == "DUPLICATE"


def booked(decision: Decision) -> list[PriorRefund]:
    """Return what a decision leaves behind: its credit, and what left the balance with it."""
    ground = decision.ground or decision.clause or "NONE"
    priors = [PriorRefund(ground=ground, amount=decision.credited, destination=Destination.BALANCE)]
    if decision.decision is Verdict.PAYOUT:
        priors.append(
            PriorRefund(
                ground=ground, amount=decision.exact, destination=Destination.PAYMENT_METHOD
            )
        )
    return priors


def kept_of(decision: Decision) -> Fraction:
    """Return what of a payout stays on the balance after all: promotional money."""
    kept = (part.amount.value for part in decision.split if part.destination is Destination.BALANCE)
    return sum(kept, Fraction(0))


@pytest.mark.clause("RULE-CAP", "RULE-DUP", "RULE-ERR")
@settings(max_examples=100, deadline=None)
@given(readable_cases(), st.lists(REQUEST, min_size=2, max_size=5))
def test_asking_again_and_again_never_gives_more_than_was_paid(
    case: Read, wishes: list[Plain | None]
) -> None:
    facts = replace(case.facts, prior_refunds=())
    balance = facts.account.balance.value
    credited = left = undue = Fraction(0)
    for wish in wishes:
        asked = read({"now": instant(0)}, wish)
        assert isinstance(asked, Read)
        decision = decide(facts, asked.request)
        out = decision.exact.value - kept_of(decision) if _pays(decision) else Fraction(0)
        balance += decision.credited.value - out
        credited += decision.credited.value
        undue += out if decision.ground == "RULE-ERR" else Fraction(0)
        left += out if decision.ground != "RULE-ERR" else Fraction(0)
        assert balance >= 0
        assert credited <= paid(facts)
        assert left <= paid(facts)
        captured = facts.captured_without_order
        assert undue <= (captured.value if captured else Fraction(0))
        facts = replace(
            facts,
            account=replace(facts.account, balance=_amount(balance)),
            prior_refunds=(*facts.prior_refunds, *booked(decision)),
        )


def _pays(decision: Decision) -> bool:
    return decision.decision is Verdict.PAYOUT


def _amount(value: Fraction) -> Amount:
    """Write a sum down with as many decimals as the amounts of these tests have at most."""
    assert (value * 10**4).denominator == 1
    return Amount(int(value * 10**4), 4)


@settings(max_examples=100, deadline=None)
@given(FACTS, REQUEST, st.integers(0, 1000))
def test_order_of_facts_changes_nothing(plain: Plain, request: Plain | None, seed: int) -> None:
    shuffled = dict(random.Random(seed).sample(list(plain.items()), len(plain)))
    for name, part in shuffled.items():
        if isinstance(part, dict):
            shuffled[name] = dict(random.Random(seed).sample(list(part.items()), len(part)))
    for name in ("outages", "prior_refunds"):  # the order of shares is a fact of its own
        if name in shuffled:
            items = list(shuffled[name])  # type: ignore[call-overload]
            random.Random(seed).shuffle(items)
            shuffled[name] = items
    assert decide_plain(shuffled, request) == decide_plain(plain, request)


@settings(max_examples=100, deadline=None)
@given(readable_cases())
def test_record_computed_again_gives_itself(case: Read) -> None:
    stored_facts = json.loads(json.dumps(facts_json(case.facts)))
    stored_request = json.loads(json.dumps(request_json(case.request))) if case.request else None
    request: Request | None = request_from_json(stored_request) if stored_request else None
    again = decide(facts_from_json(stored_facts), request)
    assert again == decide(case.facts, case.request)
    assert decision_plain(again) == decision_plain(decide(case.facts, case.request))


@settings(max_examples=100, deadline=None)
@given(FACTS, st.sampled_from([*sorted(PARTS), "now", "account", "order"]), ANYTHING, ANYTHING)
def test_nothing_raises_whatever_is_put_in(
    plain: Plain, key: str, value: object, request: object
) -> None:
    answer = decide_plain(plain | {key: value}, request)
    assert answer["decision"]


@settings(max_examples=100, deadline=None)
@given(ANYTHING, ANYTHING)
def test_nonsense_is_rejected(facts: object, request: object) -> None:
    assert decide_plain(facts, request)["decision"] == "REJECT_INPUT"
