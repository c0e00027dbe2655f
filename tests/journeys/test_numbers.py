"""A number by the month on a phone, in Norwegian: found, rented, seen to work, and ended."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.gateways.smpp.platform import PEERS, install_node_peers
from tests.installation import Installation
from tests.journeys.conftest import Visit, Visitor
from tests.journeys.test_accessible import violations


@pytest.fixture(scope="module")
def axe() -> str:
    install_node_peers()
    return (Path(PEERS) / "node_modules" / "axe-core" / "axe.min.js").read_text()


def wait_until_it_works(person: Visitor) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        person.page.reload()
        if "Virker" in person.page.locator("#lease-state").inner_text():
            return
        time.sleep(1)
    raise AssertionError(f"the number never worked: {person.installation.tail()}")


def order(person: Visitor) -> None:
    """Order from the offer's page: nothing is ticked before, everything has to be."""
    page = person.page
    boxes = page.locator("form input[type=checkbox]")
    for n in range(boxes.count()):
        assert not boxes.nth(n).is_checked()
        boxes.nth(n).check()
    page.get_by_role("button", name="Bestill med betalingsplikt").click()


def test_a_number_of_oslo_is_rented_used_and_ended(
    visitor: Visit, installation: Installation, axe: str
) -> None:
    person = visitor.customer("nb", balance="100.00")
    page = person.page
    found: list[tuple[str, str, str, str]] = []

    def look() -> None:
        """Look at the page as it is, in light and in dark."""
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.reload()  # colours that still change would be measured half way
            found.extend((page.url, scheme, *row) for row in violations(page, axe))
        page.emulate_media(color_scheme="light")

    person.go("/numbers/")
    look()
    page.get_by_role("link", name=re.compile("Norge")).click()
    look()
    page.get_by_role("link", name="Oslo", exact=True).click()
    expect(page.locator("h1")).to_contain_text("Oslo")
    page.check("input[name=voice]")
    page.get_by_role("button", name="Søk").click()
    page.wait_for_url(re.compile("voice=yes"))
    look()
    with page.expect_navigation():
        page.locator("#results a.btn-primary").first.click()
    look()
    with page.expect_navigation():
        order(person)
    wait_until_it_works(person)
    look()
    person.go("/my-numbers/")
    look()
    page.locator("main a.font-mono").first.click()

    page.get_by_role("link", name="Si opp avtalen").click()
    look()
    expect(page.locator("#if-ended")).to_contain_text("LAW-14")
    page.get_by_role("button", name="Avslutt ved månedsslutt").click()
    page.get_by_role("button", name="Behold nummeret likevel").click()
    expect(page.locator("#lease-state")).to_contain_text("deretter fornyet")
    for path in ("/end-contract/", "/status/"):
        person.go(path)
        look()

    assert not found, "\n".join(map(str, found))
