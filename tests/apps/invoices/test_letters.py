"""A customer hears of each invoice and credit note once, in his language."""

from __future__ import annotations

import json

import pytest

from nummer.apps.invoices.actions import write_documents
from nummer.apps.invoices.models import Document
from nummer.apps.notify.models import Letter
from nummer.apps.vault.actions import unseal_text
from nummer.apps.vault.keys import KeyClass
from tests import builders
from tests.apps.invoices.world import AFTER, MONTH, give_back, sell, write_all

pytestmark = pytest.mark.usefixtures("shop")


def letters(account_id: int) -> list[Letter]:
    return list(Letter.objects.filter(account_id=account_id, letter="invoice-ready"))


def content(letter: Letter) -> dict[str, object]:
    text = unseal_text(
        letter.content,
        account_id=letter.account_id,
        klass=KeyClass.COMMUNICATION,
        place="notify_letter.content",
        row=letter.id,
    )
    found: dict[str, object] = json.loads(text)
    return found


def test_each_document_is_told_once_in_the_language_of_its_customer() -> None:
    account_id = builders.customer(locale="de")
    sell(account_id)
    give_back(sell(account_id, net="1.00", tax="0.25"))
    write_all()
    write_documents(account_id, month=MONTH, now=AFTER)

    documents = Document.objects.filter(account_id=account_id)
    told = letters(account_id)
    assert {letter.locale for letter in told} == {"de"}
    assert sorted(str(content(letter)["document"]) for letter in told) == sorted(
        str(document.id) for document in documents
    )
    assert sorted(bool(content(letter)["credit_note"]) for letter in told) == [False, True]


def test_the_letter_names_the_sum_of_its_document() -> None:
    account_id = builders.customer()
    sell(account_id, net="0.40", tax="0.10")
    write_all()
    (letter,) = letters(account_id)
    said = content(letter)
    assert (said["amount"], said["currency"], said["month"]) == ("0.50", "EUR", "2026-11-01")


def test_who_bought_nothing_gets_no_letter() -> None:
    account_id = builders.customer()
    write_all()
    assert letters(account_id) == []
