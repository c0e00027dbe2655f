"""U21 in a browser: a complaint, a suspicion, the word of a second person, and an appeal."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.installation import Installation
from tests.journeys.conftest import LANGUAGES, Visit, Visitor
from tests.journeys.test_accessible import axe
from tests.journeys.test_money_back import looked_at, mail_with
from tests.journeys.test_years import now_of

__all__ = ["axe"]  # a fixture


def may_order(person: Visitor, service: str, country: str) -> bool:
    """Order, and tell whether it was placed."""
    person.order(service, country)
    return "/services/" not in person.page.url


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_complaint_stops_one_service_until_another_person_rejects_it(
    visitor: Visit, axe: str, language: str
) -> None:
    installation = visitor.installation
    first, second, third = (visitor.staff("compliance", language) for _ in range(3))
    words = ("--email", f"u21-{time.time_ns()}@example.com", "--balance", "20.00")
    who = installation.json("sandbox", "customer", *words, "--locale", language)
    person = visitor(language)
    person.sign_in(who["email"], who["password"])
    person.order()
    number = person.newest()

    installation.command("sandbox", "clock", "advance", "2m")
    case = complains(first, installation, number, axe)
    assert not may_order(person, "tg", "no")
    assert may_order(person, "wa", "no"), "the balance is his to spend on all else"
    decides(first, case, "confirmed", axe)  # she who suspected does not decide
    expect(first.page.locator(".errorlist, [role=alert]").first).to_be_visible()
    looked_at(first, axe, f"abuse-not-alone-{language}")
    decides(second, case, "confirmed", axe)
    mail = mail_with(installation, who["email"], "RP-X3")
    assert "It sent spam." in mail["text"]

    person.go("/decisions/")
    looked_at(person, axe, f"decisions-{language}")
    person.page.locator("main form textarea").first.fill("It was not me.")
    person.submit()
    decides(third, case, "rejected", axe)
    looked_at(third, axe, f"abuse-rejected-{language}")
    assert may_order(person, "tg", "no")
    assert "BREACH" not in installation.command("audit").stdout


def complains(staff: Visitor, installation: Installation, number: str, axe: str) -> str:
    """Open the case of a complaint about what the number did just now, and return its address."""
    page = staff.page
    staff.go("/staff/abuse/complaint/")
    looked_at(staff, axe, f"complaint-{staff.language}")
    for name, text in (
        ("number", number),
        ("at", (now_of(installation) - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M")),
        ("by", "A carrier"),
        ("reference", "X-17"),
        ("reason", "It sends spam."),
    ):
        page.fill(f"main [name={name}]", text)
    staff.submit()
    expect(page.locator("#state")).to_be_visible()
    looked_at(staff, axe, f"abuse-case-{staff.language}")
    return page.url.removeprefix(staff.installation.url)


def decides(staff: Visitor, case: str, verdict: str, axe: str) -> None:
    page = staff.page
    staff.go(case)
    page.select_option("main [name=verdict]", verdict)
    page.fill("main [name=reference]", "X-17")
    page.fill("main [name=reason]", "Looked at.")
    page.fill("main [name=told]", "It sent spam.")
    staff.submit()
