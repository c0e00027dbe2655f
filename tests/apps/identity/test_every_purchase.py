"""Papers before every purchase, where the operator wants them (LD-R2, ADR 409)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from nummer.apps.identity import queries
from nummer.apps.identity.errors import PapersFirst
from nummer.apps.identity.jobs import DUE_SOURCES
from nummer.apps.identity.models import Slice
from nummer.apps.identity.queries import EVERY, Asked
from nummer.apps.identity.words import DocumentKind, Field
from nummer.apps.leases.models import Lease
from nummer.apps.leases.papers import (
    ask_for_papers,
    asked_by_number,
    asked_first,
    asked_now,
    asked_of,
)
from nummer.apps.ledger import queries as ledger
from nummer.apps.orders import terms
from nummer.apps.orders.models import Order
from nummer.config.sweeper import sweep_until
from tests.apps.identity.conftest import WANTED
from tests.apps.identity.test_papers import HER, LATER, approve, hand_in
from tests.builders import NOW, customer, numbers, order, rented

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("with_papers")]
ADDRESS = Asked((Field.STREET,), ())


@pytest.fixture(autouse=True)
def _forget_the_switch() -> Iterator[None]:
    """Let no test know what another one has set."""
    terms._PAPERS._kept.clear()
    yield
    terms._PAPERS._kept.clear()


def switch(wanted: Asked = WANTED) -> None:
    ask_for_papers(country=EVERY, kind=EVERY, wanted=wanted, actor=HER, now=NOW)
    terms._PAPERS._kept.clear()  # ten seconds later


@pytest.mark.clause("LD-R2")
def test_one_time_number_is_ordered_only_with_accepted_papers_where_every_purchase_needs_them() -> (
    None
):
    numbers(["+4759448801", "+4759448802"])
    account_id = customer(balance="50.00")
    switch()

    with pytest.raises(PapersFirst):
        order(account_id)
    assert not Order.objects.filter(account_id=account_id).exists()
    assert ledger.balance(account_id).spendable.decimal_text() == "50.00"
    assert asked_first(account_id, now=NOW) == asked_now(account_id, now=NOW) == WANTED
    papers_id = hand_in(account_id)
    with pytest.raises(PapersFirst):
        order(account_id)

    approve(account_id, papers_id)

    assert not asked_first(account_id, now=NOW)
    assert order(account_id)
    assert Order.objects.filter(account_id=account_id).count() == 1


def test_nobody_is_asked_unless_the_operator_has_said_so_and_the_rule_has_an_end() -> None:
    numbers(["+4759448801", "+4759448802"])
    account_id = customer(balance="50.00")
    assert order(account_id)

    switch()
    with pytest.raises(PapersFirst):
        order(account_id, now=LATER)
    switch(Asked())
    assert order(account_id, now=LATER)


def test_rented_number_asks_for_both_and_its_supplier_gets_what_the_number_needs() -> None:
    switch(ADDRESS)
    account_id = customer(balance="50.00")
    placed = rented(account_id)

    row = Lease.objects.get(account_id=account_id, id=placed.id)
    assert asked_of(row, customer="person") == Asked(
        (*WANTED.fields, Field.STREET), (DocumentKind.IDENTITY,)
    )
    assert asked_by_number(row, customer="person") == WANTED


def test_papers_are_kept_while_every_purchase_needs_them_and_go_after_that() -> None:
    account_id = customer()
    approve(account_id, hand_in(account_id))
    switch()
    sweep_until(LATER + timedelta(days=90), sources=DUE_SOURCES)
    assert Slice.objects.filter(account_id=account_id).exists()

    ask_for_papers(
        country=EVERY, kind=EVERY, wanted=Asked(), actor=HER, now=LATER + timedelta(days=90)
    )
    sweep_until(LATER + timedelta(days=130), sources=DUE_SOURCES)

    assert not Slice.objects.filter(account_id=account_id).exists()
    (row,) = queries.papers_of(account_id)
    assert row.purged_at is not None
