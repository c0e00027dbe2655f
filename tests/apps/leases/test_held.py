"""What programs ask of leases: pages, names, whole numbers as ids, and rents for one period."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from nummer.apps.leases import actions, held, queries
from nummer.apps.leases.errors import NoSuchLease
from nummer.apps.ledger import queries as ledger
from nummer.apps.refunds import actions as refunds
from nummer.kernel.ids import new_id
from nummer.policy.lease import LeaseState
from tests.builders import NOW, customer, rental_wish, rented, top_up

DAY = timedelta(days=1)


@pytest.fixture
def account_id(rentals: None) -> int:
    found = customer()
    top_up(found, "200.00")
    return found


def rented_once(account_id: int) -> queries.LeaseRow:
    wish = replace(rental_wish(), for_one_period=True)
    placed = actions.rent(account_id, wish=wish, now=NOW)
    actions.supply(account_id, lease_id=placed.id, now=NOW)
    return queries.lease(account_id, lease_id=placed.id)


def test_only_what_has_not_ended_is_held_newest_first(account_id: int) -> None:
    first, second, third = (rented(account_id) for _ in range(3))
    refunds.cancel_lease(account_id, lease_id=second.id, surface="test", now=NOW)

    assert [row.id for row in held.held(account_id)] == [third.id, first.id]
    assert [row.id for row in held.held(account_id, before=third.id)] == [first.id]
    assert [row.id for row in held.held(account_id, after=first.id)] == [third.id]
    assert [row.id for row in held.held(account_id, number=first.number)] == [first.id]
    assert held.held(account_id, kind="mobile") == []
    with pytest.raises(NoSuchLease):
        held.held_one(account_id, lease_id=second.id)


def test_a_short_id_leads_back_to_its_lease_and_only_for_its_account(account_id: int) -> None:
    rows = [rented(account_id) for _ in range(4)]

    for row in rows:
        short = held.short_id(row.id)
        assert 0 < short <= held.SHORT_ID_MAX
        assert held.lease_by_short_id(account_id, short=short).id == row.id
        with pytest.raises(NoSuchLease):
            held.lease_by_short_id(account_id + 1, short=short)


@pytest.mark.parametrize("short", [-1, 0, 7, 2**53, 2**63])
def test_an_invented_short_id_leads_nowhere(account_id: int, short: int) -> None:
    rented(account_id)

    with pytest.raises(NoSuchLease):
        held.lease_by_short_id(account_id, short=short)


def test_a_number_has_the_name_that_was_given_last(account_id: int) -> None:
    row, other = rented(account_id), rented(account_id)

    held.set_label(account_id, lease_id=row.id, text="Support line", now=NOW)
    held.set_label(account_id, lease_id=row.id, text="Sales", now=NOW)

    assert held.labels(account_id, lease_ids=[row.id, other.id]) == {row.id: "Sales"}
    held.set_label(account_id, lease_id=row.id, text="", now=NOW)
    assert held.labels(account_id, lease_ids=[row.id]) == {}
    with pytest.raises(NoSuchLease):
        held.set_label(account_id, lease_id=new_id(), text="Nobody", now=NOW)


def test_a_rent_for_one_period_ends_with_it_and_costs_it_once(account_id: int) -> None:
    row = rented_once(account_id)
    spent = ledger.balance(account_id)
    assert row.paid_until is not None

    actions.moment(account_id, lease_id=row.id, now=row.paid_until + DAY)

    after = queries.lease(account_id, lease_id=row.id)
    assert (row.state, after.state) == (LeaseState.CANCELLED, LeaseState.RELEASED)
    assert ledger.balance(account_id).spendable == spent.spendable
    assert spent.earmarked.micro == 0


def test_a_rent_that_is_continued_is_charged_once_more_and_ends_then(account_id: int) -> None:
    row = rented_once(account_id)
    actions.take_back_notice(account_id, lease_id=row.id, now=NOW)
    assert row.paid_until is not None

    actions.moment(account_id, lease_id=row.id, now=row.paid_until + DAY)
    renewed = queries.lease(account_id, lease_id=row.id)
    assert renewed.paid_until is not None
    actions.moment(account_id, lease_id=row.id, now=renewed.paid_until + DAY)

    assert renewed.state == LeaseState.CANCELLED
    assert queries.lease(account_id, lease_id=row.id).state == LeaseState.RELEASED
    assert len(queries.periods(account_id, lease_id=row.id)) == 2
