"""The customer's pages of cases."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from nummer.apps.accounts import queries as accounts
from nummer.apps.cases import actions, queries
from nummer.apps.cases.models import Case
from nummer.apps.incidents import queries as incidents
from nummer.apps.ledger import queries as wallets
from nummer.apps.refunds import actions as refunds
from nummer.kernel.ids import new_id
from nummer.protocols.mail.evidence import Dkim
from nummer.protocols.mail.reading import read_mail
from tests import builders
from tests.faces.conftest import LANGUAGES, Enter

CARD = "4111 1111 1111 1111"
MAILED_AT = builders.NOW - timedelta(minutes=1)


def mailed(account_id: int, text: str = "The number does not work.") -> int:
    raw = f"From: {accounts.email(account_id)}\r\nSubject: Help\r\n\r\n{text}\r\n".encode()
    received = actions.receive_mail(
        read_mail(raw),
        dkim=Dkim.NONE,
        recipients=["hello@nummer.example"],
        received_at=MAILED_AT,
    )
    return received.number


def filled(browser: Client, **changes: str) -> dict[str, str]:
    page = browser.get("/cases/").text
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key is not None
    form = {"kind": "refund", "subject": "No code", "text": "Please look.", "key": key[1]}
    return form | changes


@pytest.mark.parametrize("language", LANGUAGES)
def test_customer_writes_and_reads_the_answer(enter: Enter, language: str) -> None:
    account_id = builders.customer()
    browser = enter(account_id, language=language)

    answer = browser.post("/cases/", filled(browser))

    (row,) = queries.cases_of(account_id)
    assert answer["Location"] == f"/cases/{row.head.number}/"
    assert (row.head.kind, row.head.due_rule, row.subject) == ("refund", "RP-T3", "No code")
    actions.answer(
        account_id,
        case_id=row.head.id,
        key=row.head.id,
        text="We looked <b>well</b>.",
        closes=False,
        actor="staff:1",
        now=builders.NOW + timedelta(hours=1),
    )
    page = browser.get(f"/cases/{row.head.number}/").text
    assert "Please look." in page
    assert "We looked &lt;b&gt;well&lt;/b&gt;." in page
    assert "staff:1" not in page


def test_two_clicks_are_one_case(enter: Enter) -> None:
    browser = enter(builders.customer())
    form = filled(browser)
    assert browser.post("/cases/", form)["Location"] == browser.post("/cases/", form)["Location"]
    assert Case.objects.count() == 1


def test_card_number_is_removed_and_the_customer_is_told(enter: Enter) -> None:
    account_id = builders.customer()
    browser = enter(account_id)
    page = browser.post("/cases/", filled(browser, text=f"It is {CARD}"), follow=True).text
    assert "It is [card •••• 1111]" in page
    assert "except for its last four digits" in page
    assert CARD not in page


@pytest.mark.parametrize(
    "changes", [{"text": " "}, {"kind": "everything"}, {"subject": ""}, {"text": "x" * 20_001}]
)
def test_incomplete_form_is_refused_and_changes_nothing(
    enter: Enter, changes: dict[str, str]
) -> None:
    browser = enter(builders.customer())
    assert browser.post("/cases/", filled(browser, **changes)).status_code == 400
    assert not Case.objects.exists()


def test_case_continues_on_its_page(enter: Enter) -> None:
    account_id = builders.customer()
    browser = enter(account_id)
    number = mailed(account_id)
    page = browser.get(f"/cases/{number}/").text
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key is not None
    browser.post(f"/cases/{number}/", {"text": "One more thing", "key": key[1]})
    row = queries.case_of_customer(account_id, number=number)
    texts = [one.text for one in queries.messages(account_id, case_id=row.head.id)]
    assert texts == ["The number does not work.", "One more thing"]


def test_customer_closes_his_case_and_a_message_opens_it_again(enter: Enter) -> None:
    account_id = builders.customer()
    browser, number = enter(account_id), mailed(account_id)

    page = browser.post(f"/cases/{number}/close/", follow=True).text

    row = queries.case_of_customer(account_id, number=number).head
    assert (row.state, row.closed_at) == ("closed", builders.NOW)
    assert row.to_be_confirmed  # closing confirms nothing
    assert "A new message opens it again." in page
    assert "Close the case" not in page
    browser.post(f"/cases/{number}/", {"text": "One more thing", "key": str(new_id())})
    row = queries.case_of_customer(account_id, number=number).head
    assert (row.state, row.closed_at) == ("open", None)


def test_customer_confirms_that_a_mail_was_his(enter: Enter) -> None:
    account_id = builders.customer()
    browser, number = enter(account_id), mailed(account_id)
    assert "Did you write this?" in browser.get(f"/cases/{number}/").text
    assert "please confirm" in browser.get("/cases/").text

    browser.post(f"/cases/{number}/confirm/")

    assert "Did you write this?" not in browser.get(f"/cases/{number}/").text
    assert queries.case_of_customer(account_id, number=number).head.received_at == MAILED_AT


def test_customer_who_confirms_the_case_of_a_withdrawal_withdraws(enter: Enter) -> None:
    account_id = builders.customer()
    before = wallets.balance(account_id).total
    placed = builders.order(account_id)
    for _ in range(2):
        refunds.declare_withdrawal(
            refunds.Declaration(
                order=str(placed.activation_id),
                email=builders.email_of(account_id),
                language="en",
                text="I withdraw.",
            ),
            key=new_id(),
            now=builders.NOW,
        )
    again, first = (row.head.number for row in queries.cases_of(account_id))
    browser = enter(account_id)
    assert "It was me: I withdraw" in browser.get(f"/cases/{first}/").text

    page = browser.post(f"/cases/{again}/confirm/", follow=True)

    assert "We have answered your withdrawal by mail." in page.text
    assert wallets.balance(account_id).total == before
    states = {row.head.number: row.head.state.value for row in queries.cases_of(account_id)}
    assert states == {first: "answered", again: "answered"}
    for number in (first, again):
        assert "Did you write this?" not in browser.get(f"/cases/{number}/").text


def test_another_customers_case_is_not_there(enter: Enter) -> None:
    number = mailed(builders.customer())
    browser = enter(builders.customer())
    assert browser.get(f"/cases/{number}/").status_code == 404
    assert browser.post(f"/cases/{number}/", {"text": "Hello"}).status_code == 404
    assert browser.post(f"/cases/{number}/confirm/").status_code == 404
    assert browser.post(f"/cases/{number}/close/").status_code == 404
    assert f"/cases/{number}/" not in browser.get("/cases/").text


def test_order_of_another_customer_is_not_taken_into_a_case(enter: Enter) -> None:
    owner, other = builders.customer(), builders.customer()
    order_id = str(builders.order(owner).order_id)
    for account_id, expected in ((owner, order_id), (other, "None")):
        browser = enter(account_id)
        browser.post("/cases/", filled(browser, order=order_id))
        (row,) = queries.cases_of(account_id)
        assert str(row.head.order_id) == expected


@pytest.mark.clause("RP-B1")
@pytest.mark.parametrize(("kind", "counted"), [("outage", 1), ("question", 0)])
def test_message_that_an_order_does_not_work_counts_as_the_contact(
    enter: Enter, kind: str, counted: int
) -> None:
    account_id = builders.customer()
    placed = builders.order(account_id)
    browser = enter(account_id)
    form = filled(browser, kind=kind, order=str(placed.order_id), text="Nothing comes.")

    for _ in range(2):  # two clicks
        browser.post("/cases/", form)

    (case,) = queries.cases_of(account_id)
    rows = incidents.reports(account_id, subject_id=placed.order_id)
    assert [row.happened_at for row in rows] == [case.head.received_at] * counted
    assert [incidents.evidence(account_id, fact_id=row.id) for row in rows] == (
        ["Nothing comes."] * counted
    )


def test_script_in_a_mail_is_only_text(enter: Enter) -> None:
    account_id = builders.customer()
    number = mailed(account_id, "<script>alert(1)</script>\u202egnp.exe")
    page = enter(account_id).get(f"/cases/{number}/").text
    assert "<script>alert(1)" not in page
    assert "\u202e" not in page


def test_visitor_is_sent_to_the_login(enter: Enter) -> None:
    assert "/accounts/login/" in Client().get("/cases/")["Location"]
