"""Passkeys, the authenticator, recovery codes, codes by mail: in, and what is refused."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client

from nummer.apps.accounts import queries as accounts
from tests import builders
from tests.faces.conftest import LANGUAGES, Enter, StandingClock
from tests.faces.site.authenticator import Device
from tests.faces.site.test_account import PASSWORD

HOST = {"host": "localhost"}
ADD = "/accounts/2fa/webauthn/add/"
LOGIN = "/accounts/2fa/webauthn/login/"


def options_on(page: str) -> Any:
    found = re.search(r'id="passkey-options"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert found is not None, page
    return json.loads(found[1])


def at_home(enter: Enter, customer: int, *, language: str = "en") -> Client:
    """Return the browser of a customer who has just given her password again."""
    browser = enter(customer, language=language)
    browser.defaults["HTTP_HOST"] = "localhost"
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return browser


def add(browser: Client, device: Device, *, name: str = "Laptop") -> Any:
    options = options_on(browser.get(ADD).text)["creation_options"]
    form = {"name": name, "credential": device.create(options), "passwordless": "on"}
    return browser.post(ADD, form)


def asked(browser: Client) -> Mapping[str, Any]:
    answer = browser.get(LOGIN, headers={"accept": "application/json"})
    options: Mapping[str, Any] = answer.json()["request_options"]
    return options


def enter_with(browser: Client, device: Device, **changes: str) -> bool:
    browser.post(LOGIN, {"credential": device.get(asked(browser), **changes)})
    return signed_in(browser)


def signed_in(browser: Client) -> bool:
    return browser.get("/account/").status_code == 200


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_passkey_is_made_named_used_renamed_and_removed(enter: Enter, language: str) -> None:
    customer, device = builders.customer(locale=language), Device()
    browser = at_home(enter, customer, language=language)
    assert add(browser, device)["Location"] == "/accounts/2fa/recovery-codes/"
    assert (
        len(re.findall(r"<li>\d{8}</li>", browser.get("/accounts/2fa/recovery-codes/").text)) == 10
    )
    assert "Laptop" in browser.get("/accounts/2fa/webauthn/").text

    another = Client(headers=HOST)
    assert enter_with(another, device)
    assert accounts.login_activity(customer)[0].method == "passkey"

    passkey = Authenticator.objects.get(type="webauthn")
    browser.post(f"/accounts/2fa/webauthn/keys/{passkey.pk}/edit/", {"name": "Phone"})
    shown = browser.get("/accounts/2fa/webauthn/").text
    assert "Phone" in shown
    assert "Laptop" not in shown
    browser.post(f"/accounts/2fa/webauthn/keys/{passkey.pk}/remove/")
    assert not Authenticator.objects.exists(), "the recovery codes are gone with the last"
    assert not enter_with(Client(headers=HOST), device)


def test_a_name_of_a_passkey_is_sealed(enter: Enter) -> None:
    add(at_home(enter, builders.customer()), Device(), name="Olas telefon")
    assert "Olas" not in json.dumps(Authenticator.objects.get(type="webauthn").data)


@pytest.mark.parametrize(
    "device",
    [
        Device(origin="https://localhost.evil.example"),
        Device(origin="http://evil.example"),
        Device(origin="https://evil.example", rp_id="evil.example"),
        Device(rp_id="evil.example"),
    ],
    ids=["another host", "no tls", "another site", "another party"],
)
def test_a_passkey_of_another_origin_is_refused(enter: Enter, device: Device) -> None:
    customer = builders.customer()
    browser = at_home(enter, customer)
    add(browser, device)
    assert not Authenticator.objects.exists(), "it is not even kept"

    right = Device()
    add(browser, right)
    right.origin, right.rp_id = device.origin, device.rp_id
    thief = Client(headers=HOST)
    assert not enter_with(thief, right)
    [line] = accounts.login_activity(0)
    assert (line.succeeded, line.method) == (False, "passkey")


def test_in_production_our_own_host_counts_whatever_a_request_names(
    enter: Enter, settings: Any
) -> None:
    browser = at_home(enter, builders.customer())
    settings.SANDBOX, settings.SITE_URL = False, "https://nummer.example:8443"
    page = browser.get(ADD).text
    assert options_on(page)["creation_options"]["publicKey"]["rp"]["id"] == "nummer.example"


def test_a_signature_works_once_and_for_its_own_question(enter: Enter) -> None:
    device = Device()
    add(at_home(enter, builders.customer()), device)
    first, second = Client(headers=HOST), Client(headers=HOST)
    said = device.get(asked(first))
    asked(second)
    second.post(LOGIN, {"credential": said})
    assert not signed_in(second), "another browser's question"
    first.post(LOGIN, {"credential": said})
    assert signed_in(first)
    first.post("/accounts/logout/")
    first.post(LOGIN, {"credential": said})
    assert not signed_in(first), "it was used"


def test_a_passkey_opens_its_own_account_only(enter: Enter) -> None:
    mine, other = Device(), Device()
    add(at_home(enter, builders.customer()), mine)
    add(at_home(enter, builders.customer()), other)
    assert not enter_with(Client(headers=HOST), mine, userHandle=other.user_handle)
    assert enter_with(Client(headers=HOST), mine)


@pytest.mark.parametrize("said", ["", "x", "[]", "{}", '{"response": 1}', '{"id": {}}'])
def test_what_is_no_passkey_is_refused_clearly(shop: StandingClock, said: str) -> None:
    browser = Client(headers=HOST)
    asked(browser)
    assert browser.post(LOGIN, {"credential": said}).status_code == 302
    assert not signed_in(browser)


@pytest.mark.parametrize("said", ["", "x", "[]", "{}", '{"response": 1}', '{"id": {}}'])
def test_what_is_no_new_passkey_is_refused_clearly(enter: Enter, said: str) -> None:
    browser = at_home(enter, builders.customer())
    browser.get(ADD)
    answer = browser.post(ADD, {"name": "x", "credential": said, "passwordless": "on"})
    assert answer.status_code == 200
    assert not Authenticator.objects.exists()


def test_a_passkey_of_another_customer_is_neither_renamed_nor_removed(enter: Enter) -> None:
    add(at_home(enter, builders.customer()), Device())
    passkey = Authenticator.objects.get(type="webauthn")
    stranger = at_home(enter, builders.customer())
    for verb in ("edit", "remove"):
        address = f"/accounts/2fa/webauthn/keys/{passkey.pk}/{verb}/"
        assert stranger.get(address).status_code == 404
        assert stranger.post(address, {"name": "x"}).status_code == 404


def test_with_a_passkey_the_password_alone_lets_nobody_in(enter: Enter) -> None:
    customer, device = builders.customer(), Device()
    add(at_home(enter, customer), device)
    browser = Client(headers=HOST)
    form = {"login": str(accounts.email(customer)), "password": PASSWORD}
    assert browser.post("/accounts/login/", form)["Location"] == "/accounts/2fa/authenticate/"
    assert not signed_in(browser)
    options = options_on(browser.get("/accounts/2fa/authenticate/").text)["request_options"]
    browser.post("/accounts/2fa/authenticate/", {"credential": device.get(options)})
    assert signed_in(browser)
    assert accounts.login_activity(customer)[0].method == "password+passkey"


# The authenticator and its recovery codes


def totp(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def with_authenticator(enter: Enter, customer: int) -> tuple[Client, str]:
    browser = at_home(enter, customer)
    page = browser.get("/accounts/2fa/totp/activate/").text
    found = re.search(r"<code[^>]*>([A-Z2-7]+)</code>", page)
    assert found is not None
    browser.post("/accounts/2fa/totp/activate/", {"code": totp(found[1])})
    assert Authenticator.objects.filter(type="totp").exists()
    return browser, found[1]


def at_second_factor(customer: int) -> Client:
    browser = Client()
    form = {"login": str(accounts.email(customer)), "password": PASSWORD}
    browser.post("/accounts/login/", form)
    return browser


def test_a_code_of_the_authenticator_works_once(
    enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = builders.customer()
    _, secret = with_authenticator(enter, customer)
    at = time.time() + 60
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.time.time", lambda: at)
    code = format_hotp_value(hotp_value(secret, int(at) // 30))
    first, second = at_second_factor(customer), at_second_factor(customer)
    first.post("/accounts/2fa/authenticate/", {"code": code})
    refused = second.post("/accounts/2fa/authenticate/", {"code": code})
    assert signed_in(first)
    assert "This code is not right." in refused.text
    assert not signed_in(second)
    assert [(line.succeeded, line.method) for line in accounts.login_activity(customer)[:2]] == [
        (False, "mfa"),
        (True, "password+mfa"),
    ]


def test_a_recovery_code_works_once(enter: Enter) -> None:
    customer = builders.customer()
    owner, _ = with_authenticator(enter, customer)
    codes = re.findall(r"<li>(\d{8})</li>", owner.get("/accounts/2fa/recovery-codes/").text)
    for expected in (True, False):
        browser = at_second_factor(customer)
        browser.post("/accounts/2fa/authenticate/", {"code": codes[0]})
        assert signed_in(browser) is expected
    assert accounts.login_activity(customer)[1].method == "password+recovery"


def test_guessing_the_second_factor_ends_after_a_few_tries(enter: Enter) -> None:
    customer = builders.customer()
    with_authenticator(enter, customer)
    browser = at_second_factor(customer)
    told = [browser.post("/accounts/2fa/authenticate/", {"code": "000000"}).text for _ in range(8)]
    assert "Too many tries" in told[-1]
    assert not signed_in(browser)


# A code by mail


def test_a_code_by_mail_signs_in_once_and_wrong_ones_are_listed(
    shop: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = builders.customer()
    codes: list[str] = []
    monkeypatch.setattr(
        "nummer.apps.notify.actions.send_letter",
        lambda account_id, **letter: codes.append(letter["context"]["code"]),
    )
    browser = Client()
    browser.post("/accounts/login/code/", {"email": str(accounts.email(customer))})
    [code] = codes
    wrong = "000000" if code != "000000" else "111111"
    assert (
        "This code is not right."
        in browser.post("/accounts/login/code/confirm/", {"code": wrong}).text
    )
    browser.post("/accounts/login/code/confirm/", {"code": code})
    assert signed_in(browser)
    lines = accounts.login_activity(customer)
    assert [(line.succeeded, line.method) for line in lines] == [(True, "code"), (False, "code")]
    another = Client()
    another.post("/accounts/login/code/confirm/", {"code": code})
    assert not signed_in(another)


def test_three_wrong_codes_end_the_code(
    shop: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = builders.customer()
    codes: list[str] = []
    monkeypatch.setattr(
        "nummer.apps.notify.actions.send_letter",
        lambda account_id, **letter: codes.append(letter["context"]["code"]),
    )
    browser = Client()
    browser.post("/accounts/login/code/", {"email": str(accounts.email(customer))})
    for guess in ("000000", "000001", "000002"):
        browser.post("/accounts/login/code/confirm/", {"code": guess})
    browser.post("/accounts/login/code/confirm/", {"code": codes[0]})
    assert not signed_in(browser)
