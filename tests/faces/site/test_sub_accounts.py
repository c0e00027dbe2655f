"""The page of sub-accounts: made, named, suspended, closed, their tokens shown once."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from nummer.apps.accounts import sub_accounts
from nummer.apps.accounts.sub_accounts import SubAccountRow
from nummer.faces.site import rights
from nummer.faces.site.views import sub_accounts as views
from tests import builders
from tests.builders import NOW
from tests.faces.conftest import LANGUAGES, Enter, StandingClock

PAGE = "/account/sub-accounts/"


def only(customer: int) -> SubAccountRow:
    (row,) = sub_accounts.listed(customer, limit=10)
    return row


def token_in(page: str) -> str:
    found = re.search(r'id="new-token">([0-9a-f]{32})<', page)
    assert found is not None
    return found[1]


def test_one_is_made_and_its_token_shown_once(enter: Enter) -> None:
    customer = builders.customer()
    browser = enter(customer)
    page = browser.post(PAGE, {"name": "Fjord <AS>"}).content.decode()

    row = only(customer)
    token = token_in(page)
    assert sub_accounts.holder(row.sid, token=token) == (customer, row.id)
    later = browser.get(PAGE).content.decode()
    assert "Fjord &lt;AS&gt;" in later
    assert row.sid in later
    assert token not in later


def test_it_is_named_suspended_reopened_and_closed_when_ticked(enter: Enter) -> None:
    customer = builders.customer()
    browser = enter(customer)
    sid = sub_accounts.create(customer, name="One", now=NOW).row.sid
    door = f"{PAGE}{sid}/"

    browser.post(door, {"name": "Two"})
    assert only(customer).name == "Two"
    for sent, state in (
        ({"state": "suspended"}, "suspended"),
        ({"state": "active"}, "active"),
        ({"state": "closed"}, "active"),
        ({"state": "nonsense"}, "active"),
        ({"state": "closed", "sure": "yes"}, "closed"),
        ({"state": "active"}, "closed"),
    ):
        assert browser.post(door, sent).status_code == 302
        assert (sent, only(customer).state) == (sent, state)
    assert "name-" not in browser.get(PAGE).content.decode()


def test_a_new_token_ends_the_one_before(enter: Enter) -> None:
    customer = builders.customer()
    made = sub_accounts.create(customer, name="One", now=NOW)
    page = enter(customer).post(f"{PAGE}{made.row.sid}/token/").content.decode()

    assert sub_accounts.holder(made.row.sid, token=token_in(page)) == (customer, made.row.id)
    assert sub_accounts.holder(made.row.sid, token=made.token) is None


def test_a_strangers_is_not_there(enter: Enter) -> None:
    row = sub_accounts.create(builders.customer(), name="Secret", now=NOW).row
    browser = enter(builders.customer())

    assert "Secret" not in browser.get(PAGE).content.decode()
    assert "Secret" not in browser.get(f"{PAGE}?before={'f' * 32}").content.decode()
    for door in (f"{PAGE}{row.sid}/", f"{PAGE}{row.sid}/token/"):
        assert browser.post(door, {"state": "suspended"}).status_code == 404
    assert sub_accounts.named(row.account_id, sid=row.sid).state == "active"


@pytest.mark.parametrize("name", ["", "x" * 65])
def test_a_name_is_wanted(enter: Enter, name: str) -> None:
    customer = builders.customer()
    assert enter(customer).post(PAGE, {"name": name}).status_code == 400
    assert sub_accounts.listed(customer, limit=1) == []


def test_it_pages(enter: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "ROWS_PER_PAGE", 2)
    customer = builders.customer()
    rows = [sub_accounts.create(customer, name=f"n{i}", now=NOW).row for i in range(3)]
    browser = enter(customer)
    first = browser.get(PAGE).content.decode()
    assert [row.sid in first for row in rows] == [False, True, True]
    older = browser.get(f"{PAGE}?before={rows[1].id}").content.decode()
    assert [row.sid in older for row in rows] == [True, False, False]


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_told_in_each_language(enter: Enter, language: str) -> None:
    title = {"en": "Sub-accounts", "nb": "Underkontoer", "de": "Unterkonten"}[language]
    page = enter(builders.customer(), language=language).get(PAGE).content.decode()
    assert f"<h1>{title}</h1>" in page


def test_it_is_for_those_who_keep_keys(shop: StandingClock) -> None:
    for name in ("sub-accounts", "sub-account", "sub-account-token"):
        allowed = [role for role in rights.ROLES if rights.may(role, name, reading=False)]
        assert allowed == ["administrator", "developer"]
    assert Client().get(PAGE).status_code == 302
