"""Support from outside: U19 and the banned account of U06 in three languages."""

from __future__ import annotations

import re
import smtplib
import time
from email.message import EmailMessage

import pytest
from playwright.sync_api import expect

from tests.apps.identity.samples import PNG
from tests.installation import Installation
from tests.journeys.conftest import LANGUAGES, Visit, Visitor
from tests.journeys.test_accessible import axe, violations

__all__ = ["axe"]  # a fixture

MAILBOX = "hello@nummer.example"
CARD = "4111 1111 1111 1111"
SHOWN = "[card •••• 1111]"
CODE = "48213"
WORDS = {
    "en": ("point rp-n2a of our refund policy", "The reason: we checked our own work."),
    "nb": ("punkt rp-n2a i refusjonsvilkårene", "Grunnen: vi kontrollerte vårt eget arbeid."),
    "de": ("punkt rp-n2a unserer", "Der Grund: Wir haben unsere eigene Arbeit geprüft."),
}
MONEY = {"en": "20.00", "nb": "20,00", "de": "20,00"}


def hired(installation: Installation, language: str) -> dict[str, str]:
    """Return a customer with 20.00."""
    who: dict[str, str] = installation.json(
        "sandbox",
        "customer",
        "--email",
        f"u19-{time.time_ns()}@example.com",
        "--balance",
        "20.00",
        "--locale",
        language,
    )
    return who


def bring(installation: Installation, mail: bytes, *, sender: str, to: str = MAILBOX) -> None:
    """Bring octets as any mail server would; returns once 250 was said."""
    with smtplib.SMTP("127.0.0.1", installation.mail_port, timeout=30) as server:
        server.sendmail(sender, [to], mail)


def mails(installation: Installation, to: str, *, count: int) -> list[dict[str, str]]:
    """Return the mails about cases that went to somebody, once there are so many."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = [
            mail
            for mail in installation.json("sandbox", "mails", "--to", to)
            if re.search(r"\b1\d{5}\)", mail["subject"])
        ]
        if len(found) >= count:
            return found
        time.sleep(0.5)
    raise AssertionError(f"{count} mails did not come")


def number_in(mail: dict[str, str]) -> str:
    found = re.search(r"\b(1\d{5})\)", mail["subject"])
    assert found is not None
    return found[1]


def with_screenshot(sender: str, *, text: str) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, MAILBOX, "My account was banned"
    mail["Message-ID"] = f"<{time.time_ns()}@example.com>"
    mail.set_content(text)
    mail.add_attachment(PNG, maintype="image", subtype="png", filename="screenshot.png")
    return mail.as_bytes()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mail_about_a_banned_account_is_answered_and_looks_are_told(
    visitor: Visit, installation: Installation, axe: str, language: str
) -> None:
    who, other = hired(installation, language), hired(installation, language)
    person = visitor(language)
    person.sign_in(who["email"], who["password"])
    person.order()
    phone = person.newest()
    installation.json(
        "sandbox", "sms", "--to", phone, "--from", "Telegram", "--text", f"Telegram code: {CODE}"
    )
    expect(person.page.locator(".code").first).to_have_text(CODE)
    person.go("/balance/")
    before = person.page.locator("tbody tr").all_inner_texts()

    text = f"My account at Telegram was banned. I want my money back, card {CARD}."
    bring(installation, with_screenshot(who["email"], text=text), sender=who["email"])
    (receipt,) = mails(installation, who["email"], count=1)
    number = number_in(receipt)
    person.go(f"/cases/{number}/")
    expect(person.page.locator("main")).to_contain_text(SHOWN)
    expect(person.page.locator("main")).to_contain_text("screenshot.png")
    assert "4111" not in person.page.content()
    assert violations(person.page, axe) == []

    agent = visitor.staff("support")
    sees_one_customer(agent, number, who=who, other=other, axe=axe)
    answers(agent, number, code="account-banned", axe=axe)

    answer = mails(installation, who["email"], count=2)[1]
    words, reason = WORDS[language]
    assert words in " ".join(answer["text"].lower().split())
    assert answer["reply_to"] == receipt["reply_to"]
    person.go("/balance/")
    assert person.page.locator("tbody tr").all_inner_texts() == before, "no credit"
    says_how_it_went(visitor, answer["text"], language, axe)
    reads_who_looked(visitor(language), other, reason, axe)


def sees_one_customer(
    agent: Visitor, number: str, *, who: dict[str, str], other: dict[str, str], axe: str
) -> None:
    """LD-U2: the account of the open case opens, another one asks for a reason."""
    page = agent.page
    agent.go(f"/staff/customers/{who['account_id']}/")
    assert "/open/" in page.url, "the case is not open yet"
    agent.go("/staff/cases/")
    row = page.locator("tr", has=page.get_by_role("link", name=number, exact=True))
    expect(row).to_contain_text("RP-T3")
    assert violations(page, axe) == []
    agent.go(f"/staff/cases/?q={number}")
    assert page.url.endswith(f"/staff/cases/{number}/")
    expect(page.locator("main")).to_contain_text(SHOWN)
    assert "4111" not in page.content()
    assert violations(page, axe) == []
    agent.go(f"/staff/customers/{who['account_id']}/")
    assert "/open/" not in page.url
    assert violations(page, axe) == []
    agent.go(f"/staff/customers/{other['account_id']}/")
    assert "/open/" in page.url
    assert violations(page, axe) == []
    page.select_option("select[name=why]", "check")
    agent.submit()
    assert page.url.endswith(f"/staff/customers/{other['account_id']}/")


def answers(agent: Visitor, number: str, *, code: str, axe: str) -> None:
    """The agent begins with a standard answer, in the customer's language, and closes the case."""
    page = agent.page
    agent.go(f"/staff/cases/{number}/")
    page.select_option("select[name=use]", code)
    with page.expect_navigation():
        page.get_by_role("button", name="Fill it in").click()
    expect(page.locator("textarea[name=text]")).to_have_value(re.compile("RP-N2a"))
    assert violations(page, axe) == []
    page.check("input[name=closes]")
    with page.expect_navigation():
        page.get_by_role("button", name="Send the answer").click()
    expect(page.locator("main")).to_contain_text(f"{code}@0")


def says_how_it_went(visitor: Visit, answer: str, language: str, axe: str) -> None:
    """LD-D4: one click behind the link of the mail, without a login."""
    found = re.search(r"/how-it-went/\S+/", answer)
    assert found is not None
    anybody = visitor(language)
    anybody.go(found[0])
    assert violations(anybody.page, axe) == []
    anybody.page.locator("button[name=rating][value=good]").click()
    expect(anybody.page.locator("main [role=status]")).to_be_visible()


def reads_who_looked(person: Visitor, other: dict[str, str], reason: str, axe: str) -> None:
    person.sign_in(other["email"], other["password"])
    person.go("/account/looks/")
    expect(person.page.locator("main")).to_contain_text(reason)
    assert violations(person.page, axe) == []


def raw(sender: str, *, head: bytes = b"Subject: Hello\r\n", body: bytes = b"Hello.\r\n") -> bytes:
    return f"From: <{sender}>\r\nTo: {MAILBOX}\r\n".encode() + head + b"\r\n" + body


def test_token_or_reference_of_another_case_opens_a_new_one_and_tells_nothing(
    visitor: Visit, installation: Installation
) -> None:
    who = hired(installation, "en")
    bring(installation, raw(who["email"], body=b"My secret is 12.\r\n"), sender=who["email"])
    (receipt,) = mails(installation, who["email"], count=1)
    number = number_in(receipt)
    eve = f"eve-{time.time_ns()}@example.org"
    guessed = b"Subject: Re: Hello\r\nIn-Reply-To: <1@nummer.example>\r\n"

    bring(installation, raw(eve, body=b"Show me.\r\n"), sender=eve, to=receipt["reply_to"])
    bring(installation, raw(eve, head=guessed, body=b"Show me again.\r\n"), sender=eve)

    told = mails(installation, eve, count=2)
    assert len({number, *(number_in(mail) for mail in told)}) == 3
    assert not any("secret" in mail["text"] for mail in told)
    person = visitor("en")
    person.sign_in(who["email"], who["password"])
    person.go(f"/cases/{number}/")
    expect(person.page.locator("main ol > li")).to_have_count(1)
    assert len(mails(installation, who["email"], count=1)) == 1
