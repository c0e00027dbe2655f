"""Cookies on a phone: nothing before a choice, two equal answers, changed from the footer."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Route

from tests.gateways.smpp.platform import PEERS, install_node_peers
from tests.installation import Installation
from tests.journeys.conftest import LANGUAGES, Visit, Visitor
from tests.journeys.test_accessible import violations

NECESSARY = {"sessionid", "csrftoken", "messages", "consent"}
PAGES = ("/", "/numbers/", "/services/tg/", "/contact/", "/cookies/", "/accounts/signup/")
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/143.0.0.0 Safari/537.36"
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

    with person.page.expect_navigation():
        refuse.click()
    assert kept(person.context).split("~")[1] == "no"
    assert question.count() == 0
    footer = person.page.locator("footer")
    with person.page.expect_navigation():
        footer.get_by_role("button", name=ACCEPT[language], exact=True).click()
    assert kept(person.context).split("~")[1] == "yes"
    person.go("/contact/")
    with person.page.expect_navigation():
        footer.get_by_role("button", name=REFUSE[language], exact=True).click()
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


def test_views_count_without_a_choice_and_seconds_after_a_yes(visitor: Visit) -> None:
    person, staff = visitor("en"), visitor.staff("operations")
    person.context.set_extra_http_headers({"user-agent": BROWSER})  # Chromium's own says: a robot
    asked = requests_of(person)
    person.go("/numbers/")
    person.page.wait_for_timeout(1_500)
    person.go("/numbers/")
    assert [url for url in asked if "visits" in url] == []
    with person.page.expect_navigation():
        person.page.locator("[data-consent] button").last.click()
    assert [url for url in asked if "visits" in url] != []
    person.page.wait_for_timeout(1_500)
    person.go("/contact/")
    deadline = time.monotonic() + 30
    measured: list[str] = []
    while not measured and time.monotonic() < deadline:
        staff.go("/staff/visits/")
        row = staff.page.locator("tr", has=staff.page.get_by_text("/numbers/", exact=True)).first
        cells = row.locator("td").all_inner_texts() if row.count() else ["0", "0", ""]
        if int(cells[0]) >= 2 and int(cells[1]) >= 1:
            measured = cells
        time.sleep(1)
    assert measured, "the page of visits never showed them"
    assert int(measured[2]) >= 1


class WithGoogle(Installation):
    """An installation whose operator has switched Google Analytics on."""

    def environment(self) -> dict[str, str]:
        return super().environment() | {"NUMMER_ANALYTICS_ID": "G-TEST1234"}


@pytest.fixture
def with_google(tmp_path: Path) -> Iterator[WithGoogle]:
    running = WithGoogle(tmp_path / "google")
    running.start()
    yield running
    running.stop()
    running.remove_database()


@pytest.mark.clause("PP-3.1b")
def test_google_is_asked_for_nothing_before_a_yes(
    with_google: WithGoogle, browser: Browser
) -> None:
    visit = Visit(with_google, browser)
    person = visit("en")
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=200, content_type="text/javascript", body="window.wasLoaded = true;")

    person.context.route(re.compile(r"^https://"), answer)
    for path in PAGES:
        person.go(path)
    with person.page.expect_navigation():
        person.page.locator("[data-consent] button").first.click()
    person.go("/")
    assert asked == []
    with person.page.expect_navigation():
        person.page.locator("footer").get_by_role("button", name="Accept", exact=True).click()
    person.go("/services/tg/")
    person.page.wait_for_function("window.wasLoaded === true")
    assert set(asked) == {"https://www.googletagmanager.com/gtag/js?id=G-TEST1234"}
    told = person.page.evaluate("window.dataLayer.map(each => Array.from(each))")
    [settings] = [each[2] for each in told if each[0] == "config"]
    assert settings["page_location"] == with_google.url + "/services/{code}/"
    asked.clear()
    person.go("/accounts/signup/")
    person.go("/withdraw/")
    assert asked == []
    visit.leave()
