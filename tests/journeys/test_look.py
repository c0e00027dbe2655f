"""Paper, notes and forms with errors: what is seen of them, and where the keyboard is then."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Visit
from tests.journeys.test_accessible import COLOURS, axe, keep, violations

__all__ = ["axe"]
CONTROLS = """
() => [...document.querySelectorAll("button, nav, form, input, .btn, header.navbar, footer")]
  .filter((place) => place.checkVisibility()).map((place) => place.outerHTML.slice(0, 80))
"""


def test_paper_is_dark_on_white_without_controls_even_of_a_dark_page(
    visitor: Visit, axe: str
) -> None:
    person = visitor.customer("nb")
    page = person.page
    person.order()
    person.newest()
    order = page.locator("main a[href^='/orders/']:not([href*='?']):not([href*='csv'])")
    address = order.first.get_attribute("href")
    assert address is not None
    page.set_viewport_size({"width": 720, "height": 1000})
    page.emulate_media(media="print", color_scheme="dark")
    paths = (address, "/balance/statement/", "/invoices/", "/documents/refund-policy/")
    bad = []
    for path in paths:
        person.go(path)
        bad += [(path, place) for place in page.evaluate(CONTROLS)]
        bad += [(path, row) for row in violations(page, axe, rules=COLOURS)]
        expect(page.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")
        expect(page.locator("h1").first).to_have_css("color", "rgb(0, 0, 0)")
        keep(page, f"print{path}")
    assert bad == []


@pytest.mark.parametrize("width", [390, 1280])
def test_a_note_stays_until_it_is_closed_by_a_key_or_its_button(visitor: Visit, width: int) -> None:
    person = visitor("en", width=width)
    page = person.page
    for close in ("button", "key"):
        person.go("/")
        page.locator("footer form[action*='cookies'] button").first.click()
        note = page.locator(".toasts .alert")
        expect(note).to_have_count(1)
        expect(page.locator(".toasts")).to_have_attribute("role", "status")
        page.wait_for_timeout(3_000)
        expect(note).to_be_visible()
        if close == "key":
            page.keyboard.press("Escape")
        else:
            page.get_by_role("button", name="Close this note").click()
            assert _focused(page) == "content"
        expect(note).to_have_count(0)


@pytest.mark.parametrize("script", [True, False])
def test_what_is_to_be_mended_is_where_the_keyboard_goes_on(visitor: Visit, script: bool) -> None:  # noqa: FBT001 -- a case
    person = visitor("en", script=script)
    page = person.page
    person.go("/accounts/signup/")
    page.fill("input[name=email]", "me@example.com")
    page.fill("input[name=phone]", "+47 22")
    page.fill("input[name=password1]", "correct horse battery 9")
    page.select_option("select[name=country]", "NO")
    page.select_option("select[name=currency]", "EUR")
    page.check("input[name=accept]")
    page.check("input[name=notice]")
    person.submit()

    phone = page.locator("input[name=phone]")
    expect(phone).to_be_focused()
    expect(phone).to_have_attribute("aria-invalid", "true")
    described = (phone.get_attribute("aria-describedby") or "").split()
    assert page.locator(f"#{described[-1]}").inner_text()
    assert "field-error" in (page.locator(f"#{described[-1]}").get_attribute("class") or "")


def _focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id"))
