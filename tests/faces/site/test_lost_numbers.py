"""The page of a rented number that its carrier took away, and the click of whoever is affected."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from nummer.apps.catalogue import cities
from nummer.apps.incidents import queries as incidents
from nummer.apps.incidents.actions import scopes
from nummer.apps.leases import queries, replacements
from nummer.apps.leases.models import Rentable
from nummer.apps.leases.ports import install_suppliers
from nummer.apps.leases.queries import LeaseRow
from nummer.apps.payouts import queries as payouts
from nummer.apps.refunds.actions import number_blocked
from nummer.kernel.phone import PhoneNumber
from nummer.policy.lease import LeaseState
from nummer.suppliers.sandbox.numbers import SandboxNumbers
from tests import builders
from tests.builders import NOW
from tests.faces.backoffice.test_staff import at_work
from tests.faces.conftest import LANGUAGES, Enter, StandingClock

OSLO = [f"+4759461{n:03d}" for n in range(3)]
OFFERED = {
    "en": "Your carrier took this number away",
    "nb": "Operatøren har tatt nummeret fra deg",
    "de": "Der Netzbetreiber hat die Nummer entzogen",
}
PAY_OUT = {"en": "Pay it out</button>", "nb": "Betal det ut</button>", "de": "Auszahlen</button>"}


@pytest.fixture(autouse=True)
def _stock(shop: StandingClock, tmp_path: Path) -> None:
    install_suppliers([SandboxNumbers(tmp_path)])
    builders.rentals(OSLO, city=cities.city("NO", code="oslo"))


def blocked(shop: StandingClock, *, locale: str = "en", others: bool = True) -> LeaseRow:
    """Return a lease whose number was taken away on its tenth day."""
    lease = builders.rented(builders.customer(balance="50.00", locale=locale), OSLO[0])
    if not others:
        Rentable.objects.filter(lease_id=None).update(withdrawn=True)
    shop.at = NOW + timedelta(days=10)
    number_blocked(lease.number, reason="unrelated", now=shop.at)
    return lease


def now_of(lease: LeaseRow) -> LeaseRow:
    return queries.lease(lease.account_id, lease_id=lease.id)


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_offers_the_free_numbers_of_the_place(
    enter: Enter, shop: StandingClock, language: str
) -> None:
    lease = blocked(shop, locale=language)
    browser = enter(lease.account_id, language=language)

    page = browser.get(f"/my-numbers/{lease.id}/").text

    assert OFFERED[language] in page
    assert re.findall(r'name="number" value="(\+\d+)"', page) == OSLO[1:]
    assert PAY_OUT[language] not in page
    browser.post(
        f"/my-numbers/{lease.id}/other/", {"answer": "accept", "number": OSLO[2]}, follow=True
    )
    assert now_of(lease).number == PhoneNumber(OSLO[2])
    page = browser.get(f"/my-numbers/{lease.id}/").text
    assert OFFERED[language] not in page
    assert "→" in page


def test_declining_ends_it_and_leaves_no_payout_button(enter: Enter, shop: StandingClock) -> None:
    lease = blocked(shop)
    browser = enter(lease.account_id)

    browser.post(f"/my-numbers/{lease.id}/other/", {"answer": "decline"})

    page = browser.get(f"/my-numbers/{lease.id}/").text
    assert now_of(lease).state is LeaseState.RELEASED
    assert PAY_OUT["en"] not in page
    browser.post(f"/my-numbers/{lease.id}/pay-out/")
    assert payouts.payouts(lease.account_id) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_another_number_there_is_a_button_and_it_pays_once(
    enter: Enter, shop: StandingClock, language: str
) -> None:
    lease = blocked(shop, locale=language, others=False)
    browser = enter(lease.account_id, language=language)
    page = browser.get(f"/my-numbers/{lease.id}/").text
    assert PAY_OUT[language] in page

    first = browser.post(f"/my-numbers/{lease.id}/pay-out/")
    second = browser.post(f"/my-numbers/{lease.id}/pay-out/")

    [row] = payouts.payouts(lease.account_id)
    assert first["Location"] == second["Location"] == f"/payouts/{row.id}/"
    assert (row.granted.decimal_text(), row.clauses) == ("12.50", ("RP-C2",))
    assert PAY_OUT[language] not in browser.get(f"/my-numbers/{lease.id}/").text


@pytest.mark.parametrize("number", ["x", "+4799999999", "1" * 400, OSLO[0]])
def test_number_that_was_not_offered_is_refused_and_changes_nothing(
    enter: Enter, shop: StandingClock, number: str
) -> None:
    lease = blocked(shop)
    browser = enter(lease.account_id)

    answer = browser.post(
        f"/my-numbers/{lease.id}/other/", {"answer": "accept", "number": number}, follow=True
    )

    assert "no longer free" in answer.text
    assert now_of(lease).number == lease.number


def test_numbers_of_others_do_not_exist(enter: Enter, shop: StandingClock) -> None:
    lease = blocked(shop)
    stranger = enter(builders.customer())
    for end in ("other/", "pay-out/"):
        answer = stranger.post(f"/my-numbers/{lease.id}/{end}", {"answer": "decline"})
        assert answer.status_code == 404
    assert now_of(lease).state is LeaseState.ACTIVE


def test_whoever_has_the_link_is_affected_with_one_click_and_no_login(shop: StandingClock) -> None:
    lease = builders.rented(builders.customer(balance="50.00"), OSLO[0])
    shop.at = NOW + timedelta(hours=1)
    row = scopes.publish(scopes.Scope(country="NO"), began_at=NOW, actor="staff:1", now=shop.at)
    link = scopes.affected_link(row.id, account_id=lease.account_id, order_id=lease.id)
    visitor = Client()

    page = visitor.get(f"/incidents/{row.id}/{link}/").text
    assert lease.number.international() in page
    assert incidents.reports(lease.account_id, subject_id=lease.id) == []
    for _ in range(2):
        page = visitor.post(f"/incidents/{row.id}/{link}/").text

    assert "your number is affected" in page
    [report] = incidents.reports(lease.account_id, subject_id=lease.id)
    assert (report.source, report.happened_at) == ("notice", shop.at)


def test_staff_lists_open_faults_and_replaces_a_number_by_hand(
    enter: Enter, shop: StandingClock
) -> None:
    lease = builders.rented(builders.customer(balance="50.00"), OSLO[0])
    browser = enter(lease.account_id)
    page = browser.get(f"/my-numbers/{lease.id}/report/").text
    [key] = re.findall(r'name="key" value="([^"]+)"', page)
    browser.post(f"/my-numbers/{lease.id}/report/", {"key": key, "words": "No SMS."})
    shop.at = NOW + timedelta(days=2)
    support = at_work("support")
    assert lease.number.e164 in support.get("/staff/faults/").text
    facts = f"/staff/orders/{lease.account_id}/{lease.id}/facts/"
    assert OSLO[1] in support.get(facts).text

    support.post(f"/staff/leases/{lease.account_id}/{lease.id}/replace/", {"number": OSLO[1]})

    assert now_of(lease).number == PhoneNumber(OSLO[1])
    assert lease.number.e164 not in support.get("/staff/faults/").text
    assert at_work("finance").get("/staff/faults/").status_code == 403


def test_block_that_the_staff_writes_down_offers_another_number(shop: StandingClock) -> None:
    lease = builders.rented(builders.customer(balance="50.00"), OSLO[0])
    shop.at = NOW + timedelta(days=2)
    facts = f"/staff/orders/{lease.account_id}/{lease.id}/facts/"
    operations = at_work("operations")
    page = operations.get(facts).text
    assert 'value="accepted"' not in page
    [key] = re.findall(r'name="key" value="([^"]+)"', page)

    answer = operations.post(facts, {"what": "block", "key": key, "reference": "C-17"})

    assert answer.status_code == 302
    offer = replacements.offer(lease.account_id, lease_id=lease.id)
    assert offer is not None
    assert offer.reason == "unrelated"


def test_staff_searches_for_a_lease_and_the_search_is_logged(shop: StandingClock) -> None:
    lease = builders.rented(builders.customer(balance="50.00"), OSLO[0])
    page = at_work("support").post(
        f"/staff/orders/{lease.account_id}/{lease.id}/search/", follow=True
    )
    assert "There are free numbers of this place and kind." in page.text
    [fact] = incidents.facts(lease.account_id, subject_id=lease.id)
    assert (fact.kind.value, fact.holds) == ("searched", True)
    assert shop.at == NOW
