"""What SMS of rented numbers brought and cost, and how well their carriers did."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from nummer.apps.catalogue import sms_pricing, sms_rates
from nummer.apps.catalogue.models import SmsQuality
from nummer.apps.leases.queries import LeaseRow
from nummer.apps.messaging import jobs
from nummer.apps.messaging.actions import send_sms
from nummer.apps.messaging.actions.quality import EVERY, MEASURED, measure_quality
from nummer.apps.messaging.models import Outgoing
from nummer.apps.messaging.queries.margins import all_margins, margins
from nummer.kernel.money import Money
from nummer.kernel.phone import PhoneNumber
from tests.builders import NOW, sms_wish

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


def sent(
    rented: LeaseRow,
    *,
    to: str = "+4791234567",
    body: str = "hello",
    state: str = "delivered",
    cost: int | None = 20_000,
    currency: str = "EUR",
    carrier: str = "sandbox",
) -> None:
    """Let a text be where its carrier's answers put it."""
    sms = send_sms(rented.account_id, wish=sms_wish(rented, to=to, body=body), now=NOW)
    Outgoing.objects.filter(account_id=rented.account_id, id=sms.id).update(
        state=state,
        carrier=carrier,
        supplier=carrier,
        cost_micro=cost,
        cost_currency=currency if cost is not None else "",
        sent_at=NOW + timedelta(seconds=1),
        done_at=NOW + timedelta(seconds=3),
    )


def week() -> list[tuple[date, str, str, int, str, str | None, str | None]]:
    rows = margins(since=TODAY - timedelta(days=6), until=TODAY)
    return [
        (
            row.day,
            row.prefix,
            row.carrier,
            row.messages,
            str(row.net),
            None if row.cost is None else str(row.cost),
            None if row.margin is None else str(row.margin),
        )
        for row in rows
    ]


def test_nothing_was_sold(rented: LeaseRow) -> None:
    assert week() == []


def test_a_day_is_added_up_by_prefix_and_carrier(rented: LeaseRow) -> None:
    sent(rented)
    sent(rented, state="sent")
    sent(rented, state="undelivered", carrier="other", cost=30_000)

    assert week() == [
        (TODAY, "47", "other", 1, "0.05 EUR", "0.03 EUR", "0.02 EUR"),
        (TODAY, "47", "sandbox", 2, "0.10 EUR", "0.04 EUR", "0.06 EUR"),
    ]


def test_what_no_carrier_accepted_brought_nothing(rented: LeaseRow) -> None:
    for state in ("queued", "taken", "failed", "unknown"):
        sent(rented, state=state)

    assert week() == []


def test_currencies_are_never_subtracted(rented: LeaseRow) -> None:
    sent(rented, currency="USD")
    sent(rented, cost=None)

    assert week() == [
        (TODAY, "47", "sandbox", 1, "0.05 EUR", None, None),
        (TODAY, "47", "sandbox", 1, "0.05 EUR", "0.02 USD", None),
    ]


def test_a_loss_is_negative(rented: LeaseRow) -> None:
    sent(rented, cost=75_000)

    (row,) = margins(since=TODAY, until=TODAY)
    assert (row.margin, row.margin_bp) == (Money.parse("0.05", "EUR") - row.cost, -5_000)  # type: ignore[operator]


def test_pages_neither_miss_nor_double(rented: LeaseRow) -> None:
    for place in range(7):
        sent(rented, carrier=f"c{place}")
    whole = margins(since=TODAY, until=TODAY)

    paged, after = [], ""
    while rows := margins(since=TODAY, until=TODAY, after=after, limit=3):
        paged += rows
        after = rows[-1].cursor

    assert paged == whole
    assert len(whole) == 7
    assert [row for step in all_margins(since=TODAY, until=TODAY) for row in step] == whole
    assert margins(since=TODAY, until=TODAY, after="x|y|z|\0||") == whole


def test_quality_is_measured_each_hour_of_our_own_texts(rented: LeaseRow) -> None:
    sent(rented)
    sent(rented, state="undelivered")
    (source,) = [one for one in jobs.DUE_SOURCES if one.name == "messaging.quality"]
    at = NOW + EVERY
    assert source.find(at - timedelta(seconds=1), 10) == []

    (row,) = source.find(at, 10)
    source.fire(row, at)

    (route,) = sms_rates.routes_to(to=PhoneNumber("+4791234567"), now=at)
    assert route.quality == sms_rates.Quality(2, 1, timedelta(seconds=2))
    assert source.find(at, 10) == []
    assert [row.due_at for row in source.find(at + EVERY, 10)] == [at + EVERY]


def test_a_text_without_a_receipt_counts_when_it_had_the_time_for_one(rented: LeaseRow) -> None:
    sent(rented, state="sent")

    assert measure_quality(now=NOW + timedelta(minutes=5)) == 0
    assert measure_quality(now=NOW + timedelta(minutes=31)) == 1


def test_who_has_sent_nothing_lately_is_tried_again(rented: LeaseRow) -> None:
    sms_pricing.set_quality(
        carrier="sandbox", prefix="47", sent=500, delivered=1, delay_ms=None, now=NOW
    )

    measure_quality(now=NOW + MEASURED)

    assert not SmsQuality.objects.filter(carrier="sandbox").exists()
