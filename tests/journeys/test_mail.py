"""A customer mails, confirms, gets an answer and writes back; nothing that was taken is lost."""

from __future__ import annotations

import os
import re
import signal
import smtplib
import time

from playwright.sync_api import expect

from tests.installation import Installation
from tests.journeys.conftest import Visit
from tests.journeys.test_accessible import axe, violations

__all__ = ["axe"]  # a fixture

MAILBOX = "hello@nummer.example"


def customer(installation: Installation) -> tuple[str, str]:
    who = installation.json(
        "sandbox",
        "customer",
        "--email",
        f"mail-{time.time_ns()}@example.com",
        "--balance",
        "5.00",
        "--locale",
        "nb",
    )
    return who["email"], who["password"]


def bring(installation: Installation, sender: str, text: str, *, to: str = MAILBOX) -> None:
    """Mail as any mail server would; returns once 250 was said."""
    mail = f"From: <{sender}>\r\nTo: {to}\r\nSubject: Refusjon\r\n\r\n{text}\r\n"
    with smtplib.SMTP("127.0.0.1", installation.mail_port, timeout=30) as server:
        server.sendmail(sender, [to], mail.encode())


def letters(installation: Installation, to: str, *, count: int) -> list[dict[str, str]]:
    """Return the mails that went to somebody about cases, once there are so many."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        mails = installation.json("sandbox", "mails", "--to", to)
        found = [mail for mail in mails if re.search(r"\(sak \d+\)", mail["subject"])]
        if len(found) >= count:
            return found
        time.sleep(0.5)
    raise AssertionError(f"{count} mails did not come")


def number_in(letter: dict[str, str]) -> str:
    found = re.search(r"sak (\d+)", letter["subject"])
    assert found is not None
    return found[1]


def test_mail_is_confirmed_answered_and_continued(
    installation: Installation, visitor: Visit, axe: str
) -> None:
    email, password = customer(installation)
    bring(installation, email, "Jeg vil ha pengene tilbake. Kortet er 4111 1111 1111 1111.")
    (receipt,) = letters(installation, email, count=1)
    number = number_in(receipt)
    assert f"/cases/{number}/" in receipt["text"]

    person = visitor("nb")
    person.sign_in(email, password)
    person.go(f"/cases/{number}/")
    expect(person.page.locator("main")).to_contain_text("Kortet er [card •••• 1111].")
    assert violations(person.page, axe) == []
    person.submit()
    expect(person.page.locator("main")).not_to_contain_text("Skrev du dette?")
    person.go("/cases/")
    assert violations(person.page, axe) == []

    staff = visitor.staff("support")
    staff.go("/staff/cases/")
    with staff.page.expect_navigation():
        staff.page.get_by_role("link", name=number, exact=True).click()
    assert violations(staff.page, axe) == []
    staff.page.fill("textarea[name=text]", "Vi har sett på det.")
    with staff.page.expect_navigation():
        staff.page.get_by_role("button", name="Send the answer").click()

    answer = letters(installation, email, count=2)[1]
    assert "Vi har sett på det." in answer["text"]
    bring(installation, email, "Takk!", to=answer["reply_to"])
    person.go(f"/cases/{number}/")
    expect(person.page.locator("main ol > li")).to_have_count(3)
    assert len(letters(installation, email, count=2)) == 2


def test_mail_that_was_acknowledged_survives_a_kill(
    installation: Installation, visitor: Visit
) -> None:
    email, password = customer(installation)
    announced = installation.home / "run" / "gateway-mail.json"
    bring(installation, email, "Første")
    for text in ("Andre", "Tredje"):
        bring(installation, email, text)
        pid = int(re.findall(r'"pid": (\d+)', announced.read_text())[0])
        os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not _answers(installation):
            time.sleep(0.2)

    person = visitor("nb")
    person.sign_in(email, password)
    person.go("/cases/")
    expect(person.page.locator("#cases + ul > li")).to_have_count(3)


def _answers(installation: Installation) -> bool:
    try:
        with smtplib.SMTP("127.0.0.1", installation.mail_port, timeout=5) as server:
            return server.noop()[0] == 250
    except OSError:
        return False
