"""RP-B2, B3, C1 and C2: the carrier, the stock and the papers."""

import pytest

from tests.policy.cases import (
    Case,
    Row,
    ask,
    assert_decided,
    at,
    block,
    booked,
    credit,
    none,
    one_time,
    payout,
    rental,
    table,
)

OCTOBER = {
    "price": "31.00",
    "period_start": "2026-10-01T10:00:00+02:00",
    "period_end": "2026-11-01T10:00:00+01:00",
    "rendered_at": "2026-10-01T10:00:00+02:00",
}
NOT_RENDERED = {"rendered_at": None}
OUT_OF_STOCK = {"at": at("2 10:00"), "was_listed": True}
FAULT = {"at": at("11 12:00"), "contact_at": at("12 09:00"), "known_at": at("12 09:00")}
ACCEPTED = {"available": True, "accepted": True}
DECLINED = {"available": True, "accepted": False}

BLOCKED: list[Row] = [
    (
        "RP-B2: blocked a second before the eleventh service day begins",
        rental(carrier_block=block(at("11 09:59:59"))),
        None,
        credit("RP-B2", "21.00", by="2026-06-18"),
    ),
    (
        "RP-B2: blocked as the eleventh service day begins",
        rental(carrier_block=block(at("11 10:00"))),
        None,
        credit("RP-B2", "20.00", by="2026-06-18"),
    ),
    (
        "RP-B2: a service day begins at the same wall-clock time after clocks went back",
        rental(
            OCTOBER,
            now="2026-11-01T10:00:00+01:00",
            carrier_block=block("2026-10-26T09:59:59+01:00"),
        ),
        None,
        credit("RP-B2", "7.00", by="2026-11-02"),
    ),
    (
        "RP-B2: blocked before the period began is the whole price",
        rental({"setup_fee": "5.00"}, carrier_block=block("2026-05-31T10:00:00+02:00")),
        None,
        credit("RP-B2", "35.00", by="2026-06-05"),
    ),
    (
        "RP-B2: blocked when the period is over returns nothing",
        rental(carrier_block=block("2026-07-01T10:00:00+02:00")),
        None,
        none("RULE-CAP"),
    ),
    (
        "RP-B2: an unknown reason is not the client's",
        rental(carrier_block=block(at("11 12:00"), "unknown")),
        None,
        credit("RP-B2", "20.00", by="2026-06-18"),
    ),
    (
        "RP-B2: the client's activity",
        rental(carrier_block=block(at("11 12:00"), "client_activity")),
        None,
        none("RP-B2"),
    ),
    (
        "RP-B2: the client's activity, confirmed as abuse",
        rental(
            carrier_block=block(at("11 12:00"), "client_activity"), abuse={"status": "confirmed"}
        ),
        None,
        none("RP-B2 RP-X3"),
    ),
    (
        "RP-B2: a block we learn of later counts from then, by the day it happened",
        rental(
            carrier_block={"at": at("11 12:00"), "known_at": at("15 12:00"), "reason": "unrelated"}
        ),
        None,
        credit("RP-B2", "20.00", by="2026-06-22"),
    ),
    (
        "RP-B2: what we do not know yet has not happened",
        rental(
            carrier_block={"at": at("11 12:00"), "known_at": at("15 12:00")}, now=at("14 12:00")
        ),
        None,
        none(),
    ),
    (
        "RP-B2: yen have no smaller unit and are rounded up",
        rental({"price": "1000"}, carrier_block=block(at("11 12:00")), currency="JPY"),
        None,
        credit("RP-B2", "667", by="2026-06-18", currency="JPY"),
    ),
    (
        "RP-T2: five working days over the observed Fourth of July",
        rental(carrier_block=block(at("30 12:00")), operator_calendar="US"),
        None,
        credit("RP-B2", "1.00", by="2026-07-08"),
    ),
    (
        "RP-B2: a replacement that was accepted goes on with the service",
        rental(carrier_block=block(at("11 12:00")), replacement=ACCEPTED),
        None,
        none("RP-B2"),
    ),
    (
        "RULE-END: the operator ends a rental without cause",
        rental(deactivated={"at": at("11 12:00"), "by": "operator"}),
        None,
        credit("RULE-END", "20.00", by="2026-06-18"),
    ),
    (
        "RULE-END: the operator ends a rental for confirmed abuse",
        rental(deactivated={"at": at("11 12:00"), "by": "operator"}, abuse={"status": "confirmed"}),
        None,
        none("RP-X3"),
    ),
]

NOT_PROVIDED: list[Row] = [
    (
        "RP-B3: price and set-up fee, written as they were paid",
        rental(NOT_RENDERED | {"setup_fee": "1.005"}, provision_failure={"at": at("2 10:00")}),
        None,
        credit("RP-B3", "31.005", by="2026-06-09"),
    ),
    (
        "RP-B3: of two failures the first sets the deadline",
        rental(
            NOT_RENDERED,
            provision_failure={"at": at("3 10:00")},
            kyc={"status": "rejected_by_carrier", "at": at("2 10:00")},
        ),
        None,
        credit("RP-B3", "30.00", by="2026-06-09"),
    ),
    (
        "RP-B3: the place was never listed",
        rental(NOT_RENDERED, stock_failure={"at": at("2 10:00")}),
        None,
        credit("RP-B3", "30.00", by="2026-06-09"),
    ),
    (
        "RP-B3: only the number picked is gone",
        rental(NOT_RENDERED, stock_failure=OUT_OF_STOCK | {"city_out_of_stock": False}),
        None,
        credit("RP-B3", "30.00", by="2026-06-09"),
    ),
    (
        "RP-B3: papers the page had not named",
        rental(NOT_RENDERED, kyc={"status": "refused", "shown": False, "at": at("3 10:00")}),
        None,
        credit("RP-B3", "30.00", by="2026-06-10"),
    ),
    (
        "RP-B3: a message that was paid and never delivered",
        {
            "now": at("10 10:00"),
            "order": {"kind": "metered", "price": "0.0750"},
            "undelivered": {"at": at("10 09:00")},
        },
        None,
        credit("RP-B3", "0.0750", by="2026-06-17"),
    ),
    (
        "RP-B3: papers that are fine fail nothing",
        rental(kyc={"status": "approved", "shown": True}),
        None,
        none(),
    ),
]

TO_CLIENT: list[Row] = [
    (
        "RP-C1: credited by itself",
        rental(NOT_RENDERED, stock_failure=OUT_OF_STOCK),
        None,
        credit("RP-C1", "30.00", by="2026-06-09"),
    ),
    (
        "RP-C1: paid out on request, the credit booked on the way",
        rental(NOT_RENDERED, stock_failure=OUT_OF_STOCK, account={"balance": "0.00"}),
        ask("payout", at("3 10:00")),
        payout("RP-C1", "30.00", settle="2026-07-03", decide="2026-06-05"),
    ),
    (
        "RP-C2: the client's contact was before the carrier's evidence",
        rental(carrier_fault={"at": at("12 12:00"), "contact_at": at("11 12:00")}),
        None,
        credit("RP-C2", "20.00", by="2026-06-18"),
    ),
    (
        "RP-C2: a one-time number without a code is the whole price",
        one_time(carrier_fault={"contact_at": at("10 12:05")}, now=at("10 12:05")),
        None,
        credit("RP-C2", "0.40", by="2026-06-17"),
    ),
    (
        "RP-C2: a replacement declined leaves the credit only",
        rental(carrier_fault=FAULT, replacement=DECLINED),
        ask("payout", at("15 10:00")),
        credit("RP-B2", "20.00", by="2026-06-19", decide="2026-06-17", payout_denied_by=["RP-C0"]),
    ),
    (
        "RP-C2: a replacement accepted returns nothing",
        rental(carrier_fault=FAULT, replacement=ACCEPTED),
        None,
        none("RP-C2"),
    ),
    (
        "RP-C2: comes before a block of the same number",
        rental(carrier_fault=FAULT, carrier_block=block(at("12 09:00"))),
        None,
        credit("RP-C2", "20.00", by="2026-06-19"),
    ),
    (
        "RP-B2: a block alone is returned to the balance, not to the client",
        rental(carrier_block=block(at("11 12:00"))),
        ask("payout", at("15 10:00")),
        credit("RP-B2", "20.00", by="2026-06-18", decide="2026-06-17", payout_denied_by=["RP-C0"]),
    ),
    (
        "RULE-CAP: earlier refunds lower the credit, and the rest is cut to cents",
        rental(carrier_fault=FAULT, prior_refunds=[booked("RP-B1", "11.995")]),
        None,
        credit("RP-C2", "18.00", by="2026-06-19"),
    ),
]


@pytest.mark.clause("RP-B2", "RULE-END", "RP-T2")
@table(BLOCKED)
def test_blocked_number_returns_the_time_that_remains(case: Case) -> None:
    assert_decided(case)


@pytest.mark.clause("RP-B3")
@table(NOT_PROVIDED)
def test_what_cannot_be_provided_returns_the_whole_price(case: Case) -> None:
    assert_decided(case)


@pytest.mark.clause("RP-C1", "RP-C2", "RP-C0", "RULE-CAP")
@table(TO_CLIENT)
def test_guaranteed_payout_follows_a_request(case: Case) -> None:
    assert_decided(case)
