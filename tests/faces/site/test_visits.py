"""What counts as a visit, and what a page may load before and after a yes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.conf import LazySettings
from django.test import Client

from nummer.apps.accounts import actions as accounts
from nummer.apps.visits.counting import COUNTER, Sums
from nummer.faces.site.cookies import registered
from tests import builders
from tests.faces.conftest import BACKEND, LANGUAGES, Enter, StandingClock

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
YES, NO = {"statistics": "yes"}, {"statistics": "no"}
TIME = {"page": "/services/{code}/", "seconds": "12", "first": "1"}
GOOGLE = "https://www.googletagmanager.com/gtag/js?id=G-TEST1234"


@pytest.fixture(autouse=True)
def _nothing_counted() -> Iterator[None]:
    COUNTER.take()
    yield
    COUNTER.take()


@pytest.fixture
def google(settings: LazySettings) -> None:
    settings.ANALYTICS_ID = "G-TEST1234"


def reader(**headers: str) -> Client:
    return Client(headers={"user-agent": BROWSER, "accept-language": "en", **headers})


def counted() -> dict[str, Sums]:
    return COUNTER.take()


@pytest.mark.clause("PP-3.1b")
def test_a_view_counts_under_its_kind_of_page_without_a_choice(shop: StandingClock) -> None:
    browser = reader()
    for path in ("/", "/services/tg/", "/services/tg/", "/accounts/login/"):
        assert browser.get(path).status_code == 200
    found = counted()
    assert {page: sums.views for page, sums in found.items()} == {
        "/": 1,
        "/services/{code}/": 2,
        "/accounts/login/": 1,
    }
    assert not any("tg" in page for page in found)


@pytest.mark.parametrize(
    "headers",
    [
        {"user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
        {"user-agent": "curl/8.5.0"},
        {"user-agent": "python-requests/2.32"},
        {"user-agent": ""},
        {"hx-request": "true"},
        {"sec-purpose": "prefetch;prerender"},
        {"sec-fetch-dest": "image"},
    ],
)
def test_robots_and_parts_of_pages_do_not_count(
    shop: StandingClock, headers: dict[str, str]
) -> None:
    assert reader(**headers).get("/").status_code == 200
    assert counted() == {}


def test_what_is_no_page_does_not_count(enter: Enter) -> None:
    browser = reader()
    for path in ("/no-such-page/", "/robots.txt", "/sitemap.xml", "/orders/", "/services/none/"):
        browser.get(path)
    browser.post("/preferences/", {"theme": "dark"})
    assert counted() == {}


def test_the_staff_is_not_counted(shop: StandingClock) -> None:
    login = accounts.open_staff_login(
        email="staff@example.com", password="x" * 12, role="support", now=builders.NOW
    )
    browser = reader()
    browser.force_login(login, backend=BACKEND)
    browser.get("/")
    assert counted() == {}


@pytest.mark.clause("LD-D5")
def test_time_is_measured_only_after_a_yes(shop: StandingClock) -> None:
    browser = reader()
    assert "visits.js" not in browser.get("/services/tg/").text
    assert browser.post("/visits/time/", TIME).status_code == 204
    browser.post("/cookies/answer/", NO)
    assert "visits.js" not in browser.get("/services/tg/").text
    browser.post("/visits/time/", TIME)
    assert all(sums.timed == sums.seconds == 0 for sums in counted().values())

    browser.post("/cookies/answer/", YES)
    page = browser.get("/services/tg/").text
    [script] = re.findall(r"<script[^>]*visits\.js[^>]*>", page)
    assert 'data-page="/services/{code}/"' in script
    assert browser.post("/visits/time/", TIME).status_code == 204
    browser.post("/visits/time/", {**TIME, "first": "", "seconds": "3"})
    sums = counted()["/services/{code}/"]
    assert (sums.views, sums.timed, sums.seconds) == (1, 1, 15)


@pytest.mark.parametrize(
    "change",
    [
        {"page": "/services/tg/"},
        {"page": "/no-such/"},
        {"page": "/staff/"},
        {"page": ""},
        {"seconds": "-1"},
        {"seconds": "1e9"},
        {"seconds": "99999"},
        {"seconds": "\u0661"},
        {"seconds": ""},
    ],
)
def test_a_time_that_is_none_adds_nothing(shop: StandingClock, change: dict[str, str]) -> None:
    browser = reader()
    browser.post("/cookies/answer/", YES)
    assert browser.post("/visits/time/", {**TIME, **change}).status_code == 204
    assert counted() == {}


def test_other_sites_cannot_add_times(shop: StandingClock) -> None:
    browser = reader(**{"sec-fetch-site": "cross-site"})
    browser.cookies["consent"] = "x"
    own = reader()
    own.post("/cookies/answer/", YES)
    browser.cookies = own.cookies
    assert browser.post("/visits/time/", TIME).status_code == 204
    assert counted() == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_the_switch_nothing_names_google(shop: StandingClock, language: str) -> None:
    browser = reader(**{"accept-language": language})
    browser.post("/cookies/answer/", YES)
    for path in ("/", "/cookies/"):
        answer = browser.get(path)
        assert "google" not in answer.text.lower()
        assert "google" not in answer["Content-Security-Policy"]


@pytest.mark.clause("PP-3.1b")
@pytest.mark.parametrize("language", LANGUAGES)
def test_google_is_named_loaded_after_a_yes_and_taken_back(
    shop: StandingClock, google: None, language: str
) -> None:
    browser = reader(**{"accept-language": language})
    before = browser.get("/")
    assert "Google Analytics" in before.text, "the question names it"
    assert "googletagmanager" not in before.text + before["Content-Security-Policy"]
    page = browser.get("/cookies/").text
    assert ">_ga</th>" in page
    assert "Google Ireland Limited" in page

    browser.post("/cookies/answer/", NO)
    assert "googletagmanager" not in browser.get("/").text
    browser.post("/cookies/answer/", YES)
    after = browser.get("/")
    assert GOOGLE in after.text
    assert 'data-page="/"' in after.text
    assert "script-src 'self' 'nonce-" in after["Content-Security-Policy"]
    assert "https://www.googletagmanager.com" in after["Content-Security-Policy"]
    assert "unsafe" not in after["Content-Security-Policy"]

    browser.cookies["_ga"] = "GA1.1.1"
    browser.cookies["_ga_TEST1234"] = "GS1"
    refused = browser.post("/cookies/answer/", NO)
    gone = {name for name, each in refused.cookies.items() if each["max-age"] == 0}
    assert gone == {"_ga", "_ga_TEST1234"}


def test_a_yes_from_before_google_was_switched_on_is_asked_for_again(
    shop: StandingClock, settings: LazySettings
) -> None:
    browser = reader()
    browser.post("/cookies/answer/", YES)
    assert "data-consent" not in browser.get("/").text
    settings.ANALYTICS_ID = "G-TEST1234"
    page = browser.get("/").text
    assert "data-consent" in page
    assert "googletagmanager" not in page


@pytest.mark.parametrize(
    "path", ["/account/", "/orders/", "/", "/withdraw/", "/accounts/password/reset/", "/cases/"]
)
def test_google_is_never_on_a_page_about_somebody(enter: Enter, google: None, path: str) -> None:
    browser = enter(builders.customer())
    browser.post("/cookies/answer/", YES)
    answer = browser.get(path)
    assert answer.status_code in (200, 302)
    assert "googletagmanager" not in answer.text + answer["Content-Security-Policy"]
    visitor = reader()
    visitor.post("/cookies/answer/", YES)
    if path != "/":
        assert "googletagmanager" not in visitor.get(path, follow=True).text


def test_every_registered_cookie_of_others_needs_a_yes(google: None) -> None:
    foreign = [cookie for cookie in registered() if cookie.recipient]
    assert len(foreign) == 2
    assert {cookie.need.value for cookie in foreign} == {"consent"}
