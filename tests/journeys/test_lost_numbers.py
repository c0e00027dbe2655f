"""A Norwegian's rented number is taken away by its carrier: another one, or his money (U12)."""

from __future__ import annotations

import re
import time

from playwright.sync_api import FilePayload, expect

from tests.installation import Installation
from tests.journeys.conftest import Visit, Visitor
from tests.journeys.test_accessible import axe
from tests.journeys.test_money_back import looked_at, mail_with, pay_in, payer, until_sent
from tests.journeys.test_numbers import order, wait_until_it_works

__all__ = ["axe"]  # a fixture

# Mobile numbers of Norway that take calls: the sandbox has none, so these two are all there are.
TWO = ("+4759529901", "+4759529902")
COLUMNS = "number,country,carrier,kind,sms,voice,city,region,area"
REASON = "numbering plan change"


def put_up(visitor: Visit, *numbers: str) -> None:
    """Let the staff put numbers up for rent."""
    staff = visitor.staff("operations")
    staff.go("/staff/imports/for-rent/")
    lines = [f"{number},NO,sandbox,mobile,yes,yes,,," for number in numbers]
    content = "\n".join([COLUMNS, *lines]).encode()
    file = FilePayload(name="numbers.csv", mimeType="text/csv", buffer=content)
    staff.page.set_input_files("input[name=file]", files=file)
    staff.page.select_option("select[name=supplier]", "sandbox")
    staff.page.get_by_role("button", name="Import").click()
    expect(staff.page.locator("main [role=status]")).to_contain_text("added")


def rents(person: Visitor, number: str) -> None:
    person.go(f"/rent/{number[1:]}/")
    with person.page.expect_navigation():
        order(person)
    wait_until_it_works(person)


def block(person: Visitor, number: str) -> None:
    said = person.installation.json(
        "sandbox", "carrier", "block", "--number", number, "--reason", REASON
    )
    assert said["ended"] == 1
    person.page.reload()


def test_blocked_number_is_replaced_and_the_next_one_is_paid_back_to_the_card(
    visitor: Visit, installation: Installation, axe: str
) -> None:
    put_up(visitor, *TWO)
    person, email, _ = payer(visitor, amount="50")
    page, (first, second) = person.page, TWO
    rents(person, first)
    paid_until = re.search(r"betalt til (.+?),", page.locator("#lease-state").inner_text())
    assert paid_until is not None
    installation.json(
        "sandbox", "sms", "--to", first, "--from", "PostNord", "--text", "Pakken er her"
    )
    address = page.url

    block(person, first)

    told = mail_with(installation, email, REASON)
    assert second.removeprefix("+47") in told["text"].replace(" ", "")
    expect(page.locator("#lease-state")).to_contain_text("Sperret av operatøren")
    expect(page.locator("main")).to_contain_text(REASON)
    looked_at(person, axe, "number-blocked")
    page.get_by_role("button", name="Ta dette nummeret").click()
    expect(page.locator("h1")).to_contain_text("59 52 99 02")
    expect(page.locator("#lease-state")).to_contain_text(paid_until[1])
    looked_at(person, axe, "number-replaced")
    mail_with(installation, email, "Ingenting er belastet")
    person.go("/inbox/")
    expect(page.locator("main")).to_contain_text("Pakken er her")

    page.goto(address)
    block(person, second)

    mail_with(installation, email, "ikke noe annet nummer")
    person.go("/balance/")
    expect(page.locator("tbody tr").first).to_contain_text("RP-C2")
    page.goto(address)
    looked_at(person, axe, "number-lost")
    page.get_by_role("button", name="Betal det ut").click()
    expect(page.locator("main")).to_contain_text("RP-C2")
    looked_at(person, axe, "number-paid-out")
    until_sent(person, "ferdig")
    page.goto(address)
    assert page.get_by_role("button", name="Betal det ut").count() == 0
    assert installation.command("audit").returncode == 0


def test_method_that_cannot_take_money_leaves_the_choice_and_declining_leaves_no_button(
    visitor: Visit, installation: Installation, axe: str
) -> None:
    put_up(visitor, "+4759529811", "+4759529812")
    words = ("--email", f"lost-{time.time_ns()}@example.com", "--locale", "nb", "--balance", "0.00")
    who = installation.json("sandbox", "customer", *words)
    person = visitor("nb")
    person.sign_in(who["email"], who["password"])
    page = person.page
    pay_in(person, "80", method="Verdikode (sandkasse)")

    rents(person, "+4759529811")
    block(person, "+4759529811")
    page.get_by_role("button", name="Nei, avslutt avtalen").click()
    expect(page.locator("#lease-state")).to_contain_text("Det ubrukte er på saldoen din")
    assert page.get_by_role("button", name="Betal det ut").count() == 0
    looked_at(person, axe, "number-declined")
    person.go("/balance/")
    expect(page.locator("tbody tr").first).to_contain_text("RP-B2")

    rents(person, "+4759529812")
    block(person, "+4759529812")
    page.get_by_role("button", name="Betal det ut").click()
    expect(page.locator("main")).to_contain_text("venter på valget ditt")
    looked_at(person, axe, "number-payout-choose")
    with page.expect_navigation():
        page.get_by_role("button", name="Behold det på saldoen").click()
    expect(page.locator("main")).to_contain_text("blir på saldoen")
    assert installation.command("audit").returncode == 0
