"""Blocks, limits, suspensions and prices, as the staff sets them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from nummer.apps.audit.models import Line
from nummer.apps.catalogue import queries as catalogue
from nummer.apps.catalogue.errors import NoPrice
from nummer.apps.catalogue.queries import Quote
from nummer.apps.messaging.actions import habits
from nummer.apps.messaging.actions.habits import HowMuch
from nummer.apps.standing import actions, queries
from nummer.apps.standing.actions import BlockKind
from nummer.apps.standing.errors import AccountSuspended, TooManyOpen, TooManyOrders
from nummer.apps.standing.limits import USUAL, OrderLimits
from nummer.faces.backoffice.requests import OWNER
from nummer.kernel.money import Money
from tests import builders
from tests.faces.backoffice.test_staff import at_work
from tests.faces.conftest import Enter, StandingClock
from tests.faces.site.test_ordering import complete_form

LIMITS = {"orders_per_minute": 5, "open_max": 1, "share_percent_min": 0, "share_after": 10}
SET = OrderLimits(5, 1, 0, 10)
SENDING = {
    "per_minute": 60,
    "per_day": 500,
    "new_recipients_per_hour": 10,
    "new_abroad_per_day": 5,
}
PRICE = {"service": "tg", "country": "NO", "currency": "EUR", "net": "3,50", "from_at": ""}


def deeds(verb: str) -> list[str]:
    """Return whose deeds of this kind are on record."""
    lines = Line.objects.filter(verb=verb).order_by("id")
    return [line.actor.partition(":")[0] for line in lines]


def quoted(shop: StandingClock) -> Quote:
    return catalogue.quote(
        service="tg",
        country="NO",
        currency="EUR",
        customer_country="NO",
        customer_kind="person",
        now=shop.at,
    )


@pytest.mark.parametrize("role", ["compliance", "operations", OWNER])
def test_blocks_open_to_those_who_keep_order(shop: StandingClock, role: str) -> None:
    page = at_work(role).get("/staff/standing/")
    assert page.status_code == 200
    assert "Nothing is blocked." in page.text


@pytest.mark.parametrize("role", ["support", "finance", "identity"])
@pytest.mark.parametrize(
    "address",
    ["blocks/", "blocks/lift/", "limits/", "1/suspend/", "1/lift/", "sending/", "1/sending/"],
)
def test_others_of_the_staff_change_nothing(shop: StandingClock, role: str, address: str) -> None:
    assert at_work(role).post(f"/staff/standing/{address}").status_code == 403


def test_form_without_its_token_is_refused(shop: StandingClock) -> None:
    browser = at_work("compliance")
    browser.handler.enforce_csrf_checks = True
    answer = browser.post("/staff/standing/limits/", LIMITS)
    assert answer.status_code == 403
    assert queries.limits(None) == USUAL


@pytest.mark.parametrize(("kind", "value"), [("service", "TG"), ("country", "no")])
def test_blocked_order_is_refused_with_its_sentence_until_lifted(
    enter: Enter, kind: str, value: str
) -> None:
    customer = enter(builders.customer())
    form = complete_form(customer)
    staff = at_work("compliance")
    staff.post("/staff/standing/blocks/", {"kind": kind, "value": value, "reason": "New law"})
    assert (
        "This service is not offered at present."
        in customer.post("/services/tg/no/", form, follow=True).text
    )
    [row] = queries.blocks()
    page = staff.get("/staff/standing/").text
    assert "New law" in page
    assert row.actor in page
    staff.post("/staff/standing/blocks/lift/", {"kind": row.kind, "value": row.value})
    assert queries.blocks() == []
    assert customer.post("/services/tg/no/", form)["Location"].startswith("/orders/")
    assert (deeds("block"), deeds("unblock")) == (["staff"], ["staff"])


@pytest.mark.parametrize(
    ("kind", "value", "stored"),
    [("phone", "+47 900-0", "+479000"), ("sender", " Bad Bank ", "bad bank")],
)
def test_value_is_stored_as_it_is_compared(
    shop: StandingClock, kind: str, value: str, stored: str
) -> None:
    at_work("operations").post(
        "/staff/standing/blocks/", {"kind": kind, "value": value, "reason": "Spam"}
    )
    assert [(row.kind, row.value) for row in queries.blocks()] == [(kind, stored)]


@pytest.mark.parametrize(
    ("kind", "value", "sentence"),
    [
        ("service", "nosuch", "We do not know this service."),
        ("country", "XX", "We do not know this country."),
        ("phone", "4790", "Please write the first digits"),
        ("sender", "s" * 21, "A sender has at most 20 signs."),
        ("sender", "ß" * 11, "A sender has at most 20 signs."),
        ("planet", "Mars", "planet"),
        ("service", "", "This field is required."),
    ],
)
def test_what_can_never_match_is_not_blocked(
    shop: StandingClock, kind: str, value: str, sentence: str
) -> None:
    answer = at_work("operations").post(
        "/staff/standing/blocks/", {"kind": kind, "value": value, "reason": "Spam"}
    )
    assert answer.status_code == 400
    assert sentence in answer.text
    assert queries.blocks() == []


@pytest.mark.parametrize("form", [{}, {"kind": "planet"}, {"kind": "sender", "value": "\0"}])
def test_odd_lifting_changes_nothing(shop: StandingClock, form: dict[str, str]) -> None:
    assert at_work("operations").post("/staff/standing/blocks/lift/", form).status_code == 400


def test_long_list_of_blocks_has_pages(shop: StandingClock) -> None:
    for digit in range(51):
        actions.block(
            BlockKind.PHONE, value=f"+47{digit:02}", reason="x", actor="staff:1", now=shop.at
        )
    browser = at_work("compliance")
    first = browser.get("/staff/standing/").text
    assert "+4750<" in first
    assert "+4700<" not in first
    older = queries.blocks(limit=50)[-1].id
    assert f"?before={older}" in first
    assert "+4700<" in browser.get(f"/staff/standing/?before={older}").text


def test_everybodys_limits_hold_for_the_next_order(shop: StandingClock) -> None:
    customer = builders.customer()
    at_work("operations").post("/staff/standing/limits/", LIMITS)
    assert queries.limits(None) == SET
    builders.order(customer)
    with pytest.raises(TooManyOpen):
        builders.order(customer)
    assert deeds("set_limits") == ["staff"]


def test_own_limits_hold_for_one_account(shop: StandingClock) -> None:
    one, other = builders.customer(), builders.customer()
    browser = at_work("compliance")
    answer = browser.post(
        f"/staff/standing/{one}/limits/", {**LIMITS, "orders_per_minute": 0}, follow=True
    )
    assert "This account has its own limits." in answer.text
    with pytest.raises(TooManyOrders):
        builders.order(one)
    builders.order(other)


def test_limits_of_sending_hold_for_everybody_and_for_one_account(shop: StandingClock) -> None:
    one, other = builders.customer(), builders.customer()
    browser = at_work("operations")
    shown = browser.get("/staff/standing/").text
    assert 'name="per_minute" value="600"' in shown
    browser.post("/staff/standing/sending/", SENDING)
    answer = browser.post(f"/staff/standing/{one}/sending/", {**SENDING, "per_day": 7}, follow=True)
    assert "This account has its own limits." in answer.text
    assert 'name="per_day" value="7"' in answer.text
    assert habits.sending_limits(one) == HowMuch(60, 7, 10, 5)
    assert habits.sending_limits(other) == habits.sending_limits(None) == HowMuch(60, 500, 10, 5)
    assert deeds("set_sending_limits") == ["staff", "staff"]


@pytest.mark.parametrize("odd", [{"per_day": "-1"}, {"per_minute": ""}, {"per_minute": "x"}])
def test_odd_limits_of_sending_are_refused(shop: StandingClock, odd: dict[str, str]) -> None:
    browser, customer = at_work("operations"), builders.customer()
    for address in ("sending/", f"{customer}/sending/"):
        answer = browser.post(f"/staff/standing/{address}", {**SENDING, **odd})
        assert answer.status_code == 400
        assert "field-error" in answer.text
    assert habits.sending_limits(customer) == habits.USUAL


@pytest.mark.parametrize(
    "odd",
    [{"open_max": "-1"}, {"share_percent_min": "101"}, {"share_after": "0"}, {"open_max": ""}],
)
def test_limits_that_make_no_sense_are_refused(shop: StandingClock, odd: dict[str, str]) -> None:
    browser, customer = at_work("operations"), builders.customer()
    for address in ("limits/", f"{customer}/limits/"):
        answer = browser.post(f"/staff/standing/{address}", {**LIMITS, **odd})
        assert answer.status_code == 400
        assert "field-error" in answer.text
    assert queries.limits(customer) == USUAL


def test_number_of_an_account_leads_to_its_page(shop: StandingClock) -> None:
    customer, browser = builders.customer(), at_work("compliance")
    answer = browser.get(f"/staff/standing/?account={customer}", follow=True)
    assert answer.redirect_chain == [(f"/staff/standing/{customer}/", 302)]
    assert "Everybody's limits count for this account." in answer.text
    assert Line.objects.filter(verb="view_standing", row=str(customer)).count() == 1


@pytest.mark.parametrize("number", ["0", "999999999", "9" * 30])
@pytest.mark.parametrize("verb", ["", "limits/", "sending/", "suspend/", "lift/", "forgive/"])
def test_unknown_account_is_told_and_nothing_is_written(
    shop: StandingClock, number: str, verb: str
) -> None:
    browser = at_work("compliance")
    address = f"/staff/standing/{number}/{verb}"
    form = {**LIMITS, "service": "", "reason": "fraud_case"}
    answer = browser.post(address, form) if verb else browser.get(address)
    assert answer.status_code == 404
    assert "There is no account with this number." in answer.text
    assert not Line.objects.filter(place__startswith="standing_").exists()


@pytest.mark.parametrize("number", ["", "x", "-1", "0", "9" * 30])
def test_what_is_no_number_of_an_account_is_refused(shop: StandingClock, number: str) -> None:
    assert at_work("compliance").get(f"/staff/standing/?account={number}").status_code == 400


def test_suspended_account_orders_nothing_until_lifted(shop: StandingClock) -> None:
    customer, browser = builders.customer(), at_work("compliance")
    address = f"/staff/standing/{customer}/"
    page = browser.post(
        f"{address}suspend/", {"service": "", "reason": "fraud_case"}, follow=True
    ).text
    assert "suspected fraud" in page
    with pytest.raises(AccountSuspended):
        builders.order(customer)
    assert "Lift all suspensions" not in browser.post(f"{address}lift/", follow=True).text
    builders.order(customer)
    assert (deeds("suspend"), deeds("lift")) == (["staff"], ["staff"])


def test_suspension_of_one_service_leaves_the_others(shop: StandingClock) -> None:
    customer = builders.customer()
    form = {"service": "wa", "reason": "restrictions"}
    at_work("operations").post(f"/staff/standing/{customer}/suspend/", form)
    builders.order(customer)
    assert [row.service for row in queries.suspensions(customer)] == ["wa"]


@pytest.mark.parametrize("odd", [{"reason": ""}, {"reason": "a story"}, {"service": "nosuch"}])
def test_suspension_without_a_reason_of_ours_is_refused(
    shop: StandingClock, odd: dict[str, str]
) -> None:
    customer = builders.customer()
    form = {"service": "", "reason": "fraud_case", **odd}
    answer = at_work("operations").post(f"/staff/standing/{customer}/suspend/", form)
    assert answer.status_code == 400
    assert queries.suspensions(customer) == []


def test_forgiven_share_is_counted_anew(shop: StandingClock) -> None:
    customer, browser = builders.customer(), at_work("compliance")
    actions.count_order(customer, now=shop.at)
    actions.count_outcome(customer, with_code=False, now=shop.at)
    address = f"/staff/standing/{customer}/"
    assert "Of the last 1 numbers that ended, 0 had" in browser.get(address).text
    browser.post(f"{address}forgive/")
    assert queries.code_share(customer) == queries.CodeShare(of=0, with_code=0)
    assert deeds("forgive_share") == ["staff"]


def test_page_of_an_account_shows_no_personal_data(enter: Enter) -> None:
    customer = builders.customer()
    email = enter(customer).get("/account/").context["request"].user.email
    page = at_work("compliance").get(f"/staff/standing/{customer}/").text
    assert email
    assert email not in page
    assert "+4479460" not in page


@pytest.mark.parametrize("role", ["operations", "finance", OWNER])
def test_price_holds_from_now_on(shop: StandingClock, role: str) -> None:
    answer = at_work(role).post("/staff/prices/new/", PRICE)
    assert answer["Location"] == "/staff/prices/?currency=EUR&service=tg"
    assert quoted(shop).net == Money.parse("3.50", "EUR")
    assert deeds("price_set") == ["staff"]


def test_price_that_begins_later_is_listed_and_holds_then(shop: StandingClock) -> None:
    before, browser = quoted(shop).net, at_work("finance")
    page = browser.post(
        "/staff/prices/new/", {**PRICE, "from_at": "2026-12-01T00:00"}, follow=True
    ).text
    assert "2026-12-01T00:00:00+00:00" in page
    assert quoted(shop).net == before
    shop.at += timedelta(days=9)
    assert quoted(shop).net == Money.parse("3.50", "EUR")


def test_ended_offer_has_no_price(shop: StandingClock) -> None:
    at_work("operations").post("/staff/prices/new/", {**PRICE, "net": "", "ends": "on"})
    with pytest.raises(NoPrice):
        quoted(shop)


@pytest.mark.parametrize(
    ("odd", "sentence"),
    [
        ({"net": ""}, "Please write a price, or end the offer."),
        ({"ends": "on"}, "Please write a price, or end the offer."),
        ({"net": "1,000"}, "Please write an amount like 20.00."),
        ({"net": "free"}, "Please write an amount like 20.00."),
        ({"net": "0"}, "A price must be a positive sum"),
        ({"from_at": "2020-01-01T00:00"}, "A price cannot begin in the past."),
        ({"from_at": "soon"}, "field-error"),
        ({"service": "nosuch"}, "field-error"),
        ({"currency": "XXX"}, "field-error"),
    ],
)
def test_odd_price_is_refused_with_its_sentence(
    shop: StandingClock, odd: dict[str, str], sentence: str
) -> None:
    before = quoted(shop).net
    answer = at_work("finance").post("/staff/prices/new/", {**PRICE, **odd})
    assert answer.status_code == 400
    assert sentence in answer.text
    assert quoted(shop).net == before


def test_second_price_of_one_moment_is_refused(shop: StandingClock) -> None:
    browser = at_work("finance")
    browser.post("/staff/prices/new/", PRICE)
    answer = browser.post("/staff/prices/new/", {**PRICE, "net": "4.00"})
    assert "Another price begins at that moment already." in answer.text


def test_support_sees_prices_and_sets_none(shop: StandingClock) -> None:
    browser: Client = at_work("support")
    assert "/staff/prices/new/" not in browser.get("/staff/prices/").text
    assert browser.post("/staff/prices/new/", PRICE).status_code == 403
