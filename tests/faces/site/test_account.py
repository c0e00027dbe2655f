"""Sign-up, sign-in, keys, top-up and the account page."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client

from nummer.apps.accounts import queries as accounts
from nummer.apps.accounts.models import Account, Login
from nummer.apps.agreements import actions as agreements_actions
from nummer.apps.agreements import queries as agreements
from nummer.apps.ledger import queries as ledger
from nummer.apps.messaging.actions import take_outgoing
from nummer.apps.notify.models import Letter
from nummer.apps.payments.models import TopUp
from nummer.kernel.money import Money
from tests import builders
from tests.faces.conftest import LANGUAGES, Enter, StandingClock
from tests.faces.site.test_ordering import complete_form

PASSWORD = "correct horse battery"
PHONE = "+44 7946 099 001"


def sign_up_form(browser: Client, **changes: str) -> dict[str, Any]:
    """Return a complete sign-up, with the texts that stood on the page."""
    page = browser.get("/accounts/signup/").text
    return {
        "email": "new@example.com",
        "phone": PHONE,
        "password1": PASSWORD,
        "kind": "person",
        "country": "NO",
        "currency": "EUR",
        "accept": "on",
        "notice": "on",
        "text": re.findall(r'name="text" value="([^"]+)"', page),
        **changes,
    }


def code_by_sms() -> str:
    """Return the code of the last SMS to a customer."""
    [outgoing] = take_outgoing(limit=10, now=builders.NOW)
    found = re.search(r"\b\d{6}\b", outgoing.text)
    assert found is not None
    return found[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_three_steps_make_a_confirmed_account(
    shop: StandingClock, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters: list[dict[str, Any]] = []
    monkeypatch.setattr(
        "nummer.apps.notify.actions.send_letter",
        lambda account_id, **letter: letters.append({"account_id": account_id, **letter}),
    )
    browser = Client(headers={"accept-language": language})
    first = browser.post("/accounts/signup/", sign_up_form(browser))
    assert first["Location"] == "/accounts/phone/verify/"
    second = browser.post("/accounts/phone/verify/", {"code": code_by_sms()})
    assert second["Location"] == "/accounts/confirm-email/"
    [letter] = letters
    assert letter["letter"] == "email-confirmation"
    link = re.sub(r"^https?://[^/]+", "", letter["context"]["link"])
    third = browser.post(link)
    assert third["Location"] == "/"
    account = accounts.account(letter["account_id"])
    assert (account.confirmed, account.locale, account.country) == (True, language, "NO")
    assert ledger.balance(account.id).currency == "EUR"
    shown = browser.get("/account/").text
    assert shown.count(builders.newest("terms")) >= len(agreements.SIGN_UP_DOCUMENTS)


def test_acceptances_keep_version_language_and_words(shop: StandingClock) -> None:
    browser = Client(headers={"accept-language": "de"})
    browser.post("/accounts/signup/", sign_up_form(browser))
    login = Login.objects.get(email="new@example.com")
    rows = agreements.acceptances(int(login.account_id or 0))
    assert {row.text for row in rows} == {
        text.as_accepted()
        for text in agreements.texts_to_accept(
            agreements.SIGN_UP_DOCUMENTS, language="de", now=builders.NOW
        )
    }


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"accept": ""}, "Without your acceptance there is no account."),
        ({"notice": ""}, "Please read the privacy notice first."),
        ({"phone": "hello"}, "This is not a phone number."),
        ({"phone": "+4759440001"}, "This is one of our own virtual numbers."),
        ({"email": "nobody"}, "Enter a valid email address."),
        ({"password1": "12345678"}, "This password is too common."),
        ({"country": "ZZ"}, "Select a valid choice."),
        ({"currency": "XXX"}, "Select a valid choice."),
        ({"text": ""}, "A text has changed meanwhile."),
    ],
)
def test_bad_sign_up_is_refused_clearly_and_makes_nothing(
    shop: StandingClock, change: dict[str, str], sentence: str
) -> None:
    browser = Client()
    answer = browser.post("/accounts/signup/", sign_up_form(browser, **change))
    assert sentence in answer.text
    assert not Login.objects.exists()


def test_sign_up_with_a_known_address_looks_like_any_other(shop: StandingClock) -> None:
    known = accounts.email(builders.customer())
    browser = Client()
    answer = browser.post("/accounts/signup/", sign_up_form(browser, email=str(known)))
    assert answer["Location"] == "/accounts/phone/verify/"
    assert Login.objects.count() == 1


def test_phone_in_a_session_is_sealed(shop: StandingClock) -> None:
    browser = Client()
    browser.post("/accounts/signup/", sign_up_form(browser))
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_data FROM django_session")
        stored = cursor.fetchone()[0]
    assert browser.session["account_login"]["state"]
    assert "447946" not in str(Session.objects.get().session_data)
    assert "447946" not in stored


@pytest.mark.clause("LD-D3")
def test_wrong_password_is_refused_and_listed_for_the_customer(enter: Enter) -> None:
    customer = builders.customer()
    email = str(accounts.email(customer))
    answer = Client().post("/accounts/login/", {"login": email, "password": "wrong wrong"})
    assert "The e-mail address or the password is not right." in answer.text
    [line] = accounts.login_activity(customer)
    assert (line.succeeded, line.method) == (False, "password")
    assert "refused" in enter(customer).get("/account/").text


def test_signing_in_is_listed_and_speaks_the_customers_language(shop: StandingClock) -> None:
    customer = builders.customer(locale="nb")
    browser = Client()
    email = str(accounts.email(customer))
    browser.post("/accounts/login/", {"login": email, "password": PASSWORD})
    assert '<html lang="nb"' in browser.get("/account/").text
    assert [line.succeeded for line in accounts.login_activity(customer)] == [True]


def test_language_of_mails_can_be_changed(enter: Enter) -> None:
    customer = builders.customer(locale="en")
    browser = enter(customer)
    answer = browser.post("/account/language/", {"language": "de"}, follow=True)
    assert "Von jetzt an schreiben wir Ihnen in dieser Sprache." in answer.text
    assert accounts.account(customer).locale == "de"
    assert browser.post("/account/language/", {"language": "xx"}).status_code == 400


def key_form(browser: Client) -> dict[str, Any]:
    """Return the form for a key with both acceptances."""
    texts = re.findall(r'name="text" value="([^"]+)"', browser.get("/keys/").text)
    return {"label": "shop", "text": texts, "accept": [text.split("|")[0] for text in texts]}


def test_key_is_shown_once_and_stands_on_two_acceptances(enter: Enter) -> None:
    customer = builders.customer()
    browser = enter(customer)
    made = browser.post("/keys/", key_form(browser))
    found = re.search(r'id="new-key">([^<]+)<', made.text)
    assert found is not None
    holder = accounts.key_holder(found[1])
    assert holder is not None
    assert holder.account_id == customer
    assert len(agreements.current_for_key(holder.id, now=builders.NOW)) == 2
    assert found[1] not in browser.get("/keys/").text


def test_key_is_made_for_a_form_of_answers_and_changes_it(enter: Enter) -> None:
    customer = builders.customer()
    browser = enter(customer)
    browser.post("/keys/", {**key_form(browser), "dialect": "hero"})
    (key,) = accounts.keys(customer)
    assert key.dialect == "hero"
    assert '<option value="hero" selected>' in browser.get("/keys/").text

    answer = browser.post(f"/keys/{key.id}/form/", {"dialect": "classic"}, follow=True)
    assert "The form counts from the next call on." in answer.text
    assert accounts.keys(customer)[0].dialect == "classic"


def test_form_of_answers_that_does_not_exist_is_refused(enter: Enter) -> None:
    customer = builders.customer()
    browser = enter(customer)
    assert browser.post("/keys/", {**key_form(browser), "dialect": "x"}).status_code == 409
    assert accounts.keys(customer) == []
    browser.post("/keys/", key_form(browser))
    (key,) = accounts.keys(customer)

    answer = browser.post(f"/keys/{key.id}/form/", {"dialect": "x"}, follow=True)
    assert "There is no such form of answers." in answer.text
    assert accounts.keys(customer)[0].dialect == "classic"
    stranger = enter(builders.customer())
    assert stranger.post(f"/keys/{key.id}/form/", {"dialect": "hero"}).status_code == 404


def test_auth_token_is_renewed_and_the_old_one_ends(enter: Enter) -> None:
    customer = builders.customer()
    browser = enter(customer)
    before = accounts.credentials(customer)
    answer = browser.post("/keys/token/", follow=True)
    after = accounts.credentials(customer)
    assert after.auth_token in answer.text
    assert before.auth_token not in answer.text
    assert accounts.sid_holder(before.account_sid, auth_token=before.auth_token) is None
    assert accounts.sid_holder(after.account_sid, auth_token=after.auth_token) == customer
    assert browser.get("/keys/token/").status_code == 405


def test_key_is_given_addresses_and_a_number_of_binds(enter: Enter) -> None:
    customer = builders.customer()
    browser = enter(customer)
    browser.post("/keys/", key_form(browser))
    (key,) = accounts.keys(customer)
    wished = {"networks": "198.51.100.0/24", "binds_max": "2"}
    answer = browser.post(f"/keys/{key.id}/binds/", wished, follow=True)
    assert "bind anew within a minute" in answer.text
    assert ">198.51.100.0/24</textarea>" in answer.text
    (key,) = accounts.keys(customer)
    assert (key.networks, key.binds_max) == ("198.51.100.0/24", 2)

    for wrong in ({"networks": "home"}, {"networks": "", "binds_max": "-1"}):
        answer = browser.post(f"/keys/{key.id}/binds/", wrong, follow=True)
        assert 'role="alert"' in answer.text or "alert-error" in answer.text
        assert accounts.keys(customer)[0].networks == "198.51.100.0/24"
    stranger = enter(builders.customer())
    assert stranger.post(f"/keys/{key.id}/binds/", wished).status_code == 404
    browser.post(f"/keys/{key.id}/binds/", {"networks": "", "binds_max": ""})
    (key,) = accounts.keys(customer)
    assert (key.networks, key.binds_max) == ("", None)


@pytest.mark.parametrize("ticked", [[], ["immediate-performance"], ["one-time-restrictions"]])
def test_key_without_both_ticks_is_not_made(enter: Enter, ticked: list[str]) -> None:
    customer = builders.customer()
    browser = enter(customer)
    answer = browser.post("/keys/", {**key_form(browser), "accept": ticked})
    assert answer.status_code == 409
    assert accounts.keys(customer) == []


def test_key_of_another_customer_can_be_neither_withdrawn_nor_accepted_for(enter: Enter) -> None:
    owner = builders.customer()
    texts = agreements.texts_to_accept(agreements.KEY_DOCUMENTS, language="en", now=builders.NOW)
    key = agreements_actions.create_key(
        account_id=owner,
        label="",
        accepted=[text.as_accepted() for text in texts],
        surface="test",
        now=builders.NOW,
    )
    stranger = enter(builders.customer())
    assert stranger.post(f"/keys/{key.id}/revoke/").status_code == 404
    assert stranger.get(f"/keys/{key.id}/accept/").status_code == 404
    assert stranger.post(f"/keys/{key.id}/accept/", key_form(stranger)).status_code == 404
    assert accounts.key_holder(key.secret) is not None


def test_withdrawn_key_opens_nothing(enter: Enter) -> None:
    customer = builders.customer()
    browser = enter(customer)
    found = re.search(r'id="new-key">([^<]+)<', browser.post("/keys/", key_form(browser)).text)
    assert found is not None
    [key] = accounts.keys(customer)
    browser.post(f"/keys/{key.id}/revoke/")
    assert accounts.key_holder(found[1]) is None


def test_amount_is_confirmed_before_the_providers_page(enter: Enter) -> None:
    customer = builders.customer(balance="0.00")
    page = enter(customer).post("/balance/top-up/", {"amount": "20,00", "method": "sandbox-card"})
    assert "Confirm the amount" in page.text
    assert "€20.00" in page.text
    assert not TopUp.objects.filter(account_id=customer).exists()


def test_each_method_says_before_paying_whether_it_is_refundable(enter: Enter) -> None:
    page = enter(builders.customer()).get("/balance/top-up/").text
    assert "refundable: yes" in page
    assert "refundable: no" in page


def test_card_number_in_the_form_is_refused(enter: Enter) -> None:
    customer = builders.customer()
    form = {"amount": "20.00", "method": "sandbox-card", "card_number": "4111111111111111"}
    answer = enter(customer).post("/balance/top-up/", form)
    assert answer.status_code == 409
    assert "Never give card details here." in answer.text
    assert "4111" not in answer.text


@pytest.mark.parametrize(
    "amount", ["", "0", "-5", "1e9", "NaN", "20.0000001", "\uff12\uff10", "1000000"]
)
def test_odd_amounts_are_refused(enter: Enter, amount: str) -> None:
    customer = builders.customer(balance="0.00")
    form = {"amount": amount, "method": "sandbox-card", "confirmed": "yes"}
    answer = enter(customer).post("/balance/top-up/", form)
    assert answer.status_code == 400
    assert ledger.balance(customer).total == Money(0, "EUR")


def test_top_up_of_another_customer_is_not_found(enter: Enter) -> None:
    stranger = enter(builders.customer())
    address = "/balance/top-up/01a201e8-0000-7000-8000-000000000000/"
    assert stranger.get(address).status_code == 404


def test_statement_can_be_taken_away_as_csv(enter: Enter) -> None:
    customer = builders.customer(balance="20.00")
    answer = enter(customer).get("/balance/statement.csv")
    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert lines[1].split(",")[2:6] == ["topup", "20.00", "20.00", "EUR"]


def test_no_letter_is_needed_to_read_pages(enter: Enter) -> None:
    enter(builders.customer()).get("/account/")
    assert not Letter.objects.exists()


def test_too_many_tries_are_answered_with_a_time(
    shop: StandingClock, settings: LazySettings
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"verify_phone": "1/m/ip", "login": "1/m/ip"}
    first, second = Client(), Client()
    first.post("/accounts/signup/", sign_up_form(first))
    form = sign_up_form(second, email="other@example.com", phone="+44 7946 099 002")
    answer = second.post("/accounts/signup/", form)
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")
    assert "Too many tries" in answer.text


@pytest.mark.parametrize(
    "key", [r'"\000bcdefghijklmnopqrstuvwxyz012345"', "x", "'; --", "9" * 5000]
)
def test_a_cookie_that_is_no_session_is_a_visitor(shop: StandingClock, key: str) -> None:
    answer = Client().get("/orders/", headers={"cookie": f"sessionid={key}"})
    assert answer.status_code == 302


def test_another_spelling_of_a_taken_address_is_answered_as_a_new_one(shop: StandingClock) -> None:
    taken = accounts.email(builders.customer())
    assert taken is not None
    browser = Client()
    wide = taken.replace("@e", "@\N{FULLWIDTH LATIN SMALL LETTER E}")

    answer = browser.post("/accounts/signup/", sign_up_form(browser, email=wide))

    assert (answer.status_code, answer["Location"]) == (302, "/accounts/phone/verify/")
    assert Login.objects.filter(email__startswith=taken.split("@", maxsplit=1)[0]).count() == 1


@pytest.mark.parametrize("disguise", ["e\N{ZERO WIDTH SPACE}", "e\N{SOFT HYPHEN}"])
def test_hostile_40_letters_without_width_make_no_second_account_of_a_mailbox(
    shop: StandingClock, disguise: str
) -> None:
    taken = accounts.email(builders.customer())
    assert taken is not None
    before = Login.objects.count()
    browser = Client()
    disguised = taken.replace("@e", f"@{disguise}")

    answer = browser.post("/accounts/signup/", sign_up_form(browser, email=disguised))

    assert (answer.status_code, answer["Location"]) == (302, "/accounts/phone/verify/")
    assert Login.objects.count() == before


@pytest.mark.parametrize(
    "address",
    [
        "o\N{CYRILLIC SMALL LETTER A}la@example.com",
        "ola\N{RIGHT-TO-LEFT OVERRIDE}@example.com",
        "ola@exam\N{RIGHT-TO-LEFT OVERRIDE}ple.com",
        "ola\N{ZERO WIDTH JOINER}@example.com",
        "ola@ex\N{LATIN SMALL LETTER A WITH ACUTE} mple.com",
    ],
)
def test_hostile_40_an_address_in_disguise_is_refused_and_makes_nothing(
    shop: StandingClock, address: str
) -> None:
    before, browser = Login.objects.count(), Client()

    answer = browser.post("/accounts/signup/", sign_up_form(browser, email=address))

    assert (answer.status_code, Login.objects.count()) == (200, before)


def test_hostile_40_a_domain_that_looks_alike_gets_an_account_of_its_own_and_takes_none_over(
    shop: StandingClock,
) -> None:
    taken = accounts.email(builders.customer())
    assert taken is not None
    alike = taken.replace("ex", "\N{CYRILLIC SMALL LETTER IE}x")

    assert accounts.account_by_email(taken) is not None
    assert accounts.account_by_email(alike) is None


NOT_CONFIRMED = {
    "en": "Please confirm your e-mail address and your phone number first.",
    "nb": "Bekreft e-postadressen og telefonnummeret ditt først.",
    "de": "Bitte bestätigen Sie zuerst Ihre E-Mail-Adresse und Ihre Telefonnummer.",
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("missing", ["email_confirmed_at", "phone_confirmed_at"])
def test_while_one_is_not_confirmed_order_and_top_up_answer_so(
    enter: Enter, language: str, missing: str
) -> None:
    customer = builders.customer(balance="20.00", locale=language)
    browser = enter(customer, language=language)
    order = complete_form(browser)
    Account.objects.filter(id=customer).update(**{missing: None})
    payment = {"amount": "20.00", "method": "sandbox-card", "confirmed": "yes"}

    answers = [
        browser.post("/services/tg/no/", order),
        browser.post("/balance/top-up/", payment),
    ]

    assert all(NOT_CONFIRMED[language] in answer.text for answer in answers)
    assert ledger.balance(customer).spendable == Money.parse("20.00", "EUR")
    assert not TopUp.objects.filter(account_id=customer).exists()


def test_each_field_of_the_sign_up_says_what_it_is_for(shop: StandingClock) -> None:
    page = Client().get("/accounts/signup/").text
    for name in ("email", "phone", "password1", "kind", "country", "currency"):
        assert f'id="id_{name}_helptext"' in page or f"id_{name}-help" in page, name


def test_an_address_that_its_one_spelling_makes_impossible_is_refused(shop: StandingClock) -> None:
    browser = Client()

    answer = browser.post("/accounts/signup/", sign_up_form(browser, email="x@a\u2100b.com"))

    assert answer.status_code == 200, "the form is shown again"
    assert not Login.objects.filter(email__startswith="x@a").exists()


def test_a_link_in_a_letter_never_leads_where_the_visitor_says(
    shop: StandingClock, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    letters: list[dict[str, Any]] = []
    monkeypatch.setattr(
        "nummer.apps.notify.actions.send_letter",
        lambda account_id, **letter: letters.append(letter),
    )
    address = accounts.email(builders.customer())

    Client().post("/accounts/password/reset/", {"email": address}, headers={"host": "evil.example"})

    [letter] = letters
    assert letter["context"]["link"].startswith(settings.ENV.public_url + "/accounts/")
