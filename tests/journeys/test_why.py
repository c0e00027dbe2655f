"""A customer asks why: the time line grows before his eyes and quotes the clause that decides."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.installation import Installation
from tests.journeys.conftest import LANGUAGES, Visit, Visitor
from tests.journeys.test_accessible import axe, violations
from tests.journeys.test_one_time import CODE, deliver

__all__ = ["axe"]  # a fixture

WORDS = {
    "en": "If no SMS of the service you ordered arrives",
    "nb": "Kommer det ingen SMS fra tjenesten du bestilte",
    "de": "SMS",
}
PICTURES = os.environ.get("JOURNEY_PICTURES")  # a folder for whoever wants to look


def kinds(page: Page) -> list[str]:
    found = page.locator("#events > li").evaluate_all("rows => rows.map(r => r.dataset.kind)")
    return [str(kind) for kind in found]


def open_newest(person: Visitor) -> str:
    """Order, open the page of the order from the order table, and return its number."""
    person.order()
    number = person.newest()
    with person.page.expect_navigation():
        person.page.locator("article a[href^='/orders/']").first.click()
    return number


def picture(person: Visitor, name: str) -> None:
    if PICTURES:
        for scheme in ("light", "dark"):
            person.page.emulate_media(color_scheme=scheme)
            path = Path(PICTURES) / f"{name}-{scheme}.png"
            person.page.screenshot(path=path, full_page=True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_time_line_grows_live_and_the_clause_follows(
    visitor: Visit, installation: Installation, axe: str, language: str
) -> None:
    person = visitor.customer(language)
    page = person.page
    number = open_newest(person)
    page.evaluate("window.untouched = true")
    assert kinds(page)[:2] == ["ordered", "number_shown"]
    expect(page.locator("#clause-words")).to_contain_text(WORDS[language])
    expect(page.locator("#clause-link")).to_contain_text("RP-B4")
    expect(page.locator("#timeline [role=timer]")).to_have_text(re.compile(r"^(20:00|19:\d\d)$"))

    other = "Your WhatsApp code: 111-222"
    installation.json("sandbox", "sms", "--to", number, "--from", "WhatsApp", "--text", other)
    received = page.locator("#events > li[data-kind=sms_received]")
    expect(received).to_have_count(1, timeout=30_000)  # nobody is woken for it: the page asks
    deliver(installation, number)
    expect(page.locator("#events > li[data-kind=code_shown]")).to_have_count(1)
    expect(page.locator("#clause-link")).to_contain_text("RP-N2")

    expect(page.locator(".code").first).to_have_text(CODE)
    assert "111-222" not in page.content()
    assert page.evaluate("window.untouched"), "the page was not loaded again"
    picture(person, f"why-code-{language}")
    assert both_schemes(page, axe) == []
    page.locator("#clause-link").click()
    expect(page.locator("#RP-N2")).to_be_visible()
    assert page.url.endswith("#RP-N2")


@pytest.mark.parametrize("language", LANGUAGES)
def test_cancelled_order_shows_its_credit_and_the_words_of_the_clause(
    visitor: Visit, axe: str, language: str
) -> None:
    person = visitor.customer(language)
    page = person.page
    open_newest(person)
    picture(person, f"why-open-{language}")
    page.evaluate("window.untouched = true")

    page.locator("form[action$='/cancel/'] button").click()

    expect(page.locator("#events > li[data-kind=credited]")).to_contain_text("RP-B4")
    expect(page.locator("#clause-words")).to_contain_text(WORDS[language])
    expect(page.locator("#timeline [role=timer]")).to_have_count(0)
    assert page.evaluate("window.untouched"), "the page was not loaded again"
    picture(person, f"why-cancelled-{language}")
    assert both_schemes(page, axe) == []
    person.go("/balance/")
    page.locator("main table a[href^='/orders/of/']").first.click()
    expect(page.locator("#events > li[data-kind=credited]")).to_have_count(1)


@pytest.mark.parametrize("path", ["/?sort=share", "/services/tg/?sort=time", "/services/tg/no/"])
def test_offers_say_what_was_measured_or_that_it_is_too_little(
    visitor: Visit, axe: str, path: str
) -> None:
    person = visitor("nb")
    person.go(path)
    expect(person.page.locator("main")).to_contain_text("ikke nok bestillinger ennå")
    picture(person, f"offer-{path.count('/')}")
    assert both_schemes(person.page, axe) == []


def both_schemes(page: Page, axe: str) -> list[tuple[str, str]]:
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.reload()  # colours fade into one another when the scheme changes under a page
        found += violations(page, axe)
    return found
