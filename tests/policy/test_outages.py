"""RP-B1: a rented number that does not work."""

import pytest

from tests.policy.cases import (
    Case,
    Row,
    ask,
    assert_decided,
    at,
    credit,
    deny,
    none,
    outage,
    rental,
    table,
)


def silent(*reports: object, **more: object) -> dict[str, object]:
    return rental(outages=list(reports), **more)


MARCH = {
    "price": "31.00",
    "ordered_at": "2026-03-01T10:00:00+01:00",
    "period_start": "2026-03-01T10:00:00+01:00",
    "period_end": "2026-04-01T10:00:00+02:00",
    "rendered_at": "2026-03-01T10:00:00+01:00",
}
OCTOBER = {
    "price": "31.00",
    "ordered_at": "2026-10-01T10:00:00+02:00",
    "period_start": "2026-10-01T10:00:00+02:00",
    "period_end": "2026-11-01T10:00:00+01:00",
    "rendered_at": "2026-10-01T10:00:00+02:00",
}

LENGTHS: list[Row] = [
    (
        "RP-B1: out for 24 hours exactly is not yet more than 24 hours",
        silent(outage(at("10 10:00"), at("11 10:00"))),
        None,
        none("RP-B1"),
    ),
    (
        "RP-B1: a second more is two begun days",
        silent(outage(at("10 10:00"), at("11 10:00:01"))),
        None,
        credit("RP-B1", "2.00", by="2026-06-18"),
    ),
    (
        "RP-B1: 48 hours exactly are two days, not three",
        silent(outage(at("10 10:00"), at("12 10:00"))),
        None,
        credit("RP-B1", "2.00", by="2026-06-19"),
    ),
    (
        "RP-B1: an offset of another zone is the same instant",
        silent(outage("2026-06-10T08:00:00Z", at("11 10:00"))),
        None,
        none("RP-B1"),
    ),
    (
        "RP-B1: 24 wall-clock hours over the night clocks go back are 25 real ones",
        rental(
            OCTOBER,
            now="2026-11-01T10:00:00+01:00",
            outages=[outage("2026-10-24T12:00:00+02:00", "2026-10-25T12:00:00+01:00")],
        ),
        None,
        credit("RP-B1", "2.00", by="2026-10-30"),
    ),
    (
        "RP-B1: 25 wall-clock hours over the night clocks go forward are 24 real ones",
        rental(
            MARCH,
            now="2026-04-01T10:00:00+02:00",
            outages=[outage("2026-03-28T12:00:00+01:00", "2026-03-29T13:00:00+02:00")],
        ),
        None,
        none("RP-B1"),
    ),
    (
        "RP-B1: nothing was ever reported, whatever our own monitoring saw",
        rental(outages=[], monitor_outages=[{"from_at": at("3 10:00"), "to_at": at("9 10:00")}]),
        None,
        none("RP-B1"),
    ),
    (
        "RP-B1: what the client caused is not counted",
        silent(outage(at("10 10:00"), at("14 10:00"), cause="client_activity")),
        None,
        none("RP-B1"),
    ),
    (
        "RP-B1: the client's own outage does not bridge two that count",
        silent(
            outage(at("10 10:00"), at("10 22:00")),
            outage(at("10 22:00"), at("11 10:00"), cause="client_activity"),
            outage(at("11 10:00"), at("11 22:00")),
        ),
        None,
        none("RP-B1"),
    ),
]

MERGED: list[Row] = [
    (
        "RP-B1: working again for 59:59 is still one outage",
        silent(outage(at("10 10:00"), at("10 22:00")), outage(at("10 22:59:59"), at("11 10:30"))),
        None,
        credit("RP-B1", "2.00", by="2026-06-18"),
    ),
    (
        "RP-B1: working again for exactly 60 minutes ends an outage",
        silent(outage(at("10 10:00"), at("10 22:00")), outage(at("10 23:00"), at("11 11:00"))),
        None,
        none("RP-B1"),
    ),
    (
        "RP-B1: a report inside a longer one adds nothing",
        silent(outage(at("10 10:00"), at("13 10:00")), outage(at("11 10:00"), at("12 10:00"))),
        None,
        credit("RP-B1", "3.00", by="2026-06-19"),
    ),
    (
        "RP-B1: two long outages are added, each with its own begun days",
        silent(outage(at("3 10:00"), at("4 11:00")), outage(at("10 10:00"), at("11 11:00"))),
        None,
        credit("RP-B1", "4.00", by="2026-06-18"),
    ),
    (
        "RP-B1: more begun days than the period has are the whole price and no more",
        rental(
            {"period_end": at("3 10:00"), "price": "2.00"},
            outages=[
                outage(at("1 10:00"), at("2 11:00")),
                outage(at("2 12:00"), at("3 13:00")),
            ],
            now=at("10 10:00"),
        ),
        None,
        credit("RP-B1", "2.00", by="2026-06-10"),
    ),
]

PERIODS: list[Row] = [
    (
        "RP-B1: long before and short within the period counts what lies within",
        silent(outage("2026-05-30T10:00:00+02:00", at("1 12:00"))),
        None,
        credit("RP-B1", "1.00", by="2026-06-08"),
    ),
    (
        "RP-B1: an outage that ended as the period began belongs to the one before",
        silent(outage("2026-05-30T10:00:00+02:00", at("1 10:00"))),
        None,
        none("RP-B1"),
    ),
    (
        "RP-B1: past the end only paid time is returned, and the clock starts at the end",
        silent(
            outage(at("30 09:00"), "2026-07-03T09:00:00+02:00"), now="2026-07-03T09:00:00+02:00"
        ),
        None,
        credit("RP-B1", "2.00", by="2026-07-08"),
    ),
    (
        "RP-B1: still open before the period is over gives nothing yet",
        silent(outage(at("10 10:00")), now=at("30 10:00")),
        None,
        none("RP-B1"),
    ),
    (
        "RP-B1: still open when the period ends is counted to its end",
        silent(outage(at("28 10:00")), now="2026-07-01T10:00:00+02:00"),
        None,
        credit("RP-B1", "3.00", by="2026-07-08"),
    ),
    (
        "RP-B1: a repair after the question has not happened when it is asked",
        silent(outage(at("10 10:00"), at("13 10:00"))),
        ask("balance_claim", at("12 12:00"), reason="other"),
        deny("RP-B1", decide="2026-06-16"),
    ),
    (
        "RP-B1: the set-up fee is not part of a day",
        rental({"setup_fee": "15.00"}, outages=[outage(at("10 10:00"), at("12 10:00"))]),
        None,
        credit("RP-B1", "2.00", by="2026-06-19"),
    ),
    (
        "RP-B1: a leap year rented whole has 366 days",
        rental(
            {
                "price": "366.00",
                "period_start": "2028-01-01T00:00:00+01:00",
                "period_end": "2029-01-01T00:00:00+01:00",
            },
            now="2029-01-01T00:00:00+01:00",
            outages=[outage("2028-02-28T12:00:00+01:00", "2028-03-01T12:00:00+01:00")],
        ),
        None,
        credit("RP-B1", "2.00", by="2028-03-08"),
    ),
]

LEAVING: list[Row] = [
    (
        "RP-B1: leaving inside a long fault returns the rest from the report on",
        silent(
            outage(at("10 10:00"), at("14 10:00")),
            deactivated={"at": at("10 12:00"), "by": "client"},
        ),
        None,
        credit("RP-B1", "21.00", by="2026-06-18"),
    ),
    (
        "RP-B1: days of an earlier outage are added before rounding",
        silent(
            outage(at("3 10:00"), at("4 16:00")),
            outage(at("10 10:00"), at("14 10:00")),
            deactivated={"at": at("12 10:00"), "by": "client"},
        ),
        None,
        credit("RP-B1", "23.00", by="2026-06-19"),
    ),
    (
        "RP-B1: the fault need not be over when 24 hours since the report are",
        silent(
            outage(at("10 10:00")),
            deactivated={"at": at("10 12:00"), "by": "client"},
            now=at("11 10:00:01"),
        ),
        None,
        credit("RP-B1", "21.00", by="2026-06-18"),
    ),
    (
        "RP-N1: leaving in a fault that lasts 24 hours exactly is leaving early",
        silent(
            outage(at("10 10:00"), at("11 10:00")),
            deactivated={"at": at("10 12:00"), "by": "client"},
        ),
        None,
        none("RP-N1"),
    ),
    (
        "RP-N1: leaving at the instant of the repair is not inside the fault",
        silent(
            outage(at("10 10:00"), at("12 10:00")),
            deactivated={"at": at("12 10:00"), "by": "client"},
        ),
        None,
        credit("RP-B1", "2.00", by="2026-06-19"),
    ),
    (
        "RP-N1: what is reported after leaving gives nothing",
        silent(
            outage(at("12 10:00"), at("15 10:00")),
            deactivated={"at": at("11 10:00"), "by": "client"},
        ),
        None,
        none("RP-N1"),
    ),
]


@pytest.mark.clause("RP-B1", "RP-B0")
@table(LENGTHS + MERGED + PERIODS)
def test_reported_outage_returns_begun_days(case: Case) -> None:
    assert_decided(case)


@pytest.mark.clause("RP-B1", "RP-N1")
@table(LEAVING)
def test_leaving_during_an_outage_returns_the_rest(case: Case) -> None:
    assert_decided(case)
