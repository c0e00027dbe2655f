"""Every page of the main job keeps WCAG 2.2 AA, on a phone, in light and dark (axe-core)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, TypeAlias

import pytest
from playwright.sync_api import Page

from tests.gateways.smpp.platform import PEERS, install_node_peers
from tests.installation import Installation
from tests.journeys.conftest import Visit
from tests.journeys.renting import person_with_number

Scheme: TypeAlias = Literal["light", "dark"]
VISITOR_PAGES = ("/", "/accounts/signup/", "/accounts/login/", "/documents/refund-policy/")
CUSTOMER_PAGES = (
    "/services/tg/no/",
    "/orders/",
    "/balance/",
    "/balance/top-up/",
    "/balance/automatic/",
    "/keys/",
)
PICTURES = os.environ.get("JOURNEY_PICTURES")  # a folder for whoever wants to look
RENTED_PAGES = ("", "hand-over/", "port-out/", "end/")  # of one number
STAFF_PAGES = {
    "operations": (
        "probes/",
        "stock/for-rent/",
        "faults/",
        "incidents/",
        "maintenance/",
        "leases/",
        "suppliers/",
        "routes/",
        "rates/",
        "price-lists/",
        "standing/",
    ),
    "identity": ("papers/",),
}
COLOURS = "{runOnly: {type: 'rule', values: ['color-contrast']}}"  # what a scheme changes
RULES = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}"
# Links to others that do not say so in words, that tell where somebody came from, or that carry
# an address of mail or a phone number.
OUTWARD = r"""
() => [...document.querySelectorAll("a[href^='http']")]
  .filter((link) => link.host !== location.host)
  .filter((link) => {
    const quiet = ["noopener", "noreferrer", "external"].every((w) => link.relList.contains(w));
    const said = link.querySelector(".leads-out[aria-hidden] + .sr-only")?.textContent.trim();
    return !quiet || !said || /@|%40|(\+|%2B)\d{7}/i.test(link.href);
  })
  .map((link) => link.outerHTML)
"""


@pytest.fixture(scope="module")
def axe() -> str:
    install_node_peers()
    return (Path(PEERS) / "node_modules" / "axe-core" / "axe.min.js").read_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible_and_fit_a_phone(visitor: Visit, axe: str, scheme: Scheme) -> None:
    anybody = visitor("nb")
    customer = visitor.customer("nb")
    found = []
    for person, paths in ((anybody, VISITOR_PAGES), (customer, CUSTOMER_PAGES)):
        person.page.emulate_media(color_scheme=scheme)
        for path in paths:
            person.go(path)
            found += [(path, *row) for row in violations(person.page, axe)]
    assert found == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_a_rented_number_are_accessible_and_fit_a_phone(
    visitor: Visit, installation: Installation, axe: str, scheme: Scheme
) -> None:
    person, _ = person_with_number(visitor, installation, language="nb")
    person.page.emulate_media(color_scheme=scheme)
    person.go("/my-numbers/")
    link = person.page.locator("main a[href^='/my-numbers/']").first.get_attribute("href")
    assert link is not None
    paths = ("/my-numbers/", "/numbers/", "/status/", "/inbox/new/", "/papers/")
    found = []
    for path in (*paths, *(link + page for page in RENTED_PAGES)):
        person.go(path)
        found += [(path, *row) for row in violations(person.page, axe)]
        keep(person.page, f"{scheme}{path}")
    assert found == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_the_staff_are_accessible_and_fit_a_phone(
    visitor: Visit, axe: str, scheme: Scheme
) -> None:
    found = []
    for role, paths in STAFF_PAGES.items():
        person = visitor.staff(role)
        person.page.emulate_media(color_scheme=scheme)
        for path in paths:
            answer = person.page.goto(f"{person.installation.url}/staff/{path}")
            assert answer is not None
            if answer.status != 200:
                found.append((role, path, str(answer.status)))
            found += [(path, *row) for row in violations(person.page, axe)]
            keep(person.page, f"{scheme}/staff/{path}")
    assert found == []


def keep(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name.strip('/').replace('/', '-')}.png")


def violations(page: Page, axe: str, *, rules: str = RULES) -> list[tuple[str, str]]:
    """Return (rule, first place) of what breaks a rule, and whether the page is too wide."""
    page.evaluate(axe)
    result = page.evaluate(f"axe.run({rules})")
    rows = [(row["id"], row["nodes"][0]["html"]) for row in result["violations"]]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        rows.append(("wider than the phone", ""))
    rows += [("leads out without saying so", str(link)) for link in page.evaluate(OUTWARD)]
    return rows
