"""The page of keys: what a key may do, its end, its last use, and a new secret for it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail

from nummer.apps.accounts import admission
from nummer.apps.accounts import queries as accounts
from nummer.apps.accounts.scopes import Scope
from nummer.apps.notify import actions as notify
from nummer.apps.notify.models import Letter
from tests import builders
from tests.faces.conftest import LANGUAGES, Enter
from tests.faces.site.test_account import key_form

HOME = "198.51.100.7"


def secret_on(page: str) -> str:
    found = re.search(r'id="new-key">([^<]+)<', page)
    assert found is not None, page
    return found[1]


def test_a_key_is_made_for_some_things_and_a_time(enter: Enter) -> None:
    customer = builders.customer()
    browser = enter(customer)
    chosen = {"may": "chosen", "scopes": ["orders", "balance"], "ends": "30"}
    browser.post("/keys/", {**key_form(browser), **chosen})
    [key] = accounts.keys(customer)
    assert key.scopes == (Scope.ORDERS, Scope.BALANCE)
    assert key.expires_at == builders.NOW + timedelta(days=30)
    page = browser.get("/keys/").text
    assert "See balance, statement and invoices</span>" in page
    assert "never used" in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"may": "chosen"},
        {"may": "chosen", "scopes": ["everything"]},
        {"ends": "36500"},
        {"ends": "-1"},
        {"ends": "tomorrow"},
    ],
)
def test_what_no_key_can_be_makes_none(enter: Enter, wrong: dict[str, str]) -> None:
    customer = builders.customer()
    browser = enter(customer)
    answer = browser.post("/keys/", {**key_form(browser), **wrong})
    assert answer.status_code == 409
    assert 'role="alert"' in answer.text
    assert accounts.keys(customer) == []


def test_the_last_use_is_shown_to_the_owner(enter: Enter) -> None:
    customer = builders.customer()
    browser = enter(customer)
    secret = secret_on(browser.post("/keys/", key_form(browser)).text)
    admission.admit(secret, address=HOME, now=builders.NOW)
    page = browser.get("/keys/").text
    assert "Nov 22, 2026" in page
    assert f"from {HOME}" in page
    assert HOME not in enter(builders.customer()).get("/keys/").text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_key_gets_a_new_secret_that_is_shown_once_and_told_by_mail(
    enter: Enter, language: str
) -> None:
    customer = builders.customer(locale=language)
    browser = enter(customer, language=language)
    old = secret_on(browser.post("/keys/", key_form(browser)).text)
    [key] = accounts.keys(customer)
    page = browser.post(f"/keys/{key.id}/roll/", {"overlap": "3600"})
    new = secret_on(page.text)
    assert new != old
    assert page["Cache-Control"].count("no-store")
    assert new not in browser.get("/keys/").text
    for secret, after, opens in (
        (old, timedelta(minutes=59), True),
        (old, timedelta(hours=1), False),
        (new, timedelta(hours=1), True),
    ):
        found = admission.admit(secret, address=HOME, now=builders.NOW + after)
        assert (found is not None) is opens
    letter = Letter.objects.get(account_id=customer, letter="security-changed")
    notify.deliver(customer, letter_id=letter.id, now=builders.NOW)
    assert "/keys/" in str(mail.outbox[-1].body)
    assert new not in str(mail.outbox[-1].body)


@pytest.mark.parametrize("overlap", ["", "-1", "99", "3600.0", "\uff11"])
def test_an_overlap_that_is_not_offered_changes_nothing(enter: Enter, overlap: str) -> None:
    customer = builders.customer()
    browser = enter(customer)
    secret = secret_on(browser.post("/keys/", key_form(browser)).text)
    [key] = accounts.keys(customer)
    answer = browser.post(f"/keys/{key.id}/roll/", {"overlap": overlap})
    assert answer.status_code == 409
    assert admission.admit(secret, address=HOME, now=builders.NOW) is not None
    assert not Letter.objects.filter(account_id=customer, letter="security-changed").exists()


def test_nobody_rolls_the_key_of_another(enter: Enter) -> None:
    customer = builders.customer()
    browser = enter(customer)
    secret = secret_on(browser.post("/keys/", key_form(browser)).text)
    [key] = accounts.keys(customer)
    stranger = enter(builders.customer())
    assert stranger.post(f"/keys/{key.id}/roll/", {"overlap": "0"}).status_code == 404
    assert browser.get(f"/keys/{key.id}/roll/").status_code == 405
    assert admission.admit(secret, address=HOME, now=builders.NOW) is not None
