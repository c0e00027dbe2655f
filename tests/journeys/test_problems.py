"""A Norwegian's number is silent: he reports it, the staff makes it known, one click confirms."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.installation import Installation
from tests.journeys.conftest import Visit, Visitor
from tests.journeys.test_accessible import axe, violations
from tests.journeys.test_why import open_newest, picture

__all__ = ["axe"]  # a fixture

LINK = re.compile(r"http\S+/incidents/\S+/")


def end_it(agent: Visitor) -> None:
    """Say that the incident is over, so that it concerns no other journey."""
    with agent.page.expect_navigation():
        agent.page.get_by_role("button", name="It is over").click()


def test_problem_is_reported_made_known_and_confirmed_with_one_click(
    visitor: Visit, installation: Installation, axe: str
) -> None:
    person = visitor.customer("nb")
    page = person.page
    open_newest(person)

    with page.expect_navigation():
        page.locator("#report").click()
    page.fill("textarea[name=words]", "Det kommer ingen SMS")
    picture(person, "problem-report")
    assert violations(page, axe) == []
    with page.expect_navigation():
        page.get_by_role("button", name="Send meldingen").click()

    expect(page.locator("#events > li[data-kind=problem_reported]")).to_contain_text(
        "Problem meldt"
    )
    order = page.url
    agent = visitor.staff("operations")
    agent.go("/staff/incidents/")
    agent.page.select_option("select[name=country]", "NO")
    agent.page.fill("textarea[name=words]", "Basestasjonen i Oslo er nede.")
    assert violations(agent.page, axe) == []
    with agent.page.expect_navigation():
        agent.page.locator("form[action$='/publish/'] button").click()

    page.goto(order)
    expect(page.locator("main")).to_contain_text("Basestasjonen i Oslo er nede.")
    picture(person, "problem-known")
    assert violations(page, axe) == []
    link = page.get_by_role("link", name="Jeg er rammet").get_attribute("href")
    stranger = visitor("nb")
    stranger.go(str(link))
    assert violations(stranger.page, axe) == []
    with stranger.page.expect_navigation():
        stranger.page.get_by_role("button", name="Jeg er rammet").click()
    expect(stranger.page.locator("#told")).to_contain_text("Vi har notert at nummeret ditt er")
    picture(stranger, "problem-told")
    page.goto(order)
    expect(page.locator("#events > li[data-kind=problem_reported]")).to_have_count(2)

    end_it(agent)
    page.goto(order)
    expect(page.get_by_role("link", name="Jeg er rammet")).to_have_count(0)


def links_of_letters(installation: Installation) -> list[str]:
    """Return the links of all letters about incidents that were sent so far."""
    return [
        match[0]
        for mail in installation.json("sandbox", "mails")
        if "kjent problem" in mail["subject"] and (match := LINK.search(mail["text"]))
    ]


def test_letter_of_an_incident_leads_there_without_signing_in(
    visitor: Visit, installation: Installation
) -> None:
    person = visitor.customer("nb")
    open_newest(person)
    agent = visitor.staff("operations")
    agent.go("/staff/incidents/")
    agent.page.select_option("select[name=country]", "NO")
    of_before = links_of_letters(installation)
    with agent.page.expect_navigation():
        agent.page.locator("form[action$='/publish/'] button").click()

    found: list[str] = []
    for _ in range(60):
        found = [link for link in links_of_letters(installation) if link not in of_before]
        if found:
            break
        person.page.wait_for_timeout(500)
    assert found, "the letter came"
    stranger = visitor("nb")
    stranger.page.goto(found[-1])
    expect(stranger.page.get_by_role("button", name="Jeg er rammet")).to_be_visible()
    end_it(agent)
