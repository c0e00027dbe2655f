"""A Norwegian on his phone: he buys, the month ends, he reads his invoice and his statement."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.installation import Installation
from tests.journeys.conftest import Visit, Visitor
from tests.journeys.test_accessible import axe, violations
from tests.journeys.test_one_time import deliver

__all__ = ["axe"]  # a fixture
PICTURES = os.environ.get("JOURNEY_PICTURES")  # a folder for whoever wants to look


def fits(page: Page) -> bool:
    """Tell whether the page is no wider than the phone."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def looked_at(page: Page, axe: str, name: str) -> None:
    assert violations(page, axe) == []
    assert fits(page)
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def to_next_month(installation: Installation) -> None:
    """Move the clock past the morning of the first day of the next month."""
    shown = str(installation.json("sandbox", "clock", "show")["now"])
    now = datetime.fromisoformat(shown).astimezone(UTC)
    following = datetime(now.year + now.month // 12, now.month % 12 + 1, 1, 12, tzinfo=UTC)
    installation.command("sandbox", "clock", "set", following.isoformat())


def test_a_customer_reads_his_invoice_in_norwegian(
    visitor: Visit, installation: Installation, axe: str, tmp_path: Path
) -> None:
    person = visitor.customer("nb")
    page = person.page
    person.go("/invoices/")
    expect(page.locator("main")).to_contain_text("Det finnes ingen faktura ennå.")
    looked_at(page, axe, "invoices-none")
    says_whom_invoices_name(person, axe)

    person.order()
    deliver(installation, person.newest())
    person.order()
    to_next_month(installation)  # the second window ends without a code: it is given back

    person.go("/balance/")
    page.get_by_role("link", name="Fakturaer").click()
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("Kreditnota")
    expect(rows.nth(1)).to_contain_text("Faktura")
    looked_at(page, axe, "invoices")
    said = downloaded(page, rows.nth(1).get_by_role("link"), tmp_path / "invoice.pdf")
    assert said is None or ("Ola Nordmann" in said and "Betalt fra saldoen din." in said)
    filters_the_statement(person, axe)
    assert installation.command("audit").returncode == 0


def says_whom_invoices_name(person: Visitor, axe: str) -> None:
    person.go("/invoices/details/")
    person.page.get_by_label("Navn på fakturaer").fill("Ola Nordmann")
    person.page.get_by_label("Adresse på fakturaer").fill("Storgata 1\n0155 Oslo")
    person.page.get_by_role("button", name="Lagre").click()
    expect(person.page.locator("body")).to_contain_text("Fra nå av står dette på fakturaene.")
    looked_at(person.page, axe, "invoice-details")


def downloaded(page: Page, link: Locator, target: Path) -> str | None:
    """Download a PDF and return what it says, where the machine can read one."""
    with page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename.startswith("INV-")
    download.value.save_as(target)
    assert target.read_bytes().startswith(b"%PDF-")
    if PICTURES:
        shutil.copy(target, PICTURES)
    if not shutil.which("pdftotext"):
        return None
    return subprocess.run(
        ["pdftotext", "-layout", target, "-"], check=True, capture_output=True, text=True
    ).stdout


def filters_the_statement(person: Visitor, axe: str) -> None:
    page = person.page
    person.go("/balance/statement/")
    page.get_by_label("Type").select_option(label="Refusjon til saldoen")
    page.get_by_role("button", name="Vis").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    looked_at(page, axe, "statement")
    page.get_by_label("Til og med").fill("2020-01-01")
    page.get_by_role("button", name="Vis").click()
    expect(page.locator("main")).to_contain_text("Ingen posteringer passer til filteret.")
