"""What opens an account is never changed in silence: a mail tells it, and the way back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import LazySettings
from django.core import mail
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from nummer.apps.accounts import profiles
from nummer.apps.accounts import queries as accounts
from nummer.apps.accounts.models import Login
from nummer.apps.accounts.profiles import Field
from nummer.apps.notify import actions as notify
from nummer.apps.notify import preferences
from nummer.apps.notify.models import Letter
from nummer.apps.notify.rendering import write
from nummer.apps.notify.security import Change
from nummer.apps.vault.keys import OPERATOR_ACCOUNT_ID
from nummer.suppliers.sandbox.payments.desk import Desk
from tests import builders
from tests.faces.conftest import LANGUAGES, Enter, StandingClock
from tests.faces.site.at_google import google_on_loopback, through_google
from tests.faces.site.authenticator import Device
from tests.faces.site.test_account import PASSWORD, PHONE, code_by_sms
from tests.faces.site.test_passkeys import add, at_home, signed_in, with_authenticator

NEW = "neu@example.com"
SUBJECTS = {
    "en": "The e-mail address of your account was changed",
    "nb": "E-postadressen til kontoen din ble endret",
    "de": "Die E-Mail-Adresse Ihres Kontos wurde geändert",
}
HOLD = "If it was not you"


@pytest.fixture
def google(tmp_path: Path, settings: LazySettings) -> Iterator[Desk]:
    settings.SANDBOX_FOLDER = tmp_path
    with google_on_loopback(tmp_path) as desk:
        yield desk


def post(account_id: int) -> list[mail.EmailMessage]:
    """Send every letter of an account that waits, and return the mails of this."""
    before = len(mail.outbox)
    rows = Letter.objects.filter(account_id=account_id, state="waiting").order_by("id")
    for row in list(rows):
        notify.deliver(account_id, letter_id=row.id, now=builders.NOW)
    return mail.outbox[before:]


def told(account_id: int, word: str) -> str:
    """Return the one mail about a change, which goes to the address that signs in."""
    [letter] = post(account_id)
    assert letter.to == [accounts.email(account_id)]
    assert word in letter.body
    assert HOLD in letter.body
    assert "/accounts/password/reset/" in letter.body
    return str(letter.body)


def test_a_changed_password_is_told_whatever_channel_is_preferred(enter: Enter) -> None:
    customer = builders.customer()
    preferences.prefer(customer, wanted="page", now=builders.NOW)
    form = {"oldpassword": PASSWORD, "password1": "quite another 77", "password2": ""}
    form["password2"] = form["password1"]
    at_home(enter, customer).post("/accounts/password/change/", form)
    told(customer, "the password of your account was changed")


def test_a_password_chosen_by_mail_is_told(shop: StandingClock) -> None:
    customer, browser = builders.customer(), Client()
    browser.post("/accounts/password/reset/", {"email": str(accounts.email(customer))})
    [asked] = post(customer)
    link = re.findall(r"http://[^/]+(/\S+)", str(asked.body))[0]
    page = browser.get(link, follow=True)
    form = {"password1": "quite another 77", "password2": "quite another 77"}
    browser.post(page.request["PATH_INFO"], form)
    told(customer, "the password of your account was changed")


def test_a_passkey_is_told_when_it_comes_and_when_it_goes(
    enter: Enter, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    customer = builders.customer()
    browser = at_home(enter, customer)
    with django_capture_on_commit_callbacks(execute=True):
        add(browser, Device())
    told(customer, "a passkey was added")
    passkey = Authenticator.objects.get(type="webauthn")
    browser.post(f"/accounts/2fa/webauthn/keys/{passkey.pk}/remove/")
    told(customer, "a passkey was removed")


def test_the_app_and_new_recovery_codes_are_told(
    enter: Enter, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    customer = builders.customer()
    with django_capture_on_commit_callbacks(execute=True):
        browser, _ = with_authenticator(enter, customer)
    told(customer, "an authenticator app was added")
    with django_capture_on_commit_callbacks(execute=True):
        browser.post("/accounts/2fa/recovery-codes/generate/")
    told(customer, "new recovery codes were made")
    browser.post("/accounts/2fa/totp/deactivate/")
    told(customer, "the authenticator app was removed")


def test_google_is_told_when_it_comes_and_when_it_goes(enter: Enter, google: Desk) -> None:
    customer = builders.customer()
    browser = at_home(enter, customer)
    through_google(browser, process="connect")
    told(customer, "a Google account was linked")
    page = browser.get("/accounts/3rdparty/").text
    found = re.search(r'name="account"[^>]*value="(\d+)"', page)
    assert found is not None
    browser.post("/accounts/3rdparty/", {"account": found[1]})
    told(customer, "the link between your account and Google was ended")


def test_a_changed_phone_is_told_and_the_first_one_is_not(enter: Enter) -> None:
    customer = builders.customer()
    browser = at_home(enter, customer)
    browser.post("/accounts/phone/change/", {"phone": PHONE, "action_add": ""})
    assert post(customer) == []
    browser.post("/accounts/phone/verify/", {"code": code_by_sms()})
    told(customer, "another phone number was confirmed")
    assert "7946" not in str(mail.outbox[-1].body)


def test_a_phone_is_changed_though_the_password_is_asked_for_on_the_way(enter: Enter) -> None:
    customer = builders.customer()
    browser = enter(customer)
    asked = browser.post("/accounts/phone/change/", {"phone": PHONE, "action_add": ""})
    assert "/accounts/reauthenticate/" in asked["Location"]
    answer = browser.post(asked["Location"], {"password": PASSWORD})
    assert answer["Location"] == "/accounts/phone/verify/"
    browser.post("/accounts/phone/verify/", {"code": code_by_sms()})
    told(customer, "another phone number was confirmed")


@pytest.mark.parametrize(
    ("phone", "sentence"),
    [
        ("+4759440001", "one of our own virtual numbers"),
        ("+448451234567", "service number"),
    ],
)
def test_a_phone_that_cannot_be_the_customers_own_is_refused_at_a_change_too(
    enter: Enter, phone: str, sentence: str
) -> None:
    customer = builders.customer()
    browser, kept = at_home(enter, customer), accounts.phone(customer)
    page = browser.post("/accounts/phone/change/", {"phone": phone, "action_add": ""})
    assert sentence in page.text
    assert accounts.phone(customer) == kept


def test_the_staff_is_told_too(enter: Enter, shop: StandingClock) -> None:
    login = Login(email="colleague@example.com", staff_role="support")
    login.set_password(PASSWORD)
    login.save()
    EmailAddress.objects.create(user=login, email=login.email, verified=True, primary=True)
    browser = Client()
    browser.force_login(login, backend="django.contrib.auth.backends.ModelBackend")
    form = {"oldpassword": PASSWORD, "password1": "quite another 77"}
    browser.post("/accounts/password/change/", {**form, "password2": form["password1"]})
    [letter] = post(OPERATOR_ACCOUNT_ID)
    assert letter.to == ["colleague@example.com"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("change", list(Change))
def test_every_change_has_its_words_in_every_language(change: Change, language: str) -> None:
    content = {"change": str(change), "changed_at": builders.NOW.isoformat()}
    written = write("security-changed", content=content, language=language)
    first = written.text.split("\n\n")[0]
    assert re.search(r"22.*2026", first), "the day it happened"
    assert len(written.text.split("\n\n")) >= 6


# The e-mail address


def changed_address(enter: Enter, customer: int) -> Client:
    """Change the address as a page does, and open the link in the new mailbox."""
    browser = at_home(enter, customer)
    browser.post("/accounts/email/", {"email": NEW, "action_add": ""})
    assert accounts.email(customer) != NEW, "it counts once it is confirmed"
    link = re.findall(r"http://[^/]+(/\S+)", str(mail.outbox[-1].body))[0]
    assert mail.outbox[-1].to == [NEW]
    browser.post(link)
    assert accounts.email(customer) == NEW
    return browser


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_changed_address_is_told_to_the_old_one_with_a_way_back(
    enter: Enter, language: str
) -> None:
    customer = builders.customer(locale=language)
    old = str(accounts.email(customer))
    thief = changed_address(enter, customer)
    add(thief, Device())
    letter = next(one for one in post(customer) if one.subject == SUBJECTS[language])
    assert letter.to == [old]
    assert NEW not in str(letter.body)
    link = re.findall(r"http://[^/]+(/account/e-mail-back/\S+)", str(letter.body))[0]

    owner = Client(headers={"accept-language": language})
    asked = owner.get(link)
    assert old in asked.text
    assert accounts.email(customer) == NEW, "programs open links"
    assert owner.post(link).status_code == 200
    assert accounts.email(customer) == old
    assert not signed_in(thief)
    assert not Authenticator.objects.exists(), "what came after the change is not the owner's"
    for email in (old, NEW):
        again = Client()
        again.post("/accounts/login/", {"login": email, "password": PASSWORD})
        assert not signed_in(again), "who changed the address knew the password"
    changes = [(line.before, line.after) for line in profiles.history(customer)]
    assert changes[:2] == [(NEW, old), (old, NEW)]
    assert owner.post(link).status_code == 409, "once"

    owner.post("/accounts/password/reset/", {"email": old})
    reset = re.findall(r"http://[^/]+(/\S+)", str(post(customer)[-1].body))[0]
    page = owner.get(reset, follow=True)
    form = {"password1": "quite another 77", "password2": "quite another 77"}
    owner.post(page.request["PATH_INFO"], form)
    owner.post("/accounts/login/", {"login": old, "password": "quite another 77"})
    assert signed_in(owner)


def test_the_way_back_ends_after_a_week_and_opens_nothing_else(
    enter: Enter, standing_clock: StandingClock
) -> None:
    customer = builders.customer()
    changed_address(enter, customer)
    letter = next(one for one in post(customer) if one.subject == SUBJECTS["en"])
    link = re.findall(r"http://[^/]+(/account/e-mail-back/\S+)", str(letter.body))[0]
    standing_clock.at = builders.NOW + timedelta(days=7, seconds=1)
    for wrong in (link, "/account/e-mail-back/x/", link[:-3] + "aa/"):
        assert Client().get(wrong).status_code == 409
        assert Client().post(wrong).status_code == 409
    assert accounts.email(customer) == NEW


def test_an_address_that_somebody_has_meanwhile_is_not_taken_back(enter: Enter) -> None:
    customer = builders.customer()
    old = str(accounts.email(customer))
    changed_address(enter, customer)
    letter = next(one for one in post(customer) if one.subject == SUBJECTS["en"])
    link = re.findall(r"http://[^/]+(/account/e-mail-back/\S+)", str(letter.body))[0]
    other = Login.objects.get(account_id=builders.customer())
    other.email = old
    other.save()
    assert Client().post(link).status_code == 409
    assert accounts.email(customer) == NEW
    assert next(iter(profiles.history(customer))).changed is Field.EMAIL
