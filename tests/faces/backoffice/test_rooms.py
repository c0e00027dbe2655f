"""Finding a customer, what he has, the record of deeds, and a complaint about a number."""

from __future__ import annotations

import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from nummer.apps.accounts import queries as accounts
from nummer.apps.audit.models import Line
from nummer.apps.incidents import queries as incidents
from nummer.apps.standing import actions as standing
from nummer.apps.standing import queries as suspensions
from nummer.apps.standing.errors import AccountSuspended
from tests import builders
from tests.faces.backoffice.test_staff import at_work
from tests.faces.conftest import StandingClock


def search(browser: Client, words: str) -> str:
    """Return where a search leads."""
    return str(browser.post("/staff/find/", {"words": words}).get("Location", ""))


def test_a_customer_is_found_by_whatever_names_him_whole(shop: StandingClock) -> None:
    account_id = builders.customer()
    placed = builders.order(account_id)
    row, phone = accounts.account(account_id), accounts.phone(account_id)
    assert phone is not None
    email = accounts.email(account_id)
    browser = at_work("compliance")
    page = f"/staff/customers/{account_id}/"
    for words in (email, row.sid, phone.number.e164, placed.number.e164):
        assert search(browser, str(words)) == page, words


def test_a_part_of_an_address_finds_nobody(shop: StandingClock) -> None:
    account_id = builders.customer()
    email = str(accounts.email(account_id))
    answer = at_work("support").post("/staff/find/", {"words": email[1:]})
    assert "Nobody was found" in answer.text


def test_a_search_is_recorded_without_its_words(shop: StandingClock) -> None:
    account_id = builders.customer()
    search(at_work("compliance"), str(accounts.email(account_id)))
    [line] = Line.objects.filter(verb="find_customer")
    assert (line.row, line.fields) == (str(account_id), [])


def test_support_opens_a_part_by_a_reason_only(shop: StandingClock) -> None:
    account_id = builders.customer()
    browser = at_work("support", reasons=False)
    answer = browser.get(f"/staff/customers/{account_id}/orders/")
    assert answer["Location"].startswith(f"/staff/customers/{account_id}/open/")


@pytest.mark.parametrize("part", ["orders", "numbers", "refunds", "payouts", "papers", "cases"])
def test_compliance_sees_each_part(shop: StandingClock, part: str) -> None:
    account_id = builders.customer()
    builders.order(account_id)
    page = at_work("compliance").get(f"/staff/customers/{account_id}/{part}/")
    assert page.status_code == 200
    assert 'aria-current="page"' in page.text
    assert Line.objects.filter(verb="view_account", account_id=account_id).count() == 1


@pytest.mark.parametrize(
    ("role", "part"), [("identity", "orders"), ("finance", "papers"), ("finance", "misuse")]
)
def test_a_role_sees_only_the_parts_that_it_needs(
    shop: StandingClock, role: str, part: str
) -> None:
    account_id = builders.customer()
    assert at_work(role).get(f"/staff/customers/{account_id}/{part}/").status_code == 403


def test_the_record_names_fields_and_narrows(shop: StandingClock) -> None:
    account_id = builders.customer()
    browser = at_work("compliance")
    browser.get(f"/staff/customers/{account_id}/orders/")
    page = browser.get(f"/staff/trail/?account={account_id}&verb=view_account").text
    assert "rented_numbers" in page
    sheet = browser.get(f"/staff/trail/csv/?account={account_id}&verb=view_account")
    lines = sheet.getvalue().decode().splitlines()
    assert lines[0] == "at,actor,verb,place,row,account,fields"
    assert len(lines) == 2
    assert browser.get("/staff/trail/?since=2020-01-01&until=2026-01-01").status_code == 400


def test_a_second_factor_counts_for_a_working_day(
    shop: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = at_work("support")
    assert browser.get("/staff/").status_code == 200
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 11 * 3600)
    assert browser.get("/staff/")["Location"].startswith("/accounts/2fa/reauthenticate/")


def complain(browser: Client, number: str, shop: StandingClock) -> str:
    """Return where a complaint about a number leads."""
    said = {
        "number": number,
        "at": shop.at.strftime("%Y-%m-%dT%H:%M"),
        "by": "Carrier X",
        "reference": "X-17",
        "reason": "spam from this number",
    }
    shop.at += timedelta(minutes=1)
    return str(browser.post("/staff/abuse/complaint/", said).get("Location", ""))


def test_a_complaint_stops_the_service_and_leaves_the_balance(shop: StandingClock) -> None:
    account_id = builders.customer()
    placed = builders.order(account_id)
    shop.at += timedelta(minutes=1)
    first, second = at_work("compliance"), at_work("compliance")
    page = complain(first, placed.number.e164, shop)
    [case] = incidents.abuse_of(account_id)
    assert page == f"/staff/abuse/{account_id}/{case.id}/"
    assert case.steps[0].reference == "X-17"
    assert case.order_id == placed.order_id
    assert not incidents.balance_blocked(account_id, now=shop.at)
    with pytest.raises(AccountSuspended):
        standing.check_order(account_id, service="tg", now=shop.at)
    standing.check_order(account_id, service="wa", now=shop.at)  # all else may be ordered
    verdict = {"verdict": "rejected", "reason": "another number", "reference": ""}
    assert first.post(page, verdict).status_code == 400  # another person decides
    assert suspensions.suspended(account_id)
    assert second.post(page, verdict).status_code == 302
    assert not suspensions.suspended(account_id)
    assert Line.objects.filter(verb="lift", account_id=account_id).count() == 1


def test_a_confirmed_complaint_keeps_the_service_stopped(shop: StandingClock) -> None:
    account_id = builders.customer()
    placed = builders.order(account_id)
    shop.at += timedelta(minutes=1)
    page = complain(at_work("compliance"), placed.number.e164, shop)
    said = {"verdict": "confirmed", "reason": "proven", "reference": "X-17", "told": "spam"}
    assert at_work("compliance").post(page, said).status_code == 302
    with pytest.raises(AccountSuspended):
        standing.check_order(account_id, service="tg", now=shop.at)
    standing.check_order(account_id, service="wa", now=shop.at)


def test_a_number_that_nobody_had_concerns_nobody(shop: StandingClock) -> None:
    browser = at_work("compliance")
    assert complain(browser, "+4759440009", shop) == ""
    assert not Line.objects.filter(verb="suspect_abuse").exists()


def test_no_hand_blocks_a_balance_without_a_reference(shop: StandingClock) -> None:
    account_id = builders.customer()
    demand = {"account": account_id, "reference": "", "authority": "Court"}
    browser = at_work("compliance")
    assert browser.post("/staff/balance-blocks/", demand).status_code == 400
    said = {"reason": "balance_blocked", "service": ""}
    browser.post(f"/staff/standing/{account_id}/suspend/", said)
    assert not suspensions.suspended(account_id)
    with pytest.raises(DatabaseError, match="needs the block"), transaction.atomic():
        standing.suspend(account_id, reason="balance_blocked", actor="staff:1", now=shop.at)
    with connection.cursor() as cursor, pytest.raises(Exception, match="reference"):
        cursor.execute(
            "INSERT INTO incidents_blockproposal (account_id, id, reference, authority, actor,"
            " proposed_at) VALUES (%s, %s, '', 'Court', 'staff:1', %s)",
            [account_id, uuid4(), shop.at],
        )
