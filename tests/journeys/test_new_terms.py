"""Our terms change: a Norwegian on a phone is told, reads what changed, accepts and goes on."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.installation import CHECKOUT, Installation
from tests.journeys.conftest import Visit, Visitor
from tests.journeys.test_accessible import axe, violations
from tests.journeys.test_one_time import mail_with

__all__ = ["axe"]  # a fixture

NEXT = "2027-03-01"
WORDS = {
    "en": "You can call us on Saturdays as well.",
    "nb": "Du kan også ringe oss på lørdager.",
    "de": "Sie können uns auch samstags anrufen.",
}
PICTURES = os.environ.get("JOURNEY_PICTURES")  # a folder for whoever wants to look


@pytest.fixture(scope="module")
def moving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Run an installation of this journey's own, whose clock and terms move on."""
    running = Installation(tmp_path_factory.mktemp("terms"))
    running.start()

    yield running
    status = running.stop()
    running.remove_database()
    assert status == 0


@pytest.fixture
def visit(moving: Installation, browser: Browser) -> Iterator[Visit]:
    people = Visit(moving, browser)
    yield people
    people.leave()


def write_terms(folder: Path) -> str:
    """Write a new version of the terms for the operator to publish; return the one before."""
    shutil.copytree(CHECKOUT / "documents", folder)
    before = max(path.name for path in (folder / "terms").iterdir())
    shutil.copytree(folder / "terms" / before, folder / "terms" / NEXT)
    for language, words in WORDS.items():
        with (folder / "terms" / NEXT / f"{language}.md").open("a") as text:
            text.write(f"\n{words}\n")
    return before


def both_schemes(page: Page, axe: str, name: str) -> list[tuple[str, str]]:
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.reload()  # colours fade into one another when the scheme changes under a page
        found += violations(page, axe)
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{name}-{scheme}.png", full_page=True)
    return found


def enter(visit: Visit, who: dict[str, str]) -> Visitor:
    person = visit("nb")
    person.sign_in(who["email"], who["password"])
    return person


def test_new_terms_are_announced_compared_asked_for_and_accepted(
    visit: Visit, moving: Installation, axe: str, tmp_path: Path
) -> None:
    who = moving.json(
        "sandbox", "customer", "--email", "kari@example.com", "--balance", "20.00",
        "--locale", "nb",
    )  # fmt: skip
    person = enter(visit, who)
    page = person.page
    person.order()
    before = write_terms(tmp_path / "documents")

    moving.command("documents", "publish", "--folder", str(tmp_path / "documents"))
    letter = mail_with(moving, "kari@example.com", NEXT)
    link = f"/documents/terms/{before}/{NEXT}/"
    assert f"Hva som endres: {moving.url}{link}" in letter
    person.go(link)
    expect(page.locator("h1")).to_have_text("Hva som er endret: Tjenestevilkår")
    expect(page.locator("ins")).to_contain_text(WORDS["nb"])
    expect(page.locator("del")).to_have_count(0)
    assert both_schemes(page, axe, "differences") == []
    person.order()  # the notice is not over

    moving.command("sandbox", "clock", "advance", "14d")
    person.go("/services/tg/no/")
    expect(page.locator("form [role=status]")).to_contain_text("Vilkårene våre er endret.")
    expect(page.get_by_role("button", name="Bestill med betalingsplikt")).to_have_count(0)

    again = enter(visit, who)
    page = again.page
    expect(page.locator("h1")).to_have_text("Nye versjoner av tekstene våre")
    assert both_schemes(page, axe, "accept") == []
    page.get_by_role("link", name="Ikke nå").click()
    again.go("/orders/")
    expect(page.locator("article")).to_have_count(2)
    again.go("/services/tg/no/")
    page.get_by_role("link", name="Les og godta").click()
    page.locator("input[name=text]").check()
    page.get_by_role("main").get_by_role("button", name="Godta").click()
    expect(page).to_have_url(f"{moving.url}/services/tg/no/")
    again.order()
    expect(page.locator("article")).to_have_count(3)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/documents/", ["gjelder fra", "Hva som er endret siden versjon"]),
        ("/documents/refund-policy/", ["Alle versjoner", "Til toppen"]),
        (
            "/contact/",
            ["mandag", "sentraleuropeisk tid", "+47 21 23 45 67", "hello@nummer.example", "Norge"],
        ),
    ],
)
def test_archive_and_contact_page_fit_a_phone_in_norwegian(
    visit: Visit, axe: str, path: str, told: list[str]
) -> None:
    person = visit("nb")
    person.go(path)
    for words in told:
        expect(person.page.locator("main")).to_contain_text(words)
    assert both_schemes(person.page, axe, path.strip("/").replace("/", "-")) == []
