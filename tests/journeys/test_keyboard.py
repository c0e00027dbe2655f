"""Ordering, cancelling and the refund by keyboard and by what a screen reader is told."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import APIResponse, Page, Route, expect

from tests.installation import Installation
from tests.journeys.conftest import WAIT_MS, Visit, Visitor
from tests.journeys.test_one_time import CODE, deliver

TABS_MAX = 120
POLL_MS = 100
NEWS_MS = 2000


def test_buying_cancelling_and_the_refund_need_only_the_keyboard(visitor: Visit) -> None:
    person = visitor.customer("en")
    page = person.page
    person.go("/services/tg/no/")
    for _ in range(3):
        tab_to(person, "main form input[type=checkbox]:not(:checked)")
        page.keyboard.press("Space")
    tab_to(person, "button.btn-lg")
    with page.expect_navigation():
        page.keyboard.press("Enter")

    tab_to(person, "form[action$='/cancel/'] button")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("RP-B4")

    tab_to(person, "main a[href^='/orders/']:not([href*='?'])")
    while "Why" not in (page.evaluate("document.activeElement.ariaLabel") or ""):
        page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("#applies-now")).to_contain_text("is back on the balance")
    tab_to(person, "#clause-link")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/documents/refund-policy/"))


def test_news_that_comes_during_a_refresh_is_shown_and_the_focus_stays(
    visitor: Visit, installation: Installation
) -> None:
    person = visitor.customer("en")
    page = person.page
    person.order()
    number = person.newest()
    held: list[tuple[Route, APIResponse]] = []

    def hold_the_first(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append((route, route.fetch()))

    page.route(re.compile(r"/orders/\d+/line/"), hold_the_first)
    person.go("/orders/")
    soon(page, lambda: bool(held))
    why = page.locator("article a[href^='/orders/']").first
    why.focus()
    deliver(installation, number)
    page.wait_for_timeout(NEWS_MS)
    first, of_before = held[0]
    first.fulfill(response=of_before)
    expect(page.locator(".code")).to_have_text(CODE)
    expect(why).to_be_focused()


def test_a_screen_reader_is_told_what_is_bought_and_what_became_of_it(
    visitor: Visit, installation: Installation
) -> None:
    person = visitor.customer("en")
    page = person.page
    person.go("/services/tg/no/")
    main = page.locator("main")
    expect(main).to_match_aria_snapshot("""
- main:
  - heading [level=1]
  - form "Your order":
    - group "Please read and tick each statement":
      - checkbox [checked=false]
      - checkbox [checked=false]
      - checkbox [checked=false]
    - button "Order with obligation to pay"
""")
    person.order()
    number = person.newest()
    expect(main).to_match_aria_snapshot("""
- main:
  - heading "Orders" [level=1]
  - navigation "Filter"
  - article /Telegram/:
    - heading /Telegram/ [level=2]
    - button "Copy the number"
    - timer
    - button "Cancel, money back"
    - link /Why/
""")
    deliver(installation, number)
    expect(page.locator("[aria-live=polite] .code")).to_have_text(CODE)
    expect(main).to_match_aria_snapshot("""
- main:
  - article /Telegram/:
    - paragraph:
      - button "Copy the code"
    - button "Finish"
""")
    assert nameless(page) == []


def test_the_time_left_is_told_three_times_and_not_each_second(visitor: Visit) -> None:
    person = visitor.customer("en")
    page = person.page
    person.order()
    page.clock.install()
    person.go("/orders/")
    announcer = page.locator("#announcer")
    expect(announcer).to_have_attribute("role", "status")
    expect(page.locator("[role=timer]")).not_to_have_attribute("aria-live", re.compile("."))

    told = []
    for _ in range(19):
        page.clock.run_for(60_000)
        words = announcer.inner_text()
        if words and words not in told:
            told.append(words)
    assert [words.partition(": ")[2] for words in told] == ["five minutes left", "one minute left"]


def soon(page: Page, holds: Callable[[], bool]) -> None:
    for _ in range(WAIT_MS // POLL_MS):
        if holds():
            return
        page.wait_for_timeout(POLL_MS)
    raise AssertionError("it never came")


def nameless(page: Page) -> list[str]:
    """Return the controls of a page that have no name for a screen reader."""
    snapshot = page.locator("body").aria_snapshot()
    found: list[str] = re.findall(
        r"^\s*- (?:button|link|textbox|checkbox)\s*(?::|$)", snapshot, re.MULTILINE
    )
    return found


def tab_to(person: Visitor, selector: str) -> None:
    for _ in range(TABS_MAX):
        person.page.keyboard.press("Tab")
        if person.page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"{selector} is not reached by the keyboard")
