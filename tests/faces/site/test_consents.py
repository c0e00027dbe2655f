"""The customer's page of consents, the link that confirms, and the click that ends."""

from __future__ import annotations

import pytest
from django.core import mail
from django.test import Client

from nummer.apps.agreements import offers
from nummer.apps.agreements.offers import Purpose
from nummer.apps.marketing.actions import profiles
from nummer.apps.marketing.models import Profile
from nummer.apps.notify import actions as notify
from nummer.apps.notify import preferences, unsubscribing
from nummer.apps.notify.models import Letter
from tests import builders
from tests.faces.conftest import LANGUAGES, Enter

ONE = {"purpose": "offers", "channel": "mail"}


def acts(account_id: int) -> set[tuple[str, str, str]]:
    return {
        (row.purpose.value, row.channel.value, row.act)
        for row in offers.state(account_id)
        if row.act
    }


def link_in_mail(account_id: int) -> str:
    for letter_id in Letter.objects.filter(account_id=account_id, state="waiting").values_list(
        "id", flat=True
    ):
        notify.deliver(account_id, letter_id=letter_id, now=builders.NOW)
    line = next(line for line in mail.outbox[-1].body.splitlines() if "/consents/confirm/" in line)
    return "/" + line.partition("//")[2].partition("/")[2]


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_steps_to_agree_and_one_to_take_it_back(enter: Enter, language: str) -> None:
    account_id = builders.customer(locale=language)
    browser = enter(account_id, language=language)
    stranger = Client(headers={"accept-language": language})

    before = browser.get("/consents/").text
    browser.post("/consents/agree/", ONE)
    link = link_in_mail(account_id)
    opened = stranger.get(link)
    asked = acts(account_id)
    confirmed = stranger.post(link)
    given = acts(account_id)
    page = browser.get("/consents/").text
    browser.post("/consents/withdraw/", ONE)

    sentence = offers.sentence(Purpose.OFFERS, offers.Channel.MAIL, language=language)
    assert sentence in before
    assert sentence in opened.text
    assert confirmed.status_code == 200
    assert asked == {("offers", "mail", "asked")}
    assert given == {("offers", "mail", "given")}
    assert acts(account_id) == {("offers", "mail", "withdrawn")}
    assert offers.VERSION in page
    assert stranger.post(link).status_code == 409


@pytest.mark.clause("PP-2.2")
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mail_program_ends_offers_by_one_post_without_login_or_token(
    enter: Enter, language: str
) -> None:
    account_id = builders.customer()
    browser = enter(account_id)
    browser.post("/consents/agree/", ONE)
    browser.post("/consents/agree/", {"purpose": "news", "channel": "page"})
    Client().post(link_in_mail(account_id))
    path = unsubscribing.link(account_id, purpose=Purpose.OFFERS).partition("//")[2]
    path = "/" + path.partition("/")[2]
    program = Client(enforce_csrf_checks=True, headers={"accept-language": language})

    looked = program.get(path)
    still = acts(account_id)
    done = program.post(path, {"List-Unsubscribe": "One-Click"})
    after = acts(account_id)
    program.post(path, {"everything": "yes"})

    assert looked.status_code == done.status_code == 200
    assert ("offers", "mail", "given") in still
    assert ("offers", "mail", "withdrawn") in after
    assert ("news", "page", "given") in after
    assert ("news", "page", "withdrawn") in acts(account_id)
    assert program.get(f"{path[:-5]}/").status_code == 409
    assert program.post("/unsubscribe/x:y:z/").status_code == 409


@pytest.mark.parametrize("wrong", [{}, {"purpose": "all", "channel": "mail"}, {"purpose": "news"}])
def test_what_is_no_purpose_changes_nothing(enter: Enter, wrong: dict[str, str]) -> None:
    account_id = builders.customer()
    browser = enter(account_id)

    assert browser.post("/consents/agree/", wrong).status_code == 400
    assert browser.post("/consents/withdraw/", wrong).status_code == 400
    assert browser.post("/consents/channel/", {"channel": "pigeon"}).status_code == 400
    assert acts(account_id) == set()


def test_letters_of_the_service_come_by_the_channel_that_was_chosen(enter: Enter) -> None:
    account_id = builders.customer()
    browser = enter(account_id)
    mail.outbox.clear()
    low = {"amount": "1.00", "threshold": "5.00", "currency": "EUR"}

    browser.post("/consents/channel/", {"channel": "page"})
    for name, context in (
        ("balance-low", low),
        ("key-created", {"label": "x", "created_at": "2026-11-22T12:00:00+00:00"}),
    ):
        key = builders.new_id()
        notify.send_letter(account_id, letter=name, context=context, now=builders.NOW, key=key)
        notify.deliver(account_id, letter_id=key, now=builders.NOW)

    assert preferences.channel(account_id) == "page"
    assert [row.subject for row in mail.outbox] == ["A key for programs was created"]
    states = Letter.objects.filter(account_id=account_id).values_list("letter", "state")
    assert set(states) == {("balance-low", "on_page"), ("key-created", "sent")}
    assert (
        "Your balance is low"
        in browser.get(f"/letters/{Letter.objects.get(letter='balance-low').id}/").text
    )


@pytest.mark.clause("LD-D4")
def test_a_profile_is_told_freely_and_forgotten(enter: Enter) -> None:
    account_id = builders.customer()
    browser = enter(account_id)
    path = "/consents/profile/"

    assert browser.post(path, {}).status_code == 302
    assert not Profile.objects.exists()
    browser.post(path, {"age_group": "30-49", "satisfaction": "5"})
    told = profiles.profile(account_id)
    assert (told.age_group, told.satisfaction, told.usage) == ("30-49", 5, "")
    assert b"30-49" not in bytes(Profile.objects.get().age_group or b"")
    assert browser.post(path, {"age_group": "12", "satisfaction": "9"}).status_code == 400
    browser.post(path, {})
    assert not Profile.objects.exists()
