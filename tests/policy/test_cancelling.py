"""PP-6.1 and LAW-14: cancelling in time, and what comes back."""

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
    one_time,
    payout,
    rental,
    table,
)

FRIDAY = {
    "ordered_at": at("5 15:00"),
    "period_start": at("5 15:00"),
    "period_end": "2026-07-05T15:00:00+02:00",
    "rendered_at": at("5 15:00"),
}
JULY = {
    "price": "31.00",
    "ordered_at": "2026-07-01T10:00:00+02:00",
    "period_start": "2026-07-01T10:00:00+02:00",
    "period_end": "2026-08-01T10:00:00+02:00",
    "rendered_at": "2026-07-01T10:00:00+02:00",
}
TOPUP: Plain = {"kind": "topup", "price": "20.00", "ordered_at": at("1 10:00")}


def topup(**facts: object) -> Plain:
    standard: Plain = {"now": at("15 10:00"), "order": TOPUP, "account": {"balance": "12.00"}}
    return standard | facts


def metered(order: Plain | None = None, **facts: object) -> Plain:
    standard: Plain = {"kind": "metered", "price": "1.20", "ordered_at": at("10 10:00")}
    return {"now": at("10 12:00"), "order": standard | (order or {})} | facts


WINDOW: list[Row] = [
    (
        "PP-6.1: at the minute it was rendered one day has begun",
        rental(FRIDAY),
        ask("cancel", at("5 15:00")),
        credit("PP-6.1", "29.00", by="2026-06-12", decide="2026-06-09"),
    ),
    (
        "PP-6.1: Saturday and Sunday do not count, Tuesday midnight is the end",
        rental(FRIDAY),
        ask("cancel", at("9 23:59:59")),
        credit("PP-6.1", "25.00", by="2026-06-16", decide="2026-06-11"),
    ),
    (
        "PP-6.1: a second later it is an early end",
        rental(FRIDAY),
        ask("cancel", at("10 00:00")),
        deny("RP-N1", decide="2026-06-12"),
    ),
    (
        "PP-6.1: midnight is local, not that of the sender",
        rental(FRIDAY),
        ask("cancel", "2026-06-09T22:00:00Z"),
        deny("RP-N1", decide="2026-06-12"),
    ),
    (
        "PP-6.1: the customer's observed Fourth of July lengthens the window",
        rental(JULY, customer_calendar="US"),
        ask("cancel", "2026-07-06T23:00:00+02:00"),
        credit("PP-6.1", "25.00", by="2026-07-13", decide="2026-07-08"),
    ),
    (
        "PP-6.1: without it, Friday was the last day",
        rental(JULY),
        ask("cancel", "2026-07-06T23:00:00+02:00"),
        deny("RP-N1", decide="2026-07-08"),
    ),
    (
        "PP-6.1: not rendered yet, weeks later",
        rental(FRIDAY | {"rendered_at": None, "setup_fee": "10.00"}),
        ask("cancel", at("26 10:00")),
        credit("PP-6.1", "40.00", by="2026-07-03", decide="2026-06-30"),
    ),
    (
        "PP-6.1: an automatic renewal opens no window",
        rental(FRIDAY | {"renewal": "auto"}),
        ask("cancel", at("8 10:00"), reason="changed_mind"),
        deny("RP-N1 RP-X6", decide="2026-06-10"),
    ),
    (
        "PP-6.1: the provider never had a number, so there is nothing to cancel",
        rental(FRIDAY | {"rendered_at": None}, provision_failure={"at": at("5 16:00")}),
        ask("cancel", at("8 10:00"), wants="payout"),
        credit("RP-B3", "30.00", by="2026-06-12", decide="2026-06-10", payout_denied_by=["RP-C0"]),
    ),
]

AMOUNTS: list[Row] = [
    (
        "PP-6.1: without recorded consent to begin, everything returns",
        rental(FRIDAY | {"consent_immediate": False}),
        ask("cancel", at("8 10:00")),
        credit("PP-6.1", "30.00", by="2026-06-15", decide="2026-06-10"),
    ),
    (
        "PP-6.1: used until it was switched off",
        rental(FRIDAY, deactivated={"at": at("6 15:00"), "by": "client"}),
        ask("cancel", at("9 10:00")),
        credit("PP-6.1", "28.00", by="2026-06-16", decide="2026-06-11"),
    ),
    (
        "PP-6.1: dinars have three decimals",
        rental(FRIDAY | {"price": "3.000"}, currency="KWD"),
        ask("cancel", at("6 16:00")),
        credit("PP-6.1", "2.800", by="2026-06-12", decide="2026-06-09", currency="KWD"),
    ),
    (
        "PP-6.1: a number for one day is used up when it has begun",
        rental(FRIDAY | {"period_end": at("6 15:00")}),
        ask("cancel", at("5 16:00")),
        deny("RULE-CAP", decide="2026-06-09"),
    ),
    (
        "PP-6.1: credited before, now wanted out",
        rental(FRIDAY, prior_refunds=[booked("PP-6.1", "28.00")]),
        ask("payout", at("20 10:00")),
        payout("PP-6.1", "28.00", settle="2026-07-20", decide="2026-06-23"),
    ),
    (
        "PP-6.1: to the client at once",
        rental(FRIDAY),
        ask("cancel", at("8 10:00"), wants="payout"),
        payout("PP-6.1", "27.00", settle="2026-07-08", decide="2026-06-10"),
    ),
    (
        "PP-6.1: a metered service that was not used",
        metered(),
        ask("cancel", at("10 11:00")),
        credit("PP-6.1", "1.20", by="2026-06-17", decide="2026-06-12"),
    ),
    (
        "PP-6.1: a metered service used at the client's request",
        metered({"rendered_at": at("10 10:30"), "consent_immediate": True}),
        ask("cancel", at("10 11:00"), reason="changed_mind"),
        deny("PP-6.1", decide="2026-06-12"),
    ),
    (
        "RP-X6: a metered service, changed mind after the window",
        metered({"rendered_at": at("10 10:30"), "consent_immediate": True}),
        ask("cancel", at("15 11:00"), reason="changed_mind"),
        deny("PP-6.1 RP-X6", decide="2026-06-17"),
    ),
]

ABUSED: list[Row] = [
    (
        "RP-X3: confirmed for the order, it cannot be cancelled",
        rental(FRIDAY, abuse={"status": "confirmed", "scope": "order"}),
        ask("cancel", at("8 10:00")),
        deny("RP-X3", decide="2026-06-10"),
    ),
    (
        "RP-X3: confirmed for another order, it can, but nothing is paid out",
        rental(FRIDAY, abuse={"status": "confirmed", "scope": "other"}),
        ask("cancel", at("8 10:00"), wants="payout"),
        credit("PP-6.1", "27.00", by="2026-06-15", decide="2026-06-10", payout_denied_by=["RP-X3"]),
    ),
    (
        "RP-X3: suspected only, it can be cancelled",
        rental(FRIDAY, abuse={"status": "suspected"}),
        ask("cancel", at("8 10:00")),
        credit("PP-6.1", "27.00", by="2026-06-15", decide="2026-06-10"),
    ),
    (
        "RP-X3: even the law's withdrawal, when fraud is confirmed",
        rental(FRIDAY, profile="eea_consumer", abuse={"status": "confirmed"}),
        ask("cancel", at("8 10:00")),
        deny("RP-X3", decide="2026-06-10"),
    ),
]

LAW: list[Row] = [
    (
        "LAW-14: the fourteenth day, last second",
        rental(FRIDAY, profile="eea_consumer"),
        ask("cancel", at("19 23:59:59")),
        credit("LAW-14", "15.00", by="2026-06-26", decide="2026-06-23"),
    ),
    (
        "LAW-14: the fifteenth day",
        rental(FRIDAY, profile="eea_consumer"),
        ask("cancel", at("20 00:00")),
        deny("RP-N1", decide="2026-06-23"),
    ),
    (
        "LAW-14: without the profile it does not apply",
        rental(FRIDAY),
        ask("cancel", at("19 10:00")),
        deny("RP-N1", decide="2026-06-23"),
    ),
    (
        "LAW-14: cited inside both windows, paid within fourteen days",
        rental(FRIDAY, profile="eea_consumer"),
        ask("cancel", at("8 10:00"), wants="payout"),
        payout("LAW-14", "27.00", settle="2026-06-22", decide="2026-06-10"),
    ),
    (
        "LAW-14: the order day is not known, our own window still is",
        rental(FRIDAY | {"ordered_at": None}, profile="eea_consumer"),
        ask("cancel", at("8 10:00")),
        credit("PP-6.1", "27.00", by="2026-06-15", decide="2026-06-10"),
    ),
    (
        "LAW-14: what is left of a top-up goes back",
        topup(profile="eea_consumer"),
        ask("payout", at("15 10:00"), reason="accidental_topup"),
        payout("LAW-14", "12.00", settle="2026-06-29", decide="2026-06-17"),
    ),
    (
        "LAW-14: a top-up withdrawn to the balance lies there already",
        topup(profile="eea_consumer"),
        ask("cancel", at("15 10:00")),
        deny("LAW-14", decide="2026-06-17"),
    ),
    (
        "RP-X7: one day later the accidental top-up stays",
        topup(profile="eea_consumer"),
        ask("payout", at("16 00:00"), reason="accidental_topup"),
        deny("RP-X7", decide="2026-06-18"),
    ),
    (
        "LAW-14: a one-time number that is still waiting",
        one_time(now=at("10 12:10"), profile="eea_consumer"),
        ask("cancel", at("10 12:10"), wants="payout"),
        payout("LAW-14", "0.40", settle="2026-06-24", decide="2026-06-12"),
    ),
]


@pytest.mark.clause("PP-6.1a", "PP-6.1b", "RP-N1", "RP-X6")
@table(WINDOW)
def test_order_can_be_cancelled_until_the_second_working_day(case: Case) -> None:
    assert_decided(case)


@pytest.mark.clause("PP-6.1a", "RP-X6")
@table(AMOUNTS)
def test_days_that_had_begun_are_kept(case: Case) -> None:
    assert_decided(case)


@pytest.mark.clause("RP-X3")
@table(ABUSED)
def test_confirmed_abuse_ends_the_right_to_cancel(case: Case) -> None:
    assert_decided(case)


@pytest.mark.clause("LAW-14", "PP-6.1c", "RP-X7")
@table(LAW)
def test_law_gives_fourteen_days_where_the_profile_says_so(case: Case) -> None:
    assert_decided(case)


@pytest.mark.parametrize("channel", ["web", "email", "phone", "account", "api"])
@pytest.mark.clause("PP-6.1b")
def test_any_way_of_asking_is_the_same(channel: str) -> None:
    asked = ask("cancel", at("8 10:00"), channel=channel)
    answer = credit("PP-6.1", "27.00", by="2026-06-15", decide="2026-06-10")
    assert_decided((rental(FRIDAY), asked, answer))
