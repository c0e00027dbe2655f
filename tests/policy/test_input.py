"""RULE-IN: what cannot be decided is refused with every code that holds."""

from datetime import UTC, datetime

import pytest

from nummer.policy.refund import RefundFacts, request_json
from nummer.policy.refund.form import Read, read
from nummer.policy.refund.output import decide_plain
from tests.policy.cases import (
    Case,
    Plain,
    Row,
    ask,
    assert_decided,
    at,
    none,
    one_time,
    outage,
    rejected,
    rental,
    table,
)

JUNE_15 = at("15 10:00")


def without(facts: Plain, *path: str) -> Plain:
    """Return the facts without one key."""
    *above, last = path
    part = facts
    for key in above:
        part = part[key]  # type: ignore[assignment]
    del part[last]
    return facts


AMOUNTS: list[Row] = [
    (f"E_AMOUNT: a price written {written!r}", rental({"price": written}), None, wrong)
    for wrong in [rejected("E_AMOUNT")]
    for written in [
        "-1.00",
        "NaN",
        "1e2",
        "1,00",
        "1.",
        ".5",
        "",
        " 1",
        "1 000",
        "+1",
        "\u0661",
        1,
        1.5,
        True,
    ]
]

TIMES: list[Row] = [
    ("E_NAIVE_TIME: no offset", rental(now="2026-07-01T10:00:00"), None, rejected("E_NAIVE_TIME")),
    *(
        (f"E_BAD_TIME: {written!r}", rental(now=written), None, rejected("E_BAD_TIME"))
        for written in ["", "soon", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", 5, [], True]
    ),
    ("E_BAD_TIME: no time of evaluation", without(rental(), "now"), None, rejected("E_BAD_TIME")),
    (
        "E_BAD_TIME: a year no calendar knows",
        rental(now="0001-01-01T00:00:00+14:00"),
        None,
        rejected("E_BAD_TIME"),
    ),
    (
        "E_BAD_TIME: a rental without its end",
        without(rental(), "order", "period_end"),
        None,
        rejected("E_BAD_TIME"),
    ),
    (
        "E_BAD_TIME: a deleted account without its end",
        rental(account={"status": "closed_by_client"}),
        None,
        rejected("E_BAD_TIME"),
    ),
    (
        "E_FUTURE: reported later than now",
        rental(now=JUNE_15, outages=[outage(at("15 10:00:01"))]),
        None,
        rejected("E_FUTURE"),
    ),
    (
        "E_FUTURE: reported now is not later",
        rental(now=JUNE_15, outages=[outage(JUNE_15)]),
        None,
        none("RP-B1"),
    ),
    (
        "E_OUTAGE_ORDER: repaired before it was reported",
        rental(outages=[outage(at("11 10:00"), at("11 09:59:59"))]),
        None,
        rejected("E_OUTAGE_ORDER"),
    ),
    (
        "E_OUTAGE_ORDER: an order of instants is tested only when both can be read",
        rental(outages=[outage("2026-06-11T10:00:00", at("10 10:00"))]),
        None,
        rejected("E_NAIVE_TIME"),
    ),
    (
        "E_PERIOD: a period of no length",
        rental({"period_end": at("1 10:00")}),
        None,
        rejected("E_PERIOD"),
    ),
    (
        "informative keys are never read",
        one_time({"viewed_at": "never"}, now=at("10 12:01"))
        | {"monitor_outages": [{"from_at": 1}]},
        None,
        none("RP-B4"),
    ),
]

PEOPLE: list[Row] = [
    (
        "E_NOT_OWNER: somebody else's order",
        rental(),
        ask("payout", JUNE_15, order_owner=False),
        rejected("E_NOT_OWNER"),
    ),
    (
        "E_NOT_AUTHORISED: an unverified sender",
        rental(),
        ask("payout", JUNE_15, actor_verified=False),
        rejected("E_NOT_AUTHORISED"),
    ),
    (
        "E_CURRENCY: a currency that is none any more",
        rental(currency="DEM"),
        None,
        rejected("E_CURRENCY"),
    ),
    (
        "E_CURRENCY: a request in another currency",
        rental(),
        ask("payout", JUNE_15, fields={"currency": "USD"}),
        rejected("E_CURRENCY"),
    ),
    (
        "E_AMOUNT: a request for nothing",
        rental(),
        ask("payout", JUNE_15, fields={"amount": "0.00"}),
        rejected("E_AMOUNT"),
    ),
    (
        "E_NO_LE_REFERENCE: blocked without a reference",
        rental(account={"status": "blocked_law_enforcement", "le_reference": " "}),
        None,
        rejected("E_NO_LE_REFERENCE"),
    ),
    (
        "E_ORDER_KIND: an order of no kind",
        rental({"kind": "gift"}),
        None,
        rejected("E_ORDER_KIND"),
    ),
    ("E_TIMEZONE: no such zone", rental(timezone="Moon/Base"), None, rejected("E_TIMEZONE")),
    ("E_TIMEZONE: a path is no zone", rental(timezone="../etc"), None, rejected("E_TIMEZONE")),
    ("E_CALENDAR: no such country", rental(operator_calendar="QX"), None, rejected("E_CALENDAR")),
    ("E_FORM: a list where facts should be", [], None, rejected("E_BAD_TIME", "E_FORM")),  # type: ignore[list-item]
    ("E_FORM: nothing is asked", rental(), ask("dance", JUNE_15), rejected("E_FORM")),
    (
        "every code that holds is named, sorted and once",
        rental({"price": "-1", "setup_fee": "-1", "kind": "?"}, now="never", currency="X"),
        ask("payout", "2026-06-15T10:00:00", order_owner=False),
        rejected(
            "E_AMOUNT", "E_BAD_TIME", "E_CURRENCY", "E_NAIVE_TIME", "E_NOT_OWNER", "E_ORDER_KIND"
        ),
    ),
]


HELD: Plain = {"method": "card", "amount": "1.00", "refundable": True}
PRIOR: Plain = {"ground": "RP-B1", "amount": "1.00", "destination": "balance"}
ODD: list[Row] = [
    (f"{code}: {label}", facts, None, rejected(code))
    for code, label, facts in [
        ("E_FORM", "outages that are a number", rental(outages=5)),
        ("E_FORM", "outages that are a text", rental(outages="none")),
        ("E_FORM", "an account of no state", rental(account={"status": "open"})),
        ("E_FORM", "switched off by nobody", rental(deactivated={"at": JUNE_15})),
        ("E_FORM", "switched off by a third", rental(deactivated={"at": JUNE_15, "by": "us"})),
        ("E_FORM", "abuse of no state", rental(abuse={"status": "maybe"})),
        ("E_FORM", "abuse of no scope", rental(abuse={"status": "confirmed", "scope": "all"})),
        ("E_FORM", "a share without a method", rental(funding=[{**HELD, "method": ""}])),
        ("E_FORM", "a share whose method is a number", rental(funding=[{**HELD, "method": 7}])),
        ("E_FORM", "a share that may go back or not", rental(funding=[{**HELD, "refundable": 1}])),
        ("E_AMOUNT", "a share of no amount", rental(funding=[without(dict(HELD), "amount")])),
        ("E_AMOUNT", "an order without a price", without(rental(), "order", "price")),
        ("E_FORM", "a refund without a ground", rental(prior_refunds=[{**PRIOR, "ground": ""}])),
        (
            "E_FORM",
            "a refund that went nowhere",
            rental(prior_refunds=[{**PRIOR, "destination": "out"}]),
        ),
        (
            "E_FORM",
            "the same claim without its decision",
            rental(prior_refunds=[{**PRIOR, "same_claim": True}]),
        ),
        ("E_TIMEZONE", "a zone that is a number", rental(timezone=5)),
        ("E_CALENDAR", "a calendar that is a number", rental(customer_calendar=5)),
        ("E_CURRENCY", "a currency that is a number", rental(currency=5)),
        ("E_BAD_TIME", "a fault at no time", rental(carrier_fault={"known_at": JUNE_15})),
        ("E_BAD_TIME", "papers approved soon", rental(kyc={"status": "approved", "at": "soon"})),
        ("E_BAD_TIME", "papers refused at no time", rental(kyc={"status": "refused"})),
        ("E_BAD_TIME", "an outage reported at no time", rental(outages=[{"cleared_at": JUNE_15}])),
        (
            "E_BAD_TIME",
            "an open account with a broken end",
            rental(account={"status": "active", "closed_at": "soon"}),
        ),
    ]
]


@pytest.mark.clause("RULE-IN")
@table(ODD)
def test_every_part_has_a_form(case: Case) -> None:
    assert_decided(case)


@pytest.mark.clause("RULE-IN")
def test_what_is_read_is_kept_as_it_was_given() -> None:
    result = read(
        rental(
            account={
                "status": "blocked_law_enforcement",
                "le_reference": "LE-1",
                "closed_at": at("5 10:00"),
            },
            prior_refunds=[{**PRIOR, "decision": "D-1"}, {**PRIOR, "decision": 5}],
        ),
        ask("payout", JUNE_15, fields={"currency": "EUR", "amount": "1.00"}),
    )
    assert isinstance(result, Read)
    assert result.facts.now.tzinfo is UTC
    assert result.facts.account.le_reference == "LE-1"
    assert result.facts.account.closed_at == datetime(2026, 6, 5, 8, tzinfo=UTC)
    assert [prior.decision for prior in result.facts.prior_refunds] == ["D-1", None]
    assert result.request is not None
    assert result.request.fields_given == {"amount"}


@pytest.mark.clause("RULE-IN")
@table(AMOUNTS)
def test_amount_is_a_plain_decimal_text(case: Case) -> None:
    assert_decided(case)


@pytest.mark.clause("RULE-IN")
@table(TIMES)
def test_instant_has_an_offset_and_its_order(case: Case) -> None:
    assert_decided(case)


@pytest.mark.clause("RULE-IN", "RP-P2b")
@table(PEOPLE)
def test_unauthorised_or_contradictory_input_is_refused(case: Case) -> None:
    assert_decided(case)


@pytest.mark.clause("RULE-IN")
def test_no_key_of_an_answer_is_ever_null() -> None:
    answer = decide_plain(rental(), ask("balance_claim", JUNE_15))
    assert None not in answer.values()


@pytest.mark.clause("RULE-IN")
@pytest.mark.parametrize(
    "word",
    [
        "unused_balance",
        "accidental_topup",
        "changed_mind",
        "misunderstanding",
        "caller_id",
        "fraud_block",
        "early_deactivation",
        "account_trouble",
        "not_seen",
        "double_charge",
        "dissatisfied",
        "other",
    ],
)
def test_every_reason_is_kept_by_its_word(word: str) -> None:
    result = read(rental(), ask("balance_claim", JUNE_15, reason=word))
    assert isinstance(result, Read)
    assert result.request is not None
    assert request_json(result.request)["reason"] == word


def test_facts_without_more_are_of_euros_in_norway() -> None:
    bare = RefundFacts(now=datetime(2026, 6, 15, tzinfo=UTC))
    result = read({"now": "2026-06-15T00:00:00Z"})
    assert isinstance(result, Read)
    assert result.facts == bare
    assert (bare.currency, bare.timezone) == ("EUR", "Europe/Oslo")
    assert (bare.operator_calendar, bare.customer_calendar) == ("NO", "NO")
