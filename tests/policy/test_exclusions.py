"""RP-N1, RP-X1 to X8, RP-P2a, and what goes to a person."""

import pytest

from tests.policy.cases import (
    Case,
    Plain,
    Row,
    alternative,
    ask,
    assert_decided,
    at,
    block,
    booked,
    credit,
    deny,
    none,
    other,
    payout,
    rental,
    table,
)

NO_ORDER: Plain = {"now": at("10 10:00"), "account": {"balance": "12.50"}}
REFUSED = {"status": "refused", "shown": True, "at": at("3 10:00")}
JUNE_15 = at("15 10:00")
BY_17 = "2026-06-17"


def asked(reason: str | None = None, what: str = "balance_claim") -> Plain:
    return ask(what, JUNE_15, reason=reason)


def closed(closed_at: str = at("12 10:00"), *, shown: bool = False, **facts: object) -> Plain:
    account: Plain = {
        "status": "closed_by_client",
        "closed_at": closed_at,
        "balance": "0.00",
        "acknowledged_includes_pending": shown,
    }
    return rental(**({"account": account} | facts))


def review() -> Plain:
    return other("REVIEW", "RULE-REVIEW", decide=BY_17)


REASONS: list[Row] = [
    (
        "RP-X1: the unused balance is not paid out",
        NO_ORDER,
        asked("unused_balance", "payout"),
        deny("RP-X1", decide=BY_17),
    ),
    (
        "RP-X5: caller ID of a rental",
        rental(),
        asked("caller_id"),
        deny("RP-X5", decide=BY_17),
    ),
    (
        "RP-X6: topped up and never ordered",
        NO_ORDER,
        asked("changed_mind", "payout"),
        deny("RP-X6", decide=BY_17),
    ),
    (
        "RP-X6: asked about an order after its window",
        rental(),
        asked("changed_mind"),
        deny("RP-X6", decide=BY_17),
    ),
    (
        "RP-X6: not used while the order could be cancelled",
        rental(now=at("2 10:00")),
        ask("balance_claim", at("2 10:00"), reason="changed_mind"),
        other("REVIEW", "RULE-REVIEW", decide="2026-06-04"),
    ),
    (
        "RP-X7: an accidental top-up",
        NO_ORDER,
        asked("accidental_topup", "payout"),
        deny("RP-X7", decide=BY_17),
    ),
    ("RP-X7: a rental is no top-up", rental(), asked("accidental_topup"), review()),
    (
        "RP-X8: the page explained it",
        rental(page_said_it=True),
        asked("misunderstanding"),
        deny("RP-X8", decide=BY_17),
    ),
    ("RP-X8: the page did not", rental(), asked("misunderstanding"), review()),
    (
        "RP-X3: blocked for fraud, confirmed",
        rental(abuse={"status": "confirmed"}),
        asked("fraud_block"),
        deny("RP-X3", decide=BY_17),
    ),
    (
        "RP-X3: blocked for fraud, a complaint only",
        rental(abuse={"status": "suspected"}),
        asked("fraud_block"),
        review(),
    ),
    (
        "RP-X3: no ground, and confirmed abuse bars every payout",
        rental(abuse={"status": "confirmed", "scope": "other"}),
        asked("unused_balance", "payout"),
        deny("RP-X3", decide=BY_17),
    ),
    (
        "RULE-REVIEW: early deactivation that was none",
        rental(),
        asked("early_deactivation"),
        review(),
    ),
    ("RULE-REVIEW: double charge that was none", rental(), asked("double_charge"), review()),
    ("RULE-REVIEW: dissatisfied after the window", rental(), asked("dissatisfied"), review()),
    ("RULE-REVIEW: a word we do not know", rental(), asked("because"), review()),
    ("RULE-REVIEW: no reason at all", rental(), asked(), review()),
    ("RULE-REVIEW: nobody asks and nothing fits", rental(), None, none()),
    ("RULE-REVIEW: nobody asks about a balance", NO_ORDER, None, none()),
]

FACTS: list[Row] = [
    (
        "RP-N1: switched off on day 20",
        rental(deactivated={"at": at("20 10:00"), "by": "client"}),
        None,
        none("RP-N1"),
    ),
    (
        "RP-N1: switched off, changed mind, the same answer with its reason",
        rental(deactivated={"at": at("10 10:00"), "by": "client"}),
        asked("changed_mind"),
        deny("RP-N1 RP-X6", decide=BY_17),
    ),
    (
        "RP-N1: a reason never replaces a fact that gives money",
        rental(
            deactivated={"at": at("12 10:00"), "by": "client"},
            carrier_block=block(at("11 12:00")),
        ),
        asked("early_deactivation"),
        credit("RP-B2", "20.00", by="2026-06-18", decide=BY_17),
    ),
    (
        "RP-N1: switched off after the period was over is not early",
        rental(
            deactivated={"at": "2026-07-01T10:00:00+02:00", "by": "client"},
        ),
        None,
        none(),
    ),
    (
        "RP-X2: papers refused, by itself",
        rental({"rendered_at": None}, kyc=REFUSED),
        None,
        credit("RP-B3", "30.00", by="2026-06-10"),
    ),
    (
        "RP-X2: papers refused, asked about",
        rental({"rendered_at": None}, kyc=REFUSED),
        asked(),
        credit("RP-B3 RP-X2", "30.00", by="2026-06-10", decide=BY_17),
    ),
    (
        "RP-X2: booked before, the payout is refused",
        rental({"rendered_at": None}, kyc=REFUSED, prior_refunds=[booked("RP-B3", "30.00")]),
        asked(None, "payout"),
        deny("RP-X2", decide=BY_17),
    ),
    (
        "RP-X2: papers the page had not named open the payout",
        rental({"rendered_at": None}, kyc=REFUSED | {"shown": False}),
        asked(None, "payout"),
        payout("PP-6.1", "30.00", settle="2026-07-15", decide=BY_17),
    ),
    (
        "RP-X2: and so they do when the credit was booked before",
        rental(
            {"rendered_at": None},
            kyc=REFUSED | {"shown": False},
            prior_refunds=[booked("RP-B3", "30.00")],
        ),
        asked(None, "payout"),
        payout("PP-6.1", "30.00", settle="2026-07-15", decide=BY_17),
    ),
]

DELETED: list[Row] = [
    (
        "RP-P2a: earned before and not shown, another way",
        closed(carrier_block=block(at("11 12:00"))),
        None,
        alternative("RP-B2 RP-P2a", "20.00"),
    ),
    (
        "RP-P2a: also when it is asked for",
        closed(carrier_block=block(at("11 12:00"))),
        asked(),
        alternative("RP-B2 RP-P2a", "20.00", decide=BY_17),
    ),
    (
        "RP-P2a: earned at the very instant of the deletion",
        closed(at("11 12:00"), carrier_block=block(at("11 12:00"))),
        None,
        alternative("RP-B2 RP-P2a", "20.00"),
    ),
    (
        "RP-P2a: earned a second later",
        closed(at("11 11:59:59"), carrier_block=block(at("11 12:00"))),
        None,
        none("RP-P2a"),
    ),
    (
        "RP-P2a: shown and given up",
        closed(shown=True, carrier_block=block(at("11 12:00"))),
        None,
        none("RP-P2a"),
    ),
    (
        "RP-P2a: a guaranteed payout survives, even shown",
        closed(shown=True, carrier_fault={"at": at("11 12:00")}),
        asked(None, "payout"),
        payout("RP-C2", "20.00", settle="2026-07-15", decide=BY_17),
    ),
    (
        "RP-P2a: the rest was given up, whatever the reason",
        closed(),
        asked("misunderstanding", "payout"),
        deny("RP-P2a", decide=BY_17),
    ),
    ("RP-P2a: nobody asks", closed(), None, none()),
]


@pytest.mark.clause("RP-X1", "RP-X3", "RP-X5", "RP-X6", "RP-X7", "RP-X8", "RULE-REVIEW", "RP-X0")
@table(REASONS)
def test_reason_decides_last(case: Case) -> None:
    assert_decided(case)


@pytest.mark.clause("RP-N1", "RP-X2", "RP-N0", "RP-X0")
@table(FACTS)
def test_facts_decide_before_reasons(case: Case) -> None:
    assert_decided(case)


@pytest.mark.clause("RP-P2a")
@table(DELETED)
def test_deleted_account_keeps_what_was_earned_and_not_shown(case: Case) -> None:
    assert_decided(case)
