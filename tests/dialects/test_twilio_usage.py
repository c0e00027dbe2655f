"""Usage records by the Twilio protocol: sums of the statement, by category, day, month and year."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from nummer.apps.ledger import queries as ledger
from nummer.apps.ledger.models import TransferKind
from nummer.apps.messaging import actions as messaging
from nummer.apps.messaging.actions import Fate, Kind
from nummer.apps.messaging.models import Outgoing, OutgoingState
from nummer.apps.messaging.queries import Direction, sms_of
from nummer.faces.api_twilio import usage, views
from nummer.kernel.limits import CallLimit
from nummer.kernel.money import Money
from tests.builders import NOW, deliver, rentals, rented, sms_rates, sms_wish, top_up
from tests.dialects.conftest import Moment, Program
from tests.dialects.test_twilio import Twilio

NUMBER, OTHER = "+4759443001", "+4759443002"
TO = "+4791234567"
TODAY = NOW.date()


@pytest.fixture
def user(
    program: Program,
    rental_supplier: None,
    moment: Moment,
    monkeypatch: pytest.MonkeyPatch,
) -> Twilio:
    """Return a program with 220 euros in a shop that rents and sends."""
    monkeypatch.setattr(views, "PROGRAMS", CallLimit(per_s=1000, burst=1000))
    rentals([NUMBER, OTHER])
    sms_rates({"47": "0.051234"})
    top_up(program.account_id, "200.00")
    return Twilio(program)


def send(user: Twilio, lease: Any, body: str = "hello", *, at: datetime = NOW) -> UUID:
    return messaging.send_sms(user.account_id, wish=sms_wish(lease, body=body), now=at).id


def fate(user: Twilio, sms_id: UUID, kind: Kind, *, at: datetime = NOW) -> None:
    """Let a gateway take a text, and tell what became of it."""
    Outgoing.objects.filter(id=sms_id).update(state=OutgoingState.TAKEN, taken_at=at)
    messaging.report([Fate(user.account_id, sms_id, kind, carrier="sandbox")], now=at)


def records(user: Twilio, span: str = "", **by: str) -> list[Any]:
    place = f"Usage/Records/{span}.json" if span else "Usage/Records.json"
    rows: list[Any] = []
    page = user.get(place, **by)
    rows += page["usage_records"]
    while page["next_page_uri"]:
        page = user.get(page["next_page_uri"])
        rows += page["usage_records"]
    return rows


def one(user: Twilio, category: str, span: str = "", **by: str) -> Any:
    (row,) = records(user, span, Category=category, **by)
    return row


def spent(user: Twilio) -> Money:
    """Return what the statement says was paid for orders and use, less what came back."""
    kinds = (TransferKind.ORDER, TransferKind.REFUND, TransferKind.USAGE)
    lines = ledger.statement(user.account_id, limit=200)
    return -sum((line.amount for line in lines if line.kind in kinds), start=Money(0, "EUR"))


def test_sums_are_those_of_the_statement_to_the_last_unit(
    user: Twilio, program: Program, moment: Moment
) -> None:
    lease = rented(user.account_id, NUMBER)
    program.buy()
    for n in range(3):
        fate(user, send(user, lease, "x" * 200 if n else "hello"), Kind.SENT)
    fate(user, send(user, lease), Kind.FAILED)
    moment.advance(days=1)
    rented(user.account_id, OTHER, now=moment.now())
    user.delete(f"IncomingPhoneNumbers/PN{lease.id.hex}.json")

    whole = {row["category"]: row for row in records(user)}

    assert Money.parse(whole["totalprice"]["price"], "EUR") == spent(user)
    parts = ("sms", "phonenumbers", "onetime-numbers")
    assert sum(Money.parse(whole[part]["price"], "EUR").micro for part in parts) == (
        spent(user).micro
    )
    assert whole["sms"]["price"] == whole["sms-outbound"]["price"] != "0.00"
    assert (whole["sms-outbound"]["count"], whole["sms-outbound"]["usage"]) == ("3", "5")
    assert whole["totalprice"]["price_unit"] == "eur"


def test_a_record_has_the_fields_of_the_protocol(user: Twilio) -> None:
    lease = rented(user.account_id, NUMBER)
    fate(user, send(user, lease), Kind.SENT)

    row = one(user, "sms-outbound")

    assert (row["account_sid"], row["category"], row["api_version"]) == (
        user.sid,
        "sms-outbound",
        "2010-04-01",
    )
    assert (row["start_date"], row["end_date"]) == (TODAY.isoformat(), TODAY.isoformat())
    assert (row["count_unit"], row["usage_unit"], row["price"]) == (
        "messages",
        "segments",
        "0.064043",
    )
    assert user.get(row["subresource_uris"]["daily"])["usage_records"][0]["price"] == "0.064043"
    assert user.get(row["uri"])["usage_records"] == [row]


def test_texts_that_came_count_and_cost_nothing(user: Twilio) -> None:
    rented(user.account_id, NUMBER)
    deliver(NUMBER, "Hello", sender="+4799887766", at=NOW)

    row = one(user, "sms-inbound", "Today")

    assert (row["count"], row["usage"], row["price"]) == ("1", "1", "0.00")
    assert one(user, "sms", "Today")["count"] == "1"


def test_what_was_sent_and_not_settled_is_not_counted_yet(user: Twilio) -> None:
    send(user, rented(user.account_id, NUMBER))

    row = one(user, "sms-outbound")

    assert (row["count"], row["price"]) == ("0", "0.00")


def test_days_months_and_years_are_told_apart_latest_first(user: Twilio, moment: Moment) -> None:
    lease = rented(user.account_id, NUMBER)
    later = NOW + timedelta(days=40)
    for at in (NOW, NOW + timedelta(days=1), later):
        fate(user, send(user, lease, at=at), Kind.SENT, at=at)
    moment.at = later

    days = {row["start_date"]: row["price"] for row in records(user, "Daily", Category="sms")}
    months = records(user, "Monthly", Category="sms")
    years = records(user, "Yearly", Category="sms")

    assert len(days) == 41
    assert list(days) == sorted(days, reverse=True)
    used = [day for day, price in days.items() if price != "0.00"]
    assert used == [(NOW + timedelta(days=n)).date().isoformat() for n in (40, 1, 0)]
    for rows in (months, years, records(user, "AllTime", Category="sms")):
        assert sum(Money.parse(row["price"], "EUR").micro for row in rows) == 3 * 64_043
        assert rows[0]["end_date"] == later.date().isoformat()
        assert rows[-1]["start_date"] == TODAY.isoformat()
    assert one(user, "sms", "Today")["price"] == "0.064043"
    assert one(user, "sms", "Yesterday")["price"] == "0.00"
    last = date.fromisoformat(one(user, "sms", "LastMonth")["end_date"])
    assert last == later.date().replace(day=1) - timedelta(days=1)


def test_days_can_be_named_and_counted_from_today(user: Twilio, moment: Moment) -> None:
    lease = rented(user.account_id, NUMBER)
    for days in range(4):
        at = NOW + timedelta(days=days)
        fate(user, send(user, lease, at=at), Kind.SENT, at=at)
    moment.advance(days=3)

    nothing = records(user, StartDate=f"{TODAY + timedelta(days=1)}", EndDate=f"{TODAY}")
    between = one(
        user,
        "sms",
        StartDate=f"{TODAY + timedelta(days=1)}",
        EndDate=f"{TODAY + timedelta(days=2)}",
    )
    relative = one(user, "sms", StartDate="-1days")

    assert nothing == []
    assert between["count"] == relative["count"] == "2"
    for wrong in ("soon", "2026-13-01", "-1weeks"):
        refusal = user.refused("GET", "Usage/Records.json", StartDate=wrong)
        assert refusal[:2] == (400, 20001)


def test_pages_go_on_in_the_same_days_after_midnight(user: Twilio, moment: Moment) -> None:
    rented(user.account_id, NUMBER)
    moment.advance(days=5)
    first = user.get("Usage/Records/Daily.json", Category="sms", PageSize=4)
    moment.advance(days=1)
    second = user.get(first["next_page_uri"])

    days = [row["start_date"] for page in (first, second) for row in page["usage_records"]]
    assert days == [(TODAY + timedelta(days=n)).isoformat() for n in (5, 4, 3, 2, 1, 0)]
    assert second["next_page_uri"] is None
    back = user.get(second["previous_page_uri"])["usage_records"]
    assert [row["start_date"] for row in back] == days[:4]


def test_what_was_deleted_for_its_age_is_no_longer_counted_but_its_price_stays(
    user: Twilio, moment: Moment
) -> None:
    lease = rented(user.account_id, NUMBER)
    fate(user, send(user, lease), Kind.SENT)
    moment.advance(days=31)
    messaging.purge(before=NOW + timedelta(days=1), now=moment.now())

    row = one(user, "sms-outbound")

    assert sms_of(user.account_id, direction=Direction.OUT) == []
    assert (row["count"], row["usage"], row["price"]) == (None, None, "0.064043")
    assert one(user, "sms-outbound", "Today")["count"] == "0"
    assert one(user, "phonenumbers")["count"] == "1"


def test_of_what_is_not_sold_nothing_was_used_and_what_nobody_knows_is_not_listed(
    user: Twilio,
) -> None:
    assert one(user, "calls")["price"] == "0.00"
    assert records(user, Category="teleportation") == []
    assert user.refused("GET", "Usage/Records/Weekly.json")[:2] == (404, 20404)


def test_nobody_sees_what_another_account_used(user: Twilio, programs: Any) -> None:
    lease = rented(user.account_id, NUMBER)
    fate(user, send(user, lease), Kind.SENT)
    other = Twilio(programs())

    assert {row["price"] for row in records(other)} == {"0.00"}
    refusal = other.refused("GET", f"/2010-04-01/Accounts/{user.sid}/Usage/Records.json")
    assert refusal[:2] == (404, 20404)


def test_records_of_years_have_a_limit_of_their_own(
    user: Twilio, moment: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage, "LONG_CALLS", CallLimit(per_s=0.1, burst=1))
    moment.advance(days=100)
    one(user, "sms", "AllTime")
    place = "Usage/Records/AllTime.json"
    refused = user.answer("GET", place, {"Category": "sms"})

    assert (refused.status_code, json.loads(refused.content)["code"]) == (429, 20429)
    assert one(user, "sms", "ThisMonth")["category"] == "sms"
    assert len(records(user, "Daily", Category="sms")) == 101
