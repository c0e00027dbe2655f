"""What a one-time number can meet: RP-B2, B3, B4, N2, X4, and cancelling in time."""

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
    deny,
    none,
    one_time,
    other,
    payout,
    table,
)

CODE = {"received_at": at("10 12:05"), "displayed_at": at("10 12:05:01")}
RENDERED = {"rendered_at": at("10 12:05:01")}
PROVEN = {"shown": True, "acknowledged": True, "breached": True, "caused_failure": True}

NO_SMS: list[Row] = [
    (
        "RP-B4: one second before the window ends nothing is due yet",
        one_time(now=at("10 12:19:59")),
        None,
        none("RP-B4"),
    ),
    (
        "RP-B4: at the end of the window the whole price returns",
        one_time(),
        None,
        credit("RP-B4", "0.40", by="2026-06-17"),
    ),
    (
        "RP-B4: cancelled before an SMS, the deadline runs from the cancellation",
        one_time({"cancelled_at": at("10 12:03")}, now=at("10 12:03")),
        None,
        credit("RP-B4", "0.40", by="2026-06-17"),
    ),
    (
        "RP-B4: cancelled at 23:59:59, the window would have ended the next day",
        one_time(
            {"cancelled_at": at("10 23:59:59"), "window_end": at("11 00:10")}, now=at("11 09:00")
        ),
        None,
        credit("RP-B4", "0.40", by="2026-06-17"),
    ),
    (
        "RP-B4: a window that ends at midnight belongs to the new day",
        one_time({"window_end": at("11 00:00")}, now=at("11 09:00")),
        None,
        credit("RP-B4", "0.40", by="2026-06-18"),
    ),
    (
        "RP-B4: an SMS of another service does not count",
        one_time({"received_at": at("10 12:05"), "from_ordered_service": False}),
        None,
        credit("RP-B4", "0.40", by="2026-06-17"),
    ),
    (
        "RP-B4: an SMS after the window does not count",
        one_time({"received_at": at("10 12:20:01")}, now=at("10 13:00")),
        None,
        credit("RP-B4", "0.40", by="2026-06-17"),
    ),
    (
        "RP-B4: an SMS after the cancellation does not count",
        one_time({"cancelled_at": at("10 12:03"), "received_at": at("10 12:04")}),
        None,
        credit("RP-B4", "0.40", by="2026-06-17"),
    ),
    (
        "RP-B4: a price below a cent returns exactly",
        one_time(order={"price": "0.0750"}),
        None,
        credit("RP-B4", "0.0750", by="2026-06-17"),
    ),
    (
        "RP-B4: a free number has nothing to return",
        one_time(order={"price": "0.00"}),
        None,
        none("RULE-CAP"),
    ),
    (
        "RP-B4: returned once, it is not returned again",
        one_time(prior_refunds=[booked("RP-B4", "0.40")]),
        None,
        none("RULE-CAP"),
    ),
    (
        "RP-B4: the same claim again names the first decision",
        one_time(prior_refunds=[booked("RP-B4", "0.40", same_claim=True, decision="D-7")]),
        ask("balance_claim", at("11 09:00")),
        other("DUPLICATE", "RULE-DUP", duplicate_of="D-7", decide="2026-06-15"),
    ),
    (
        "RP-C0: a payout of this credit is refused, the credit stands",
        one_time(now=at("10 13:00")),
        ask("payout", at("10 13:00")),
        credit("RP-B4", "0.40", by="2026-06-17", decide="2026-06-12", payout_denied_by=["RP-C0"]),
    ),
    (
        "RP-C0: a payout of this credit, booked before, is refused",
        one_time(now=at("11 13:00"), prior_refunds=[booked("RP-B4", "0.40")]),
        ask("payout", at("11 13:00")),
        deny("RP-C0", decide="2026-06-15"),
    ),
]

SHOWN: list[Row] = [
    (
        "RP-N2: displayed at the last instant of the window is displayed",
        one_time({"received_at": at("10 12:20"), "displayed_at": at("10 12:20")}),
        None,
        none("RP-N2"),
    ),
    (
        "RP-N2: displayed after the window is not displayed: the code came, we failed to show it",
        one_time(
            {"received_at": at("10 12:20"), "displayed_at": at("10 12:20:01")}, now=at("10 13:00")
        ),
        None,
        credit("RP-B3", "0.40", by="2026-06-17"),
    ),
    (
        "RP-N2: whether the client looked changes nothing",
        one_time(CODE, order=RENDERED),
        ask("balance_claim", at("11 09:00"), reason="not_seen"),
        deny("RP-N2", decide="2026-06-15"),
    ),
    (
        "RP-N2b: trouble with the registered account later is not ours",
        one_time(CODE, order=RENDERED),
        ask("balance_claim", at("20 09:00"), reason="account_trouble"),
        deny("RP-N2", decide="2026-06-23"),
    ),
    (
        "RP-N2: displayed with consent, even the law's fourteen days are used up",
        one_time(CODE, order=RENDERED, profile="eea_consumer"),
        ask("cancel", at("10 13:00"), wants="payout"),
        deny("RP-N2", decide="2026-06-12"),
    ),
    (
        "RP-N2: displayed and then blocked by the carrier is still fulfilled",
        one_time(CODE, order=RENDERED, carrier_block=block(at("10 12:10"))),
        None,
        none("RP-N2"),
    ),
    (
        "PP-6.1: displayed without recorded consent can be cancelled in time",
        one_time(CODE, order=RENDERED | {"consent_immediate": False}),
        ask("cancel", at("12 23:59:59")),
        credit("PP-6.1", "0.40", by="2026-06-19", decide="2026-06-16"),
    ),
    (
        "PP-6.1: the display is the rendering, also where no other instant is recorded",
        one_time(CODE, order={"consent_immediate": False}),
        ask("cancel", at("13 00:00")),
        deny("RP-N2", decide="2026-06-16"),
    ),
    (
        "RP-N2: without consent, too, once the time for cancelling is over",
        one_time(CODE, order=RENDERED | {"consent_immediate": False}),
        ask("cancel", at("13 00:00")),
        deny("RP-N2", decide="2026-06-16"),
    ),
]

FAILED: list[Row] = [
    (
        "RP-B3: an SMS in time that never reached the table",
        one_time({"received_at": at("10 12:20")}),
        None,
        credit("RP-B3", "0.40", by="2026-06-17"),
    ),
    (
        "RP-B4: it may still reach the table while the window is open",
        one_time({"received_at": at("10 12:05")}, now=at("10 12:06")),
        None,
        none("RP-B4"),
    ),
    (
        "RP-B3: cancelled after the SMS came but before it was shown",
        one_time({"received_at": at("10 12:05"), "cancelled_at": at("10 12:06")}),
        None,
        credit("RP-B3", "0.40", by="2026-06-17"),
    ),
    (
        "RP-B3: the supplier never gave a number",
        one_time(provision_failure={"at": at("10 12:01")}),
        None,
        credit("RP-B3", "0.40", by="2026-06-17"),
    ),
    (
        "RP-B2: blocked before any code",
        one_time(carrier_block=block(at("10 12:03"), "unknown"), now=at("10 12:04")),
        None,
        credit("RP-B2", "0.40", by="2026-06-17"),
    ),
]

RESTRICTIONS: list[Row] = [
    (
        "RP-X4: shown, ticked, ignored and the cause",
        one_time(restriction=PROVEN),
        None,
        none("RP-X4"),
    ),
    *(
        (
            f"RP-X4: not proven without the fact '{missing}'",
            one_time(restriction=PROVEN | {missing: False}),
            None,
            credit("RP-B4", "0.40", by="2026-06-17"),
        )
        for missing in PROVEN
    ),
    (
        "RP-X4: nothing to cancel either",
        one_time(restriction=PROVEN, now=at("10 12:10")),
        ask("cancel", at("10 12:10")),
        deny("RP-X4", decide="2026-06-12"),
    ),
    (
        "LAW-14: the law's withdrawal comes before RP-X4",
        one_time(restriction=PROVEN, profile="eea_consumer", now=at("10 12:10")),
        ask("cancel", at("10 12:10")),
        credit("LAW-14", "0.40", by="2026-06-17", decide="2026-06-12"),
    ),
]

LOST: list[Row] = [
    (
        "RP-B2: blocked for what the client did, no SMS could come",
        one_time(carrier_block=block(at("10 12:03"), "client_activity")),
        None,
        none("RP-B2"),
    ),
    (
        "RP-B4: blocked for it after the wait had ended",
        one_time(carrier_block=block(at("10 12:21"), "client_activity"), now=at("10 13:00")),
        None,
        credit("RP-B4", "0.40", by="2026-06-17"),
    ),
]

CANCELLED: list[Row] = [
    (
        "PP-6.1: asked while the window is open, nothing has come: the whole price",
        one_time(now=at("10 12:10")),
        ask("cancel", at("10 12:10")),
        credit("PP-6.1", "0.40", by="2026-06-17", decide="2026-06-12"),
    ),
    (
        "PP-6.1: and to the client, if wanted",
        one_time(now=at("10 12:10")),
        ask("cancel", at("10 12:10"), wants="payout"),
        payout("PP-6.1", "0.40", settle="2026-07-10", decide="2026-06-12"),
    ),
    (
        "RP-B4: asked at the end of the window there is no order left to cancel",
        one_time(),
        ask("cancel", at("10 12:20")),
        credit("RP-B4", "0.40", by="2026-06-17", decide="2026-06-12"),
    ),
]


@pytest.mark.clause("RP-B4", "RP-T2", "RP-C0", "RULE-DUP", "RULE-CAP")
@table(NO_SMS)
def test_no_sms_returns_the_whole_price_once(case: Case) -> None:
    assert_decided(case)


@pytest.mark.clause("RP-N2", "RP-N0", "PP-6.1a")
@table(SHOWN)
def test_shown_code_fulfils_the_order(case: Case) -> None:
    assert_decided(case)


@pytest.mark.clause("RP-B2", "RP-B3")
@table(FAILED)
def test_what_we_fail_to_provide_returns_the_whole_price(case: Case) -> None:
    assert_decided(case)


@pytest.mark.clause("RP-B2", "RP-B4")
@table(LOST)
def test_number_lost_by_the_clients_own_doing_is_not_returned(case: Case) -> None:
    assert_decided(case)


@pytest.mark.clause("RP-X4")
@table(RESTRICTIONS)
def test_restriction_counts_only_when_all_four_facts_are_proven(case: Case) -> None:
    assert_decided(case)


@pytest.mark.clause("PP-6.1a", "RP-B4")
@table(CANCELLED)
def test_open_activation_can_be_cancelled(case: Case) -> None:
    assert_decided(case)
