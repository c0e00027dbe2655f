"""When money may leave the balance: RP-T1, T3, T4, CF, P2b, X3 and the added rules."""

import pytest

from tests.policy.cases import (
    Case,
    Plain,
    Row,
    ask,
    assert_decided,
    at,
    booked,
    credit,
    deny,
    hold,
    other,
    payout,
    rental,
    table,
)

CREDITED = (booked("RP-C1", "30.00"),)
BLOCKED = {"status": "blocked_law_enforcement", "balance": "50.00", "le_reference": "LE-1"}
SUSPECTED = {"status": "suspected"}
CONFIRMED = {"status": "confirmed", "scope": "other"}
CARD = {"method": "card", "refundable": True}
COINS = {"method": "coins", "refundable": False}
PROMO = {"method": "promo", "refundable": False, "promo": True}
JUNE_10 = at("10 10:00")


def failed(happened_at: str = at("2 10:00"), **facts: object) -> Plain:
    """Return an order whose city ran out, credited before unless told otherwise."""
    standard: Plain = {
        "prior_refunds": list(CREDITED),
        "stock_failure": {"at": happened_at, "was_listed": True},
    }
    return rental({"rendered_at": None}, **(standard | facts))


def paid(clauses: str = "RP-C1", amount: str = "30.00", **more: object) -> Plain:
    return payout(clauses, amount, settle="2026-07-10", decide="2026-06-12", **more)


def way(method: str, destination: str, amount: str) -> Plain:
    return {"method": method, "destination": destination, "amount": amount}


MONTH: list[Row] = [
    (
        "RP-T1: 17 May is a Sunday, so Monday is the last day",
        failed("2026-04-17T10:00:00+02:00"),
        ask("payout", "2026-05-18T23:59:59+02:00"),
        payout("RP-C1", "30.00", settle="2026-06-18", decide="2026-05-20"),
    ),
    (
        "RP-T1: a second later it stays on the balance",
        failed("2026-04-17T10:00:00+02:00"),
        ask("payout", "2026-05-19T00:00:00+02:00"),
        deny("RP-T1", decide="2026-05-21"),
    ),
    (
        "RP-T1: our own late credit is not barred by it",
        failed("2026-04-17T10:00:00+02:00", prior_refunds=[]),
        ask("payout", "2026-05-19T00:00:00+02:00"),
        credit("RP-C1", "30.00", by="2026-04-24", decide="2026-05-21", payout_denied_by=["RP-T1"]),
    ),
    (
        "RP-T1: the customer's Easter moves the day, though the operator works",
        failed("2026-03-02T10:00:00+01:00", operator_calendar="DE", customer_calendar="NO"),
        ask("payout", "2026-04-07T12:00:00+02:00"),
        payout("RP-C1", "30.00", settle="2026-05-07", decide="2026-04-09"),
    ),
    (
        "RP-T1: a month after 31 January 2028 ends on the leap day",
        failed("2028-01-31T10:00:00+01:00"),
        ask("payout", "2028-03-01T00:00:00+01:00"),
        deny("RP-T1", decide="2028-03-03"),
    ),
    (
        "RP-T1: we settle within a month even where it ends on a holiday",
        failed("2026-11-24T10:00:00+01:00"),
        ask("payout", "2026-11-25T10:00:00+01:00"),
        payout("RP-C1", "30.00", settle="2026-12-25", decide="2026-11-27"),
    ),
]

HOW_MUCH: list[Row] = [
    (
        "RULE-CAP: what was spent meanwhile cannot be paid out, the rest is cut to cents",
        failed(account={"balance": "7.009"}),
        ask("payout", JUNE_10),
        paid(amount="7.00"),
    ),
    (
        "RULE-CAP: nothing left on the balance",
        failed(account={"balance": "0.00"}),
        ask("payout", JUNE_10),
        deny("RULE-CAP", decide="2026-06-12"),
    ),
    (
        "RULE-CAP: what was paid out already is not paid out again",
        failed(prior_refunds=[*CREDITED, booked("RP-C1", "30.00", "payment_method")]),
        ask("payout", JUNE_10),
        deny("RULE-CAP", decide="2026-06-12"),
    ),
    (
        "RULE-ERR: captured twice, one of them goes back, fraud or not",
        rental(duplicate_capture={"amount": "30.00"}, abuse={"status": "confirmed"}),
        ask("payout", JUNE_10, reason="double_charge"),
        paid("RULE-ERR"),
    ),
    (
        "RULE-ERR: what leaves has the minor digits of the currency, however it was written",
        rental(duplicate_capture={"amount": "30"}),
        ask("payout", JUNE_10),
        paid("RULE-ERR"),
    ),
    (
        "RULE-ERR: not wanted out, it simply lies on the balance",
        rental(duplicate_capture={"amount": "30.00"}),
        ask("balance_claim", JUNE_10, reason="double_charge"),
        deny("RULE-ERR", decide="2026-06-12"),
    ),
    (
        "RULE-ERR: an open chargeback holds it like any other",
        rental(duplicate_capture={"amount": "30.00"}, chargeback=True),
        ask("payout", JUNE_10),
        hold("RULE-CB", "30.00", decide="2026-06-12"),
    ),
]

WAITING: list[Row] = [
    (
        "RP-P2b: blocked by an authority, the payout waits",
        failed(account=BLOCKED),
        ask("payout", JUNE_10),
        hold("RP-P2b", "30.00", decide="2026-06-12"),
    ),
    (
        "RP-P2b: the credit is booked all the same",
        failed(account=BLOCKED, prior_refunds=[]),
        None,
        credit("RP-C1", "30.00", by="2026-06-09"),
    ),
    (
        "RULE-CB: an open chargeback makes it wait",
        failed(chargeback=True),
        ask("payout", JUNE_10),
        hold("RULE-CB", "30.00", decide="2026-06-12"),
    ),
    (
        "RP-P2b: comes before a chargeback",
        failed(account=BLOCKED, chargeback=True),
        ask("payout", JUNE_10),
        hold("RP-P2b", "30.00", decide="2026-06-12"),
    ),
    (
        "RP-X3: a suspicion makes it wait",
        failed(abuse=SUSPECTED),
        ask("payout", JUNE_10),
        hold("RP-X3", "30.00", decide="2026-06-12"),
    ),
    (
        "RP-X3: confirmed, of another order, it is refused",
        failed(abuse=CONFIRMED),
        ask("payout", JUNE_10),
        deny("RP-X3", decide="2026-06-12"),
    ),
    (
        "RP-X3: confirmed, a credit still due stands",
        failed(abuse=CONFIRMED, prior_refunds=[]),
        ask("payout", JUNE_10),
        credit("RP-C1", "30.00", by="2026-06-09", decide="2026-06-12", payout_denied_by=["RP-X3"]),
    ),
    (
        "RULE-CB: comes before confirmed abuse",
        failed(abuse=CONFIRMED, chargeback=True),
        ask("payout", JUNE_10),
        hold("RULE-CB", "30.00", decide="2026-06-12"),
    ),
    (
        "RULE-CAP: nothing to hold when nothing is left",
        failed(account=BLOCKED | {"balance": "0.00"}),
        ask("payout", JUNE_10),
        deny("RULE-CAP", decide="2026-06-12"),
    ),
]

CONTENTS: list[Row] = [
    (
        "RP-T4: everything is missing",
        failed(),
        ask("payout", JUNE_10, fields={}),
        other(
            "NEED_INFO",
            "RP-T4",
            decide="2026-06-12",
            missing=["service_name", "amount", "reason", "details"],
        ),
    ),
    (
        "RP-T4: blanks are not contents",
        failed(),
        ask(
            "payout",
            JUNE_10,
            fields={"service_name": " ", "amount": "30.00", "reason": "x", "details": None},
        ),
        other("NEED_INFO", "RP-T4", decide="2026-06-12", missing=["service_name", "details"]),
    ),
    (
        "RP-T4: not asked for while the payout waits",
        failed(chargeback=True),
        ask("payout", JUNE_10, fields={}),
        hold("RULE-CB", "30.00", decide="2026-06-12"),
    ),
    (
        "RP-T4: a cancellation needs none of it",
        rental(),
        ask("cancel", at("2 10:00"), wants="payout", fields={}),
        payout("PP-6.1", "28.00", settle="2026-07-02", decide="2026-06-04"),
    ),
    (
        "RP-T3: asked on the eve of Ascension, answered after the weekend",
        failed("2026-05-12T10:00:00+02:00"),
        ask("payout", "2026-05-13T22:00:00+02:00", fields={"service_name": "n"}),
        other("NEED_INFO", "RP-T4", decide="2026-05-18", missing=["amount", "reason", "details"]),
    ),
]

WAYS: list[Row] = [
    (
        "RP-CF: a method that takes nothing back",
        failed(funding=[COINS | {"amount": "30.00"}]),
        ask("payout", JUNE_10),
        paid("RP-C1 RP-CF", to="alternative"),
    ),
    (
        "RP-CF: half by coins, half by card",
        failed(funding=[COINS | {"amount": "10.00"}, CARD | {"amount": "20.00"}]),
        ask("payout", JUNE_10),
        paid(
            "RP-C1 RP-CF",
            to="mixed",
            split=[way("coins", "alternative", "10.00"), way("card", "payment_method", "20.00")],
        ),
    ),
    (
        "RP-CF: promotional money returns to the balance",
        failed(funding=[PROMO | {"amount": "10.00"}, CARD | {"amount": "20.00"}]),
        ask("payout", JUNE_10),
        paid(
            to="mixed",
            split=[way("promo", "balance", "10.00"), way("card", "payment_method", "20.00")],
        ),
    ),
    (
        "RP-C0: nothing but promotional money is not paid out",
        failed(funding=[PROMO | {"amount": "30.00"}]),
        ask("payout", JUNE_10),
        deny("RP-C0", decide="2026-06-12"),
    ),
    (
        "RP-CF: a rest without a known share",
        failed(funding=[CARD | {"amount": "20.00"}]),
        ask("payout", JUNE_10),
        paid(
            "RP-C1 RP-CF",
            to="mixed",
            split=[way("card", "payment_method", "20.00"), way("none", "alternative", "10.00")],
        ),
    ),
    (
        "RP-CF: two cards are one way",
        failed(funding=[CARD | {"amount": "10.00"}, CARD | {"amount": "20.00"}]),
        ask("payout", JUNE_10),
        paid(),
    ),
    (
        "RP-CF: a smaller payout is taken from the front",
        failed(
            account={"balance": "7.00"},
            funding=[COINS | {"amount": "10.00"}, CARD | {"amount": "20.00"}],
        ),
        ask("payout", JUNE_10),
        paid("RP-C1 RP-CF", "7.00", to="alternative"),
    ),
    (
        "RP-CF: what another refund filled before is not used twice",
        rental(
            carrier_fault={"at": at("11 10:00")},
            prior_refunds=[booked("RP-B1", "10.00")],
            funding=[PROMO | {"amount": "10.00"}, CARD | {"amount": "20.00"}],
        ),
        ask("payout", at("12 10:00")),
        payout("RP-C2", "20.00", settle="2026-07-12", decide="2026-06-16"),
    ),
]


@pytest.mark.clause("RP-T1")
@table(MONTH)
def test_guaranteed_payout_is_asked_for_within_a_month(case: Case) -> None:
    assert_decided(case)


@pytest.mark.clause("RULE-CAP", "RULE-ERR")
@table(HOW_MUCH)
def test_payout_never_exceeds_what_is_there(case: Case) -> None:
    assert_decided(case)


@pytest.mark.clause("RP-P2b", "RULE-CB", "RP-X3")
@table(WAITING)
def test_payout_waits_or_is_refused_while_the_credit_stands(case: Case) -> None:
    assert_decided(case)


@pytest.mark.clause("RP-T3", "RP-T4")
@table(CONTENTS)
def test_missing_contents_are_asked_for_once(case: Case) -> None:
    assert_decided(case)


@pytest.mark.clause("RP-CF", "RP-C0")
@table(WAYS)
def test_each_share_goes_back_its_own_way(case: Case) -> None:
    assert_decided(case)
