"""A Norwegian on his phone gets money back, or reads which clause says that he does not."""

from __future__ import annotations

import re
import time

from playwright.sync_api import expect

from tests.installation import Installation
from tests.journeys.conftest import Visit, Visitor
from tests.journeys.test_accessible import axe, violations
from tests.journeys.test_mail import bring, letters, number_in
from tests.journeys.test_one_time import leave_one
from tests.journeys.test_why import kinds, picture

__all__ = ["axe"]  # a fixture

LINK = re.compile(r"http\S+/withdraw/\S+/")


def looked_at(person: Visitor, axe: str, name: str) -> None:
    """Let whoever wants to look at a page, and let the rules look at it."""
    picture(person, name)
    assert violations(person.page, axe) == []


def payer(visitor: Visit, *, amount: str = "20", company: bool = False) -> tuple[Visitor, str, int]:
    """Bring a Norwegian who paid in by card, on the provider's page."""
    words = ("--email", f"back-{time.time_ns()}@example.com", "--locale", "nb", "--balance", "0.00")
    who = visitor.installation.json("sandbox", "customer", *words, *["--company"] * company)
    person = visitor("nb")
    person.sign_in(who["email"], who["password"])
    pay_in(person, amount)
    return person, who["email"], who["account_id"]


def pay_in(person: Visitor, amount: str, *, method: str = "Kort (sandkasse)") -> None:
    page = person.page
    person.go("/balance/top-up/")
    page.fill("input[name=amount]", amount)
    page.get_by_label(method).check()
    person.submit()
    person.submit()
    page.locator("button[value=pay]").click()
    expect(page.locator("main")).to_contain_text("Betalt.")


def order_of(person: Visitor) -> tuple[str, str]:
    """Return number and id of the newest order, as its customer's pages name it."""
    person.go("/orders/")
    link = person.page.locator("article a[href^='/orders/']").first.get_attribute("href")
    assert link is not None
    person.go("/balance/")
    named = person.page.locator("main table a[href^='/orders/of/']").first.get_attribute("href")
    assert named is not None
    return link.strip("/").split("/")[-1], named.strip("/").split("/")[-1]


def writes_down(staff: Visitor, account_id: int, order_id: str, what: str, **more: str) -> None:
    """Let the staff write down what happened to an order."""
    staff.go(f"/staff/orders/{account_id}/{order_id}/facts/")
    staff.page.select_option("select[name=what]", what)
    for name, text in more.items():
        staff.page.fill(f"[name={name}]", text)
    staff.page.get_by_role("button", name="Write down").click()
    expect(staff.page.locator("main")).to_contain_text("Saved.")


def until_sent(person: Visitor, words: str) -> None:
    """Let the provider send, and look at the list of payouts until it says so."""
    deadline = time.monotonic() + 60
    person.go("/payouts/")
    while words not in person.page.locator("main").inner_text():
        assert time.monotonic() < deadline, "it is not sent"
        person.page.wait_for_timeout(500)
        # A share that is under way is looked at again after a quarter of an hour.
        person.installation.command("sandbox", "clock", "advance", "16m")
        person.page.reload()


def mails(installation: Installation, to: str, words: str) -> list[dict[str, str]]:
    found = installation.json("sandbox", "mails", "--to", to)
    for mail in found:
        mail["text"] = mail["text"].replace("\r\n", "\n")
    return [mail for mail in found if words in mail["text"]]


def mail_with(installation: Installation, to: str, words: str, *, count: int = 1) -> dict[str, str]:
    """Return the last of the mails to somebody that hold some words, once there are so many."""
    deadline = time.monotonic() + 60
    while len(found := mails(installation, to, words)) < count:
        assert time.monotonic() < deadline, "the mail did not come"
        time.sleep(0.3)
    return found[-1]


def test_out_of_stock_is_claimed_by_mail_asked_for_once_and_paid_back_to_the_card(
    visitor: Visit, installation: Installation, axe: str
) -> None:
    person, email, account_id = payer(visitor)
    leave_one(installation, "wb")
    person.order("wb", "fr")
    number, order_id = order_of(person)
    operations = visitor.staff("operations")
    writes_down(operations, account_id, order_id, "stock", shown_free="1")
    installation.command("sandbox", "clock", "advance", "21m")
    person.go("/balance/")
    expect(person.page.locator("tbody tr").first).to_contain_text("RP-C1")

    case = mails_and_confirms(person, email, "Gi meg pengene mine tilbake.")
    support = visitor.staff("support")
    files_the_mail(support, case, number, axe)
    asking = mail_with(installation, email, "Før pengene kan betales ut")
    wanted = "- hvilken tjeneste eller betaling det gjelder\n- beløpet\n- grunnen\n- referansen"
    assert wanted in asking["text"]
    person.go(f"/orders/of/{order_id}/")
    expect(person.page.locator("main")).to_contain_text("Vi trenger noe mer fra deg")
    looked_at(person, axe, "payout-asked")

    bring(installation, email, f"Bestilling {number}, alt sammen.", to=asking["reply_to"])
    person.go(f"/cases/{case}/")
    expect(person.page.locator("main ol > li")).to_have_count(2)
    writes_the_answer_down(support, case)
    granted = mail_with(installation, email, "utbetalt. Beløpet")["text"]
    assert "RP-C1" in granted
    assert len(mails(installation, email, "Før pengene kan betales ut")) == 1, "asked once"
    reads_that_it_was_paid(person, order_id, axe)

    case = mails_and_confirms(person, email, "Gi meg pengene mine tilbake!")
    files_the_mail(support, case, number, axe, complete=True)
    again = mail_with(installation, email, "Dette har vi avgjort før")["text"]
    assert granted.split("Avgjørelsens nummer: ")[1].split()[0] in again
    assert installation.command("audit").returncode == 0


def mails_and_confirms(person: Visitor, email: str, words: str) -> str:
    """Mail to the official mailbox, stand by it in the account, and return the case's number."""
    before = len(person.installation.json("sandbox", "mails", "--to", email))
    bring(person.installation, email, words)
    receipts: list[dict[str, str]] = []
    while not receipts:
        found = person.installation.json("sandbox", "mails", "--to", email)[before:]
        receipts = [mail for mail in found if "(sak " in mail["subject"]]
    number = number_in(receipts[0])
    person.go(f"/cases/{number}/")
    person.submit()
    expect(person.page.locator("main")).not_to_contain_text("Skrev du dette?")
    return number


def reads_that_it_was_paid(person: Visitor, order_id: str, axe: str) -> None:
    page = person.page
    until_sent(person, "ferdig")
    looked_at(person, axe, "payouts-done")
    with page.expect_navigation():
        page.locator("main li a").first.click()
    looked_at(person, axe, "payout-done")
    person.go("/balance/statement/")
    lines = page.locator("tbody tr").all_inner_texts()
    assert "Utbetaling" in lines[0]
    assert "RP-C1" in lines[1]
    looked_at(person, axe, "statement-paid-out")
    person.go(f"/orders/of/{order_id}/")
    assert kinds(page).count("payout_granted") == 1
    looked_at(person, axe, "order-paid-out")


def files_the_mail(
    support: Visitor, case: str, number: str, axe: str, *, complete: bool = False
) -> None:
    """Let the staff make a claim of a mail, having seen what the policy will say."""
    page = support.page
    support.go(f"/staff/cases/{case}/")
    with page.expect_navigation():
        page.get_by_role("link", name="Write it down as a request for money back").click()
    page.fill("input[name=order]", number)
    page.select_option("select[name=ask]", label="Money back for the order")
    page.select_option("select[name=destination]", label="back the way it was paid")
    if complete:
        page.select_option("select[name=reason]", "dissatisfied")
    else:
        for said in ("service_name", "amount", "details"):
            page.uncheck(f"input[name={said}]")
    with page.expect_navigation():
        page.get_by_role("button", name="What would be decided?").click()
    if not complete:
        expect(page.locator("#will-ask")).to_contain_text("the amount, the reason")
    assert violations(page, axe) == []
    with page.expect_navigation():
        page.get_by_role("button", name="File the request").click()


def writes_the_answer_down(support: Visitor, case: str) -> None:
    page = support.page
    support.go("/staff/due/")
    with page.expect_navigation():
        page.locator("li", has_text="missing").get_by_role("link").last.click()
    expect(page.get_by_role("link", name=f"Case {case}")).to_be_visible()
    for said in ("service_name", "amount", "details"):
        page.check(f"input[name={said}]")
    page.select_option("select[name=reason]", "dissatisfied")
    page.get_by_role("button", name="Save, and decide again").click()
    expect(page.locator("#claim-decision")).to_contain_text("PAYOUT")


def test_ended_window_returns_the_price_and_a_code_a_second_later_is_shown_to_nobody(
    visitor: Visit, installation: Installation, axe: str
) -> None:
    person, email, _ = payer(visitor)
    page = person.page
    person.order()
    phone = person.newest()
    _, order_id = order_of(person)
    person.go(f"/orders/of/{order_id}/")
    expect(page.locator("#if-cancelled-amount")).to_have_text("2,00\xa0€")
    expect(page.locator("#if-cancelled-sum")).to_contain_text("RP-B4")

    installation.command("sandbox", "clock", "advance", "1201s")
    sent = installation.json(
        "sandbox", "sms", "--to", phone, "--from", "Telegram", "--text", "Telegram code: 48213"
    )

    assert sent["sent"] == 1
    person.go(f"/orders/of/{order_id}/")
    expect(page.locator("#events > li[data-kind=credited]")).to_contain_text("RP-B4")
    assert "48213" not in page.content()
    looked_at(person, axe, "no-code")
    person.go("/orders/")
    expect(page.locator("article").first).to_contain_text("ingen SMS")
    assert "48213" not in page.content()
    person.go("/balance/")
    line = page.locator("tbody tr").first
    expect(line).to_contain_text("RP-B4")
    expect(line).to_contain_text("+2,00\xa0€")
    expect(line).to_contain_text("20,00\xa0€")
    assert "RP-B4" in mail_with(installation, email, "tilbake på saldoen")["text"]


def test_restriction_that_was_ticked_and_ignored_leaves_no_way_to_cancel(
    visitor: Visit, installation: Installation, axe: str
) -> None:
    # A consumer could still withdraw by law (LAW-14), whatever he ticked.
    person, email, account_id = payer(visitor, company=True)
    page = person.page
    person.order()
    number, order_id = order_of(person)
    compliance = visitor.staff("compliance")
    person.go("/orders/")  # with its button, from before
    writes_down(
        compliance, account_id, order_id, "breach", evidence="Used to sign in, not to register."
    )

    page.locator("form[action$='/cancel/'] button").first.click()
    expect(page.locator("body")).to_contain_text("RP-X4")
    person.go("/orders/")
    expect(page.locator("form[action$='/cancel/']")).to_have_count(0)
    person.go(f"/orders/of/{order_id}/")
    expect(page.locator("#clause-link")).to_contain_text("RP-X4")
    expect(page.locator("#if-cancelled-amount")).to_have_text("0,00\xa0€")
    expect(page.locator("main")).to_contain_text("Begrensninger for engangsnumre")
    looked_at(person, axe, "restriction-ignored")
    withdraws(person, number, email)
    said = mail_with(installation, email, "Dette er svaret")["text"]
    assert "RP-X4" in said
    assert "et menneske ser på det på nytt" in said

    installation.command("sandbox", "clock", "advance", "21m")
    person.go("/balance/")
    expect(page.locator("main")).not_to_contain_text("Refusjon til saldoen")


def test_restriction_that_was_ignored_without_being_the_cause_changes_nothing(
    visitor: Visit, installation: Installation
) -> None:
    person, _, account_id = payer(visitor)
    person.order()
    _, order_id = order_of(person)
    writes_down(visitor.staff("compliance"), account_id, order_id, "breach_only")

    installation.command("sandbox", "clock", "advance", "21m")

    person.go("/balance/")
    expect(person.page.locator("tbody tr").first).to_contain_text("RP-B4")


def withdraws(person: Visitor, number: str, email: str) -> None:
    person.go(f"/withdraw/?order={number}")
    person.page.fill("input[name=order]", number)
    person.page.fill("input[name=email]", email)
    person.submit()
    expect(person.page.locator("#declaration")).to_contain_text(number)
    person.submit()
    expect(person.page.locator("#received-at")).to_be_visible()


def test_withdrawal_without_a_login_is_received_at_once_and_counts_when_confirmed_by_mail(
    visitor: Visit, installation: Installation, axe: str
) -> None:
    person, email, _ = payer(visitor)
    person.order()
    number, order_id = order_of(person)
    anybody = visitor("nb")
    anybody.go("/")
    with anybody.page.expect_navigation():
        anybody.page.get_by_role("link", name="Angre avtalen her").click()
    looked_at(anybody, axe, "withdraw-1")

    withdraws(anybody, number, email)
    looked_at(anybody, axe, "withdraw-received")
    receipt = mail_with(installation, email, "/withdraw/")
    link = LINK.findall(receipt["text"])[0]
    person.go(f"/orders/of/{order_id}/")
    expect(person.page.locator("main")).to_contain_text("Det var meg")
    looked_at(person, axe, "withdraw-to-confirm")
    anybody.page.goto(link)
    looked_at(anybody, axe, "withdraw-mine")
    anybody.submit()
    looked_at(anybody, axe, "withdraw-done")

    person.go("/balance/")
    line = person.page.locator("tbody tr").first
    expect(line).to_contain_text("LAW-14")
    expect(line).to_contain_text("20,00\xa0€")
    said = mail_with(installation, email, "Dette er svaret")["text"]
    assert "LAW-14" in said
    assert "2,00\xa0€ betalt" in said


def asks_for_a_payout(person: Visitor, reason: str, *, of: str = "20,00") -> None:
    person.go("/payouts/")
    page = person.page
    payment = page.locator("select[name=top_up] option", has_text=of).get_attribute("value")
    page.select_option("select[name=top_up]", payment)
    page.select_option("select[name=reason]", label=reason)
    person.submit()


def test_refusals_name_their_clause_leave_the_balance_and_offer_a_person(
    visitor: Visit, installation: Installation, axe: str
) -> None:
    person, email, _ = payer(visitor, company=True)
    page = person.page
    for reason, clause, name in (
        ("Jeg trenger ikke pengene her lenger", "RP-X1", "refused-unused"),
        ("Jeg betalte ved et uhell", "RP-X7", "refused-accident"),
        ("Jeg angrer denne betalingen", "RP-X6", "refused-changed-mind"),
    ):
        asks_for_a_payout(person, reason)
        expect(page.locator("#state")).to_have_text("ikke utbetalt")
        expect(page.locator("main dl")).to_contain_text(clause)
        words = page.locator("#clause-words").inner_text()
        looked_at(person, axe, name)
        said = mail_with(installation, email, f"{clause} ")["text"]
        assert " ".join(words.split()) in " ".join(said.split())
        assert "et menneske ser på det på nytt" in said
    person.go("/balance/")
    expect(page.locator("main")).to_contain_text("20,00\xa0€")
    expect(page.locator("tbody tr")).to_have_count(1)

    bring(installation, email, "Jeg vil at et menneske ser på utbetalingen.")
    receipt = letters(installation, email, count=1)[0]
    staff = visitor.staff("support")
    staff.go("/staff/cases/")
    row = staff.page.locator("tr", has=staff.page.get_by_role("link", name=number_in(receipt)))
    expect(row).to_contain_text("RP-T3")


def test_consumer_gets_a_payment_back_and_chooses_where_the_method_cannot(
    visitor: Visit, installation: Installation, axe: str
) -> None:
    person, _, _ = payer(visitor)
    page = person.page
    pay_in(person, "10", method="Verdikode (sandkasse)")
    asks_for_a_payout(person, "Jeg angrer denne betalingen", of="10,00")
    expect(page.locator("main")).to_contain_text("venter på valget ditt")
    looked_at(person, axe, "payout-choose")
    with page.expect_navigation():
        page.get_by_role("button", name="Behold det på saldoen").click()
    looked_at(person, axe, "payout-kept")
    asks_for_a_payout(person, "Jeg er ikke fornøyd")
    expect(page.locator("main dl")).to_contain_text("LAW-14")
    until_sent(person, "20,00\xa0€ · ferdig")
    person.go("/balance/")
    expect(page.locator("main")).to_contain_text("10,00\xa0€")
    assert installation.command("audit").returncode == 0
