"""Pages of invoices, of the statement with its filter, and of whom invoices name."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.test import Client

from nummer.apps.invoices.queries import addressee, documents, tax_number
from tests import builders
from tests.apps.invoices.world import give_back, sell, write_all
from tests.faces.conftest import LANGUAGES, Enter, StandingClock


@pytest.fixture
def invoiced(shop: StandingClock) -> int:
    """Return a customer with one invoice and one credit note."""
    who = builders.customer(locale="nb")
    sell(who)
    give_back(sell(who))
    write_all()
    return who


def body(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_invoices_are_listed_and_downloaded(enter: Enter, invoiced: int, language: str) -> None:
    browser = enter(invoiced, language=language)
    page = body(browser, "/invoices/")

    for row in documents(invoiced):
        assert row.number in page
        answer = browser.get(f"/invoices/{row.id}/")
        assert answer["Content-Type"] == "application/pdf"
        assert answer["Content-Disposition"] == f'attachment; filename="{row.number}.pdf"'
        assert answer.content.startswith(b"%PDF-")


def test_a_download_is_the_same_each_time(enter: Enter, invoiced: int) -> None:
    path = f"/invoices/{documents(invoiced)[0].id}/"

    assert enter(invoiced).get(path).content == enter(invoiced).get(path).content


def test_an_invoice_of_somebody_else_does_not_exist(enter: Enter, invoiced: int) -> None:
    path = f"/invoices/{documents(invoiced)[0].id}/"

    assert enter(builders.customer()).get(path).status_code == 404
    assert Client().get(path).status_code == 302


def test_documents_are_filtered_and_paged(
    enter: Enter, invoiced: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nummer.faces.site.views.invoices.ROWS_PER_PAGE", 1)
    browser = enter(invoiced)
    credit_note, invoice = documents(invoiced)

    first = body(browser, "/invoices/")
    assert credit_note.number in first
    assert invoice.number not in first
    second = body(browser, f"/invoices/?before={credit_note.id}")
    assert invoice.number in second
    only = body(browser, "/invoices/?kind=invoice")
    assert invoice.number in only
    assert credit_note.number not in only
    assert credit_note.number in body(browser, "/invoices/?kind=other&before=x")


def test_who_has_no_invoice_reads_when_the_first_one_comes(enter: Enter) -> None:
    browser = enter(builders.customer())

    assert "There is no invoice yet." in body(browser, "/invoices/")
    assert "No document matches this filter." in body(browser, "/invoices/?kind=credit_note")


def lines(browser: Client, query: str) -> list[dict[str, str]]:
    answer = browser.get(f"/balance/statement.csv{query}")
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("", ["refund", "order", "order", "topup"]),
        ("?kind=order", ["order", "order"]),
        ("?kind=payout", []),
        ("?first=2026-11-22&last=2026-11-22", ["refund", "order", "order", "topup"]),
        ("?last=2026-11-21", []),
        ("?first=2026-11-23&kind=order", []),
        ("?kind=sale&first=yesterday&last=9999-12-31", ["refund", "order", "order", "topup"]),
    ],
)
def test_a_statement_is_filtered_by_period_and_kind(
    enter: Enter, invoiced: int, query: str, kinds: list[str]
) -> None:
    browser = enter(invoiced)

    assert [line["kind"] for line in lines(browser, query)] == kinds
    page = body(browser, f"/balance/statement/{query}")
    assert page.count("<tr>") == (len(kinds) + 1 if kinds else 0)
    assert ("No booking matches this filter." in page) == (not kinds)


def test_a_day_of_the_statement_is_the_operators(enter: Enter, shop: StandingClock) -> None:
    who = builders.customer(balance="0.00")
    builders.ledger.post(
        who,
        id=builders.new_id(),
        kind=builders.TransferKind.GOODWILL,
        legs=[builders.Leg(builders.Book.GOODWILL_COST, builders.Money.parse("1.00", "EUR"))],
        reference=builders.new_id(),
        now=builders.NOW.replace(hour=23, minute=30),  # half past midnight in Oslo
    )
    browser = enter(who)

    assert lines(browser, "?last=2026-11-22") == []
    assert len(lines(browser, "?first=2026-11-23&last=2026-11-23")) == 1


def test_pages_of_a_statement_keep_the_filter(
    enter: Enter, shop: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nummer.faces.site.views.statement.LINES_PER_PAGE", 2)
    who = builders.customer()
    for _ in range(3):
        sell(who)

    page = body(enter(who), "/balance/statement/?kind=order")

    assert 'href="/balance/statement/?kind=order&amp;before=3"' in page
    assert 'href="/balance/statement.csv?kind=order"' in page


def test_whom_invoices_name_is_asked_and_shown_again(enter: Enter, shop: StandingClock) -> None:
    who = builders.customer()
    browser = enter(who)
    said = {"name": "<b>Ola</b>", "address": "Gata 1\n0001 Oslo"}

    assert browser.post("/invoices/details/", said).status_code == 302

    found = addressee(who)
    assert found is not None
    assert found.address == ("Gata 1", "0001 Oslo")
    assert "&lt;b&gt;Ola&lt;/b&gt;" in body(browser, "/invoices/details/")
    answer = browser.post("/invoices/details/", {"name": "Ola", "address": "a\n" * 7})
    assert answer.status_code == 400
    assert "at most six lines" in answer.content.decode()


def test_a_company_gives_and_withdraws_its_tax_number(enter: Enter, shop: StandingClock) -> None:
    who = builders.customer(country="DE", kind="company")
    browser = enter(who)
    assert "Your purchases are taxed as in Germany." in body(browser, "/invoices/details/")

    assert browser.post("/invoices/tax-number/", {"number": "DE136695977"}).status_code == 400
    assert tax_number(who) is None
    assert browser.post("/invoices/tax-number/", {"number": "DE136695976"}).status_code == 302

    page = body(browser, "/invoices/details/")
    assert "You buy without tax" in page
    assert "not checked in the register" in page
    assert browser.post("/invoices/tax-number/", {"withdraw": "yes"}).status_code == 302
    assert tax_number(who) is None


def test_a_person_is_not_asked_for_a_tax_number(enter: Enter, shop: StandingClock) -> None:
    browser = enter(builders.customer(country="DE"))

    assert "Tax number of your company" not in body(browser, "/invoices/details/")
    answer = browser.post("/invoices/tax-number/", {"number": "DE136695976"})
    assert answer.status_code == 400


def test_a_company_reads_the_price_that_it_pays(enter: Enter, shop: StandingClock) -> None:
    who = builders.customer(country="DE", kind="company")
    browser = enter(who)
    taxed = body(browser, "/services/tg/no/")
    browser.post("/invoices/tax-number/", {"number": "DE136695976"})
    shop.at += timedelta(seconds=1)

    untaxed = body(browser, "/services/tg/no/")

    assert "19%" in taxed
    assert "19%" not in untaxed


def test_the_balance_leads_to_statement_and_invoices(enter: Enter, invoiced: int) -> None:
    page = body(enter(invoiced), "/balance/")

    assert 'href="/balance/statement/"' in page
    assert 'href="/invoices/"' in page
