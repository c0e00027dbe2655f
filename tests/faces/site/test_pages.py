"""Pages for visitors and customers, in all three languages."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from nummer.apps.catalogue import actions as catalogue
from tests import builders
from tests.faces.conftest import LANGUAGES, Enter, StandingClock

OPEN_PAGES = (
    "/",
    "/?q=tele",
    "/services/tg/",
    "/services/tg/no/",
    "/documents/",
    "/documents/terms/",
    "/documents/refund-policy/",
    "/documents/privacy-notice/",
    "/contact/",
    "/accounts/login/",
    "/accounts/login/code/",
    "/accounts/signup/",
    "/accounts/password/reset/",
)
CUSTOMER_PAGES = (
    "/",
    "/services/tg/no/",
    "/orders/",
    "/orders/?show=open",
    "/balance/",
    "/balance/top-up/",
    "/balance/automatic/",
    "/keys/",
    "/account/",
    "/accounts/2fa/",
)
FOREIGN = re.compile(r"""(?:src|href|action|hx-[a-z:]+)=["'](?:https?:)?//(?!testserver)""")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", OPEN_PAGES)
def test_visitor_reads_every_open_page_in_his_language(
    shop: StandingClock, page: str, language: str
) -> None:
    answer = Client(headers={"accept-language": language}).get(page)
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", CUSTOMER_PAGES)
def test_customer_reads_every_page_in_his_language(enter: Enter, page: str, language: str) -> None:
    answer = enter(builders.customer(), language=language).get(page)
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.text


@pytest.mark.parametrize("page", OPEN_PAGES)
def test_no_page_asks_another_host_for_anything(shop: StandingClock, page: str) -> None:
    text = Client().get(page).text.replace("https://", "//").replace("http://", "//")
    links_of_people = re.sub(r'<a [^>]*rel="[^"]*external[^"]*"[^>]*>', "", text)
    assert FOREIGN.findall(links_of_people) == []


def test_content_policy_allows_only_ourselves_and_no_inline_style(shop: StandingClock) -> None:
    answer = Client().get("/")
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert " style=" not in answer.text
    assert not re.search(r"<script(?![^>]*nonce)", answer.text)


@pytest.mark.parametrize("page", ["/orders/", "/balance/", "/keys/", "/account/", "/orders/1/"])
def test_visitor_is_sent_to_the_login_from_pages_of_customers(
    shop: StandingClock, page: str
) -> None:
    answer = Client().get(page)
    assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={page}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_not_there_is_said_in_the_readers_language(
    shop: StandingClock, language: str
) -> None:
    said = {
        "en": "There is no such page",
        "nb": "En slik side finnes ikke",
        "de": "Eine solche Seite gibt es nicht",
    }
    answer = Client(headers={"accept-language": language}).get("/nothing/here/")
    assert answer.status_code == 404
    assert said[language] in answer.text


@pytest.mark.parametrize("page", ["/nothing/", "/services/none/", "/documents/none/"])
def test_error_page_names_no_path_host_or_version(shop: StandingClock, page: str) -> None:
    text = Client().get(page).text
    for secret in ("Traceback", "Django", "Python", "nummer/", "testserver", "5.2", page):
        assert secret not in text


@pytest.mark.parametrize(
    "page",
    [
        "/services/tg/xx/",
        "/services/none/no/",
        "/documents/terms/2020-01-01/",
        "/documents/terms/yesterday/",
        "/documents/../settings/",
        "/orders/99999999999999999999999/",
    ],
)
def test_unknown_things_are_not_found(enter: Enter, page: str) -> None:
    assert enter(builders.customer()).get(page).status_code == 404


def test_service_that_is_off_cannot_be_seen_or_ordered(shop: StandingClock) -> None:
    catalogue.switch_service("tg", enabled=False, actor="system:test", now=builders.NOW)
    browser = Client()
    assert "Telegram" not in browser.get("/").text
    answer = browser.get("/services/tg/no/")
    assert answer.status_code == 409
    assert "This service is not offered at the moment." in answer.text


def test_search_without_result_says_so_and_shows_a_way_on(shop: StandingClock) -> None:
    answer = Client().get("/?q=<b>nobody</b>")
    assert "No service matches “&lt;b&gt;nobody&lt;/b&gt;”." in answer.text
    assert "Show all services" in answer.text


@pytest.mark.parametrize(
    ("wanted", "language"),
    [("no", "nb"), ("nn-NO,nn;q=0.9", "nb"), ("de-AT", "de"), ("fr", "en"), ("en-NO", "en")],
)
def test_browsers_language_chooses_the_pages(
    shop: StandingClock, wanted: str, language: str
) -> None:
    page = Client(headers={"accept-language": wanted}).get("/contact/").text
    assert f'<html lang="{language}"' in page


def test_choosing_a_language_keeps_the_page(shop: StandingClock) -> None:
    browser = Client()
    answer = browser.post("/preferences/", {"language": "de", "next": "/services/tg/?x=1"})
    assert (answer.status_code, answer["Location"]) == (302, "/services/tg/?x=1")
    assert '<html lang="de"' in browser.get("/services/tg/").text


@pytest.mark.parametrize(
    "elsewhere", ["https://example.com/", "//example.com", "javascript:alert(1)", "\\\\x", ""]
)
def test_choosing_a_language_never_leads_elsewhere(shop: StandingClock, elsewhere: str) -> None:
    answer = Client().post("/preferences/", {"language": "de", "next": elsewhere})
    assert answer["Location"] == "/"


def test_dark_can_be_chosen_and_given_back_to_the_device(shop: StandingClock) -> None:
    browser = Client()
    browser.post("/preferences/", {"theme": "dark", "next": "/"})
    assert 'data-theme="dark"' in browser.get("/").text
    browser.post("/preferences/", {"theme": "system", "next": "/"})
    assert "data-theme" not in browser.get("/").text


def test_form_from_another_page_is_refused(enter: Enter) -> None:
    browser = enter(builders.customer(), strict=True)
    for address in ("/services/tg/no/", "/orders/1/cancel/", "/keys/", "/balance/top-up/"):
        answer = browser.post(address, {})
        assert answer.status_code == 403
        assert "This form has expired" in answer.text


def test_price_stands_with_the_tax_of_the_customers_country(enter: Enter) -> None:
    shown = enter(builders.customer(country="NO")).get("/services/tg/no/").text
    assert "€2.00" in shown
    assert "including 25% tax: €0.40" in shown


def test_every_link_of_the_footer_is_large_enough_for_a_finger(shop: StandingClock) -> None:
    """WCAG 2.2, 2.5.8: a link of its own line has 24 pixels; padding makes them."""
    [footer] = re.findall(r"<footer.*?</footer>", Client().get("/").text, re.DOTALL)
    links = re.findall(r"<a class=\"([^\"]*)\" href=\"([^\"]*)\"", footer)

    assert {"mailto", "tel"} <= {address.partition(":")[0] for _, address in links}
    small = [
        address for words, address in links if not {"inline-block", "py-1"} <= {*words.split()}
    ]
    assert small == []
