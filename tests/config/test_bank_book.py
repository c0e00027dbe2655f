"""A day reconciled with what the bank's statements said."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from nummer.apps.banking import actions, queries
from nummer.apps.banking.models import Deed, Why
from nummer.apps.invoices import ports
from nummer.apps.invoices.queries import Day, Gap, ListState, Side, day_of, reconcile
from nummer.apps.payments.models import TopUp
from nummer.config.books import BankBook
from nummer.kernel.money import Money
from tests import builders
from tests.apps.banking.conftest import NOW, STAFF, take, wish
from tests.apps.banking.paper import Paper
from tests.apps.banking.test_outgoing import share_by_bank

pytestmark = pytest.mark.django_db


@pytest.fixture
def account_id(db: None) -> Iterator[int]:
    builders.shop()
    before = (list(ports._providers), list(ports._banks))
    ports.install_books(providers=(), banks=[BankBook()])
    yield builders.customer(balance="0.00")
    ports.install_books(providers=before[0], banks=before[1])


def today() -> Day:
    return reconcile(day_of(NOW))


def sums(day: Day) -> dict[str, str]:
    return {one.side.value: str(one.total) for one in day.sums if one.source == "bank"}


def differences(day: Day) -> list[tuple[Gap, str, str]]:
    return [
        (one.gap, str(one.theirs) if one.theirs else "", str(one.ours) if one.ours else "")
        for one in day.differences
        if one.source == "bank"
    ]


def test_what_came_and_was_credited_agrees(account_id: int) -> None:
    _, word = wish(account_id)

    take(Paper("20.00", word), Paper("300.00", sign="DBIT"))

    found = today()
    assert found.agreed
    assert found.sources == {"bank": ListState.LISTED}
    assert sums(found) == {"bank": "20.00 EUR", "noted": "20.00 EUR", "ledger": "20.00 EUR"}


def test_what_is_in_suspense_is_named_until_it_is_decided(account_id: int) -> None:
    take(Paper("7.00"))
    assert differences(today()) == [(Gap.IN_SUSPENSE, "7.00 EUR", "")]
    (row,) = queries.suspense()

    later = NOW + timedelta(days=9)
    actions.decide(
        row.id, deed=Deed.GIVE, why=Why.PROVEN, account_id=account_id, actor=STAFF, now=later
    )

    assert today().agreed
    found = reconcile(day_of(later))
    assert found.agreed
    assert sums(found)["bank"] == "7.00 EUR"


def test_what_was_credited_without_the_bank_is_named(account_id: int) -> None:
    top_up_id, word = wish(account_id)
    take(Paper("20.00", word))
    from nummer.apps.banking.models import Entry

    Entry.objects.all().delete()

    assert differences(today()) == [(Gap.NOT_LISTED, "", "20.00 EUR")]
    assert TopUp.objects.get(id=top_up_id).state == "paid"


def test_a_part_of_a_payout_that_only_a_person_confirmed_is_named(account_id: int) -> None:
    from nummer.apps.payouts import actions as payouts

    share_id = share_by_bank(account_id)
    word = queries.outgoing()[0].word
    payouts.confirm_transfer(
        account_id, share_id=share_id, bank_reference="TYPED", actor=STAFF, now=NOW
    )
    assert differences(today()) == [(Gap.NOT_LISTED, "", "-20.00 EUR")]

    take(Paper("20.00", word, sign="DBIT"))

    assert differences(today()) == []
    assert sums(today())["bank"] == "-20.00 EUR"


def test_what_came_and_went_back_is_no_customers_money(account_id: int) -> None:
    take(Paper("7.00"))
    (row,) = queries.suspense()
    actions.decide(row.id, deed=Deed.RETURN, why=Why.UNKNOWN, account_id=None, actor=STAFF, now=NOW)
    assert differences(today()) == [(Gap.IN_SUSPENSE, "7.00 EUR", "")]

    take(Paper("7.00", queries.outgoing()[0].word, sign="DBIT"), number="2")

    found = today()
    assert found.agreed
    assert sums(found) == {}


def test_a_reversal_agrees_once_it_was_taken_back(account_id: int) -> None:
    _, word = wish(account_id)
    take(Paper("20.00", word))
    take(Paper("20.00", word, sign="DBIT", reversal=True), number="2")
    (row,) = queries.suspense()
    assert differences(today()) == [(Gap.IN_SUSPENSE, "-20.00 EUR", "")]

    actions.decide(
        row.id, deed=Deed.TAKE_BACK, why=Why.BANK_RECALLED, account_id=None, actor=STAFF, now=NOW
    )

    assert today().agreed
    assert Money(0, "EUR") in [one.total for one in today().sums if one.side == Side.BANK]
