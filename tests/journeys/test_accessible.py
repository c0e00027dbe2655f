"""Every page of the main job keeps WCAG 2.2 AA, on a phone, in light and dark (axe-core)."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.gateways.smpp.platform import PEERS, install_node_peers
from tests.journeys.conftest import Visit

VISITOR_PAGES = ("/", "/accounts/signup/", "/accounts/login/", "/documents/refund-policy/")
CUSTOMER_PAGES = (
    "/services/tg/no/",
    "/orders/",
    "/balance/",
    "/balance/top-up/",
    "/balance/automatic/",
    "/keys/",
)
RULES = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}"


@pytest.fixture(scope="module")
def axe() -> str:
    install_node_peers()
    return (Path(PEERS) / "node_modules" / "axe-core" / "axe.min.js").read_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible_and_fit_a_phone(visitor: Visit, axe: str, scheme: str) -> None:
    anybody = visitor("nb")
    customer = visitor.customer("nb")
    found = []
    for person, paths in ((anybody, VISITOR_PAGES), (customer, CUSTOMER_PAGES)):
        person.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for path in paths:
            person.go(path)
            found += [(path, *row) for row in violations(person.page, axe)]
    assert found == []


def violations(page: Page, axe: str) -> list[tuple[str, str]]:
    """Return (rule, first place) of what breaks a rule, and whether the page is too wide."""
    page.evaluate(axe)
    result = page.evaluate(f"axe.run({RULES})")
    rows = [(row["id"], row["nodes"][0]["html"]) for row in result["violations"]]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        rows.append(("wider than the phone", ""))
    return rows
