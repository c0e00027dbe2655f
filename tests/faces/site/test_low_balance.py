"""A customer is told once for each fall of his balance below a sum of his choice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nummer.apps.ledger import actions as ledger
from nummer.apps.ledger.actions import Book, Leg, TransferKind
from nummer.apps.notify import queries as letters
from nummer.apps.payments.jobs import BELOW
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from tests import builders
from tests.faces.conftest import LANGUAGES, Enter

NOW = builders.NOW


def pay_in(account_id: int, amount: str) -> None:
    ledger.post(
        account_id,
        id=new_id(),
        kind=TransferKind.TOPUP,
        legs=[Leg(Book.PROVIDER_CLEARING, Money.parse(amount, "EUR"))],
        reference=new_id(),
        now=NOW,
    )


def sweep(hours: int) -> None:
    at = NOW + timedelta(hours=hours)
    for row in BELOW.find(at, 10):
        BELOW.fire(row, at)
    assert BELOW.find(at, 10) == []


def told(account_id: int) -> int:
    return sum(row.letter == "balance-low" for row in letters.letters(account_id))


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_letter_for_each_fall(enter: Enter, language: str) -> None:
    account_id = builders.customer(balance="4.00", locale=language)
    other = builders.customer(balance="4.00")
    browser = enter(account_id, language=language)

    assert browser.post("/balance/low/", {"threshold": "5,00"}).status_code == 302
    assert 'value="5.00' in browser.get("/balance/low/").text
    sweep(1)
    sweep(2)
    assert told(account_id) == 1

    pay_in(account_id, "10.00")
    sweep(3)
    assert told(account_id) == 1
    browser.post("/balance/low/", {"threshold": "20"})
    sweep(4)
    sweep(5)
    assert told(account_id) == 2
    assert told(other) == 0

    browser.post("/balance/low/", {"threshold": ""})
    sweep(6)
    assert told(account_id) == 2


@pytest.mark.parametrize("typed", ["0", "-1", "a lot", "1.001", "9" * 16])
def test_what_is_no_amount_changes_nothing(enter: Enter, typed: str) -> None:
    account_id = builders.customer(balance="4.00")

    assert enter(account_id).post("/balance/low/", {"threshold": typed}).status_code == 400
    sweep(1)
    assert told(account_id) == 0
