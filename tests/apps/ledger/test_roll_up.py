"""The operator's books: when they are rolled up, and what a restore into a new server asks for."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import Error, connection, transaction

from nummer.apps.ledger import actions, jobs, queries
from tests.apps.ledger.conftest import NOW, OpenWallet

GUIDE = Path(__file__).parents[3] / "docs" / "develop" / "ledger.md"


def test_the_roll_up_is_due_an_hour_after_the_last_and_makes_up_for_many_at_once(
    wallet: OpenWallet,
) -> None:
    wallet("5.00")
    actions.roll_up(NOW)
    source = jobs.ROLL_UP

    assert not source.find(NOW + timedelta(minutes=59), 10)
    (row,) = source.find(NOW + timedelta(hours=1), 10)
    assert row.due_at == NOW + timedelta(hours=1)
    years = NOW + timedelta(days=6 * 365, minutes=59)
    (row,) = source.find(years, 10)
    source.fire(row, row.due_at)

    assert row.due_at == NOW + timedelta(days=6 * 365)
    assert source.find(years, 10) == []


def test_the_books_stand_on_the_other_side_of_the_customers(wallet: OpenWallet) -> None:
    wallet("5.00", promo="1.00")

    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(balance) FROM ledger.wallet WHERE currency = 'EUR'")
        (owed,) = cursor.fetchone()

    assert -sum(total.amount.micro for total in queries.book_totals()) == owed


def test_a_restore_into_a_new_server_is_noticed_and_the_guide_repairs_it(
    wallet: OpenWallet,
) -> None:
    wallet("5.00")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger.rollup_mark SET first_uncounted_tx = 10 ^ 15")
    with pytest.raises(Error, match="After a restore"), transaction.atomic():
        actions.roll_up(NOW)
    assert [name for name, breaches, _ in queries.audit_lines() if breaches]

    repair = re.search(r"BEGIN;\n(.*?)COMMIT;", GUIDE.read_text(), re.DOTALL)
    assert repair is not None
    with connection.cursor() as cursor:
        cursor.execute(repair[1])
    actions.roll_up(NOW)

    assert [line for line in queries.audit_lines() if line[1]] == []
