"""A caller ends a number that he rents: the window over Easter, the sum, where it goes (U14)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from nummer.apps.audit.models import Line
from nummer.apps.cases.models import Case
from nummer.apps.incidents.models import Fact
from nummer.apps.leases import queries
from nummer.apps.leases.models import Rentable
from nummer.apps.leases.ports import install_suppliers
from nummer.apps.leases.queries import LeaseRow
from nummer.apps.ledger import queries as ledger
from nummer.apps.notify import contents
from nummer.apps.notify.models import Letter
from nummer.apps.notify.rendering import write
from nummer.apps.refunds.models import Decision
from nummer.kernel.ids import new_id
from nummer.suppliers.sandbox.numbers import SandboxNumbers
from tests import builders
from tests.faces.backoffice.test_staff import at_work
from tests.faces.conftest import StandingClock

CALL = "/staff/claims/call/"
NUMBER, OTHER = "+4759441001", "+4759441002"
THURSDAY = datetime(2027, 3, 25, 9, tzinfo=UTC)  # before Easter; Monday is a holiday, too
WEDNESDAY = datetime(2027, 3, 31, 9, tzinfo=UTC)
LAST_DAY = "2027-03-31"
UNUSED = "14.52"  # 24 of the 31 days of 18.75, rounded up for the customer


@pytest.fixture
def lease(shop: StandingClock, tmp_path: Path) -> LeaseRow:
    """Return the lease of a company, which no law gives more time, from Thursday on."""
    install_suppliers([SandboxNumbers(tmp_path)])
    builders.rentals([NUMBER, OTHER])
    shop.at = THURSDAY
    account_id = builders.customer(balance="50.00", kind="company")
    row = builders.rented(account_id, NUMBER, now=THURSDAY)
    shop.at = WEDNESDAY
    return row


def called(lease: LeaseRow, **changes: str) -> dict[str, str]:
    """Return the form of a call, as the page sends it."""
    return {
        "account": str(lease.account_id),
        "order": "",
        "number": "+47 59 44 10 01",
        "ask": "cancel",
        "destination": "balance",
        "reason": "",
        "called_at": "",
        "text": "She knew the last invoice.",
        "key": str(new_id()),
    } | changes


def state_of(lease: LeaseRow) -> str:
    return queries.lease(lease.account_id, lease_id=lease.id).state


def balance(lease: LeaseRow) -> str:
    return ledger.balance(lease.account_id).total.decimal_text()


def last_letter(account_id: int) -> str:
    row = Letter.objects.filter(account_id=account_id, letter="claim-decided").get()
    written = write(row.letter, content=contents.opened(row), language="en")
    return f"{written.subject}\n{written.text}"


@pytest.mark.clause("PP-6.1b")
def test_call_shows_window_and_sum_first_and_then_ends_the_number_once(
    lease: LeaseRow, shop: StandingClock
) -> None:
    browser, form, before = at_work("support"), called(lease), balance(lease)

    page = browser.post(CALL, form).text
    for shown in ('id="preview"', "CREDIT", "PP-6.1", UNUSED, f"until the end of {LAST_DAY}"):
        assert shown in page
    assert "holidays" in page
    assert (state_of(lease), balance(lease)) == ("active", before)
    assert not Decision.objects.exists()

    for _ in range(2):
        shown = browser.post(CALL, {**form, "file": "yes"}, follow=True).text
    assert "PP-6.1" in shown

    decided = Decision.objects.get()
    assert (decided.surface, decided.decision, decided.clauses[0]) == ("phone", "CREDIT", "PP-6.1")
    assert decided.credited_micro == 14_520_000
    assert decided.notified_at is not None, "no second letter tells the same credit"
    assert state_of(lease) == "released"
    resting = Rentable.objects.get(e164=NUMBER)
    assert resting.quarantined_until is not None
    assert resting.quarantined_until > WEDNESDAY
    assert Fact.objects.get(kind="closed").source == "phone"
    said = last_letter(lease.account_id)
    assert "PP-6.1" in said
    assert f"/my-numbers/{lease.id}/" in said
    case = Case.objects.get(account_id=lease.account_id)
    assert (case.channel, case.state) == ("phone", "answered")
    assert Line.objects.filter(verb="cancel_by_phone", row=str(lease.id)).count() == 1


def test_a_day_later_the_form_says_that_the_time_is_over(
    lease: LeaseRow, shop: StandingClock
) -> None:
    shop.at = WEDNESDAY + timedelta(days=1)
    browser, before = at_work("support"), balance(lease)

    page = browser.post(CALL, called(lease)).text
    assert f"is over since the end of {LAST_DAY}" in page
    assert "DENY" in page
    assert "RP-N1" in page

    browser.post(CALL, called(lease, file="yes"))
    assert (state_of(lease), balance(lease)) == ("released", before)
    assert "RP-N1" in last_letter(lease.account_id)


def test_moment_of_the_call_counts_and_not_that_of_its_writing_down(
    lease: LeaseRow, shop: StandingClock
) -> None:
    shop.at = WEDNESDAY + timedelta(days=1)
    page = at_work("support").post(CALL, called(lease, called_at="2027-03-31T21:30")).text
    assert "CREDIT" in page
    assert f"until the end of {LAST_DAY}" in page


def test_money_that_shall_go_back_the_way_it_came_is_taken_up_as_a_payout(
    lease: LeaseRow, shop: StandingClock
) -> None:
    browser, form = at_work("finance"), called(lease, destination="method")

    page = browser.post(CALL, form).text
    assert "PAYOUT" in page
    browser.post(CALL, {**form, "file": "yes"})

    decided = Decision.objects.get()
    assert (decided.decision, decided.credited_micro) == ("PAYOUT", decided.amount_micro)
    assert "PP-6.1" in last_letter(lease.account_id)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"number": "+47 59 44 10 02"}, "has no such number"),
        ({"number": "12"}, "with its country code"),
        ({"number": ""}, "name an order or a rented number"),
        ({"order": "1000000017"}, "name an order or a rented number"),
        ({"account": "999999999"}, "has no such number"),
        ({"ask": "balance_claim"}, "only its end"),
        ({"text": ""}, "required"),
        ({"called_at": "2027-03-24T12:00"}, "before the order"),
    ],
)
def test_call_that_names_nothing_real_is_refused_and_changes_nothing(
    lease: LeaseRow, changes: dict[str, str], said: str
) -> None:
    answer = at_work("support").post(CALL, called(lease, file="yes", **changes))
    assert answer.status_code == 400
    assert said in answer.text
    assert state_of(lease) == "active"
    assert not Case.objects.exists()


def test_number_of_another_is_nobodys_here_and_one_that_ended_ends_no_more(
    lease: LeaseRow, shop: StandingClock
) -> None:
    other = builders.customer(balance="50.00")
    browser = at_work("support")
    for file in ({}, {"file": "yes"}):
        answer = browser.post(CALL, {**called(lease, account=str(other)), **file})
        assert (answer.status_code, "has no such number" in answer.text) == (400, True)

    browser.post(CALL, called(lease, file="yes"))
    for file in ({}, {"file": "yes"}):
        answer = browser.post(CALL, {**called(lease), **file})
        assert answer.status_code == 400
        assert "not possible for this number any more" in answer.text
    assert Decision.objects.count() == 1


@pytest.mark.parametrize("role", ["identity", "operations"])
def test_others_of_the_staff_end_nothing(lease: LeaseRow, role: str) -> None:
    assert at_work(role).post(CALL, called(lease, file="yes")).status_code == 403
    assert state_of(lease) == "active"
