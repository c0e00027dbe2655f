"""A Norwegian on her phone: she tops up by bank transfer, and the bank's statement credits her."""

from __future__ import annotations

import time

from playwright.sync_api import expect

from tests.installation import Installation
from tests.journeys.conftest import Visit
from tests.journeys.test_accessible import axe
from tests.journeys.test_invoices import looked_at

__all__ = ["axe"]  # a fixture
READ_WITHIN_S = 60


def test_a_transfer_with_a_kid_is_on_the_balance_after_the_statement(
    visitor: Visit, installation: Installation, axe: str
) -> None:
    who = installation.json(
        *("sandbox", "customer", "--email", "kari@example.com", "--locale", "nb"),
        *("--currency", "NOK", "--balance", "0.00"),
    )
    person = visitor("nb")
    page = person.page
    person.sign_in(who["email"], who["password"])
    person.go("/balance/top-up/?amount=200")
    page.get_by_role("radio", name="Bankoverføring").check()
    looked_at(page, axe, "transfer-methods")
    person.submit()
    expect(page.locator("main")).to_contain_text("tar én til tre bankdager")
    looked_at(page, axe, "transfer-confirm")
    page.get_by_role("button", name="Vis hvordan du overfører").click()
    expect(page.locator("main")).to_contain_text("KID")
    looked_at(page, axe, "transfer")
    kid = page.locator("#transfer-reference").inner_text()
    transfer = page.url

    page.get_by_role("link", name="Betal i sandkassens bank").click()
    looked_at(page, axe, "transfer-bank")
    page.get_by_role("button", name="Bokfør").click()
    expect(page.locator("main")).to_contain_text(kid)
    page.get_by_role("button", name="Avslutt dagen").click()
    expect(page.locator("main")).to_contain_text("camt053-NOK-00001.xml")

    until = time.monotonic() + READ_WITHIN_S
    page.goto(transfer)
    while "er kommet" not in page.locator("main").inner_text() and time.monotonic() < until:
        time.sleep(1)
        page.reload()
    expect(page.locator("main")).to_contain_text("Overføringen din på")
    looked_at(page, axe, "transfer-come")
    person.go("/balance/")
    expect(page.locator("main")).to_contain_text("200,00")
    assert list((installation.home / "bank").iterdir()) == []
    assert installation.command("audit").returncode == 0
