"""The staff's pages of cases."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from nummer.apps.audit.models import Line
from nummer.apps.cases import actions, queries
from nummer.apps.cases.actions import purging
from nummer.apps.cases.models import Case, Message
from nummer.apps.incidents import queries as incidents
from nummer.kernel.ids import new_id
from nummer.protocols.mail.evidence import Dkim
from nummer.protocols.mail.reading import read_mail
from tests import builders
from tests.faces.backoffice.test_staff import at_work
from tests.faces.conftest import StandingClock


def mailed(text: str = "Please refund my order.", sender: str = "ola@example.no") -> int:
    raw = f"From: {sender}\r\nSubject: Money\r\n\r\n{text}\r\n".encode()
    return actions.receive_mail(
        read_mail(raw),
        dkim=Dkim.NONE,
        recipients=["hello@nummer.example"],
        received_at=builders.NOW - timedelta(minutes=1),
    ).number


def key(browser: Client, address: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', browser.get(address).text)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("role", ["support", "finance", "compliance", "owner"])
def test_what_waits_is_listed_with_its_day_and_without_words(
    shop: StandingClock, role: str
) -> None:
    number = mailed()
    page = at_work(role).get("/staff/cases/").text
    assert str(number) in page
    assert "2026-11-24" in page
    assert "Money" not in page


@pytest.mark.parametrize("role", ["identity", "operations"])
def test_others_of_the_staff_read_no_cases(shop: StandingClock, role: str) -> None:
    number = mailed()
    browser = at_work(role)
    assert browser.get("/staff/cases/").status_code == 403
    assert browser.get(f"/staff/cases/{number}/").status_code == 403


def test_case_is_read_answered_and_recorded(shop: StandingClock) -> None:
    number = mailed()
    browser = at_work("support")
    address = f"/staff/cases/{number}/"
    form = {"text": "We looked.", "key": key(browser, address), "closes": "on"}

    for _ in range(2):
        browser.post(f"{address}answer/", form)

    page = browser.get(address).text
    assert "Please refund my order." in page
    row = queries.case_by_number(number)
    assert row.head.state == "closed"
    assert [one.text for one in queries.messages(0, case_id=row.head.id)][1:] == ["We looked."]
    verbs = set(Line.objects.filter(row=str(row.head.id)).values_list("verb", flat=True))
    assert verbs == {"view_case", "answer_case"}


def raw_address(number: int) -> str:
    head = queries.case_by_number(number).head
    (message,) = queries.messages(head.account_id, case_id=head.id)
    return f"/staff/cases/{number}/raw/{message.id}/"


def test_mail_is_given_as_it_was_received_in_a_file_that_nothing_runs(shop: StandingClock) -> None:
    number = mailed("<script>alert(1)</script>")
    browser, address = at_work("support"), raw_address(number)

    assert address in browser.get(f"/staff/cases/{number}/").text
    answer = browser.get(address)

    assert answer.content == (
        b"From: ola@example.no\r\nSubject: Money\r\n\r\n<script>alert(1)</script>\r\n"
    )
    assert answer["Content-Type"] == "text/plain"
    assert answer["Content-Disposition"].startswith(f'attachment; filename="case-{number}-')
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "no-store" in answer["Cache-Control"]
    looks = Line.objects.filter(verb="view_raw_mail", place="cases_message")
    assert [line.row for line in looks] == [address.split("/")[-2]]


@pytest.mark.parametrize("role", ["identity", "operations"])
def test_others_of_the_staff_get_no_raw_mail(shop: StandingClock, role: str) -> None:
    address = raw_address(mailed())

    assert at_work(role).get(address).status_code == 403
    assert not Line.objects.filter(verb="view_raw_mail").exists()


def test_raw_mail_is_given_under_its_own_case_alone_and_while_it_is_kept(
    shop: StandingClock,
) -> None:
    number, other = mailed(), mailed("Another thing.", sender="kari@example.no")
    browser, address = at_work("support"), raw_address(number)

    assert browser.get(address.replace(str(number), str(other), 1)).status_code == 404
    row = Message.objects.get(id=address.split("/")[-2])
    assert row.raw_until is not None
    purging.purge_raw(row.account_id, message_id=row.id, now=row.raw_until)

    assert browser.get(address).status_code == 404
    assert address not in browser.get(f"/staff/cases/{number}/").text
    assert not Line.objects.filter(verb="view_raw_mail").exists()


def test_empty_answer_is_refused(shop: StandingClock) -> None:
    number = mailed()
    browser = at_work("support")
    form = {"text": "  ", "key": str(new_id())}
    assert browser.post(f"/staff/cases/{number}/answer/", form).status_code == 400
    assert queries.case_by_number(number).head.state == "open"


def test_kind_is_changed_and_the_case_closed(shop: StandingClock) -> None:
    number = mailed()
    browser = at_work("support")
    browser.post(f"/staff/cases/{number}/kind/", {"kind": "copy"})
    browser.post(f"/staff/cases/{number}/close/")
    head = queries.case_by_number(number).head
    assert (head.kind, head.due_rule, head.state) == ("copy", "PP-7.2", "closed")
    assert str(number) not in browser.get("/staff/cases/").text
    assert str(number) in browser.get("/staff/cases/?show=all").text


def test_strangers_case_is_given_to_an_account(shop: StandingClock) -> None:
    number, account_id = mailed(), builders.customer()
    browser = at_work("support")
    wrong = browser.post(f"/staff/cases/{number}/assign/", {"account": "999999999"})
    assert wrong.status_code == 400
    browser.post(f"/staff/cases/{number}/assign/", {"account": str(account_id)})
    assert queries.case_by_number(number).head.account_id == account_id
    assert "has not confirmed" in browser.get(f"/staff/cases/{number}/").text


def test_call_is_written_down_with_its_moment(shop: StandingClock) -> None:
    account_id = builders.customer()
    browser = at_work("support")
    form = {
        "account": str(account_id),
        "kind": "complaint",
        "subject": "Long wait",
        "text": "Nobody answered since Monday.",
        "called_at": "2026-11-22T09:30",
        "key": key(browser, "/staff/cases/call/"),
    }
    browser.post("/staff/cases/call/", form)
    (row,) = queries.cases_of(account_id)
    assert (row.head.channel, row.head.proof) == ("phone", "staff")
    assert row.head.received_at.isoformat() == "2026-11-22T09:30:00+00:00"
    for wrong in ({"account": "999999999"}, {"account": str(10**30)}, {"kind": "outage"}):
        assert browser.post("/staff/cases/call/", {**form, **wrong}).status_code == 400
    assert Case.objects.count() == 1


@pytest.mark.parametrize(
    ("role", "reports"), [("support", True), ("finance", False), ("compliance", False)]
)
def test_page_of_calls_leads_to_the_forms_that_start_a_clock(
    shop: StandingClock, role: str, *, reports: bool
) -> None:
    shown = at_work(role).get("/staff/cases/call/").text
    assert "/staff/claims/call/" in shown
    assert ("/staff/reports/phone/" in shown) is reports


def test_case_that_does_not_exist_is_not_found(shop: StandingClock) -> None:
    assert at_work("support").get("/staff/cases/99999999/").status_code == 404


def test_hostile_words_are_inert(shop: StandingClock) -> None:
    number = mailed("<img src=x onerror=alert(1)>\u202e")
    page = at_work("support").get(f"/staff/cases/{number}/").text
    assert "<img src=x" not in page
    assert "\u202e" not in page


@pytest.mark.parametrize("confirmed", [True, False])
def test_fault_told_by_mail_becomes_a_report_as_of_its_receipt(
    shop: StandingClock, *, confirmed: bool
) -> None:
    account_id = builders.customer()
    placed, other = builders.order(account_id), builders.order(account_id)
    shop.at += timedelta(minutes=5)
    said = f"Order {placed.activation_id} gets no SMS"
    raw = f"From: {builders.email_of(account_id)}\r\nSubject: x\r\n\r\n{said}\r\n".encode()
    number = actions.receive_mail(
        read_mail(raw), dkim=Dkim.NONE, recipients=["hello@nummer.example"], received_at=shop.at
    ).number
    head, received_at = queries.case_by_number(number).head, shop.at
    (message,) = queries.messages(account_id, case_id=head.id)
    shop.at += timedelta(days=2)
    if confirmed:
        actions.confirm_case(account_id, case_id=head.id, now=shop.at)
    browser = at_work("support")
    address = f"/staff/cases/{number}/report/{message.id}/"
    assert address in browser.get(f"/staff/cases/{number}/").text

    page = browser.get(address).text
    named = re.search(r'value="([^"]+)"[^>]*checked', page)
    assert named is not None
    assert named[1] == str(placed.order_id), "of two orders, the one that the mail names"
    form = {"order": named[1]}
    if not confirmed:
        assert browser.post(address, form).status_code == 400
        assert not incidents.reports(account_id, subject_id=placed.order_id)
        form["known_by"] = "called_back"
    for _ in range(2):
        shown = browser.post(address, form, follow=True).text

    assert "The customer reported a problem" in shown
    [row] = incidents.reports(account_id, subject_id=placed.order_id)
    assert (row.happened_at, row.learned_at, row.source) == (received_at, shop.at, "mail")
    assert not incidents.reports(account_id, subject_id=other.order_id)
    assert "Written down as a report" in browser.get(f"/staff/cases/{number}/").text
    assert Line.objects.filter(verb="report_by_message", row=str(row.id)).exists()


def test_message_that_is_not_a_customers_is_no_report(shop: StandingClock) -> None:
    number = mailed()
    head = queries.case_by_number(number).head
    (message,) = queries.messages(0, case_id=head.id)
    browser = at_work("support")
    assert "/report/" not in browser.get(f"/staff/cases/{number}/").text
    for unknown in (message.id, new_id()):
        assert browser.get(f"/staff/cases/{number}/report/{unknown}/").status_code == 404
