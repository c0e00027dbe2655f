"""A customer reports that a number does not work, or that an incident concerns him."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from nummer.apps.incidents import queries as incidents
from nummer.apps.incidents.actions import scopes
from nummer.kernel.ids import new_id
from tests import builders
from tests.faces.conftest import LANGUAGES, Enter, StandingClock

TITLES = {"en": "Report a problem", "nb": "Meld et problem", "de": "Problem melden"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_order_page_leads_to_the_report(enter: Enter, language: str) -> None:
    account_id = builders.customer(locale=language)
    placed = builders.order(account_id)
    browser = enter(account_id, language=language)
    page = f"/orders/{placed.activation_id}/"

    assert f'href="{page}report/"' in browser.get(page).text
    assert TITLES[language] in browser.get(f"{page}report/").text


def test_report_sent_twice_is_one(enter: Enter, shop: StandingClock) -> None:
    account_id = builders.customer()
    placed = builders.order(account_id)
    browser = enter(account_id)
    page = f"/orders/{placed.activation_id}/report/"
    shop.at += timedelta(minutes=2)
    form = {"key": str(new_id()), "words": "Nothing comes <script>"}

    first = browser.post(page, form)
    shop.at += timedelta(minutes=1)
    browser.post(page, form)

    assert first["Location"] == f"/orders/{placed.activation_id}/"
    [row] = incidents.reports(account_id, subject_id=placed.order_id)
    assert (row.source, row.happened_at) == ("page", shop.at - timedelta(minutes=1))
    shown = browser.get(first["Location"]).text
    assert 'data-kind="problem_reported"' in shown
    assert "Reported. The moment of your report counts." in shown


@pytest.mark.parametrize("key", ["", "x", "1" * 40])
def test_report_without_its_key_is_refused(enter: Enter, key: str) -> None:
    account_id = builders.customer()
    placed = builders.order(account_id)
    answer = enter(account_id).post(f"/orders/{placed.activation_id}/report/", {"key": key})
    assert answer.status_code == 400
    assert incidents.reports(account_id, subject_id=placed.order_id) == []


def test_anothers_order_is_not_found(enter: Enter) -> None:
    placed = builders.order(builders.customer())
    browser = enter(builders.customer())
    page = f"/orders/{placed.activation_id}/report/"
    form = {"key": str(new_id())}
    assert {browser.get(page).status_code, browser.post(page, form).status_code} == {404}


@pytest.mark.parametrize("language", LANGUAGES)
def test_signed_link_needs_no_login_and_looking_reports_nothing(
    shop: StandingClock, language: str
) -> None:
    account_id = builders.customer()
    placed = builders.order(account_id)
    row = scopes.publish(scopes.Scope(country="NO"), began_at=shop.at, actor="staff:1", now=shop.at)
    link = scopes.affected_link(row.id, account_id=account_id, order_id=placed.order_id)
    browser = Client(headers={"accept-language": language})
    page = f"/incidents/{row.id}/{link}/"

    looked = [browser.get(page), browser.head(page), browser.get(page)]
    assert {answer.status_code for answer in looked} == {200}
    assert "no-store" in looked[0]["Cache-Control"] or "no-cache" in looked[0]["Cache-Control"]
    assert incidents.reports(account_id, subject_id=placed.order_id) == []
    assert placed.number.international() not in looked[0].text

    clicked = browser.post(page)
    assert 'id="told"' in clicked.text
    browser.post(page)
    [told] = incidents.reports(account_id, subject_id=placed.order_id)
    assert (told.source, told.incident_id) == ("notice", row.id)


def test_changed_link_is_refused_and_an_ended_incident_says_so(shop: StandingClock) -> None:
    account_id = builders.customer()
    placed = builders.order(account_id)
    row = scopes.publish(scopes.Scope(country="NO"), began_at=shop.at, actor="staff:1", now=shop.at)
    link = scopes.affected_link(row.id, account_id=account_id, order_id=placed.order_id)
    browser = Client()

    for bad in (link[:-4] + "AAAA", "x", "%00"):
        answer = browser.post(f"/incidents/{row.id}/{bad}/")
        assert answer.status_code == 409
        assert "This link is not valid." in answer.text
    scopes.end_incident(row.id, ended_at=shop.at, actor="staff:1", now=shop.at)
    assert "This incident is over." in browser.get(f"/incidents/{row.id}/{link}/").text
    assert browser.post(f"/incidents/{row.id}/{link}/").status_code == 409
    assert incidents.reports(account_id, subject_id=placed.order_id) == []


def test_click_without_a_token_of_the_page_is_refused(shop: StandingClock) -> None:
    account_id = builders.customer()
    placed = builders.order(account_id)
    row = scopes.publish(scopes.Scope(country="NO"), began_at=shop.at, actor="staff:1", now=shop.at)
    link = scopes.affected_link(row.id, account_id=account_id, order_id=placed.order_id)
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(f"/incidents/{row.id}/{link}/").status_code == 403
    assert incidents.reports(account_id, subject_id=placed.order_id) == []
