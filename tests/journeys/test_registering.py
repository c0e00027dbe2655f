"""U01: how a person becomes a customer and changes his details, in a real browser."""

from __future__ import annotations

import itertools
import re
import time

import pytest
from playwright.sync_api import expect

from tests.installation import CHECKOUT
from tests.journeys.conftest import LANGUAGES, ORDER_BUTTON, Visit, Visitor
from tests.journeys.test_accessible import Scheme, axe, keep, violations
from tests.journeys.test_one_time import first, mail_with, top_up

__all__ = ["axe"]
PASSWORD = "correct horse battery 9"
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
CODE = re.compile(r"\b(?:[A-Z0-9]{3}-?[A-Z0-9]{3})\b")
OURS = {
    "de": "Das ist eine unserer eigenen virtuellen Nummern.",
    "en": "This is one of our own virtual numbers.",
    "nb": "Dette er et av våre egne virtuelle numre.",
}
SERVICE_NUMBER = {
    "de": "Das ist eine Servicenummer",
    "en": "This number is a service number",
    "nb": "Dette er et servicenummer",
}
NO_NUMBER = {
    "de": "Das ist keine Telefonnummer.",
    "en": "This is not a phone number.",
    "nb": "Dette er ikke et telefonnummer.",
}
NO_TICK = {
    "de": "Ohne Ihre Zustimmung gibt es kein Konto.",
    "en": "Without your acceptance there is no account.",
    "nb": "Uten at du godtar dette, blir det ingen konto.",
}
CONFIRM_PHONE = {
    "de": "Bestätigen Sie Ihr Telefon",
    "en": "Confirm your phone",
    "nb": "Bekreft telefonen din",
}
CONFIRM_MAIL = {
    "de": "Bestätigen Sie Ihre E-Mail-Adresse",
    "en": "Confirm your e-mail address",
    "nb": "Bekreft e-postadressen din",
}
# How the foot of each mail names our own address and phone.
FOOT = {"de": "E-Mail: ", "en": "E-mail: ", "nb": "E-post: "}
OLD_ADDRESS = {
    "de": "trat in Ihrem Konto eine andere E-Mail-Adresse an die Stelle dieser",
    "en": "another e-mail address took the place of this one",
    "nb": "ble denne e-postadressen byttet ut med en annen",
}


# Of the numbers of the United Kingdom that exist in fiction only; the stock begins at 300.
PHONES = itertools.count(200 + int(time.time()) % 80)


def some_phone() -> str:
    """Return a phone that nobody else of these tests has."""
    return f"+447700900{next(PHONES)}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_phone_that_is_nobodys_own_and_a_missing_tick_are_refused(
    visitor: Visit, language: str, axe: str
) -> None:
    holder = visitor.customer(language)
    holder.order()
    ours = holder.newest()
    person, email = visitor(language), f"u01-{time.time_ns()}@example.com"

    for refused, words in ((ours, OURS), ("+448451234567", SERVICE_NUMBER), ("12", NO_NUMBER)):
        send(person, email=email, phone=refused)
        expect(person.page.locator("#id_phone_error")).to_contain_text(words[language])
        in_language(person)
    send(person, email=email, phone=some_phone(), accepts=False)
    expect(person.page.locator("#id_accept_error")).to_have_text(NO_TICK[language])
    assert violations(person.page, axe) == []
    assert mails(person, email) == [], "a refused sign-up makes nothing, so it writes to nobody"


@pytest.mark.parametrize("kind", ["person", "company"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_three_steps_make_a_customer_who_can_order_once_both_are_confirmed(
    visitor: Visit, language: str, kind: str, axe: str
) -> None:
    person, email = visitor(language), f"u01-{time.time_ns()}@example.com"
    phone = some_phone()
    heading = person.page.locator("h1")

    send(person, email=email, phone=phone, kind=kind)
    expect(heading).to_have_text(CONFIRM_PHONE[language])
    in_language(person)
    assert violations(person.page, axe) == []
    stopped_at(person, CONFIRM_PHONE[language])
    person.page.fill("input[name=code]", code_for(person, phone))
    person.submit()
    expect(heading).to_have_text(CONFIRM_MAIL[language])
    in_language(person)
    assert violations(person.page, axe) == []
    person.go("/balance/top-up/")
    assert "/login/" in person.page.url, "who has not confirmed is not signed in"
    person.sign_in(email, PASSWORD)
    expect(heading).to_have_text(CONFIRM_MAIL[language])

    person.page.goto(re.findall(r"http://\S+", first(person.installation, "mails", email))[0])
    person.submit()
    if "/login/" in person.page.url:
        person.sign_in(email, PASSWORD)
    account_page_shows_what_was_accepted(person)
    top_up(person, amount="10")
    person.order()
    assert person.newest().startswith("+")
    mail_with(person.installation, email, "Telegram")
    foreign = [one["text"] for one in mails(person, email) if FOOT[language] not in one["text"]]
    assert foreign == [], "each mail is in the language of the page"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_customer_changes_his_details_and_sees_what_changed(
    visitor: Visit, language: str, axe: str
) -> None:
    who = visitor.installation.json(
        *("sandbox", "customer", "--email", f"d-{time.time_ns()}@example.com", "--company"),
        *("--balance", "20.00", "--locale", language, "--country", "NO"),
    )
    person = visitor(language)
    page = person.page
    person.sign_in(who["email"], who["password"])
    fills_in_what_the_company_is(person)
    new_phone, new_email = some_phone(), f"new-{time.time_ns()}@example.com"
    changes_phone(person, new_phone, password=who["password"])
    changes_email(person, new_email, old=who["email"])

    told = mail_with(person.installation, who["email"], OLD_ADDRESS[language])
    back = re.findall(r"http://\S+(/account/e-mail-back/\S+)", told)[0]
    found = []
    for path in ("/account/details/", "/account/details/history/", back):
        found += [(path, *row) for row in looked_at(person, axe, path)]
    assert found == []
    shows_what_changed(person, [(who["email"], new_email), (who["phone"], new_phone)])

    person.go(back)
    person.submit()
    person.go("/account/")
    assert "/login/" in page.url, "whoever took the address back signs everybody out"


def looked_at(person: Visitor, axe: str, path: str) -> list[tuple[str, str]]:
    """Return what is wrong with a page in light and in dark."""
    found = []
    for scheme in SCHEMES:
        person.page.emulate_media(color_scheme=scheme)
        person.go(path)  # anew: colours that still change would be measured half way
        in_language(person)
        found += violations(person.page, axe)
        keep(person.page, f"registering-{person.language}-{scheme}{path[:30]}")
    person.page.emulate_media(color_scheme="light")
    return found


def fills_in_what_the_company_is(person: Visitor) -> None:
    """Change every field of the page; one that cannot be right keeps all of them."""
    page = person.page
    person.go("/account/")
    with page.expect_navigation():
        page.locator("main a[href='/account/details/']").click()
    page.fill("input[name=name]", "Fjellheim Verksted AS")
    page.fill("input[name=organisation_number]", "923 609 017")
    page.fill("textarea[name=address]", "Storgata 1\n0155 Oslo")
    page.select_option("select[name=time_zone]", "Asia/Tokyo")
    person.submit()
    expect(page.locator("#id_organisation_number_error")).to_be_visible()
    page.fill("input[name=organisation_number]", "923 609 016")
    person.submit()
    expect(page.locator("section[aria-labelledby=history]")).to_contain_text("923609016")
    expect(page.locator("textarea[name=address]")).to_have_value("Storgata 1\n0155 Oslo")


def changes_phone(person: Visitor, phone: str, *, password: str) -> None:
    page = person.page
    person.go("/account/details/")
    with page.expect_navigation():
        page.locator("main a[href='/accounts/phone/change/']").click()
    page.fill("input[name=phone]", phone)
    with page.expect_navigation():
        page.locator("button[name=action_add]").click()
    is_it_you(person, password)
    page.fill("input[name=code]", code_for(person, phone))
    person.submit()


def changes_email(person: Visitor, email: str, *, old: str) -> None:
    page = person.page
    person.go("/account/details/")
    with page.expect_navigation():
        page.locator("main a[href='/accounts/email/']").click()
    page.fill("input[name=email]", email)
    with page.expect_navigation():
        page.locator("button[name=action_add]").click()
    person.go("/account/details/")
    expect(page.locator("section[aria-labelledby=contacts]")).to_contain_text(old)
    page.goto(re.findall(r"http://\S+", first(person.installation, "mails", email))[0])
    person.submit()


def shows_what_changed(person: Visitor, changes: list[tuple[str, str]]) -> None:
    """Look at the newest lines of the history, told in the zone that was chosen."""
    person.go("/account/details/history/")
    rows = person.page.locator("tbody tr")
    for place, words in enumerate(changes):
        for word in words:
            expect(rows.nth(place)).to_contain_text(word)
    expect(person.page.locator("time[data-moment]")).to_have_count(0)


def send(
    person: Visitor, *, email: str, phone: str, kind: str = "person", accepts: bool = True
) -> None:
    """Fill in the form and send it, past what the browser itself would stop."""
    page = person.page
    person.go("/accounts/signup/")
    page.fill("input[name=email]", email)
    page.fill("input[name=phone]", phone)
    page.fill("input[name=password1]", PASSWORD)
    page.select_option("select[name=kind]", kind)
    page.select_option("select[name=country]", "DE")
    page.select_option("select[name=currency]", "EUR")
    if accepts:
        page.check("input[name=accept]")
    page.check("input[name=notice]")
    page.locator("main form").first.evaluate("form => { form.noValidate = true }")
    person.submit()


def stopped_at(person: Visitor, heading: str) -> None:
    """Try to order and to top up: nobody can, and all leads to the step that is missing."""
    person.go("/services/tg/no/")
    order = person.page.get_by_role("button", name=ORDER_BUTTON[person.language])
    expect(order).to_have_count(0)
    for path in ("/orders/", "/balance/top-up/"):
        person.go(path)
        expect(person.page.locator("h1")).to_have_text(heading)


def is_it_you(person: Visitor, password: str) -> None:
    if person.page.locator("input[name=password]").count():
        person.page.fill("input[name=password]", password)
        person.submit()


def account_page_shows_what_was_accepted(person: Visitor) -> None:
    person.go("/account/")
    newest = max(folder.name for folder in (CHECKOUT / "documents" / "terms").iterdir())
    rows = person.page.locator("section[aria-labelledby=accepted] tbody tr")
    first_row = rows.filter(has_text=newest).first.locator("td").all_inner_texts()
    assert first_row[1:3] == [newest, person.language]
    assert re.search(r"20\d\d", first_row[3]), "the day of the acceptance"
    in_language(person)


def in_language(person: Visitor) -> None:
    assert person.page.locator("html").get_attribute("lang") == person.language


def code_for(person: Visitor, phone: str) -> str:
    """Wait for the code that went to a phone."""
    found: list[str] = CODE.findall(first(person.installation, "sent", phone))
    return found[0]


def mails(person: Visitor, to: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = person.installation.json("sandbox", "mails", "--to", to)
    return found
