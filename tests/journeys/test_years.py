"""Facts that others bring, over Easter and six years: calls, mails, a carrier's notice, the clock.

An installation of its own, since its clock runs ahead.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, expect

from tests.installation import Installation
from tests.journeys.conftest import Visit, Visitor
from tests.journeys.test_accessible import axe, violations
from tests.journeys.test_mail import bring, letters, number_in
from tests.journeys.test_money_back import mail_with, order_of, pay_in
from tests.journeys.test_one_time import CODE
from tests.journeys.test_why import kinds, picture

__all__ = ["axe"]  # a fixture

MAUNDY_THURSDAY = "2027-03-25T09:00:00+01:00"  # a holiday in Norway, as Friday and Monday are
SIX_YEARS_LATER = "2033-03-25T09:00:00+01:00"


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    running = Installation(tmp_path_factory.mktemp("years"))
    running.start()

    yield running
    status = running.stop()
    running.remove_database()
    assert status == 0


@pytest.fixture
def visitor(installation: Installation, browser: Browser) -> Iterator[Visit]:
    visit = Visit(installation, browser)
    yield visit
    visit.leave()


def comes(visitor: Visit, email: str, password: str) -> Visitor:
    """Let a customer come whose session, if he had one, has ended."""
    person = visitor("nb")
    person.sign_in(email, password)
    return person


def notice(installation: Installation, number: str, *, reason: str) -> int:
    """Let the carrier sign that it took a number away, and say so by its API."""
    key = installation.json("carriers", "key", "--carrier", "sandbox")["key"]
    shown = str(installation.json("sandbox", "clock", "show")["now"])
    body = json.dumps(
        {"event": "block", "number": number, "reason": reason, "happened_at": shown}
    ).encode()
    at, nonce = str(int(time.time())), uuid.uuid4().hex
    signed = hmac.new(key.encode(), f"{at}.{nonce}.".encode() + body, hashlib.sha256)
    request = urllib.request.Request(
        f"{installation.url}/agent/api/notices",
        body,
        {
            "X-Nummer-Carrier": "sandbox",
            "X-Nummer-Timestamp": at,
            "X-Nummer-Nonce": nonce,
            "X-Nummer-Signature": signed.hexdigest(),
        },
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return int(answer.status)


def test_facts_of_others_decide_over_easter_and_a_balance_outlives_six_years(
    visitor: Visit, installation: Installation, axe: str
) -> None:
    words = ("--email", "years@example.com", "--locale", "nb", "--balance", "0.00", "--company")
    who = installation.json("sandbox", "customer", *words)
    email, password = who["email"], who["password"]
    pay_in(comes(visitor, email, password), "20")
    installation.command("sandbox", "clock", "set", MAUNDY_THURSDAY)
    person = comes(visitor, email, password)
    support = visitor.staff("support")

    a_carrier_takes_the_number_away(person, email, axe)
    a_mail_and_a_call_tell_of_an_outage(person, support, who)
    a_call_cancels_over_easter(person, support, who, axe)
    person.order("wa")
    phone = person.newest()
    installation.json(
        "sandbox", "sms", "--to", phone, "--from", "WhatsApp", "--text", f"WhatsApp code: {CODE}"
    )
    expect(person.page.locator(".code").first).to_have_text(CODE)
    number, _ = order_of(person)
    before = person.page.locator("tbody tr").all_inner_texts()

    installation.command("sandbox", "clock", "set", SIX_YEARS_LATER)
    person = comes(visitor, email, password)
    person.go("/balance/")
    assert person.page.locator("tbody tr").all_inner_texts() == before, "time takes nothing"
    picture(person, "balance-after-six-years")
    assert violations(person.page, axe) == []
    person.go(f"/orders/{number}/")
    assert CODE not in person.page.content(), "messages go when their time is over"
    person.order("tg")
    person.go("/balance/")
    expect(person.page.locator("tbody tr")).to_have_count(len(before) + 1)
    assert installation.command("audit").returncode == 0


def a_carrier_takes_the_number_away(person: Visitor, email: str, axe: str) -> None:
    """U12: the block of a carrier ends the order at once, with the clause that it is not his."""
    person.order()
    phone = person.newest()
    assert notice(person.installation, phone, reason="unrelated") == 201
    _, order_id = order_of(person)
    expect(person.page.locator("tbody tr").first).to_contain_text("RP-B2")
    person.go(f"/orders/of/{order_id}/")
    assert {"failed", "credited"} <= set(kinds(person.page))
    picture(person, "number-blocked")
    assert violations(person.page, axe) == []
    assert "RP-B2" in mail_with(person.installation, email, "tilbake på saldoen")["text"]


def a_mail_and_a_call_tell_of_an_outage(
    person: Visitor, support: Visitor, who: Mapping[str, str]
) -> None:
    """U11: the receipt of the mail is in the case, the moment of the call in the time line."""
    person.order()
    number, order_id = order_of(person)
    bring(person.installation, who["email"], f"Nummeret virker ikke. Bestilling {number}.")
    case = number_in(letters(person.installation, who["email"], count=1)[-1])
    support.go(f"/staff/cases/{case}/")
    expect(support.page.locator("main dl")).to_contain_text("Mar 25, 2027")
    support.go("/staff/reports/phone/")
    told = now_of(person.installation)
    for name, text in (
        ("account", str(who["account_id"])),
        ("order", number),
        ("called_at", told.strftime("%Y-%m-%dT%H:%M:%S")),
        ("caller", "The customer"),
        ("words", f"As in case {case}."),
    ):
        support.page.fill(f"[name={name}]", text)
    support.page.select_option("select[name=known_by]", "own_phone")
    support.page.get_by_role("button", name="Write the report down").click()
    expect(support.page.locator("#facts")).to_contain_text("phone")
    person.go(f"/orders/of/{order_id}/")
    assert kinds(person.page).count("problem_reported") == 1


def a_call_cancels_over_easter(
    person: Visitor, support: Visitor, who: Mapping[str, str], axe: str
) -> None:
    """U14: the form shows what would be decided, by which calendar, and asks where to."""
    number, _ = order_of(person)
    page = support.page
    support.go("/staff/claims/call/")
    for name, text in (
        ("account", str(who["account_id"])),
        ("order", number),
        ("text", "He calls."),
    ):
        page.fill(f"[name={name}]", text)
    page.select_option("select[name=ask]", "cancel")
    page.select_option("select[name=destination]", label="to the balance")
    page.get_by_role("button", name="What would be decided?").click()
    preview = page.locator("#preview")
    expect(preview).to_contain_text("CREDIT")
    expect(preview).to_contain_text("PP-6.1")
    expect(preview).to_contain_text("2027-03-31")  # Tuesday is the first working day
    expect(preview).to_contain_text("holidays")
    assert violations(page, axe) == []
    page.get_by_role("button", name="File the request").click()
    expect(page.locator("#claim-decision")).to_contain_text("PP-6.1")
    said = mail_with(person.installation, who["email"], "Dette er svaret")["text"]
    assert "PP-6.1" in said
    person.go("/balance/")
    expect(person.page.locator("tbody tr").first).to_contain_text("PP-6.1")


def now_of(installation: Installation) -> datetime:
    shown = str(installation.json("sandbox", "clock", "show")["now"])
    return datetime.fromisoformat(shown).astimezone(UTC)
