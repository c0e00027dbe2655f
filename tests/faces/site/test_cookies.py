"""Cookies: a register that nothing goes round, and a question with two equal answers."""

from __future__ import annotations

import hashlib
import re
from http.cookies import SimpleCookie

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import translation

from nummer.apps.agreements.consents import COOKIES, decisions
from nummer.faces.site import consent, cookies, middleware
from tests import builders
from tests.faces.conftest import LANGUAGES, Enter, StandingClock

YES, NO = {"statistics": "yes", "next": "/contact/"}, {"statistics": "no", "next": "/contact/"}
# What was asked by each version: whoever changes the words takes a new version and asks anew.
WORDS = {"2026-11-23": "663d92c268876df849bf6f8f84fb1cee966cddc1b4a667e5047b443d876e52b6"}


def plain_pages() -> list[str]:
    """Return the address of every page of the site that needs no id."""
    found = []
    for part in get_resolver().url_patterns:
        if isinstance(part, URLResolver) and part.namespace in ("site", "backoffice"):
            found += [
                f"/{part.pattern}{each.pattern}"
                for each in part.url_patterns
                if isinstance(each, URLPattern) and "<" not in str(each.pattern)
            ]
    assert len(found) > 60
    return sorted(set(found))


def unregistered(browser: Client, paths: list[str]) -> list[tuple[str, str]]:
    found = []
    for path in paths:
        answer = browser.get(path)
        found += [
            (path, each.key)
            for each in answer.cookies.values()
            if not cookies.keeps_the_register(each)
        ]
    return found


def test_no_page_sets_a_cookie_that_is_not_in_the_register(enter: Enter) -> None:
    pages = [*plain_pages(), "/accounts/login/", "/accounts/signup/", "/accounts/2fa/"]
    assert unregistered(Client(), pages) == []
    assert unregistered(enter(builders.customer()), pages) == []


@pytest.mark.clause("PP-1.3")
def test_a_cookie_without_an_entry_never_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(middleware, "report_unknown_cookie", lambda: said.append("said"))

    def view(request: HttpRequest) -> HttpResponse:
        answer = HttpResponse("ok")
        answer.set_cookie("tracker", "1")
        answer.set_cookie("theme", "dark", max_age=cookies.CHOICE_KEPT * 2)
        answer.set_cookie("csrftoken", "t", max_age=60)
        return answer

    left = middleware.KnownCookies(view)(HttpRequest())
    assert set(left.cookies) == {"csrftoken"}
    assert said == ["said", "said"]


@pytest.mark.clause("LD-D5")
def test_before_a_choice_only_what_the_site_needs_is_set(shop: StandingClock) -> None:
    browser = Client()
    for page in ("/", "/numbers/", "/contact/", "/cookies/", "/accounts/signup/"):
        browser.get(page)
    needs = {cookies.registered_as(name).need for name in browser.cookies}  # type: ignore[union-attr]
    assert needs == {cookies.Need.NECESSARY}


@pytest.mark.parametrize("language", LANGUAGES)
def test_refuse_and_accept_are_the_same_but_for_their_word(
    shop: StandingClock, language: str
) -> None:
    page = Client(headers={"accept-language": language}).get("/").text
    asked = page[page.index("data-consent") :]
    asked = asked[: asked.index("</section>")]
    buttons = re.findall(r"<button([^>]*)>([^<]+)</button>", asked)
    assert [re.findall(r'value="(\w+)"', attributes) for attributes, _ in buttons] == [
        ["no"],
        ["yes"],
    ]
    same = {re.sub(r'value="\w+"', "", attributes) for attributes, _ in buttons}
    assert len(same) == 1
    assert page.index("<main") > page.index("data-consent"), "the page is below, whole"


@pytest.mark.clause("LD-D5")
@pytest.mark.parametrize("said", [YES, NO])
def test_an_answer_is_kept_with_its_version_and_time_and_not_asked_for_again(
    shop: StandingClock, said: dict[str, str]
) -> None:
    browser = Client(enforce_csrf_checks=True)
    assert "data-consent" in browser.get("/").text
    token = browser.cookies["csrftoken"].value
    answer = browser.post("/cookies/answer/", {**said, "csrfmiddlewaretoken": token})
    assert answer["Location"] == "/contact/"
    kept = answer.cookies["consent"]
    word = said["statistics"]
    assert kept.value == f"{consent.version()}~{word}~{int(builders.NOW.timestamp())}"
    assert (kept["httponly"], kept["samesite"]) == (True, "Lax")
    assert kept["max-age"] == 180 * 86_400
    page = browser.get("/contact/").text
    assert "data-consent" not in page
    pressed = re.findall(r'name="statistics" value="(\w+)" aria-pressed="true"', page)
    assert pressed == [word]


def test_the_answer_can_be_changed_on_every_page_with_one_click(enter: Enter) -> None:
    browser = enter(builders.customer())
    browser.post("/cookies/answer/", YES)
    for path in ("/", "/account/", "/cookies/", "/accounts/password/reset/"):
        page = browser.get(path).text
        assert page.count('action="/cookies/answer/"') >= 1, path
        assert re.findall(r'name="statistics" value="(\w+)" aria-pressed="true"', page)[0] == "yes"
    browser.post("/cookies/answer/", NO)
    assert not consent.question(_request(browser)).given


@pytest.mark.parametrize(
    "value",
    [
        "",
        "yes",
        "2020-01-01~yes~1700000000",
        f"{consent.VERSION}~perhaps~1700000000",
        f"{consent.VERSION}~yes~",
        f"{consent.VERSION}~yes~99999999999999999999",
        f"{consent.VERSION}~yes~\u0661\u0662",
        f"{consent.VERSION}~yes~1~1",
    ],
)
def test_what_we_did_not_write_is_no_consent(value: str) -> None:
    request = HttpRequest()
    request.COOKIES["consent"] = value
    found = consent.question(request)
    assert (found.given, found.asked) == (False, True)


def test_a_browser_that_says_no_by_itself_is_not_asked(shop: StandingClock) -> None:
    browser = Client(headers={"sec-gpc": "1"})
    assert "data-consent" not in browser.get("/").text
    browser.post("/cookies/answer/", YES)
    assert consent.question(_request(browser)).given, "its owner's own word counts more"


@pytest.mark.parametrize("body", [{}, {"statistics": ""}, {"statistics": "maybe"}])
def test_an_answer_that_is_none_changes_nothing(shop: StandingClock, body: dict[str, str]) -> None:
    answer = Client().post("/cookies/answer/", body)
    assert answer.status_code == 400
    assert "consent" not in answer.cookies


def test_an_answer_leads_to_no_foreign_page(shop: StandingClock) -> None:
    for foreign in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        answer = Client().post("/cookies/answer/", {**NO, "next": foreign})
        assert answer["Location"] == "/"


def test_a_customers_answers_stand_in_the_account_too(enter: Enter, shop: StandingClock) -> None:
    account_id = builders.customer()
    browser = enter(account_id, language="de")
    browser.post("/cookies/answer/", YES)
    browser.post("/cookies/answer/", YES)  # the same moment: once
    shop.at = shop.at.replace(hour=shop.at.hour + 1)
    browser.post("/cookies/answer/", NO)
    found = decisions(account_id, purpose=COOKIES)
    assert [(one.given, one.version) for one in found] == [
        (False, consent.version()),
        (True, consent.version()),
    ]
    assert decisions(builders.customer(), purpose=COOKIES) == []


def test_what_a_visitor_answered_is_recorded_when_he_signs_in(shop: StandingClock) -> None:
    account_id = builders.customer()
    browser = Client()
    browser.post("/cookies/answer/", YES)
    assert decisions(account_id, purpose=COOKIES) == []
    request = _request(browser)
    consent.carry(request, account_id)
    consent.carry(request, account_id)
    assert [one.given for one in decisions(account_id, purpose=COOKIES)] == [True]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_names_every_cookie_of_the_register(shop: StandingClock, language: str) -> None:
    page = Client(headers={"accept-language": language}).get("/cookies/").text
    with translation.override(language):
        for cookie in cookies.registered():
            row = page[page.index(f">{cookie.name}</th>") :].split("</tr>")[0]
            assert str(cookie.purpose) in row.replace("&#x27;", "'")
            assert cookie.life is None or f">{cookie.life.days} " in row


def test_other_words_are_another_version() -> None:
    with translation.override("en"):
        found = hashlib.sha256("\n".join(consent.words()).encode()).hexdigest()
    assert found == WORDS[consent.VERSION], "new words need a new version, and its hash here"


def _request(browser: Client) -> HttpRequest:
    request = HttpRequest()
    kept: SimpleCookie = browser.cookies
    request.COOKIES.update({name: morsel.value for name, morsel in kept.items()})
    return request
