"""Tax, documents and days of money as the staff see them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from nummer.apps.audit.models import Line
from nummer.apps.invoices import ports
from nummer.apps.invoices.actions import give_tax_number
from nummer.apps.invoices.models import Document
from nummer.apps.invoices.queries import documents, tax_number
from tests import builders
from tests.apps.invoices.world import give_back, sell, write_all
from tests.faces.backoffice.test_staff import at_work
from tests.faces.conftest import LANGUAGES, StandingClock


@pytest.fixture
def books(shop: StandingClock) -> Iterator[int]:
    """Return a customer with an invoice and a credit note, in a shop whose month is closed."""
    before = list(ports._providers)
    ports.install_books(providers=(), banks=())
    who = builders.customer()
    sell(who)
    give_back(sell(who, net="1.00", tax="0.25"))
    write_all()
    shop.at = builders.NOW + timedelta(days=10)
    yield who
    ports.install_books(providers=before, banks=())


def body(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["tax/", "invoices/", "reconciliation/"])
def test_finance_reads_the_books(books: int, language: str, path: str) -> None:
    browser = at_work("finance")

    answer = browser.get(f"/staff/{path}", headers={"accept-language": language})

    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.content.decode()


@pytest.mark.parametrize("role", ["operations", "identity", "support"])
def test_others_do_not_read_the_tax(books: int, role: str) -> None:
    assert at_work(role).get("/staff/tax/").status_code == 403


def test_the_tax_of_a_month_reconciles(books: int) -> None:
    page = body(at_work("finance"), "/staff/tax/?month=2026-11")

    assert "The documents of this month and the ledger say the same." in page
    assert "1.40" in page.replace(",", ".")


def test_a_difference_with_the_ledger_is_said(books: int) -> None:
    invoice = Document.objects.get(account_id=books, kind="invoice")
    Document.objects.filter(account_id=books, id=invoice.id).update(through_line=2)

    page = body(at_work("finance"), "/staff/tax/")

    assert "The documents of this month and the ledger differ." in page


def test_the_export_sums_up_to_the_ledger(books: int) -> None:
    answer = at_work("finance").get("/staff/tax/2026-11.csv")
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(text)))

    ledger = [row for row in rows if row["document"] == "ledger"]
    written = [row for row in rows if row["document"] != "ledger"]
    assert {row["customer_country"] for row in written} == {"NO"}
    for column in ("net", "tax"):
        assert sum(Decimal(row[column]) for row in written) == Decimal(ledger[0][column])
    assert (ledger[0]["net"], ledger[0]["tax"]) == ("0.40", "0.10")


@pytest.mark.parametrize("month", ["2026-13", "x", "2026-11-01"])
def test_a_month_that_is_none_is_not_found(books: int, month: str) -> None:
    browser = at_work("finance")

    assert browser.get(f"/staff/tax/{month}.csv").status_code == 404
    assert browser.get(f"/staff/tax/?month={month}").status_code == 200


def test_a_document_is_read_and_the_reading_recorded(books: int) -> None:
    row = documents(books)[0]

    answer = at_work("support").get(f"/staff/invoices/{books}/{row.id}/")

    assert answer.content.startswith(b"%PDF-")
    assert Line.objects.filter(verb="invoice_seen", row=str(row.id)).count() == 1
    assert at_work("support").get(f"/staff/invoices/{books + 1}/{row.id}/").status_code == 404


def test_a_tax_number_is_noted_as_found(books: int) -> None:
    who = builders.customer(country="DE", kind="company")
    give_tax_number(who, number="DE136695976", now=builders.NOW)
    browser = at_work("finance")
    assert "DE136695976" in body(browser, "/staff/tax/")

    assert browser.post(f"/staff/tax/numbers/{who}/confirm/").status_code == 302

    found = tax_number(who)
    assert found is not None
    assert found.checked_at is not None
    assert "DE136695976" not in body(browser, "/staff/tax/")
    assert browser.post("/staff/tax/numbers/999999/confirm/").status_code == 404


def test_yesterday_is_reconciled_unless_another_day_is_asked_for(books: int) -> None:
    browser = at_work("finance")

    assert 'value="2026-12-01"' in body(browser, "/staff/reconciliation/")
    page = body(browser, "/staff/reconciliation/?day=2026-11-22")
    assert "The ledger has it, and no payment belongs to it." in page
    assert 'value="2026-12-01"' in body(browser, "/staff/reconciliation/?day=yesterday")


def test_who_lacks_evidence_is_listed(books: int) -> None:
    page = body(at_work("finance"), "/staff/tax/")

    assert "phone:" in page  # a British phone of a customer who says Norway


def test_a_shop_without_a_closed_month_says_so(shop: StandingClock) -> None:
    page = body(at_work("finance"), "/staff/tax/")

    assert "No month is closed yet." in page
    assert "none yet" in body(at_work("finance"), "/staff/invoices/")
