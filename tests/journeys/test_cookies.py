"""Cookies on a phone: nothing before a choice, two equal answers, changed from the footer."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator

from tests.gateways.smpp.platform import PEERS, install_node_peers
from tests.journeys.conftest import LANGUAGES, Visit, Visitor
from tests.journeys.test_accessible import violations

NECESSARY = {"sessionid", "csrftoken", "messages", "consent"}
PAGES = ("/", "/numbers/", "/services/tg/", "/contact/", "/cookies/", "/accounts/signup/")
REFUSE = {"en": "Refuse", "nb": "Avslå", "de": "Ablehnen"}
ACCEPT = {"en": "Accept", "nb": "Godta", "de": "Zustimmen"}


@pytest.fixture(scope="module")
def axe() -> str:
    install_node_peers()
    return (Path(PEERS) / "node_modules" / "axe-core" / "axe.min.js").read_text()


def requests_of(person: Visitor) -> list[str]:
    """Return a list that grows with the address of every request of this browser."""
    asked: list[str] = []
    person.context.on("request", lambda request: asked.append(request.url))
    return asked


def names(context: BrowserContext) -> set[str]:
    return {str(cookie["name"]) for cookie in context.cookies()}


def kept(context: BrowserContext) -> str:
    return next(str(one["value"]) for one in context.cookies() if one["name"] == "consent")


def size(button: Locator) -> tuple[float, float]:
    box = button.bounding_box()
    assert box is not None
    return round(box["width"]), round(box["height"])


def paint(button: Locator) -> object:
    return button.evaluate(
        "each => {const s = getComputedStyle(each);"
        " return [s.color, s.backgroundColor, s.borderColor, s.fontSize, s.fontWeight]}"
    )


@pytest.mark.clause("LD-D5", "PP-1.3", "PP-3.1b")
@pytest.mark.parametrize("language", LANGUAGES)
def test_visitor_chooses_and_changes_his_mind(visitor: Visit, axe: str, language: str) -> None:
    person = visitor(language)
    asked = requests_of(person)
    for path in PAGES:
        person.go(path)
        assert person.page.locator("main h1").first.is_visible(), "there is no wall"
    assert names(person.context) <= NECESSARY - {"consent"}

    question = person.page.locator("[data-consent]")
    refuse = question.get_by_role("button", name=REFUSE[language], exact=True)
    accept = question.get_by_role("button", name=ACCEPT[language], exact=True)
    assert size(refuse) == size(accept)
    assert paint(refuse) == paint(accept)
    assert violations(person.page, axe) == []

    refuse.click()
    person.page.wait_for_load_state("load")
    assert kept(person.context).split("~")[1] == "no"
    assert question.count() == 0
    footer = person.page.locator("footer")
    footer.get_by_role("button", name=ACCEPT[language], exact=True).click()
    person.page.wait_for_load_state("load")
    assert kept(person.context).split("~")[1] == "yes"
    person.go("/contact/")
    footer.get_by_role("button", name=REFUSE[language], exact=True).click()
    person.page.wait_for_load_state("load")
    assert kept(person.context).split("~")[1] == "no"
    assert person.page.url.endswith("/contact/"), "the page stays the same"
    person.go("/cookies/")
    assert violations(person.page, axe) == []

    own = person.installation.url
    assert [url for url in asked if not url.startswith((own, "data:"))] == []
    assert names(person.context) <= NECESSARY


def test_the_choice_works_without_javascript(visitor: Visit) -> None:
    plain = visitor.browser.new_context(
        java_script_enabled=False, viewport={"width": 390, "height": 844}
    )
    visitor.contexts.append(plain)
    page = plain.new_page()
    page.goto(visitor.installation.url + "/")
    page.locator("[data-consent] button").last.click()
    assert kept(plain).split("~")[1] == "yes"
    assert page.locator("[data-consent]").count() == 0
