"""Withdrawing from a contract on the page: two steps, the same words for everybody."""

from __future__ import annotations

import re

import pytest
from django.core.cache import caches
from django.test import Client

from nummer.apps.ledger import queries as ledger
from nummer.apps.refunds.models import Claim
from nummer.faces.site.views import withdrawals
from tests.builders import customer, email_of, order
from tests.faces.conftest import Enter, StandingClock

pytestmark = pytest.mark.usefixtures("shop")


def declared(browser: Client, number: str, email: str) -> str:
    """Take both steps and return the last page without what changes by itself."""
    page = browser.post("/withdraw/", {"order": number, "email": email, "key": _key(browser)})
    assert 'id="declaration"' in page.content.decode()
    key = _hidden(page.content.decode())
    done = browser.post(
        "/withdraw/",
        {"order": number, "email": email, "key": key, "confirm": "yes"},
        follow=True,
    )
    assert done.status_code == 200
    text = done.content.decode()
    assert 'id="received-at"' in text
    return re.sub(r"nonce=\"[^\"]+\"|csrfmiddlewaretoken\" value=\"[^\"]+\"|of=[^\"&]+", "", text)


def _key(browser: Client) -> str:
    return _hidden(browser.get("/withdraw/").content.decode())


def _hidden(page: str) -> str:
    found = re.search(r'name="key" value="([0-9a-f-]{36})"', page)
    assert found is not None
    return found[1]


def test_every_page_leads_to_the_withdrawal_in_its_language() -> None:
    words = {"en": "Withdraw from contract here", "nb": "Angre avtalen her", "de": "Hier Vertrag"}
    for language, said in words.items():
        page = Client(headers={"accept-language": language}).get("/").content.decode()
        assert said in page
        assert 'href="/withdraw/"' in page


def test_page_says_the_same_of_an_order_that_there_is_and_of_one_that_there_is_not() -> None:
    account_id = customer()
    number = str(order(account_id).activation_id)
    browser = Client()
    there = declared(browser, number, email_of(account_id))
    other = str(int(number) + 7)
    nowhere = declared(browser, other, email_of(account_id))
    assert there == nowhere.replace(other, number)
    assert Claim.objects.get().state == "unconfirmed"


def test_signed_in_customer_is_answered_at_once(enter: Enter) -> None:
    account_id = customer()
    before = ledger.balance(account_id).total
    placed = order(account_id)
    declared(enter(account_id), str(placed.activation_id), email_of(account_id))
    assert Claim.objects.get().state == "decided"
    assert ledger.balance(account_id).total == before


def test_declarations_from_one_place_are_limited_for_all_processes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(withdrawals, "DECLARATIONS_MAX", 1)
    browser = Client()
    declared(browser, "1", "a@example.com")
    refused = browser.post(
        "/withdraw/",
        {"order": "1", "email": "a@example.com", "key": _key(browser), "confirm": "yes"},
    )
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= withdrawals.DECLARATIONS_WITHIN_S
    kept = caches["default"]._cache  # type: ignore[attr-defined]
    counted = [key for key in kept if "withdrawals-" in key]
    assert len(counted) == 1
    assert "127.0.0.1" not in counted[0]


def test_order_page_says_what_cancelling_now_would_bring(enter: Enter, shop: StandingClock) -> None:
    account_id = customer(locale="nb")
    placed = order(account_id)
    page = enter(account_id, language="nb").get(f"/orders/{placed.activation_id}/").content.decode()
    assert "Hvis du avbestilte nå" in page
    assert 'id="if-cancelled-link"' in page
    assert "RP-B4" in page
