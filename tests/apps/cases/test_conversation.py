"""One conversation by mail and page: answers thread in mail programs, a customer ends his case."""

from __future__ import annotations

import pytest

from nummer.apps.audit.models import Line
from nummer.apps.cases import actions, queries
from nummer.apps.cases.errors import NoSuchCase
from nummer.apps.cases.models import State
from tests.apps.cases.test_cases import HOUR, NOW, address, answered, case_of, mail, opened, sent
from tests.builders import customer

pytestmark = pytest.mark.usefixtures("shop")


def test_answers_to_mails_are_strung_together_from_the_first_mail_on() -> None:
    account_id = customer()
    row = case_of(mail(address(account_id), message_id="first"))
    (receipt,) = sent()
    answered(row, "We look.")
    (*_, first) = sent()
    reply_to = first.extra_headers["Reply-To"]
    mail(address(account_id), to=reply_to, at=NOW + 2 * HOUR, message_id="second")
    answered(row, "It works.", at=NOW + 3 * HOUR)
    (*_, second) = sent()

    assert first.extra_headers["References"] == (
        f"<first@example.org> {receipt.extra_headers['Message-ID']}"
    )
    assert first.extra_headers["In-Reply-To"] == receipt.extra_headers["Message-ID"]
    assert second.extra_headers["In-Reply-To"] == "<second@example.org>"
    assert second.extra_headers["References"] == (
        f"<first@example.org> {receipt.extra_headers['Message-ID']}"
        f" {first.extra_headers['Message-ID']} <second@example.org>"
    )


def test_answers_to_a_page_are_strung_to_the_receipt() -> None:
    row = opened(customer())
    answered(row, "We look.")
    answered(row, "It works.", at=NOW + 3 * HOUR)

    receipt, first, second = sent()

    assert first.extra_headers["In-Reply-To"] == receipt.extra_headers["Message-ID"]
    assert second.extra_headers["References"] == (
        f"{receipt.extra_headers['Message-ID']} {first.extra_headers['Message-ID']}"
    )


def test_customer_ends_his_case_once_and_writes_again() -> None:
    account_id = customer()
    row = opened(account_id)

    for later in (HOUR, 2 * HOUR):
        actions.end_case(account_id, case_id=row.head.id, now=NOW + later)

    head = queries.case(account_id, case_id=row.head.id).head
    assert (head.state, head.closed_at) == (State.CLOSED, NOW + HOUR)
    assert [line.actor for line in Line.objects.filter(verb="close_case")] == [
        f"customer:{account_id}"
    ]


def test_nobody_ends_another_customers_case() -> None:
    row = opened(customer())

    with pytest.raises(NoSuchCase):
        actions.end_case(customer(), case_id=row.head.id, now=NOW)

    assert queries.case(row.head.account_id, case_id=row.head.id).head.state is State.OPEN
