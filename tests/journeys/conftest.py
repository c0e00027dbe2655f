"""One installation and one browser for all journeys."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.installation import Installation

# Without these switches Chromium looks for its maker's servers, which tests must not do.
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WAIT_MS = 20_000
expect.set_options(timeout=WAIT_MS)  # as long as for a page: what is asked is that it comes
TOTP_STEP_S = 30
TOTP_NEEDED_S = 5


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    running = Installation(tmp_path_factory.mktemp("journeys"))
    running.start()
    running.hasten()

    yield running
    status = running.stop()
    running.remove_database()
    assert status == 0


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=SWITCHES)
        yield started
        started.close()


@dataclass
class Visitor:
    """A person at a browser, whose language his browser names."""

    installation: Installation
    context: BrowserContext
    page: Page
    language: str

    def go(self, path: str) -> None:
        self.page.goto(self.installation.url + path)

    def sign_in(self, email: str, password: str) -> None:
        self.go("/accounts/login/")
        self.page.fill("input[name=login]", email)
        self.page.fill("input[name=password]", password)
        self.submit()

    def submit(self, within: str = "main") -> None:
        """Press the first button that sends the form, and wait for the answer's page."""
        with self.page.expect_navigation():
            self.page.locator(f"{within} form button.btn-primary").first.click()

    def order(self, service: str = "tg", country: str = "no") -> None:
        """Order from the product's page: nothing is ticked before, everything has to be."""
        self.go(f"/services/{service}/{country}/")
        boxes = self.page.locator("form input[type=checkbox]")
        assert boxes.count() == 3
        for n in range(3):
            assert not boxes.nth(n).is_checked()
            boxes.nth(n).check()
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=ORDER_BUTTON[self.language]).click()

    def newest(self) -> str:
        """Return the number of the newest order in the order table, with +."""
        self.go("/orders/")
        number = self.page.locator("[id^=number-]").first.get_attribute("data-value")
        assert number is not None
        return number


ORDER_BUTTON = {
    "en": "Order with obligation to pay",
    "nb": "Bestill med betalingsplikt",
    "de": "Zahlungspflichtig bestellen",
}
LANGUAGES = tuple(ORDER_BUTTON)


@pytest.fixture
def visitor(installation: Installation, browser: Browser) -> Iterator[Visit]:
    visit = Visit(installation, browser)
    yield visit
    visit.leave()


class Visit:
    """Lets people of a test come with a browser of their own, and fails on any error there."""

    def __init__(self, installation: Installation, browser: Browser) -> None:
        self.installation, self.browser = installation, browser
        self.contexts: list[BrowserContext] = []
        self.errors: list[str] = []

    def __call__(self, language: str, *, width: int = 390, script: bool = True) -> Visitor:
        context = self.browser.new_context(
            java_script_enabled=script,
            locale={"en": "en-GB", "nb": "nb-NO", "de": "de-DE"}[language],
            viewport={"width": width, "height": 844},
        )
        context.set_default_timeout(WAIT_MS)
        self.contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda line: self.errors.append(line.text) if _bad(line.text) else None)
        return Visitor(self.installation, context, page, language)

    def customer(self, language: str, *, balance: str = "20.00") -> Visitor:
        """Bring a customer who has signed in."""
        who = self.installation.json(
            "sandbox",
            "customer",
            "--email",
            f"j{time.time_ns()}@example.com",
            "--balance",
            balance,
            "--locale",
            language,
        )
        visitor = self(language)
        visitor.sign_in(who["email"], who["password"])
        return visitor

    def staff(self, role: str, language: str = "en") -> Visitor:
        """Bring a member of the staff who has signed in with both factors."""
        who = self.installation.json(
            "sandbox", "staff", "--email", f"s{time.time_ns()}@example.com", "--role", role
        )
        person = self(language)
        person.sign_in(who["email"], who["password"])
        if (left := TOTP_STEP_S - time.time() % TOTP_STEP_S) < TOTP_NEEDED_S:
            time.sleep(left)  # a code counts in its own half minute and not a moment longer
        step = int(time.time()) // TOTP_STEP_S
        code = format_hotp_value(hotp_value(who["totp_secret"], step))
        person.page.fill("input[name=code]", code)
        person.submit()
        return person

    def leave(self) -> None:
        for context in self.contexts:
            context.close()
        assert self.errors == [], "the browser reports errors"


def _bad(line: str) -> bool:
    return "Content Security Policy" in line or "Refused to" in line
