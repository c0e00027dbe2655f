"""Signing in with Google: who it is and nothing else, and nobody is merged without proof."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import jwt
import pytest
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from django.conf import LazySettings
from django.contrib.sessions.models import Session
from django.test import Client

from nummer.apps.accounts import ports
from nummer.apps.accounts import queries as accounts
from nummer.apps.accounts.models import Login
from nummer.apps.agreements import queries as agreements
from nummer.suppliers.sandbox.google import api, signing
from nummer.suppliers.sandbox.payments.desk import Desk
from tests import builders
from tests.faces.conftest import LANGUAGES, Enter, StandingClock
from tests.faces.site.at_google import MAIL, allow, google_on_loopback, start, through_google
from tests.faces.site.test_account import PASSWORD, code_by_sms

SIGN_UP = "/accounts/3rdparty/signup/"
CONNECTIONS = "/accounts/3rdparty/"


@pytest.fixture
def google(tmp_path: Path, settings: LazySettings) -> Iterator[Desk]:
    settings.SANDBOX_FOLDER = tmp_path
    with google_on_loopback(tmp_path) as desk:
        yield desk


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    written: list[dict[str, Any]] = []
    for name in ("send_letter", "send_mail_now"):
        monkeypatch.setattr(
            f"nummer.apps.notify.actions.{name}",
            lambda *account_id, **letter: written.append({"account_id": account_id, **letter}),
        )
    return written


def sign_up_form(browser: Client, **changes: str) -> dict[str, Any]:
    page = browser.get(SIGN_UP).text
    return {
        "email": MAIL,
        "phone": "+44 7946 099 001",
        "kind": "person",
        "country": "NO",
        "currency": "EUR",
        "accept": "on",
        "notice": "on",
        "text": re.findall(r'name="text" value="([^"]+)"', page),
        **changes,
    }


def signed_in(browser: Client) -> bool:
    return browser.get("/account/").status_code == 200


def reauthenticated(browser: Client) -> Client:
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return browser


def test_google_is_asked_for_three_scopes_with_a_proof_whatever_a_link_says(
    shop: StandingClock, google: Desk
) -> None:
    page = start(
        Client(), query="?scope=https://mail.google.com/&auth_params=scope%3Dyoutube&action=x"
    )
    asked = parse_qs(urlsplit(page).query)
    assert set(asked["scope"][0].split()) == {"openid", "email", "profile"}
    assert (asked["response_type"], asked["code_challenge_method"]) == (["code"], ["S256"])
    assert len(asked["code_challenge"][0]) == 43
    assert asked["redirect_uri"] == ["http://testserver/accounts/google/login/callback/"]


def test_the_consent_page_shows_exactly_these_scopes(shop: StandingClock, google: Desk) -> None:
    browser = Client()
    shown = browser.get(start(browser)).text
    assert set(re.findall(r'data-scope="([^"]+)"', shown)) == {"openid", "email", "profile"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_somebody_new_still_confirms_his_phone_and_accepts_the_texts(
    shop: StandingClock, google: Desk, language: str
) -> None:
    browser = Client(headers={"accept-language": language})
    assert through_google(browser)["Location"] == SIGN_UP
    assert not Login.objects.exists()
    assert f'value="{MAIL}"' in browser.get(SIGN_UP).text
    answer = browser.post(SIGN_UP, sign_up_form(browser))
    assert answer["Location"] == "/accounts/phone/verify/"
    assert not signed_in(browser)
    browser.post("/accounts/phone/verify/", {"code": code_by_sms()})
    assert signed_in(browser)
    account = accounts.account_by_email(MAIL)
    assert account is not None
    assert account.confirmed, "Google has verified the address"
    assert len(agreements.acceptances(account.id)) == len(agreements.SIGN_UP_DOCUMENTS)
    [line] = accounts.login_activity(account.id)
    assert (line.succeeded, line.method) == (True, "google")


@pytest.mark.parametrize("change", [{"accept": ""}, {"notice": ""}, {"text": ""}, {"phone": "x"}])
def test_without_acceptance_or_phone_google_opens_nothing(
    shop: StandingClock, google: Desk, change: dict[str, str]
) -> None:
    browser = Client()
    through_google(browser)
    assert browser.post(SIGN_UP, sign_up_form(browser, **change)).status_code == 200
    assert not Login.objects.exists()
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize(
    "who",
    [{"verified": False, "typed": MAIL}, {"verified": True, "typed": "other@example.com"}],
    ids=["unverified", "another"],
)
def test_an_address_that_google_did_not_verify_is_confirmed_by_our_own_mail(
    shop: StandingClock, google: Desk, letters: list[dict[str, Any]], who: dict[str, Any]
) -> None:
    browser, typed = Client(), who["typed"]
    through_google(browser, verified=who["verified"])
    browser.post(SIGN_UP, sign_up_form(browser, email=typed))
    answer = browser.post("/accounts/phone/verify/", {"code": code_by_sms()})
    assert answer["Location"] == "/accounts/confirm-email/"
    assert not signed_in(browser)
    account = accounts.account_by_email(typed)
    assert account is not None
    assert account.email_confirmed_at is None
    assert [letter["letter"] for letter in letters] == ["email-confirmation"]
    assert not Login.objects.filter(email=MAIL).exclude(email=typed).exists()


def test_a_verified_address_that_has_an_account_is_not_merged_but_told_to_its_owner(
    shop: StandingClock, google: Desk
) -> None:
    known = accounts.email(builders.customer())
    browser = Client()
    answer = through_google(browser, email=str(known).upper())
    assert "You have an account already" in answer.text
    assert not signed_in(browser)
    assert not SocialAccount.objects.exists()
    assert browser.get(SIGN_UP)["Location"] == "/accounts/login/", "nothing waits in the session"


def test_an_unverified_address_that_has_an_account_looks_like_any_other(
    shop: StandingClock, google: Desk, letters: list[dict[str, Any]]
) -> None:
    known = str(accounts.email(builders.customer()))
    stranger, newcomer = Client(), Client()
    first = through_google(stranger, email=known, verified=False)
    second = through_google(newcomer, email="new@example.com", verified=False)
    assert (first.status_code, first["Location"]) == (second.status_code, second["Location"])
    first = stranger.post(SIGN_UP, sign_up_form(stranger, email=known))
    form = sign_up_form(newcomer, email="new@example.com", phone="+44 7946 099 002")
    second = newcomer.post(SIGN_UP, form)
    assert (first.status_code, first["Location"]) == (second.status_code, second["Location"])
    assert not signed_in(stranger)
    assert Login.objects.filter(email=known).count() == 1
    assert SocialAccount.objects.exclude(user__email="new@example.com").count() == 0


def test_who_signed_in_first_connects_google_and_enters_with_it(enter: Enter, google: Desk) -> None:
    customer = builders.customer()
    owner = reauthenticated(enter(customer))
    assert through_google(owner, process="connect", email="else@gmail.example")["Location"] == (
        CONNECTIONS
    )
    assert "Google is connected." in owner.get(CONNECTIONS).text
    browser = Client()
    through_google(browser, email="else@gmail.example", verified=False)
    assert signed_in(browser)
    assert accounts.login_activity(customer)[0].method == "google"
    assert accounts.email(customer) != "else@gmail.example"


def test_google_knows_a_person_by_number_not_by_address(enter: Enter, google: Desk) -> None:
    """Whoever has the address at Google later is somebody else."""
    customer = builders.customer()
    through_google(reauthenticated(enter(customer)), process="connect", email="a@gmail.example")
    with google.change() as memory:
        [person] = memory.all_of("person")
        memory.keep({**person, "email": "moved@gmail.example"})
    later = Client()
    assert through_google(later, email="a@gmail.example")["Location"] == SIGN_UP
    moved = Client()
    through_google(moved, email="moved@gmail.example")
    assert signed_in(moved)


def test_connecting_asks_who_it_is_before(enter: Enter, google: Desk) -> None:
    answer = through_google(enter(builders.customer()), process="connect")
    assert answer["Location"] == "/accounts/reauthenticate/"
    assert not SocialAccount.objects.exists()


def test_a_google_account_of_another_is_not_taken_over(enter: Enter, google: Desk) -> None:
    first, second = builders.customer(), builders.customer()
    through_google(reauthenticated(enter(first)), process="connect")
    thief = reauthenticated(enter(second))
    through_google(thief, process="connect")
    assert "This Google account belongs to another account." in thief.get(CONNECTIONS).text
    [kept] = SocialAccount.objects.all()
    assert kept.user.account_id == first


def test_disconnecting_leaves_password_and_code(enter: Enter, google: Desk) -> None:
    customer = builders.customer()
    browser = reauthenticated(enter(customer))
    through_google(browser, process="connect")
    [connected] = SocialAccount.objects.all()
    shown = browser.post(CONNECTIONS, {"account": connected.pk}, follow=True).text
    assert "Google is disconnected." in shown
    assert not SocialAccount.objects.exists()
    again = Client()
    again.post("/accounts/login/", {"login": str(accounts.email(customer)), "password": PASSWORD})
    assert signed_in(again)
    assert through_google(Client())["Location"] == SIGN_UP


def test_disconnecting_is_refused_until_there_is_a_password(
    shop: StandingClock, google: Desk
) -> None:
    browser = Client()
    through_google(browser)
    browser.post(SIGN_UP, sign_up_form(browser))
    browser.post("/accounts/phone/verify/", {"code": code_by_sms()})
    [connected] = SocialAccount.objects.all()
    refused = browser.post(CONNECTIONS, {"account": connected.pk}).text
    assert "Please choose a password first" in refused
    assert SocialAccount.objects.count() == 1
    browser.post("/accounts/password/set/", {"password1": PASSWORD, "password2": PASSWORD})
    reauthenticated(browser).post(CONNECTIONS, {"account": connected.pk})
    assert not SocialAccount.objects.exists()
    again = Client()
    again.post("/accounts/login/", {"login": MAIL, "password": PASSWORD})
    assert signed_in(again)


def test_nothing_of_what_google_says_is_kept_but_a_digest(
    shop: StandingClock, google: Desk
) -> None:
    browser = Client()
    through_google(browser)
    waiting = Session.objects.get().get_decoded()["socialaccount_sociallogin"]
    assert "token" not in waiting
    assert waiting["account"]["extra_data"] == {}
    browser.post(SIGN_UP, sign_up_form(browser))
    [row] = SocialAccount.objects.all()
    with google.change() as memory:
        [person] = memory.all_of("person")
    assert re.fullmatch("[0-9a-f]{32}", row.uid)
    assert person["id"] not in row.uid
    assert row.extra_data == {}
    assert not SocialToken.objects.exists()
    assert not SocialApp.objects.exists()
    assert "Nordmann" not in str(Session.objects.get().get_decoded())


def test_a_refusal_at_google_changes_nothing(shop: StandingClock, google: Desk) -> None:
    browser = Client()
    answer = browser.get(allow(browser, start(browser), button="refuse"), follow=True)
    assert "You did not go on with Google" in answer.text
    assert not signed_in(browser)


def statement(desk: Desk, **changes: Any) -> str:
    """Return what Google could have signed, with changes."""
    now = int(time.time())
    claims = {"sub": "1", "iat": now, "exp": now + 60, "iss": "", "aud": api.client_keys(desk)[0]}
    key, algorithm = changes.pop("key", signing._key(desk)), changes.pop("algorithm", "RS256")
    claims["iss"] = str(getattr(ports.sign_in_provider(), "issuer", ""))
    return jwt.encode(
        claims | changes, key, algorithm=algorithm, headers={"kid": signing._kid(desk)}
    )


NOT_GOOGLES: dict[str, Callable[[Desk], Any]] = {
    "no token": lambda desk: {},
    "no token at all": lambda desk: {"id_token": "x"},
    "another issuer": lambda desk: {"id_token": statement(desk, iss="https://evil.example")},
    "for another client": lambda desk: {"id_token": statement(desk, aud="another")},
    "over": lambda desk: {"id_token": statement(desk, exp=int(time.time()) - 60)},
    "no subject": lambda desk: {"id_token": statement(desk, sub=None)},
    "another key": lambda desk: {
        "id_token": statement(desk, key=generate_private_key(public_exponent=65537, key_size=2048))
    },
    "a shared secret": lambda desk: {"id_token": statement(desk, key="k" * 32, algorithm="HS256")},
    "no signature": lambda desk: {"id_token": statement(desk, key=None, algorithm="none")},
}


@pytest.mark.parametrize("said", NOT_GOOGLES)
def test_an_answer_that_is_not_googles_lets_nobody_in(
    shop: StandingClock, google: Desk, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    answer = {"access_token": "x", **NOT_GOOGLES[said](google)}
    monkeypatch.setitem(api._ROUTES, ("POST", api.TOKEN), lambda desk, asked: (200, answer))
    browser = Client()
    refused = through_google(browser)
    assert refused.status_code == 401
    assert "Signing in with Google did not work" in refused.text
    assert not signed_in(browser)
    [line] = accounts.login_activity(0)
    assert (line.succeeded, line.method) == (False, "google")


def test_what_is_right_in_these_answers_lets_in(
    shop: StandingClock, google: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = {"access_token": "x", "id_token": statement(google)}
    monkeypatch.setitem(api._ROUTES, ("POST", api.TOKEN), lambda desk, asked: (200, answer))
    assert through_google(Client())["Location"] == SIGN_UP


def test_a_code_of_another_browser_is_refused(shop: StandingClock, google: Desk) -> None:
    """Login CSRF: a stranger's way back does not sign the victim in as the stranger."""
    attacker, victim = Client(), Client()
    back = allow(attacker, start(attacker))
    assert victim.get(back).status_code == 401
    assert victim.get(SIGN_UP)["Location"] == "/accounts/login/"


def test_a_way_back_works_once(enter: Enter, google: Desk) -> None:
    through_google(reauthenticated(enter(builders.customer())), process="connect")
    browser = Client()
    back = allow(browser, start(browser))
    browser.get(back)
    browser.post("/accounts/logout/")
    assert browser.get(back).status_code == 401


def test_google_away_is_a_page_that_says_so(
    shop: StandingClock, google: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(api._ROUTES, ("GET", api.CERTS), lambda desk, asked: (503, {}))
    assert through_google(Client()).status_code == 401


def test_without_a_client_at_google_there_is_no_button_and_no_page(shop: StandingClock) -> None:
    browser = Client()
    assert "/accounts/google/" not in browser.get("/accounts/login/").text
    assert "/accounts/google/" not in browser.get("/accounts/signup/").text
    assert browser.post("/accounts/google/login/").status_code == 404
    assert browser.get("/accounts/google/login/callback/?code=x").status_code == 404


def test_with_a_client_there_is_a_button(shop: StandingClock, google: Desk) -> None:
    assert 'action="/accounts/google/login/"' in Client().get("/accounts/login/").text
    asked = Client().get("/accounts/google/login/")
    assert asked.status_code == 200, "a link alone starts nothing"
    assert "Go on to Google" in asked.text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"client_id": "x"}, "invalid_client"),
        ({"redirect_uri": "https://evil.example/accounts/google/login/callback/"}, "redirect_uri"),
        ({"redirect_uri": "http://testserver/elsewhere/"}, "redirect_uri"),
        ({"scope": "openid https://mail.google.com/"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
    ],
)
def test_google_of_the_sandbox_refuses_what_google_refuses(
    shop: StandingClock, google: Desk, change: dict[str, str], said: str
) -> None:
    page = urlsplit(start(Client()))
    asked = {name: values[0] for name, values in parse_qs(page.query).items()} | change
    refused = Client().post(f"{page.path}?{urlencode(asked)}", {"email": MAIL, "button": "allow"})
    assert refused.status_code == 400
    assert said in refused.text


@pytest.mark.parametrize("wrong", ["code", "redirect_uri", "code_verifier", "client_secret"])
def test_google_of_the_sandbox_gives_a_token_for_what_fits_once(
    shop: StandingClock, google: Desk, wrong: str
) -> None:
    browser = Client()
    page = start(browser)
    code = parse_qs(urlsplit(allow(browser, page)).query)["code"][0]
    [stashed] = browser.session["socialaccount_states"].values()
    client_id, secret = api.client_keys(google)
    provider = ports.sign_in_provider()
    assert provider is not None
    wish = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": "http://testserver/accounts/google/login/callback/",
        "code_verifier": stashed[0]["pkce_code_verifier"],
        "client_id": client_id,
        "client_secret": secret,
    }
    refused = httpx.post(provider.token_url, data={**wish, wrong: "x"})
    assert refused.status_code == (401 if wrong == "client_secret" else 400)
    right = httpx.post(provider.token_url, data=wish)
    used_up = wrong in {"redirect_uri", "code_verifier"}
    assert right.status_code == (400 if used_up else 200)
    assert httpx.post(provider.token_url, data=wish).status_code == 400
    if not used_up:
        access = {"authorization": f"Bearer {right.json()['access_token']}"}
        told = httpx.get(f"{provider.issuer}/v1/userinfo", headers=access).json()
        assert set(told) >= {"sub", "email", "email_verified", "name"}
        named = httpx.get(f"{provider.issuer}/.well-known/openid-configuration").json()
        assert named["jwks_uri"] == provider.keys_url
        assert named["token_endpoint"] == provider.token_url
