"""The staff takes reports by phone, makes incidents known, decides abuse and blocks of balances."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from nummer.apps.audit.models import Line
from nummer.apps.incidents import queries as incidents
from nummer.apps.incidents.models import BalanceBlock, Fact
from nummer.apps.leases.ports import install_suppliers
from nummer.kernel.ids import new_id
from nummer.suppliers.sandbox.numbers import SandboxNumbers
from tests import builders
from tests.faces.backoffice.test_staff import at_work
from tests.faces.conftest import Enter, StandingClock

CALLED = "2026-11-22T12:03:00"


def facts_page(account_id: int, order_id: object) -> str:
    return f"/staff/orders/{account_id}/{order_id}/facts/"


def test_time_of_the_call_is_the_time_of_the_report(shop: StandingClock) -> None:
    account_id = builders.customer()
    placed = builders.order(account_id)
    shop.at += timedelta(minutes=10)
    form = {
        "account": str(account_id),
        "order": str(placed.activation_id),
        "called_at": CALLED,
        "caller": "Kari Nordmann",
        "known_by": "called_back",
        "words": "Nothing comes",
        "key": str(new_id()),
    }
    staff = at_work("support")

    for _ in range(2):  # two clicks
        page = staff.post("/staff/reports/phone/", form, follow=True)

    [row] = incidents.reports(account_id, subject_id=placed.order_id)
    assert row.happened_at.isoformat() == f"{CALLED}+00:00"
    assert (row.learned_at, row.source, row.reference) == (shop.at, "phone", "called_back")
    assert row.actor.startswith("staff:")
    assert "Kari Nordmann" in page.text
    assert "The customer reported a problem" in page.text
    assert Line.objects.filter(verb="view_facts", row=str(placed.order_id)).exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"called_at": "2026-11-22T11:59:00"},
        {"called_at": "2026-11-22T12:31:00"},
        {"called_at": "yesterday"},
        {"called_at": ""},
        {"order": "17"},
        {"order": "9" * 30},
        {"account": "0"},
        {"known_by": ""},
        {"known_by": "voice"},
        {"caller": ""},
        {"key": ""},
    ],
)
def test_report_by_phone_that_cannot_be_is_refused(
    shop: StandingClock, wrong: dict[str, str]
) -> None:
    account_id = builders.customer()
    placed = builders.order(account_id)
    shop.at += timedelta(minutes=30)
    form = {
        "account": str(account_id),
        "order": str(placed.activation_id),
        "called_at": CALLED,
        "caller": "Kari",
        "known_by": "questions",
        "words": "x",
        "key": str(new_id()),
        **wrong,
    }
    assert at_work("support").post("/staff/reports/phone/", form).status_code == 400
    assert not Fact.objects.exists()


def test_two_agents_log_the_same_call_and_the_policy_counts_it_once(shop: StandingClock) -> None:
    account_id = builders.customer()
    placed = builders.order(account_id)
    shop.at += timedelta(minutes=10)
    form = {
        "account": str(account_id),
        "order": str(placed.activation_id),
        "called_at": CALLED,
        "caller": "Kari",
        "known_by": "called_back",
        "words": "x",
    }
    for _ in range(2):
        at_work("support").post("/staff/reports/phone/", {**form, "key": str(new_id())})

    rows = incidents.reports(account_id, subject_id=placed.order_id)
    assert len({row.actor for row in rows}) == 2
    assert len({row.happened_at for row in rows}) == 1


def test_incident_is_published_and_ended(enter: Enter, shop: StandingClock) -> None:
    account_id = builders.customer(locale="nb")
    placed = builders.order(account_id)
    staff, customer = at_work("operations"), enter(account_id, language="nb")
    page = f"/orders/{placed.activation_id}/"
    assert "Jeg er rammet" not in customer.get(page).text

    staff.post(
        "/staff/incidents/publish/",
        {"kind": "outage", "country": "NO", "began_at": "", "words": "Tårn <b>nede</b>"},
    )

    shown = customer.get(page).text
    assert "Jeg er rammet" in shown
    assert "Tårn &lt;b&gt;nede&lt;/b&gt;" in shown
    [row] = incidents.incidents()
    assert (row.country, row.began_at, row.ended_at) == ("NO", shop.at, None)
    shop.at += timedelta(minutes=5)
    staff.post(f"/staff/incidents/{row.id}/end/", {"ended_at": ""})
    assert incidents.incident(row.id).ended_at == shop.at
    assert "Jeg er rammet" not in customer.get(page).text
    assert Line.objects.filter(verb__endswith="_incident").count() == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"country": "XX"},
        {"numbers": "call me"},
        {"country": "NO", "began_at": "2026-11-23T00:00:00"},
        {"country": "NO", "kind": "party"},
    ],
)
def test_odd_incident_is_refused(shop: StandingClock, wrong: dict[str, str]) -> None:
    answer = at_work("operations").post("/staff/incidents/publish/", {"kind": "outage", **wrong})
    assert answer.status_code == 400
    assert incidents.incidents() == []


def test_support_reads_incidents_and_publishes_none(shop: StandingClock) -> None:
    staff = at_work("support")
    assert (
        "<form" not in staff.get("/staff/incidents/").text.split("</header>")[1].split("<footer")[0]
    )
    assert staff.post("/staff/incidents/publish/", {"country": "NO"}).status_code == 403


def test_what_happened_is_written_down_by_who_may_say_so(shop: StandingClock) -> None:
    account_id = builders.customer()
    placed = builders.order(account_id)
    page = facts_page(account_id, placed.order_id)
    breach = {
        "what": "breach",
        "happened_at": "",
        "reference": "C-1",
        "evidence": "log 17",
        "key": str(new_id()),
    }

    assert at_work("support").post(page, breach).status_code == 400
    assert not Fact.objects.exists()
    for _ in range(2):  # two clicks
        shown = at_work("compliance").post(page, breach, follow=True).text

    assert "A restriction was ignored, and that is why no code came" in shown
    assert "log 17" in shown
    [row] = incidents.facts(account_id, subject_id=placed.order_id)
    assert (row.kind, row.holds, row.reference) == ("breach", True, "C-1")


def test_search_for_a_replacement_is_logged(shop: StandingClock) -> None:
    account_id = builders.customer()
    placed = builders.order(account_id)
    page = f"/staff/orders/{account_id}/{placed.order_id}/search/"

    shown = at_work("support").post(page, follow=True).text

    assert "There are free numbers of this service and country." in shown
    assert "A replacement was searched and found" in shown
    fact = Fact.objects.get()
    assert fact.snapshot == {"service": "tg", "country": "NO", "free": 4}


def test_stock_failure_keeps_the_listing(shop: StandingClock) -> None:
    account_id = builders.customer()
    placed = builders.order(account_id)
    at_work("operations").post(
        facts_page(account_id, placed.order_id),
        {"what": "stock", "shown_free": "2", "key": str(new_id())},
    )
    fact = Fact.objects.get()
    assert (fact.holds, fact.snapshot["listed"], fact.snapshot["shown_free"]) == (False, True, 2)


@pytest.mark.parametrize(
    "address", ["orders/{a}/00000000-0000-0000-0000-000000000000/facts/", "orders/{b}/{o}/facts/"]
)
def test_facts_of_an_order_that_is_not_the_accounts_are_not_found(
    shop: StandingClock, address: str
) -> None:
    account_id = builders.customer()
    placed = builders.order(account_id)
    path = address.format(a=account_id, b=account_id + 1, o=placed.order_id)
    staff = at_work("support")
    assert {staff.get(f"/staff/{path}").status_code, staff.post(f"/staff/{path}").status_code} == {
        404
    }


def test_abuse_is_confirmed_by_a_second_person_with_a_reference(shop: StandingClock) -> None:
    account_id = builders.customer()
    placed = builders.order(account_id)
    first, second = at_work("compliance"), at_work("compliance")
    opened = first.post(
        "/staff/abuse/",
        {
            "account": str(account_id),
            "order": str(placed.activation_id),
            "reason": "A carrier complained",
        },
    )
    page = opened["Location"]
    confirm = {"verdict": "confirmed", "reference": "CMP-1", "reason": "Proven"}

    assert first.post(page, confirm).status_code == 400
    assert second.post(page, {**confirm, "reference": ""}).status_code == 400
    assert state(first, page) == "suspected"
    assert second.post(page, confirm).status_code == 302
    assert state(first, page) == "confirmed"
    first.post(page, {"verdict": "appealed", "reason": "The customer says no"})
    assert second.post(page, {"verdict": "rejected", "reason": "x"}).status_code == 400
    first.post(page, {"verdict": "rejected", "reason": "He is right"})

    assert state(first, page) == "rejected"
    shown = first.get("/staff/abuse/").text
    assert "rejected" in shown
    assert "one order" in shown
    assert "A carrier complained" in first.get(page).text
    assert at_work("support").get(page).status_code == 403


def state(browser: Client, page: str) -> str:
    return browser.get(page).text.split('id="state">')[1].split("<")[0]


@pytest.mark.parametrize(
    "wrong", [{"account": "999999999"}, {"order": "17"}, {"reason": ""}, {"account": "x"}]
)
def test_odd_case_is_refused(shop: StandingClock, wrong: dict[str, str]) -> None:
    account_id = builders.customer()
    form = {"account": str(account_id), "reason": "x", **wrong}
    assert at_work("compliance").post("/staff/abuse/", form).status_code == 400
    assert not Fact.objects.exists()


def test_balance_is_blocked_by_two_persons_and_released(shop: StandingClock) -> None:
    account_id = builders.customer()
    first, second = at_work("compliance"), at_work("compliance")
    demand = {"account": str(account_id), "reference": "LE-2026-1", "authority": "Kripos"}

    first.post("/staff/balance-blocks/", demand)
    [row] = incidents.balance_blocks()
    approve = f"/staff/balance-blocks/{account_id}/{row.id}/approve/"
    refused = first.post(approve, follow=True).text
    assert "Another person has to decide this" in refused
    assert not BalanceBlock.objects.exists()

    assert "The balance is blocked." in second.post(approve, follow=True).text
    assert incidents.balance_blocked(account_id, now=shop.at)
    release = f"/staff/balance-blocks/{account_id}/{row.id}/release/"
    first.post(release, {"reason": ""})
    assert incidents.balance_blocked(account_id, now=shop.at)
    first.post(release, {"reason": "Lifted by the authority"})
    assert not incidents.balance_blocked(account_id, now=shop.at)
    assert Line.objects.filter(place="incidents_balanceblock", account_id=account_id).count() == 3


@pytest.mark.parametrize("wrong", [{"reference": "--"}, {"reference": ""}, {"account": "999999"}])
def test_demand_without_reference_or_account_is_refused(
    shop: StandingClock, wrong: dict[str, str]
) -> None:
    account_id = builders.customer()
    form = {"account": str(account_id), "reference": "LE-1", "authority": "Kripos", **wrong}
    assert at_work("compliance").post("/staff/balance-blocks/", form).status_code == 400
    assert incidents.balance_blocks() == []


def test_rented_number_is_reported_by_phone_and_said_to_work_again(
    shop: StandingClock, tmp_path: Path
) -> None:
    install_suppliers([SandboxNumbers(tmp_path / "numbers")])
    builders.rentals(["+4759441001"])
    account_id = builders.customer(balance="60.00")
    lease = builders.rented(account_id)
    shop.at += timedelta(days=3)
    form = {
        "account": str(account_id),
        "rented": "+47 594 41 001",
        "called_at": (shop.at - timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%S"),
        "caller": "Kari Nordmann",
        "known_by": "called_back",
        "words": "Silent",
        "key": str(new_id()),
    }
    staff = at_work("support")

    for wrong in ({"rented": ""}, {"order": "17"}, {"rented": "+4759441002"}, {"rented": "x"}):
        assert staff.post("/staff/reports/phone/", {**form, **wrong}).status_code == 400
    page = staff.post("/staff/reports/phone/", form, follow=True).text
    works = {"what": "works", "key": str(new_id()), "happened_at": ""}
    staff.post(facts_page(account_id, lease.id), works)

    assert "+4759441001" in page
    assert 'value="stock"' not in page
    told = [row.kind for row in incidents.facts(account_id, subject_id=lease.id)]
    assert told == ["problem", "works"]
    assert staff.post(f"/staff/orders/{account_id}/{lease.id}/search/").status_code == 302
    found = [row.holds for row in incidents.facts(account_id, subject_id=lease.id)]
    assert sorted(found, key=str) == [False, None, None]  # of the search; nothing else asks
    install_suppliers([])
