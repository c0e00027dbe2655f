"""The page on which a customer changes what he says of himself, and its history."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils import timezone

from nummer.apps.accounts import profiles
from nummer.apps.accounts import queries as accounts
from nummer.apps.invoices import queries as invoices
from nummer.apps.notify import preferences
from nummer.apps.notify.rendering import write
from nummer.faces.site.templatetags.nummer import moment, zoned
from tests import builders
from tests.faces.conftest import LANGUAGES, Enter

WISHED = {
    "name": "Fjellheim Verksted AS",
    "organisation_number": "923 609 016",
    "address": "Storgata 1\n0155 Oslo",
    "language": "nb",
    "time_zone": "Europe/Oslo",
    "channel": "page",
}
SAVED = {"en": "Saved.", "nb": "Lagret.", "de": "Gespeichert."}
PAGE = "/account/details/"


def said(browser: Client) -> dict[str, str]:
    """Return the form as it stands on the page, to be sent back unchanged."""
    form = browser.get(PAGE).context["form"]
    return {name: str(form.initial.get(name) or "") for name in form.fields}


@pytest.mark.clause("PP-4.1a")
def test_a_company_changes_every_field_and_sees_from_what_to_what(enter: Enter) -> None:
    company = builders.customer(kind="company")
    browser = enter(company)
    answer = browser.post(PAGE, WISHED, follow=True)
    assert '<html lang="nb"' in answer.text
    assert SAVED["nb"] in answer.text
    known = invoices.addressee(company)
    assert known is not None
    assert (known.name, known.address) == (WISHED["name"], ("Storgata 1", "0155 Oslo"))
    assert profiles.details(company).organisation_number == "923609016"
    assert (accounts.account(company).locale, preferences.channel(company)) == ("nb", "page")
    history = browser.get("/account/details/history/").text
    for text in ("Organisasjonsnummer", "923609016", "Storgata 1, 0155 Oslo", "norsk", "English"):
        assert text in history
    assert f"/documents/privacy-notice/{builders.newest('privacy-notice')}/" in history


def test_one_bad_field_keeps_all_others_as_they_were(enter: Enter) -> None:
    company = builders.customer(kind="company")
    browser = enter(company)
    before = profiles.history(company)
    answer = browser.post(PAGE, {**WISHED, "organisation_number": "923 609 017"})
    assert answer.status_code == 400
    assert 'id="id_organisation_number_error"' in answer.text
    assert "look it up once more" in answer.text
    assert profiles.history(company) == before
    assert invoices.addressee(company) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"language": "xx"},
        {"time_zone": "Mars/Olympus"},
        {"channel": "pigeon"},
        {"name": "x" * 101},
        {"address": "\n".join("abcdefgh")},
        {"name": "Kari\N{RIGHT-TO-LEFT OVERRIDE}"},
        {"address": "4111 1111 1111 1111"},
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(enter: Enter, wrong: dict[str, str]) -> None:
    customer = builders.customer()
    browser = enter(customer)
    before = profiles.history(customer)
    answer = browser.post(PAGE, {**said(browser), **wrong})
    assert answer.status_code in {400, 409}
    assert profiles.history(customer) == before


def test_a_person_has_no_field_of_companies(enter: Enter) -> None:
    person = builders.customer()
    browser = enter(person)
    assert "organisation_number" not in browser.get(PAGE).text
    browser.post(PAGE, WISHED)
    assert profiles.details(person).organisation_number == ""


@pytest.mark.clause("LD-U7")
@pytest.mark.clause("LD-D6")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["person", "company"])
def test_each_field_says_what_it_is_for_and_links_the_notice(
    enter: Enter, language: str, kind: str
) -> None:
    page = enter(builders.customer(kind=kind, locale=language), language=language).get(PAGE)
    form = page.context["form"]
    assert all(field.help_text for field in form.fields.values())
    assert page.text.count('_helptext"') >= len(form.fields)
    assert '<a class="link" href="/documents/privacy-notice/">' in page.text


def test_nobody_else_sees_or_changes_it(enter: Enter) -> None:
    owner = builders.customer()
    enter(owner).post(PAGE, {**WISHED, "name": "Kari Fjellheim"})
    assert "Fjellheim" not in enter(builders.customer()).get("/account/details/history/").text
    for address in (PAGE, "/account/details/history/"):
        assert Client().get(address).status_code == 302


def test_the_history_has_pages_and_no_bad_cursor_breaks_them(enter: Enter) -> None:
    customer = builders.customer()
    browser = enter(customer)
    for number in range(13):
        browser.post(PAGE, {**said(browser), "name": f"N{number}", "address": f"A{number}"})
    first = browser.get("/account/details/history/").text
    older = re.search(r'href="\?before=([0-9a-f-]{36})"', first)
    assert older is not None
    second = browser.get("/account/details/history/", {"before": older[1]})
    assert "+" in second.text
    assert 'href="?before=' not in second.text
    assert browser.get("/account/details/history/", {"before": "1' OR 1"}).status_code == 200


def test_times_are_told_in_the_zone_that_was_chosen(enter: Enter) -> None:
    customer = builders.customer()
    browser = enter(customer)
    assert "12:00 UTC" in browser.get(PAGE).text
    browser.post(PAGE, {**said(browser), "time_zone": "Asia/Tokyo"})
    page = browser.get(PAGE).text
    assert "21:00</time>" in page
    assert "data-moment" not in page
    again = Client()
    again.post(
        "/accounts/login/",
        {"login": str(accounts.email(customer)), "password": "correct horse battery"},
    )
    assert "21:00</time>" in again.get(PAGE).text
    assert timezone.get_current_timezone_name() == "UTC"


def test_summer_and_winter_have_their_own_hour() -> None:
    with timezone.override("Europe/Oslo"):
        assert "14:00</time>" in str(moment(datetime(2026, 7, 1, 12, tzinfo=UTC)))
        assert "13:00</time>" in str(moment(datetime(2026, 12, 1, 12, tzinfo=UTC)))
        assert "14:00:00 GMT+02:00</time>" in str(zoned(datetime(2026, 7, 1, 12, tzinfo=UTC)))


def test_letters_tell_the_hour_of_the_zone_and_which_it_is() -> None:
    content = {"label": "x", "created_at": "2026-07-01T12:00:00+00:00", "reads_only": False}
    there = write("key-created", content=content, language="de", zone="Europe/Oslo").text
    assert "14:00:00 GMT+02:00" in there
    assert "12:00:00 UTC" in write("key-created", content=content, language="de").text
