"""What a decision says to us beside what it says to the client: books, ground, rules tried."""

from __future__ import annotations

import pytest

from nummer.kernel.money import Money
from nummer.policy import calendar
from nummer.policy.refund import Decision, decide, facts_json, request_json
from nummer.policy.refund.amounts import Amount
from nummer.policy.refund.form import Read, read
from nummer.policy.refund.precedence import PRECEDENCE
from tests.policy.cases import Plain, ask, at, booked, one_time, rental

GONE: Plain = {"at": at("2 10:00"), "was_listed": True}
CREDITED = [booked("RP-C1", "30.00")]
WANTED = ask("payout", at("10 12:00"))
FREE: Plain = {"status": "active", "balance": "50.00"}
BLOCKED: Plain = {"status": "blocked_law_enforcement", "le_reference": "LE-1", "balance": "50.00"}
CLOSED: Plain = {"status": "closed_by_client", "closed_at": at("5 10:00")}
TRIED_UP_TO_B4 = (
    "RULE-ERR",
    "RP-N2 with consent",
    "LAW-14",
    "RP-X4",
    "RP-X3 cancellation",
    "RP-X2",
    "PP-6.1",
    "RP-C1",
    "RP-C2",
    "RP-N2",
    "RP-B2",
    "RP-B3",
    "RP-B4",
)


def decided(facts: Plain, request: Plain | None = None) -> Decision:
    given = read(facts, request)
    assert isinstance(given, Read)
    return decide(given.facts, given.request)


@pytest.mark.parametrize(
    ("label", "facts", "request_", "told"),
    [
        ("credit", rental(stock_failure=GONE), None, ("30.00", "30.00", "RP-C1", "RP-C1")),
        (
            "payout, the credit first",
            rental(stock_failure=GONE),
            WANTED,
            ("30.00", "30.00", "RP-C1", "RP-C1"),
        ),
        (
            "payout of a booked credit",
            rental(stock_failure=GONE, prior_refunds=CREDITED),
            WANTED,
            ("30.00", "0.00", "RP-C1", "RP-C1"),
        ),
        (
            "hold, the credit first",
            rental(stock_failure=GONE, account=BLOCKED),
            WANTED,
            ("30.00", "30.00", "RP-C1", "RP-P2b"),
        ),
        (
            "hold of a booked credit",
            rental(stock_failure=GONE, account=BLOCKED, prior_refunds=CREDITED),
            WANTED,
            ("30.00", "0.00", "RP-C1", "RP-P2b"),
        ),
        (
            "refused payout, the credit stands",
            rental(provision_failure=GONE),
            WANTED,
            ("30.00", "30.00", "RP-B3", "RP-B3"),
        ),
        (
            "undue money",
            {"now": at("20 10:00"), "account": FREE, "duplicate_capture": {"amount": "7.00"}},
            WANTED,
            ("7.00", "0.00", "RULE-ERR", "RULE-ERR"),
        ),
        (
            "another way",
            rental(stock_failure=GONE, account=CLOSED),
            None,
            ("30.00", "0.00", "", "RP-C1"),
        ),
        (
            "question",
            rental(stock_failure=GONE),
            ask("payout", at("10 12:00"), fields={}),
            ("0.00", "0.00", "", "RP-T4"),
        ),
        (
            "refusal",
            rental(),
            ask("payout", at("10 12:00"), reason="unused_balance"),
            ("0.00", "0.00", "", "RP-X1"),
        ),
        ("nothing", rental(), None, ("0.00", "0.00", "", None)),
    ],
)
def test_books_and_ground_of_a_decision(
    label: str, facts: Plain, request_: Plain | None, told: tuple[str, str, str, str | None]
) -> None:
    amount, credited, ground, clause = told
    decision = decided(facts, request_)
    assert decision.amount == Money.parse(amount, "EUR"), label
    assert decision.credited.money("EUR") == Money.parse(credited, "EUR"), label
    assert (decision.ground, decision.clause) == (ground, clause), label
    assert decision.calendar_version == calendar.VERSION


def test_rules_are_named_in_the_order_in_which_they_were_tried() -> None:
    expired = one_time()
    assert decided(expired).considered == TRIED_UP_TO_B4
    assert decided(rental()).considered == tuple(name for name, _ in PRECEDENCE)
    same = booked("RP-B4", "0.40", same_claim=True, decision="D-1")
    assert decided({**expired, "prior_refunds": [same]}).considered == ("RULE-DUP",)


def test_precedence_is_the_published_one() -> None:
    assert [name for name, _ in PRECEDENCE] == [
        *TRIED_UP_TO_B4,
        "RP-B1",
        "RULE-END",
        "RP-X3 payout",
        "RP-N1",
        "PP-6.1 too late",
        "RP-C2 replaced",
        "RP-B2 client",
        "RP-B4 waiting",
        "RP-B1 not counted",
        "RULE-END abuse",
        "RP-P2a",
        "reason",
    ]


def test_amounts_become_money_exactly_or_not_at_all() -> None:
    assert Amount.parse("0.0750").money("EUR") == Money(75_000, "EUR")
    assert Amount.parse("12").money("JPY") == Money(12_000_000, "JPY")
    with pytest.raises(AssertionError):
        Amount.parse("0.0000001").money("EUR")
    for units, decimals in ((-1, 0), (0, -1)):
        with pytest.raises(AssertionError):
            Amount(units, decimals)


def test_share_smaller_than_a_cent_is_told_exactly() -> None:
    shares: list[Plain] = [
        {"method": "promo", "amount": "0.0500", "promo": True},
        {"method": "card", "amount": "0.0250", "refundable": True},
    ]
    decision = decided(
        one_time(order={"price": "0.0750"}, stock_failure=GONE, funding=shares)
        | {"now": at("20 10:00")},
        ask("payout", at("11 12:00")),
    )
    assert [(part.method, str(part.amount)) for part in decision.split] == [
        ("promo", "0.05"),
        ("card", "0.025"),
    ]


def test_record_is_written_in_the_published_form() -> None:
    given = read(
        one_time(
            {"from_ordered_service": False},
            carrier_block={"at": at("10 12:05"), "reason": "unknown"},
        ),
        ask("cancel", at("10 12:10"), reason="other", fields={"amount": "2.00", "reason": "x"}),
    )
    assert isinstance(given, Read)
    assert given.request is not None
    facts = facts_json(given.facts)
    assert facts["sms"] == {
        "window_end": "2026-06-10T10:20:00+00:00",
        "from_ordered_service": False,
    }
    assert facts["carrier_block"] == {
        "at": "2026-06-10T10:05:00+00:00",
        "known_at": "2026-06-10T10:05:00+00:00",
        "reason": "unrelated",
    }
    assert request_json(given.request) == {
        "ask": "cancel",
        "received_at": "2026-06-10T10:10:00+00:00",
        "wants": "balance",
        "reason": "other",
        "fields": {"amount": "1", "reason": "given"},
    }
