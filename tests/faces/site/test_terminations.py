"""Ending the contract of a rented number from the footer, without a login; and incidents."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from nummer.apps.incidents.actions import scopes
from nummer.apps.incidents.actions.scopes import Scope
from nummer.apps.leases import queries
from nummer.apps.leases.ports import install_suppliers
from nummer.apps.leases.queries import LeaseRow
from nummer.apps.ledger import queries as ledger
from nummer.apps.notify import contents
from nummer.apps.notify.models import Letter
from nummer.apps.vault.keys import OPERATOR_ACCOUNT_ID
from nummer.kernel.phone import PhoneNumber
from nummer.suppliers.sandbox.numbers import SandboxNumbers
from tests import builders
from tests.builders import NOW
from tests.faces.conftest import Enter, StandingClock

NUMBER = "+4759441001"


@pytest.fixture
def lease(shop: StandingClock, tmp_path: Path) -> LeaseRow:
    install_suppliers([SandboxNumbers(tmp_path)])
    builders.rentals([NUMBER])
    return builders.rented(builders.customer(balance="50.00"), NUMBER)


def declare(number: str, email: str, *, when: str = "period") -> str:
    """Go through both steps as a visitor and return the last page."""
    browser = Client()
    [key] = re.findall(r'name="key" value="([^"]+)"', browser.get("/end-contract/").text)
    form = {"phone": number, "email": email, "when": when, "key": key}
    second = browser.post("/end-contract/", form).text
    assert "Step 2 of 2" in second
    last = browser.post("/end-contract/", {**form, "confirm": "yes"}, follow=True)
    changing = r"nonce=\"[^\"]+\"|csrfmiddlewaretoken\" value=\"[^\"]+\"|of=[^\"&]+"
    return re.sub(changing, "", last.text)


def token_of(account_id: int) -> str:
    return content_of(account_id)["token"]


def content_of(account_id: int) -> dict[str, str]:
    row = Letter.objects.filter(account_id=account_id, letter="termination-receipt").latest(
        "written_at"
    )
    return dict(contents.opened(row))


def test_footer_of_every_page_leads_to_it() -> None:
    assert "/end-contract/" in Client().get("/contact/").text


def test_number_ends_with_its_month_once_the_mailbox_says_so(lease: LeaseRow) -> None:
    declare("+47 59 44 10 01", builders.email_of(lease.account_id))
    assert queries.lease(lease.account_id, lease_id=lease.id).state == "active"

    link = f"/end-contract/{token_of(lease.account_id)}/"
    browser = Client()
    browser.get(link)
    assert queries.lease(lease.account_id, lease_id=lease.id).state == "active"
    browser.post(link)
    browser.post(link)

    assert queries.lease(lease.account_id, lease_id=lease.id).state == "cancelled"


@pytest.mark.parametrize("when", ["period", "now"])
def test_a_link_of_before_the_notice_was_taken_back_ends_nothing(
    lease: LeaseRow, shop: StandingClock, enter: Enter, when: str
) -> None:
    declare(NUMBER, builders.email_of(lease.account_id))
    link = f"/end-contract/{token_of(lease.account_id)}/"
    Client().post(link)
    shop.at += timedelta(minutes=1)
    declare(NUMBER, builders.email_of(lease.account_id), when=when)
    second = f"/end-contract/{token_of(lease.account_id)}/"
    shop.at += timedelta(minutes=1)
    enter(lease.account_id).post(f"/my-numbers/{lease.id}/renew-again/")

    for each in (link, second):
        answer = Client().post(each)
        assert (answer.status_code, "decided to keep the number" in answer.text) == (409, True)

    assert queries.lease(lease.account_id, lease_id=lease.id).state == "active"
    shop.at += timedelta(minutes=1)
    declare(NUMBER, builders.email_of(lease.account_id))
    Client().post(f"/end-contract/{token_of(lease.account_id)}/")
    assert queries.lease(lease.account_id, lease_id=lease.id).state == "cancelled"


def test_number_ends_at_once_and_unused_days_return(lease: LeaseRow) -> None:
    before = ledger.balance(lease.account_id).total
    declare(NUMBER, builders.email_of(lease.account_id), when="now")
    page = Client().post(f"/end-contract/{token_of(lease.account_id)}/").text
    assert "The number ended on" in page
    assert queries.lease(lease.account_id, lease_id=lease.id).state == "released"
    assert ledger.balance(lease.account_id).total > before


@pytest.mark.parametrize(("hours", "back"), [(23, "10.00 EUR"), (72, "8.75 EUR")])
def test_a_declaration_counts_from_its_receipt_for_a_day(
    lease: LeaseRow, shop: StandingClock, hours: int, back: str
) -> None:
    shop.at += timedelta(days=13)
    declare(NUMBER, builders.email_of(lease.account_id), when="now")
    before = ledger.balance(lease.account_id).total
    shop.at += timedelta(hours=hours)

    Client().post(f"/end-contract/{token_of(lease.account_id)}/")

    assert str(ledger.balance(lease.account_id).total - before) == back


def test_a_declaration_that_is_held_back_returns_no_day_of_use(
    lease: LeaseRow, shop: StandingClock
) -> None:
    declare(NUMBER, builders.email_of(lease.account_id), when="now")
    before = ledger.balance(lease.account_id).total
    shop.at += timedelta(days=29)

    Client().post(f"/end-contract/{token_of(lease.account_id)}/")

    assert ledger.balance(lease.account_id).total == before


def test_a_link_of_two_months_ago_ends_nothing(lease: LeaseRow, shop: StandingClock) -> None:
    declare(NUMBER, builders.email_of(lease.account_id), when="now")
    link = f"/end-contract/{token_of(lease.account_id)}/"
    shop.at += timedelta(days=31)

    assert Client().post(link).status_code == 404
    assert queries.lease(lease.account_id, lease_id=lease.id).state == "active"


def test_answer_is_the_same_for_a_number_that_is_nobodys(lease: LeaseRow) -> None:
    mine = declare(NUMBER, builders.email_of(lease.account_id))
    strange = declare("+4759441999", "nobody@example.com")
    assert mine == strange
    assert content_of(OPERATOR_ACCOUNT_ID)["token"] == ""


def test_what_is_no_number_is_asked_again_and_a_forged_link_is_not_found(lease: LeaseRow) -> None:
    answer = Client().post("/end-contract/", {"phone": "x", "email": "a@example.com"})
    assert (answer.status_code, "country code" in answer.text) == (400, True)
    assert Client().post("/end-contract/forged:token/").status_code == 404


def test_status_shows_what_concerns_many_and_never_a_single_number(
    shop: StandingClock, enter: Enter, lease: LeaseRow
) -> None:
    assert "No problem is known" in Client().get("/status/").text
    began = NOW - timedelta(hours=1)
    single = Scope(numbers=[PhoneNumber(NUMBER)])
    scopes.publish(single, began_at=began, words="One.", actor="staff:1", now=NOW)
    wide = scopes.publish(
        Scope(country="NO"), began_at=began, words="A cable.", actor="staff:1", now=NOW
    )
    page = Client().get("/status/").text
    assert ("A cable." in page, "One." in page) == (True, False)

    browser = enter(lease.account_id)
    assert "A cable." in browser.get(f"/my-numbers/{lease.id}/").text
    for _ in range(2):
        browser.post(f"/my-numbers/{lease.id}/affected/{wide.id}/")
    assert browser.get(f"/my-numbers/{lease.id}/").text.count("Reported on") == 1

    scopes.end_incident(wide.id, ended_at=NOW, actor="staff:1", now=NOW)
    assert "Over since" in Client().get("/status/").text
