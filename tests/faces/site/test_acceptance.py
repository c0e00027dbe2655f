"""After a change of the terms: what is asked at sign-in, what stops, and what goes on."""

from __future__ import annotations

import re
from pathlib import Path
from uuid import UUID

import pytest
from django.test import Client

from nummer.apps.agreements import queries as agreements
from nummer.apps.ledger import queries as ledger
from nummer.apps.numbers import queries as numbers
from nummer.kernel.money import Money
from tests import builders
from tests.faces.conftest import Enter, StandingClock
from tests.faces.site.test_ordering import STATEMENTS, complete_form

FULL = Money.parse("20.00", "EUR")
OTHER_WORDS = "Our cats may answer the phone."


@pytest.fixture
def changed(shop: StandingClock, tmp_path: Path) -> StandingClock:
    """Publish new terms; they come into force when the clock is told to go on."""
    builders.publish(
        "terms", version="2027-01-01", words=OTHER_WORDS, folder=tmp_path, now=shop.now()
    )
    return shop


def in_force(shop: StandingClock) -> None:
    """Let the notice end."""
    shop.at = agreements.announced("en", now=shop.now())[0].effective_at


def lines(page: str) -> list[str]:
    """Return the texts that the page offers to tick."""
    return re.findall(r'type="checkbox" name="text" value="([^"]+)"', page)


@pytest.mark.clause("PP-5.1a", "PP-5.1b")
def test_the_next_sign_in_asks_and_then_leads_on(changed: StandingClock) -> None:
    customer = builders.customer(locale="en")
    email = builders.email_of(customer)
    sent = {"login": email, "password": "correct horse battery"}
    before = Client().post("/accounts/login/?next=/balance/", sent)
    in_force(changed)

    browser = Client()
    asked = browser.post("/accounts/login/?next=/balance/", sent)
    page = browser.get(asked["Location"]).text
    answer = browser.post("/account/accept/", {"text": lines(page), "next": "/balance/"})

    assert before["Location"] == "/balance/"
    assert asked["Location"] == "/account/accept/?next=%2Fbalance%2F"
    assert f"/documents/terms/{builders.newest('terms')}/2027-01-01/" in page
    assert "checked" not in page
    assert answer["Location"] == "/balance/"
    row = agreements.acceptances(customer)[0]
    assert (row.text.version, row.text.language, row.accepted_at) == (
        "2027-01-01",
        "en",
        changed.now(),
    )
    assert Client().post("/accounts/login/?next=/balance/", sent)["Location"] == "/balance/"


def test_without_a_tick_nothing_is_accepted(enter: Enter, changed: StandingClock) -> None:
    customer = builders.customer()
    in_force(changed)
    browser = enter(customer)

    answer = browser.post("/account/accept/", {})
    stale = browser.post("/account/accept/", {"text": "terms|2027-01-01|en|" + "0" * 64})

    assert (answer.status_code, stale.status_code) == (409, 409)
    assert "Please read and tick what you accept." in answer.text
    assert agreements.outstanding(customer, now=changed.now()) == ["terms"]


@pytest.mark.parametrize("onward", ["https://elsewhere.example/", "//elsewhere.example", "balance"])
def test_nobody_is_led_to_another_site(enter: Enter, changed: StandingClock, onward: str) -> None:
    browser = enter(builders.customer())
    in_force(changed)
    page = browser.get("/account/accept/").text
    answer = browser.post("/account/accept/", {"text": lines(page), "next": onward})
    assert answer["Location"] == "/account/"


@pytest.mark.clause("PP-5.1a")
def test_without_acceptance_there_is_no_order_and_the_page_says_why(
    enter: Enter, changed: StandingClock
) -> None:
    customer = builders.customer()
    browser = enter(customer)
    form = complete_form(browser)
    in_force(changed)

    page = browser.get("/services/tg/no/").text
    refused = browser.post("/services/tg/no/", {**form, **dict.fromkeys(STATEMENTS, "yes")})

    assert "Order with obligation to pay" not in page
    assert "/account/accept/?next=/services/tg/no/" in page
    assert refused.status_code == 409
    assert "Our terms have changed." in refused.text
    assert (numbers.activations(customer), ledger.balance(customer).total) == ([], FULL)


@pytest.mark.clause("PP-5.1a")
def test_reading_cancelling_and_exporting_go_on(enter: Enter, changed: StandingClock) -> None:
    customer = builders.customer()
    changed.at = agreements.announced("en", now=changed.now())[0].effective_at
    before = changed.at
    changed.at = builders.NOW
    placed = builders.order(customer, now=builders.NOW)
    changed.at = before
    browser = enter(customer)

    for path in ("/orders/", f"/orders/{placed.activation_id}/", "/balance/", "/account/"):
        assert browser.get(path).status_code == 200, path
    assert browser.get("/orders/orders.csv").status_code == 200
    assert browser.get("/balance/statement.csv").status_code == 200
    assert browser.post(f"/orders/{placed.activation_id}/cancel/").status_code < 400
    assert ledger.balance(customer).total == FULL
    assert agreements.outstanding(customer, now=changed.now()) == ["terms"]


def test_announced_terms_can_be_accepted_before_they_count(
    enter: Enter, changed: StandingClock
) -> None:
    customer = builders.customer()
    browser = enter(customer)
    account = browser.get("/account/").text
    page = browser.get("/account/accept/").text
    assert "These texts have a new version:" in account

    browser.post("/account/accept/", {"text": lines(page)})
    in_force(changed)

    assert "Order with obligation to pay" in browser.get("/services/tg/no/").text
    assert "everything that counts today" in browser.get("/account/accept/").text


def test_a_visitor_has_nothing_to_accept(shop: StandingClock) -> None:
    assert Client().get("/account/accept/")["Location"].startswith("/accounts/login/")


def test_a_keys_new_text_can_be_accepted_before_it_counts(
    enter: Enter, shop: StandingClock, tmp_path: Path
) -> None:
    customer = builders.customer()
    browser = enter(customer)
    texts = re.findall(r'name="text" value="([^"]+)"', browser.get("/keys/").text)
    form = {"label": "shop", "text": texts, "accept": [text.split("|")[0] for text in texts]}
    browser.post("/keys/", form)
    builders.publish(
        "one-time-restrictions",
        version="2027-01-01",
        words=OTHER_WORDS,
        folder=tmp_path,
        now=shop.now(),
    )
    [link] = re.findall(r'href="(/keys/[^"]+/accept/)"', browser.get("/keys/").text)
    page = browser.get(link).text
    offered = re.findall(r'name="text" value="([^"]+)"', page)

    unticked = browser.post(link, {"text": offered})
    browser.post(link, {"text": offered, "accept": ["one-time-restrictions"]})
    in_force(shop)

    assert unticked.status_code == 409
    assert [text.split("|")[:2] for text in offered] == [["one-time-restrictions", "2027-01-01"]]
    assert OTHER_WORDS in page
    [key_id] = re.findall("/keys/(.+)/accept/", link)
    current = agreements.current_for_key(UUID(key_id), now=shop.now())
    assert current[1].version == "2027-01-01"
    assert "/accept/" not in browser.get("/keys/").text
