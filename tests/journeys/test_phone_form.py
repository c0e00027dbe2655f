"""U14 in a browser: an agent ends a rented number for a caller, over Easter, and a day too late.

An installation of its own, since its clock runs from one Easter to the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays
import pytest
from playwright.sync_api import Browser, expect

from tests.installation import Installation
from tests.journeys.conftest import LANGUAGES, Visit, Visitor
from tests.journeys.renting import hired, rents
from tests.journeys.test_accessible import axe
from tests.journeys.test_money_back import looked_at, mail_with

__all__ = ["axe"]  # a fixture

OSLO = ZoneInfo("Europe/Oslo")
OPEN = {
    "en": "The contract can be cancelled until the end of",
    "nb": "Avtalen kan avbestilles til og med",
    "de": "Der Vertrag kann bis zum Ende des",
}
OVER = {
    "en": "The time to cancel is over since the end of",
    "nb": "Fristen for å avbestille gikk ut med",
    "de": "Die Frist zum Stornieren ist mit dem",
}
ANSWER = {
    "en": "This is our answer to your request",
    "nb": "Dette er svaret",
    "de": "Das ist unsere Antwort",
}


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    running = Installation(tmp_path_factory.mktemp("phone"))
    running.start()
    running.hasten()

    yield running
    status = running.stop()
    running.remove_database()
    assert status == 0


@pytest.fixture
def visitor(installation: Installation, browser: Browser) -> Iterator[Visit]:
    visit = Visit(installation, browser)
    yield visit
    visit.leave()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_rented_number_is_cancelled_by_phone_over_easter_and_a_day_later_no_more(
    visitor: Visit, installation: Installation, axe: str, language: str
) -> None:
    thursday = next_maundy_thursday(installation)
    wednesday = thursday + timedelta(days=6)
    at_nine(installation, thursday)
    who = hired(installation, language, balance="200.00", company=True)
    ended, kept = rents(installation, who), rents(installation, who)

    at_nine(installation, wednesday)
    agent = visitor.staff("support", language)
    asks(agent, who, ended)
    preview = agent.page.locator("#preview")
    expect(preview).to_contain_text("CREDIT")
    expect(preview).to_contain_text("PP-6.1")
    expect(preview).to_contain_text("holidays")
    expect(agent.page.locator("#window")).to_contain_text(f"{OPEN[language]} {wednesday}")
    looked_at(agent, axe, f"phone-open-{language}")
    with agent.page.expect_navigation():
        agent.page.locator("button[name=file]").click()
    expect(agent.page.locator("main")).to_contain_text("PP-6.1")
    looked_at(agent, axe, f"phone-ended-{language}")

    said = mail_with(installation, who["email"], ANSWER[language])["text"]
    assert "PP-6.1" in said
    person = visitor(language)
    person.sign_in(who["email"], who["password"])
    person.go("/balance/")
    expect(person.page.locator("tbody tr").first).to_contain_text("PP-6.1")
    assert rents(installation, hired(installation, language)) != ended, "it rests first"

    at_nine(installation, wednesday + timedelta(days=1))
    agent = visitor.staff("support", language)
    asks(agent, who, kept)
    expect(agent.page.locator("#preview")).to_contain_text("RP-N1")
    expect(agent.page.locator("#window")).to_contain_text(f"{OVER[language]} {wednesday}")
    looked_at(agent, axe, f"phone-over-{language}")


def asks(agent: Visitor, who: Mapping[str, str], number: str) -> None:
    """Write down that the holder of a number called, and look at what would be decided."""
    page = agent.page
    agent.go("/staff/claims/call/")
    for name, text in (
        ("account", str(who["account_id"])),
        ("number", number),
        ("text", "She knew the last invoice."),
    ):
        page.fill(f"[name={name}]", text)
    page.select_option("select[name=ask]", "cancel")
    page.select_option("select[name=destination]", "balance")
    with page.expect_navigation():
        page.locator("main form button:not([name])").click()


def at_nine(installation: Installation, day: date) -> None:
    moment = datetime.combine(day, time(9), OSLO)
    installation.command("sandbox", "clock", "set", moment.isoformat())


def next_maundy_thursday(installation: Installation) -> date:
    """Return the next Thursday before Easter, by the clock of the installation."""
    shown = str(installation.json("sandbox", "clock", "show")["now"])
    today = datetime.fromisoformat(shown).astimezone(OSLO).date()
    years = (today.year, today.year + 1)
    named = holidays.country_holidays("NO", years=years, language="en_US")
    return min(day for day, name in named.items() if name == "Maundy Thursday" and day > today)
