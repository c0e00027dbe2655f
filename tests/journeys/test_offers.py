"""Offers reach who agreed, in his language, and end by one click (U24), on a phone."""

from __future__ import annotations

import os
import re
from pathlib import Path

from playwright.sync_api import expect

from tests.installation import Installation
from tests.journeys.conftest import LANGUAGES, Visit, Visitor
from tests.journeys.test_accessible import axe, violations
from tests.journeys.test_one_time import mail_with

__all__ = ["axe"]  # a fixture

SUBJECTS = {"en": "Cheaper numbers", "nb": "Billigere numre", "de": "Günstigere Nummern"}
BODIES = {
    "en": "Numbers of Norway cost less this week.",
    "nb": "Norske numre koster mindre denne uken.",
    "de": "Norwegische Nummern kosten diese Woche weniger.",
}
LAST = {"en": "The last word.", "nb": "Det siste ordet.", "de": "Das letzte Wort."}
PICTURES = os.environ.get("JOURNEY_PICTURES")  # a folder for whoever wants to look


def looked_at(person: Visitor, axe: str, name: str) -> list[tuple[str, str, str]]:
    """Look at a page in light and dark on a phone."""
    found = []
    for scheme in ("light", "dark"):
        person.page.emulate_media(color_scheme=scheme)
        person.page.reload()
        found += [(name, *row) for row in violations(person.page, axe)]
        if PICTURES:
            path = Path(PICTURES) / f"offers-{name}-{person.language}-{scheme}.png"
            person.page.screenshot(path=path, full_page=True)
    return found


def link_in(text: str, path: str) -> str:
    found = re.search(rf"https?://\S+/{path}/\S+", text)
    assert found is not None
    return found[0]


def customer(visitor: Visit, installation: Installation, language: str) -> tuple[Visitor, str]:
    email = f"offers-{language}@example.com"
    who = installation.json(
        "sandbox", "customer", "--email", email, "--balance", "5.00", "--locale", language
    )
    person = visitor(language)
    person.sign_in(who["email"], who["password"])
    return person, email


def agree(person: Visitor, email: str, visitor: Visit, axe: str) -> list[tuple[str, str, str]]:
    """Agree to offers by mail: on the page, then by the link, in a browser without a login."""
    person.go("/consents/")
    found = looked_at(person, axe, "consents")
    with person.page.expect_navigation():
        person.page.locator("form:has(input[value=offers]):has(input[value=mail]) button").click()
    mailbox = visitor(person.language)
    mailbox.page.goto(
        link_in(mail_with(person.installation, email, "/consents/confirm/"), "consents/confirm")
    )
    found += looked_at(mailbox, axe, "confirm")
    mailbox.submit()
    expect(mailbox.page.locator("main").get_by_role("status")).to_be_visible()
    return found


def write_and_release(author: Visitor, other: Visitor, name: str, bodies: dict[str, str]) -> str:
    """Write a campaign to those who agreed to offers, and have another person release it."""
    author.go("/staff/campaigns/")
    page = author.page
    page.fill("input[name=name]", name)
    page.select_option("select[name=purpose]", "offers")
    for language in LANGUAGES:
        page.fill(f"input[name=subject_{language}]", f"{SUBJECTS[language]} ({name})")
        page.fill(f"textarea[name=body_{language}]", bodies[language])
    author.submit()
    expect(page.get_by_text("Another person than you releases it.")).to_be_visible()
    path = page.url.partition(author.installation.url)[2]
    other.go(path)
    for language in LANGUAGES:
        expect(other.page.get_by_text(bodies[language], exact=False).first).to_be_visible()
    with other.page.expect_navigation():
        other.page.get_by_role("button", name="Release and send").click()
    return path


def ended(person: Visitor, path: str) -> None:
    """Wait until every batch of a campaign is written."""
    for _ in range(60):
        person.go(path)
        if person.page.locator("dd", has_text=re.compile("^sent$")).count():
            return
        person.page.wait_for_timeout(500)
    raise AssertionError("the campaign is not sent")


def test_an_offer_reaches_who_agreed_and_ends_by_one_click(
    visitor: Visit, installation: Installation, axe: str
) -> None:
    people = {language: customer(visitor, installation, language) for language in LANGUAGES}
    found = []
    for person, email in people.values():
        found += agree(person, email, visitor, axe)
    silent = installation.json("sandbox", "customer", "--email", "offers-silent@example.com")
    author, other = visitor.staff("operations"), visitor.staff("owner")
    author.go("/staff/segments/")
    author.page.fill("input[name=name]", "Everybody")
    author.submit()
    found += looked_at(author, axe, "segments")

    first = write_and_release(author, other, "First", BODIES)
    found += looked_at(other, axe, "campaign")
    for language, (person, email) in people.items():
        text = mail_with(installation, email, BODIES[language])
        link = link_in(text, "unsubscribe")
        reader = visitor(language)
        reader.page.goto(link)  # a look alone ends nothing
        found += looked_at(reader, axe, "unsubscribe")
        if language == "en":  # as a mail program does it: one POST, no cookie, no page
            answer = reader.context.request.post(link, form={"List-Unsubscribe": "One-Click"})
            assert answer.status == 200
        else:
            reader.submit()
            expect(reader.page.locator("main").get_by_role("status")).to_be_visible()
        person.go("/consents/")
        assert person.page.locator("#history ~ div tbody tr").count() == 3
    ended(author, first)
    ended(author, write_and_release(author, other, "Last", LAST))

    sent = installation.json("sandbox", "mails")
    assert not any("(Last)" in mail["subject"] for mail in sent)
    assert not any("(First)" in mail["subject"] and mail["to"] == silent["email"] for mail in sent)
    firsts = [mail["to"] for mail in sent if "(First)" in mail["subject"]]
    assert sorted(firsts) == sorted(email for _, email in people.values())
    assert found == []
