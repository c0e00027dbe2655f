"""U09: a long text and an emoji to abroad, at the price that stood there before."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.installation import Installation
from tests.journeys.conftest import Visit
from tests.journeys.renting import person_with_number
from tests.journeys.test_accessible import axe, violations

__all__ = ["axe"]

ABROAD = "+491701234567"
TWO_PARTS = "Your room is ready from three o'clock. " * 5
PICTURES = os.environ.get("JOURNEY_PICTURES")  # a folder for whoever wants to look


def shown_price(page: Page, parts: str) -> str:
    expect(page.locator("#sms-price")).to_contain_text(parts)
    return page.locator("#sms-price strong").inner_text()


def test_a_long_text_costs_what_stood_there_and_its_report_is_seen(
    visitor: Visit, installation: Installation, axe: str
) -> None:
    person, number = person_with_number(visitor, installation)
    page = person.page
    person.go("/inbox/new/")
    page.select_option("select[name=number]", index=0)
    page.fill("input[name=to]", ABROAD)

    page.fill("textarea[name=body]", "Hello")
    one = shown_price(page, "1 part ")
    page.fill("textarea[name=body]", "Hello \N{PARTY POPPER}")
    expect(page.locator("#sms-price")).to_contain_text("emoji")
    page.fill("textarea[name=body]", TWO_PARTS)
    price = shown_price(page, "2 parts")
    page.fill("textarea[name=body]", TWO_PARTS + "\N{PARTY POPPER}")
    expect(page.locator("#sms-price")).to_contain_text("3 parts")
    page.fill("textarea[name=body]", TWO_PARTS)
    assert shown_price(page, "2 parts") == price != one
    assert violations(page, axe) == []
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / "sending.png", full_page=True)
    person.submit()

    sent = page.locator("#thread li").first
    expect(sent).to_contain_text(price)
    expect(sent).to_contain_text("2 parts")
    expect(sent).to_contain_text("delivered", timeout=30_000)
    person.go("/balance/statement/")
    expect(page.locator("main")).to_contain_text(price)
    arrived = installation.json("sandbox", "sent", "--to", ABROAD)
    assert {part["from"].lstrip("+") for part in arrived} == {number.lstrip("+")}
