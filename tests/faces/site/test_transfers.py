"""The pages of a bank transfer, and the whole story over HTTP: wish, bank, statement, balance."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from nummer.apps.banking import jobs, ports, queries
from nummer.apps.banking.models import Entry, Reference
from nummer.apps.banking.ports import Inbox, install_inbox
from nummer.apps.ledger import queries as wallets
from nummer.faces.site.views.transfers import epc_text
from nummer.protocols.bank.references import read
from nummer.suppliers.sandbox.bank_pages import the_bank
from tests import builders
from tests.apps.banking.conftest import NOW, wish
from tests.faces.backoffice.test_staff import at_work
from tests.faces.conftest import LANGUAGES, Enter
from tests.invariants.proofs import breaches


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, settings: LazySettings) -> Iterator[Path]:
    from dataclasses import replace

    before = list(ports._installed)
    settings.SANDBOX_FOLDER = tmp_path / "sandbox"
    settings.ENV = replace(settings.ENV, bank_folder=tmp_path / "in")
    install_inbox(Inbox(tmp_path / "in"))
    yield tmp_path
    ports._installed[:] = before


def test_a_norwegian_tops_up_by_transfer_and_gets_a_part_back(enter: Enter) -> None:
    account_id = builders.customer(balance="0.00", locale="nb", currency="NOK")
    browser = enter(account_id, language="nb")
    asked = {"amount": "200", "method": "bank-transfer"}

    assert "Bankoverføring" in text(browser, "/balance/top-up/")
    confirm = browser.post("/balance/top-up/", asked).content.decode()
    assert "én til tre bankdager" in confirm
    key = re.search(r'name="key" value="([^"]+)"', confirm)
    assert key is not None
    started = browser.post("/balance/top-up/", {**asked, "confirmed": "yes", "key": key[1]})
    page = text(browser, started["Location"])
    word = Reference.objects.get().word
    for said in (word, "NO9386011117947", "8601 11 17947", "KID", "Kopier referansen", "200,00"):
        assert said in page
    assert f"/balance/transfer/{Reference.objects.get().subject_id}/" in text(browser, "/balance/")

    at_the_bank(kind="pay", amount="200.00", reference=word, currency="NOK")
    end_the_day()
    assert jobs.read_inbox(now=NOW) == 1

    assert "er kommet" in text(browser, started["Location"])
    assert wallets.balance(account_id).total.decimal_text() == "200.00"

    asked_back = browser.post(
        "/payouts/",
        {
            "top_up": str(Reference.objects.get().subject_id),
            "amount": "50,00",
            "reason": "changed_mind",
        },
    )
    assert asked_back.status_code == 302
    from nummer.apps.payments.actions import sending_back
    from nummer.apps.payments.models import Refund

    refund = Refund.objects.get()
    sending_back.send(account_id, refund_id=refund.id, now=NOW)
    staff = at_work("finance")
    (transfer,) = queries.outgoing()
    listed = text(staff, "/staff/bank/outgoing/")
    assert transfer.word in listed
    assert transfer.origin in listed

    at_the_bank(
        kind="send",
        amount=transfer.amount.decimal_text(),
        reference=transfer.word,
        currency="NOK",
    )
    end_the_day()
    jobs.read_inbox(now=NOW)

    assert Refund.objects.get().state == "paid"
    assert queries.outgoing() == []
    assert breaches() == []


def test_a_mistyped_reference_is_placed_by_two_of_the_staff(enter: Enter) -> None:
    account_id = builders.customer(balance="0.00")
    at_the_bank(kind="pay", amount="150.00", reference="RF99 OOPS", currency="EUR")
    end_the_day()
    jobs.read_inbox(now=NOW)
    first, second = at_work("finance"), at_work("finance")
    page = text(first, "/staff/bank/")
    assert "a reference that we never gave out" in page
    assert "Kari" not in page
    (row,) = queries.suspense()
    address = f"/staff/bank/{row.id}/"

    first.post(
        address,
        {"button": "decide", "deed": "give", "why": "mistyped", "account": str(account_id)},
    )
    assert "waits for another person" in text(first, "/staff/bank/")
    first.post(address, {"button": "release"})
    assert wallets.balance(account_id).total.decimal_text() == "0.00"
    second.post(address, {"button": "release"})

    assert wallets.balance(account_id).total.decimal_text() == "150.00"
    assert breaches() == []


def test_the_staff_read_a_statement_by_the_page_twice(enter: Enter) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    account_id = builders.customer(balance="0.00")
    _, word = wish(account_id)
    at_the_bank(kind="pay", amount="20.00", reference=word, currency="EUR")
    end_the_day()
    body = Client().get("/sandbox/bank/statement/1.xml").content
    staff = at_work("finance")

    def upload(content: bytes) -> str:
        answer = staff.post(
            "/staff/bank/", {"file": SimpleUploadedFile("s.xml", content)}, follow=True
        )
        return answer.content.decode()

    assert "1 payment was credited." in upload(body)
    assert "every entry of this file was read before" in upload(body)
    assert "document type" in upload(b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    assert wallets.balance(account_id).total.decimal_text() == "20.00"


@pytest.mark.parametrize("role", ["support", "operations", "compliance", "identity"])
def test_others_of_the_staff_do_not_see_the_bank(enter: Enter, role: str) -> None:
    browser = at_work(role)

    for address in ("/staff/bank/", "/staff/bank/outgoing/"):
        assert browser.get(address).status_code == 403


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_speak_three_languages(enter: Enter, language: str) -> None:
    account_id = builders.customer(balance="0.00", locale=language)
    top_up_id, _ = wish(account_id)
    browser = enter(account_id, language=language)
    staff = at_work("finance")
    at_the_bank(kind="pay", amount="3.00", reference="", currency="EUR")
    end_the_day()
    jobs.read_inbox(now=NOW)

    for client, address in (
        (browser, f"/balance/transfer/{top_up_id}/"),
        (staff, "/staff/bank/"),
        (staff, "/staff/bank/outgoing/"),
        (browser, "/sandbox/bank"),
    ):
        answer = client.get(address, headers={"accept-language": language})
        assert answer.status_code == 200
        assert f'<html lang="{language}"' in answer.content.decode()


def test_another_customers_transfer_is_not_there(enter: Enter) -> None:
    top_up_id, _ = wish(builders.customer(balance="0.00"))

    answer = enter(builders.customer()).get(f"/balance/transfer/{top_up_id}/")

    assert answer.status_code == 404


def test_the_picture_says_what_the_page_says(enter: Enter) -> None:
    account_id = builders.customer(balance="0.00")
    top_up_id, word = wish(account_id, "12.50")
    order = queries.transfer_order(account_id, top_up_id=top_up_id)
    assert order is not None

    lines = epc_text(order).split("\n")

    assert lines[:4] == ["BCD", "002", "1", "SCT"]
    assert lines[5:] == [
        "Nummer Sandbox AS",
        "DE89370400440532013000",
        "EUR12.50",
        "",
        word,
    ]
    assert "<svg" in text(enter(account_id), f"/balance/transfer/{top_up_id}/")


def test_an_account_number_typed_into_the_staffs_page_is_refused(enter: Enter) -> None:
    at_the_bank(kind="pay", amount="3.00", reference="", currency="EUR")
    end_the_day()
    jobs.read_inbox(now=NOW)
    (row,) = queries.suspense()

    answer = at_work("finance").post(
        f"/staff/bank/{row.id}/",
        {"button": "confirm", "reference": "NO83 3000 1234 567"},
    )

    assert answer.status_code == 409
    assert Entry.objects.get().word == ""


def test_the_sandboxs_bank_writes_what_it_booked(enter: Enter) -> None:
    at_the_bank(kind="pay", amount="3.00", reference="A & <B>", currency="EUR")
    end_the_day()

    (made,) = the_bank().statements()
    assert b"A &amp; &lt;B&gt;" in made.body
    assert b"camt.053.001.08" in made.body
    assert read("A & <B>") is None
    assert jobs.read_inbox(now=NOW) == 1


def text(browser: Client, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def at_the_bank(**movement: str) -> None:
    answer = Client().post("/sandbox/bank", {"button": "book", **movement})
    assert "Booked" in answer.content.decode()


def end_the_day() -> None:
    answer = Client().post("/sandbox/bank", {"button": "end"})
    assert "given to the shop" in answer.content.decode()
