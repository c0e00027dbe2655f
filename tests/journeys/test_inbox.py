"""A rented number's inbox in a real browser: it moves by itself, and everybody can use it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.installation import Installation
from tests.journeys.conftest import Visit
from tests.journeys.renting import person_with_number
from tests.journeys.test_accessible import axe, violations

__all__ = ["axe"]


def deliver(installation: Installation, number: str, *, sender: str, text: str) -> None:
    done = installation.json("sandbox", "sms", "--to", number, "--from", sender, "--text", text)
    assert done["acknowledged"] == 1


def test_sms_appear_in_the_open_inbox_and_in_the_open_conversation(
    visitor: Visit, installation: Installation
) -> None:
    person, number = person_with_number(visitor, installation)
    page = person.page
    person.go("/inbox/")
    address = page.url

    deliver(installation, number, sender="PostNord", text="Your parcel is here.")
    expect(page.get_by_role("link", name="PostNord")).to_be_visible()
    assert page.url == address, "the page was not loaded again"

    page.get_by_role("link", name="PostNord").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your parcel is here.")).to_be_visible()
    deliver(installation, number, sender="PostNord", text="It waits until Friday.")
    expect(page.get_by_text("It waits until Friday.")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_the_inbox_are_accessible_and_fit_a_phone(
    visitor: Visit, installation: Installation, axe: str, scheme: str
) -> None:
    person, number = person_with_number(visitor, installation)
    page = person.page
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    found = []

    def look(at: str) -> None:
        found.extend((at, *row) for row in violations(page, axe))

    person.go("/inbox/")
    look("the empty inbox")
    deliver(installation, number, sender="PostNord", text="https://example.com/" + "x" * 90)
    expect(page.get_by_role("link", name="PostNord")).to_be_visible()
    look("the inbox")
    with page.expect_navigation():
        page.get_by_role("link", name="PostNord").click()
    look("a conversation")
    deliver(installation, number, sender="4790011222", text="Hello")
    person.go("/inbox/")
    with page.expect_navigation():
        page.get_by_role("link", name="+4790011222").click()
    page.fill("textarea", "Hei \N{PARTY POPPER} " * 20)
    expect(page.locator("#sms-price strong")).to_be_visible()
    look("an answer that is written")
    person.go("/inbox/new/")
    look("a new SMS")
    person.go("/inbox/?q=example")
    look("a search")
    with page.expect_navigation():
        page.select_option("select[name=number]", index=1)
    with page.expect_navigation():
        page.get_by_role("link", name="Settings of this number").click()
    look("the settings")
    assert found == []
