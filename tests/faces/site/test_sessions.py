"""Open sessions and the list of sign-ins: what their owner sees, and what ends them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from nummer.apps.accounts import actions as accounts_actions
from nummer.apps.accounts import jobs
from nummer.apps.accounts import queries as accounts
from nummer.apps.accounts.models import LoginActivity, OpenSession
from nummer.faces.site.devices import device_in_words
from nummer.kernel.due import DueSource
from nummer.kernel.ids import new_id
from tests import builders
from tests.faces.conftest import LANGUAGES, Enter, StandingClock
from tests.faces.site.test_account import PASSWORD

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like"
    " Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)
NEW_PASSWORD = "another horse battery"


def browser_of(customer: int, *, agent: str = FIREFOX, ip: str = "198.51.100.7") -> Client:
    """Sign in as people do."""
    browser = Client(headers={"user-agent": agent}, REMOTE_ADDR=ip)
    form = {"login": str(accounts.email(customer)), "password": PASSWORD}
    browser.post("/accounts/login/", form)
    assert signed_in(browser)
    return browser


def signed_in(browser: Client) -> bool:
    return browser.get("/account/").status_code == 200


def source_of(name: str) -> DueSource:
    return next(source for source in jobs.DUE_SOURCES if source.name == name)


def ends_on(page: str) -> list[str]:
    return re.findall(r'action="(/account/sessions/[0-9a-f-]{36}/end/)"', page)


def test_a_session_shows_device_place_method_and_moments(shop: StandingClock) -> None:
    customer = builders.customer()
    mine = browser_of(customer)
    browser_of(customer, agent=PHONE, ip="2001:db8::1")
    page = mine.get("/account/sessions/").text
    for shown in ("Firefox on Linux", "Safari on iPhone", "198.51.100.7", "2001:db8::1"):
        assert shown in page
    assert page.count(">this browser<") == 1
    assert len(ends_on(page)) == 1, "this browser signs out, others are ended"


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_session_is_ended_and_no_other(shop: StandingClock, language: str) -> None:
    customer = builders.customer(locale=language)
    mine, lost, third = (browser_of(customer) for _ in range(3))
    pages = [ends_on(browser.get("/account/sessions/").text) for browser in (mine, lost)]
    [of_lost] = set(pages[0]) - set(pages[1])
    mine.post(of_lost)
    assert [signed_in(browser) for browser in (mine, lost, third)] == [True, False, True]
    assert len(ends_on(mine.get("/account/sessions/").text)) == 1


def test_all_others_are_ended(shop: StandingClock) -> None:
    customer, bystander = builders.customer(), builders.customer()
    mine, *others = (browser_of(customer) for _ in range(4))
    stranger = browser_of(bystander)
    answer = mine.post("/account/sessions/end-others/", follow=True)
    assert "3 sessions are ended." in answer.text
    assert signed_in(mine)
    assert [signed_in(browser) for browser in others] == [False] * 3
    assert signed_in(stranger)


def test_a_session_of_another_is_not_found(shop: StandingClock) -> None:
    stranger, owner = browser_of(builders.customer()), browser_of(builders.customer())
    theirs = OpenSession.objects.order_by("-id").values_list("id", flat=True)[0]
    for session_id in (theirs, new_id()):
        assert stranger.post(f"/account/sessions/{session_id}/end/").status_code == 404
    assert signed_in(owner)
    assert Client().get("/account/sessions/").status_code == 302
    assert stranger.get(f"/account/sessions/{theirs}/end/").status_code == 405


def test_an_ended_session_is_not_brought_back_by_a_request_under_way(shop: StandingClock) -> None:
    customer = builders.customer()
    mine, lost = browser_of(customer), browser_of(customer)
    key = lost.cookies["sessionid"].value
    mine.post("/account/sessions/end-others/")
    lost.get("/accounts/login/")
    assert not Session.objects.filter(session_key=key).exists()
    assert not signed_in(lost)


def test_a_new_password_ends_every_other_session(shop: StandingClock) -> None:
    customer = builders.customer()
    mine, other = browser_of(customer), browser_of(customer)
    before = mine.cookies["sessionid"].value
    form = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    mine.post("/accounts/password/change/", form)
    assert signed_in(mine)
    assert not signed_in(other)
    assert mine.cookies["sessionid"].value != before
    page = mine.get("/account/sessions/").text
    assert ends_on(page) == []
    assert "Firefox on Linux" in page


def test_a_password_from_a_link_ends_every_session(
    shop: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = builders.customer()
    other, letters = browser_of(customer), []
    monkeypatch.setattr(
        "nummer.apps.notify.actions.send_letter",
        lambda account_id, **letter: letters.append(letter["context"]["link"]),
    )
    forgot = Client()
    forgot.post("/accounts/password/reset/", {"email": accounts.email(customer)})
    page = forgot.get(re.sub(r"^https?://[^/]+", "", letters[0]))
    form = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    forgot.post(page["Location"], form)
    assert not signed_in(other)


@pytest.mark.parametrize("how", ["password", "visited before"])
def test_a_session_from_before_signing_in_is_not_the_one_afterwards(
    shop: StandingClock, how: str
) -> None:
    """Session fixation: who planted a cookie does not come in with it."""
    customer = builders.customer()
    attacker = Client()
    planted = str(attacker.session.session_key) if how == "visited before" else "a" * 32
    victim = Client()
    victim.cookies["sessionid"] = planted
    form = {"login": str(accounts.email(customer)), "password": PASSWORD}
    victim.post("/accounts/login/", form)
    assert signed_in(victim)
    assert victim.cookies["sessionid"].value != planted
    attacker.cookies["sessionid"] = planted
    assert not signed_in(attacker)


def test_signing_out_ends_the_session_on_our_side(shop: StandingClock) -> None:
    customer = builders.customer()
    browser = browser_of(customer)
    key = browser.cookies["sessionid"].value
    browser.post("/accounts/logout/")
    assert not OpenSession.objects.exists()
    thief = Client()
    thief.cookies["sessionid"] = key
    assert not signed_in(thief)


def test_what_a_session_says_is_sealed(shop: StandingClock) -> None:
    browser = browser_of(builders.customer(), ip="203.0.113.99")
    [row] = OpenSession.objects.all()
    key = browser.cookies["sessionid"].value
    kept = bytes(row.ip) + bytes(row.agent) + bytes(row.key)
    assert b"203.0.113" not in kept
    assert b"Firefox" not in kept
    assert key.encode() not in kept


def test_use_is_noted_now_and_then_and_from_where(shop: StandingClock) -> None:
    customer = builders.customer()
    browser = browser_of(customer)
    seen = OpenSession.objects.get().seen_at
    shop.at += timedelta(minutes=9)
    browser.get("/account/")
    assert OpenSession.objects.get().seen_at == seen
    shop.at += timedelta(minutes=2)
    browser.get("/account/", REMOTE_ADDR="203.0.113.5")
    assert OpenSession.objects.get().seen_at == shop.at
    assert "203.0.113.5" in browser.get("/account/sessions/").text


def test_as_many_questions_for_many_sessions_as_for_two(shop: StandingClock) -> None:
    customer = builders.customer()
    mine, _ = browser_of(customer), browser_of(customer)
    with CaptureQueriesContext(
        connection,
    ) as few:
        mine.get("/account/sessions/")
    for _ in range(6):
        browser_of(customer)
    with CaptureQueriesContext(connection) as many:
        mine.get("/account/sessions/")
    assert len(many) == len(few)


def tried(customer: int, *, at: Any, succeeded: bool = True) -> None:
    accounts_actions.record_login(
        None,
        account_id=customer,
        succeeded=succeeded,
        method="password",
        ip="198.51.100.7",
        agent=FIREFOX,
        now=at,
    )


def test_sign_ins_are_listed_page_by_page_with_zone_and_device(enter: Enter) -> None:
    customer = builders.customer()
    for n in range(60):
        tried(customer, at=builders.NOW + timedelta(seconds=n), succeeded=n % 2 == 0)
    browser, address, seen = enter(customer), "/account/sign-ins/", []
    while address:
        page = browser.get(address).text
        seen += re.findall(r'<time datetime="([^"]+)" data-moment="z">[^<]* UTC<', page)
        assert "Firefox on Linux" in page
        assert page.count("198.51.100.7") == page.count("data-moment")
        older = re.search(r'href="(\?before=[0-9a-f-]{36})"', page)
        address = f"/account/sign-ins/{older[1]}" if older else ""
    assert len(seen) == len(set(seen)) == 60
    assert seen == sorted(seen, reverse=True)


@pytest.mark.parametrize("before", ["", "x", "0" * 32, "'; --"])
def test_an_odd_place_in_the_list_is_no_error(enter: Enter, before: str) -> None:
    customer = builders.customer()
    assert enter(customer).get("/account/sign-ins/", {"before": before}).status_code == 200


def test_sign_ins_of_another_are_not_shown(enter: Enter) -> None:
    customer, other = builders.customer(), builders.customer()
    tried(other, at=builders.NOW)
    line = LoginActivity.objects.get(account_id=other).id
    page = enter(customer).get("/account/sign-ins/", {"before": str(UUID(int=line.int + 1))}).text
    assert "198.51.100.7" not in page


@pytest.mark.clause("LD-A4")
def test_sign_ins_go_after_twelve_months_and_no_sooner(shop: StandingClock) -> None:
    customer = builders.customer()
    for days in (0, 1, 2):
        tried(customer, at=builders.NOW + timedelta(days=days))
    source = source_of("accounts.activity")
    a_year = builders.NOW + timedelta(days=365)
    assert source.find(a_year - timedelta(seconds=1), 10) == []
    for expected in (2, 1, 0):
        until = a_year + timedelta(days=2 - expected)
        [due] = source.find(until, 10)
        source.fire(due, until)
        assert LoginActivity.objects.filter(account_id=customer).count() == expected
        assert source.find(until, 10) == []


def test_a_session_long_unused_goes(shop: StandingClock) -> None:
    browser_of(builders.customer())
    source = source_of("accounts.sessions")
    assert source.find(shop.at + timedelta(days=14), 10) == []
    until = shop.at + timedelta(days=16)
    [due] = source.find(until, 10)
    source.fire(due, until)
    assert not OpenSession.objects.exists()
    assert source.find(until, 10) == []


def test_sessions_that_ran_out_are_forgotten_at_the_next_sign_in(shop: StandingClock) -> None:
    customer = builders.customer()
    browser_of(customer)
    Session.objects.update(expire_date=builders.NOW - timedelta(days=9000))
    browser_of(customer)
    assert OpenSession.objects.count() == 1
    assert Session.objects.count() == 1


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (PHONE, "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/141.0 Safari/537.36 Edg/141.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/141.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8", "another program"),
        ("<script>alert(1)</script>", "another program"),
        ("", "another program"),
    ],
)
def test_a_device_is_told_in_words(agent: str, words: str) -> None:
    assert device_in_words(agent) == words
