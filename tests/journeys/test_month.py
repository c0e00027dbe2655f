"""U20 in a browser: finance reads the month of guarantees, its lists and the charts."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import LANGUAGES, Visit
from tests.journeys.test_accessible import axe
from tests.journeys.test_money_back import looked_at

__all__ = ["axe"]  # a fixture

MONTH = {
    "en": "No guarantee of this month is overdue.",
    "nb": "Ingen garanti i denne måneden er over fristen.",
    "de": "Keine Garantie dieses Monats ist überfällig.",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_finance_reads_the_month_its_lists_and_its_charts(
    visitor: Visit, axe: str, language: str
) -> None:
    installation = visitor.installation
    person = visitor.customer(language)
    person.order()
    installation.command("sandbox", "clock", "advance", "21m")  # no code came: it goes back
    person.go("/balance/")
    expect(person.page.locator("tbody tr").first).to_contain_text("RP-B4")

    finance = visitor.staff("finance", language)
    page = finance.page
    finance.go("/staff/")
    expect(page.locator("[data-plot] canvas").first).to_be_visible()
    looked_at(finance, axe, f"staff-first-{language}")
    finance.go("/staff/month/")
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator("main [role=status]").first).to_have_text(MONTH[language])
    expect(page.locator("#given")).to_contain_text("RP-B4")
    looked_at(finance, axe, f"month-{language}")
    page.locator("main a[href*='lists=1']").click()
    expect(page.locator("#sides")).to_be_visible()
    looked_at(finance, axe, f"month-lists-{language}")
    with page.expect_download() as download:
        page.locator("main a[href$='guarantees.csv']").click()
    assert download.value.path().read_text().startswith("account,kind,subject,order,")
    assert "BREACH" not in installation.command("audit").stdout


def test_charts_of_the_staff_are_drawn_in_the_dark(visitor: Visit, axe: str) -> None:
    for role in ("operations", "finance"):
        person = visitor.staff(role)
        person.page.emulate_media(color_scheme="dark")
        person.go("/staff/")
        expect(person.page.locator("[data-plot] canvas").first).to_be_visible()
        looked_at(person, axe, f"staff-dark-{role}")
