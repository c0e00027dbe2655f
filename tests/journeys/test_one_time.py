"""What a person does with one-time numbers, in a real browser, in all three languages."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect

from tests.installation import CHECKOUT, Installation
from tests.journeys.conftest import LANGUAGES, Visit, Visitor

in_every_language = pytest.mark.parametrize("language", LANGUAGES)
CODE = "48213"


def deliver(installation: Installation, number: str, text: str = f"Telegram code: {CODE}") -> None:
    done = installation.json("sandbox", "sms", "--to", number, "--from", "Telegram", "--text", text)
    assert done["acknowledged"] == 1


def balance(visitor: Visitor) -> str:
    visitor.go("/balance/")
    return visitor.page.locator("main").inner_text()


@in_every_language
def test_a_newcomer_signs_up_tops_up_orders_and_sees_his_code(
    visitor: Visit, installation: Installation, language: str
) -> None:
    person = visitor(language)
    page = person.page
    email = f"new-{language}@example.com"

    sign_up(person, email=email, phone={"en": "41", "nb": "42", "de": "43"}[language])
    top_up(person, amount="10")
    person.order()
    number = person.newest()
    expect(page.locator("[role=timer]").first).to_have_text(re.compile(r"^(20:00|19:\d\d)$"))
    address = page.url

    began = time.monotonic()
    deliver(installation, number)
    expect(page.locator(".code").first).to_have_text(CODE)

    assert page.url == address, "the page was not loaded again"
    assert time.monotonic() - began < 15
    expect(page.locator("html")).to_have_attribute("lang", language)
    confirmation = mail_with(installation, email, "Telegram")
    newest = max(folder.name for folder in (CHECKOUT / "documents" / "terms").iterdir())
    assert confirmation.count(newest) >= 3, "the order names its documents"


def sign_up(person: Visitor, *, email: str, phone: str) -> None:
    page, installation = person.page, person.installation
    person.go("/accounts/signup/")
    page.fill("input[name=email]", email)
    page.fill("input[name=phone]", f"+4477009001{phone}")
    page.fill("input[name=password1]", "correct horse battery 9")
    page.select_option("select[name=country]", "NO")
    page.select_option("select[name=currency]", "EUR")
    page.check("input[name=accept]")
    page.check("input[name=notice]")
    person.submit()
    text = first(installation, "sent", f"+4477009001{phone}")
    page.fill("input[name=code]", re.findall(r"\b[A-Z0-9]{3}-?[A-Z0-9]{3}\b", text)[0])
    person.submit()
    page.goto(re.findall(r"http://\S+", first(installation, "mails", email))[0])
    person.submit()


def first(installation: Installation, door: str, to: str) -> str:
    """Wait for the first SMS or mail to somebody and return its text."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if found := installation.json("sandbox", door, "--to", to):
            return str(found[0]["text"])
    raise AssertionError(f"nothing went out: {installation.tail()}")


def mail_with(installation: Installation, to: str, word: str) -> str:
    """Wait for a mail to somebody that holds a word, and return its text."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for mail in installation.json("sandbox", "mails", "--to", to):
            if word in mail["text"]:
                return str(mail["text"])
    raise AssertionError(f"no such mail: {installation.tail()}")


def top_up(person: Visitor, *, amount: str) -> None:
    page = person.page
    person.go("/balance/top-up/")
    page.fill("input[name=amount]", amount)
    page.locator("input[name=method]").first.check()
    person.submit()
    person.submit()
    with page.expect_navigation():
        page.locator("button[value=pay]").click()
    person.go("/balance/")
    expect(page.locator("main")).to_contain_text(f"{amount}")


@in_every_language
def test_no_code_comes_and_the_price_is_back_with_its_clause(
    visitor: Visit, installation: Installation, language: str
) -> None:
    person = visitor.customer(language)
    person.order()
    person.newest()

    installation.command("sandbox", "clock", "advance", "21m")

    expect(person.page.locator("main")).to_contain_text("RP-B4")
    shown = balance(person)
    assert "RP-B4" in shown
    assert "20" in shown


@in_every_language
def test_cancelling_before_a_code_gives_the_money_back_at_once(
    visitor: Visit, language: str
) -> None:
    person = visitor.customer(language)
    person.order()
    person.newest()

    person.page.locator("form[action$='/cancel/'] button").first.click()

    expect(person.page.locator("main")).to_contain_text("RP-B4")
    assert "RP-B4" in balance(person)


@in_every_language
def test_after_a_code_there_is_nothing_to_cancel(
    visitor: Visit, installation: Installation, language: str
) -> None:
    person = visitor.customer(language)
    person.order()
    deliver(installation, person.newest())

    expect(person.page.locator(".code").first).to_have_text(CODE)
    expect(person.page.locator("form[action$='/cancel/']")).to_have_count(0)


@in_every_language
def test_too_little_money_is_told_before_ordering(visitor: Visit, language: str) -> None:
    person = visitor.customer(language, balance="0.10")

    person.go("/services/tg/no/")

    expect(person.page.locator("main a[href*='top-up']").first).to_be_visible()
    expect(person.page.locator("form button.btn-lg")).to_have_count(0)


@in_every_language
def test_of_two_buyers_of_the_last_number_one_gets_it(
    visitor: Visit, installation: Installation, language: str
) -> None:
    service = {"en": "fu", "nb": "dr", "de": "oi"}[language]
    buyers = [visitor.customer(language) for _ in range(2)]
    leave_one(installation, service)
    for buyer in buyers:
        buyer.go(f"/services/{service}/fr/")
        for box in buyer.page.locator("form input[type=checkbox]").all():
            box.check()

    for buyer in buyers:
        with buyer.page.expect_navigation():
            buyer.page.locator("form button.btn-lg").click()

    told = [buyer.page.locator("#refusal").count() for buyer in buyers]
    assert sorted(told) == [0, 1]
    loser = buyers[told.index(1)]
    assert "20" in balance(loser)


def leave_one(installation: Installation, service: str) -> None:
    """Buy the shelf of a service in France empty but for one number, by a program."""
    who = installation.json(
        "sandbox", "customer", "--email", f"all-{service}@example.com", "--balance", "500.00"
    )
    key = who["api_key"]
    prices = installation.activate(key, "getPrices", service=service, country=78)
    left = int(re.search(r'"count": ?(\d+)', prices)[1])  # type: ignore[index]
    for _ in range(left - 1):
        assert installation.activate(key, "getNumber", service=service, country=78).startswith(
            "ACCESS_NUMBER"
        )


def test_script_in_an_sms_is_shown_and_does_nothing(
    visitor: Visit, installation: Installation
) -> None:
    person = visitor.customer("en")
    person.order()
    number = person.newest()

    deliver(
        installation,
        number,
        "<img src=x onerror=document.title='owned'><script>document.title='owned'</script>"
        " Telegram code: 48213",
    )

    expect(person.page.locator(".sms-text").first).to_contain_text("<script>")
    assert person.page.title() != "owned"
    assert person.page.locator(".sms-text script, .sms-text img").count() == 0


def test_the_page_is_usable_by_keyboard_alone(visitor: Visit) -> None:
    person = visitor.customer("en")
    person.go("/services/tg/no/")
    page = person.page
    for _ in range(3):
        _tab_to(person, "input[type=checkbox]:not(:checked)")
        page.keyboard.press("Space")
    _tab_to(person, "button.btn-lg")
    with page.expect_navigation():
        page.keyboard.press("Enter")

    person.go("/orders/")

    expect(page.locator("[id^=number-]").first).to_be_visible()


def _tab_to(person: Visitor, selector: str) -> None:
    for _ in range(80):
        person.page.keyboard.press("Tab")
        if person.page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"{selector} is not reached by the keyboard")
