"""U02 and passkeys: how a person signs in, in a real browser, in all three languages."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import LANGUAGES, Visit, Visitor

in_every_language = pytest.mark.parametrize("language", LANGUAGES)
ASKED = {"openid", "email", "profile"}


def at(person: Visitor, path: str, *, host: str = "localhost") -> None:
    """Open a page by a name: passkeys know no bare addresses."""
    person.page.goto(f"http://{host}:{person.installation.port}{path}")


def with_device(page: Page) -> None:
    """Give the browser a device that holds passkeys and knows its owner's finger."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def new_customer(visitor: Visit, language: str, name: str) -> dict[str, str]:
    email = f"{name}-{language}-{id(visitor)}@example.com"
    found: dict[str, str] = visitor.installation.json(
        "sandbox", "customer", "--email", email, "--balance", "20.00", "--locale", language
    )
    return found


def sign_in(person: Visitor, who: dict[str, str]) -> None:
    at(person, "/accounts/login/")
    person.page.fill("input[name=login]", who["email"])
    person.page.fill("input[name=password]", who["password"])
    person.submit()


def is_it_you(person: Visitor, who: dict[str, str]) -> None:
    """Give the password once more, where a page asks for it."""
    if person.page.locator("input[name=password]").count():
        person.page.fill("input[name=password]", who["password"])
        person.submit()


def sign_out(person: Visitor) -> None:
    with person.page.expect_navigation():
        person.page.locator("header form[action$='/logout/'] button").click()


@in_every_language
def test_a_passkey_is_made_named_used_and_removed(visitor: Visit, language: str) -> None:
    who, person = new_customer(visitor, language, "passkey"), visitor(language)
    page = person.page
    with_device(page)
    sign_in(person, who)
    at(person, "/accounts/2fa/webauthn/add/")
    is_it_you(person, who)
    page.fill("input[name=name]", "Lappen")
    page.locator("form[data-passkey=add] button").click()
    expect(page.locator("main li")).to_have_count(10)
    at(person, "/accounts/2fa/webauthn/")
    expect(page.locator("main")).to_contain_text("Lappen")

    sign_out(person)
    at(person, "/accounts/login/?next=/balance/")
    page.locator("form[data-passkey=login] button").click()
    page.wait_for_url("**/balance/")
    expect(page.locator("html")).to_have_attribute("lang", language)

    sign_out(person)
    at(person, "/accounts/login/", host="evil.localhost")
    page.locator("form[data-passkey=login] button").click()
    expect(page.locator("#passkey-problem")).to_be_visible()
    at(person, "/account/", host="evil.localhost")
    assert "/accounts/login/" in page.url, "a passkey of another origin opens nothing"

    sign_in(person, who)
    assert page.url.endswith("/accounts/2fa/authenticate/"), "the password alone is not enough"
    page.locator("form[data-passkey=use] button").click()
    page.wait_for_url(lambda url: "/accounts/" not in url)
    at(person, "/accounts/2fa/webauthn/")
    page.locator("main a[href*='/remove/']").click()
    is_it_you(person, who)
    page.locator("main form button.btn-error").click()
    expect(page.locator("main")).not_to_contain_text("Lappen")


@in_every_language
def test_a_customer_connects_google_signs_in_with_it_and_leaves_it(
    visitor: Visit, language: str
) -> None:
    who, person = new_customer(visitor, language, "google"), visitor(language)
    page, at_google = person.page, f"g-{language}-{id(visitor)}@gmail.example"
    person.sign_in(who["email"], who["password"])
    person.go("/accounts/3rdparty/")
    with page.expect_navigation():
        page.locator("form[action='/accounts/google/login/'] button").click()
    asked = page.locator("#scopes li").evaluate_all("all => all.map(one => one.dataset.scope)")
    assert set(asked) == ASKED
    allow(person, at_google)
    is_it_you(person, who)
    expect(page.locator("main form[action='/accounts/3rdparty/']")).to_be_visible()

    sign_out(person)
    person.go("/accounts/login/")
    page.fill("input[name=login]", who["email"])
    page.fill("input[name=password]", "not the password")
    person.submit()
    person.go("/accounts/login/")
    with page.expect_navigation():
        page.locator("form[action='/accounts/google/login/'] button").click()
    allow(person, at_google)
    person.go("/account/")
    expect(page.locator("main")).to_contain_text(who["email"])
    expect(page.locator("main")).to_contain_text("Google")

    person.go("/accounts/3rdparty/")
    with page.expect_navigation():
        page.locator("form[action='/accounts/3rdparty/'] button").click()
    is_it_you(person, who)
    sign_out(person)
    person.sign_in(who["email"], who["password"])
    person.go("/account/")
    expect(page.locator("main")).to_contain_text(who["email"])


def allow(person: Visitor, email: str) -> None:
    person.page.fill("input[name=email]", email)
    with person.page.expect_navigation():
        person.page.locator("button[value=allow]").click()


@in_every_language
def test_an_equal_address_at_google_merges_nobody(visitor: Visit, language: str) -> None:
    who, person = new_customer(visitor, language, "equal"), visitor(language)
    person.go("/accounts/login/")
    with person.page.expect_navigation():
        person.page.locator("form[action='/accounts/google/login/'] button").click()
    allow(person, who["email"])
    expect(person.page.locator("main a[href^='/accounts/login/']").first).to_be_visible()
    person.go("/account/")
    assert "/accounts/login/" in person.page.url


@in_every_language
def test_sign_ins_and_sessions_are_seen_and_ended(visitor: Visit, language: str) -> None:
    who = new_customer(visitor, language, "sessions")
    stranger, lost, person = visitor(language), visitor(language), visitor(language)
    stranger.sign_in(who["email"], "not the password")
    lost.sign_in(who["email"], who["password"])
    person.sign_in(who["email"], who["password"])

    person.go("/account/")
    person.page.locator("main a[href='/account/sign-ins/']").click()
    rows = person.page.locator("tbody tr")
    expect(rows).to_have_count(3)
    times = rows.locator("time").all_inner_texts()
    assert all(re.search(r"\d{1,2}[:.]\d\d[:.]\d\d .*(UTC|GMT|CET)", time) for time in times), times
    assert all("127.0.0.1" in row for row in rows.all_inner_texts())
    assert rows.locator(".badge-warning").count() == 1, "one was refused"
    expect(rows.first).to_contain_text("Chrome")

    person.go("/account/sessions/")
    expect(person.page.locator("main li form")).to_have_count(1)
    with person.page.expect_navigation():
        person.page.locator("main li form button").click()
    expect(person.page.locator("main li form")).to_have_count(0)
    lost.go("/account/")
    assert "/accounts/login/" in lost.page.url
    person.go("/account/")
    assert person.page.url.endswith("/account/")
