"""Ordering a number by the month, until it works or has failed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from nummer.apps.agreements.errors import ConsentMissing
from nummer.apps.catalogue.errors import NoPrice, PriceAboveMax
from nummer.apps.incidents import queries as incidents
from nummer.apps.leases import actions, queries
from nummer.apps.leases.errors import NoNumberForRent, NumberTaken
from nummer.apps.leases.jobs import DUE_SOURCES
from nummer.apps.leases.models import Lease, Rentable
from nummer.apps.ledger import queries as ledger
from nummer.apps.ledger.errors import InsufficientBalance, KeyReused
from nummer.apps.ledger.models import TransferKind
from nummer.apps.notify.models import Letter
from nummer.apps.numbers import queries as numbers
from nummer.apps.numbers.actions import stock_slots
from nummer.apps.refunds.actions import cancel_lease
from nummer.apps.refunds.jobs import DUE_SOURCES as REFUNDS
from nummer.apps.refunds.models import Decision
from nummer.apps.standing import actions as standing
from nummer.apps.standing.errors import AccountSuspended
from nummer.config.sweeper import sweep_until
from nummer.kernel.errors import Unavailable
from nummer.kernel.money import Money
from nummer.kernel.phone import PhoneNumber
from nummer.policy.lease import LeaseState
from nummer.suppliers.sandbox.numbers import SandboxNumbers
from tests import builders
from tests.builders import NOW, customer, rental_wish, rented
from tests.invariants.proofs import breaches

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rentals")]
FIRST = "18.75"  # 15.00 and a quarter of tax


def total(account_id: int) -> str:
    return ledger.balance(account_id).total.decimal_text()


def spendable(account_id: int) -> str:
    return ledger.balance(account_id).spendable.decimal_text()


def test_money_is_held_with_the_order_and_taken_with_the_activation() -> None:
    account_id = customer(balance="50.00")

    placed = actions.rent(account_id, wish=rental_wish("+4759441001", keep_fee=False), now=NOW)

    assert (placed.state, total(account_id), spendable(account_id)) == ("paid", "50.00", "31.25")

    later = NOW + timedelta(minutes=3)
    actions.supply(account_id, lease_id=placed.id, now=later)

    lease = queries.lease(account_id, lease_id=placed.id)
    assert (lease.state, lease.activated_at, total(account_id)) == ("active", later, "31.25")
    assert lease.paid_until == later.replace(month=12)
    (period,) = queries.periods(account_id, lease_id=placed.id)
    assert (period.starts_at, period.total.decimal_text()) == (later, FIRST)
    assert Letter.objects.get(letter="lease-active").account_id == account_id
    assert breaches() == []


def test_the_same_key_rents_once() -> None:
    account_id = customer(balance="50.00")
    wish = rental_wish()

    first = actions.rent(account_id, wish=wish, now=NOW)
    again = actions.rent(account_id, wish=wish, now=NOW + timedelta(hours=1))

    assert (first.id, first.number) == (again.id, again.number)
    assert Lease.objects.count() == 1
    with pytest.raises(KeyReused):
        actions.rent(account_id, wish=replace(wish, kind="mobile"), now=NOW)


def test_a_number_that_somebody_has_is_refused_and_nothing_is_held() -> None:
    rented(customer(balance="50.00"), "+4759441001")
    account_id = customer(balance="50.00")

    with pytest.raises(NumberTaken):
        actions.rent(account_id, wish=rental_wish("+4759441001"), now=NOW)

    assert spendable(account_id) == "50.00"


def test_without_stock_nothing_is_held() -> None:
    for n in range(1, 5):
        rented(customer(balance="50.00"), f"+475944100{n}")
    account_id = customer(balance="50.00")

    with pytest.raises(NoNumberForRent):
        actions.rent(account_id, wish=rental_wish(), now=NOW)

    assert (spendable(account_id), Lease.objects.filter(account_id=account_id).count()) == (
        "50.00",
        0,
    )


def test_without_the_money_the_number_stays_free() -> None:
    account_id = customer(balance="18.74")

    with pytest.raises(InsufficientBalance):
        actions.rent(account_id, wish=rental_wish("+4759441001"), now=NOW)

    assert Rentable.objects.get(e164="+4759441001").lease_id is None
    assert rented(customer(balance="18.75"), "+4759441001").state == "active"


def test_an_order_needs_consent_a_price_and_a_good_standing() -> None:
    account_id = customer(balance="50.00")
    cheap = Money.parse("18.74", "EUR")
    with pytest.raises(ConsentMissing):
        actions.rent(account_id, wish=replace(rental_wish(), consent_immediate=False), now=NOW)
    with pytest.raises(PriceAboveMax):
        actions.rent(account_id, wish=replace(rental_wish(), max_first=cheap), now=NOW)
    with pytest.raises(NoPrice):
        actions.rent(account_id, wish=replace(rental_wish(), country="FR"), now=NOW)
    standing.suspend(account_id, service="", reason="abuse", actor="staff:1", now=NOW)
    with pytest.raises(AccountSuspended):
        actions.rent(account_id, wish=rental_wish(), now=NOW)

    assert (spendable(account_id), Lease.objects.count()) == ("50.00", 0)


TROUBLES = (
    ("RP-B3: his number is gone and others are there", "+4759441090", "number_gone", "RP-B3"),
    ("RP-B3: the supplier refuses", "+4759441091", "supplier_refused", "RP-B3"),
)


@pytest.mark.clause("RP-B3")
@pytest.mark.parametrize(("case", "number", "reason", "clause"), TROUBLES)
def test_a_number_that_is_not_supplied_is_paid_back_whole(
    case: str, number: str, reason: str, clause: str
) -> None:
    builders.rentals([number])
    account_id = customer(balance="50.00")

    lease = rented(account_id, number)
    assert (lease.state, lease.end_reason) == ("failed", reason), case
    sweep_until(NOW, sources=REFUNDS)

    decision = Decision.objects.get(account_id=account_id)
    lines = ledger.statement(account_id)
    assert (decision.clauses, total(account_id)) == ([clause], "50.00"), case
    assert [(line.kind, line.amount.decimal_text(), line.clause) for line in lines[:2]] == [
        (TransferKind.REFUND, FIRST, clause),
        (TransferKind.ORDER, "-18.75", None),
    ]
    assert incidents.facts(account_id, subject_id=lease.id)[0].kind in (
        "stock_failure",
        "provision_failure",
    )
    assert Letter.objects.filter(account_id=account_id, letter="order-refunded").count() == 1
    assert breaches() == []
    with pytest.raises(NumberTaken):
        actions.rent(account_id, wish=rental_wish(number), now=NOW)


@pytest.mark.clause("RP-C1")
def test_the_last_number_of_a_place_that_is_gone_is_out_of_stock() -> None:
    builders.rentals(["+4759441090"])
    for n in range(1, 5):
        rented(customer(balance="50.00"), f"+475944100{n}")
    account_id = customer(balance="50.00")

    rented(account_id, "+4759441090")
    sweep_until(NOW, sources=REFUNDS)

    assert Decision.objects.get(account_id=account_id).clauses == ["RP-C1"]
    assert (total(account_id), breaches()) == ("50.00", [])


def test_an_answer_that_was_lost_is_looked_up_and_bought_once(supplier: SandboxNumbers) -> None:
    builders.rentals(["+4759441092"])
    account_id = customer(balance="50.00")
    placed = actions.rent(account_id, wish=rental_wish("+4759441092"), now=NOW)

    with pytest.raises(Unavailable):
        actions.supply(account_id, lease_id=placed.id, now=NOW)
    assert queries.lease(account_id, lease_id=placed.id).state == "at_supplier"
    for minutes in (1, 2, 3):
        actions.supply(account_id, lease_id=placed.id, now=NOW + timedelta(minutes=minutes))

    lease = queries.lease(account_id, lease_id=placed.id)
    assert (lease.state, lease.activated_at) == ("active", NOW + timedelta(minutes=1))
    assert (supplier.orders(), total(account_id), breaches()) == (1, "31.25", [])


def test_a_supplier_may_take_his_time(supplier: SandboxNumbers) -> None:
    builders.rentals(["+4759441093"])
    account_id = customer(balance="50.00")

    lease = rented(account_id, "+4759441093")
    assert lease.state == "at_supplier"
    actions.supply(account_id, lease_id=lease.id, now=NOW + timedelta(hours=2))

    assert queries.lease(account_id, lease_id=lease.id).state == "active"
    assert supplier.orders() == 1


def test_an_order_that_nobody_fulfils_ends_after_a_week() -> None:
    builders.rentals(["+4759441005"], supplier="nobody")
    account_id = customer(balance="50.00")
    lease = rented(account_id, "+4759441005")

    week = NOW + timedelta(days=7)
    sweep_until(week - timedelta(seconds=1), sources=[*DUE_SOURCES, *REFUNDS])
    assert queries.lease(account_id, lease_id=lease.id).state == LeaseState.AT_SUPPLIER
    sweep_until(week, sources=[*DUE_SOURCES, *REFUNDS])

    found = queries.lease(account_id, lease_id=lease.id)
    assert (found.state, found.end_reason, found.ended_at) == ("failed", "not_in_time", week)
    assert (total(account_id), spendable(account_id), breaches()) == ("50.00", "50.00", [])


def test_a_late_answer_to_an_order_that_ended_changes_nothing() -> None:
    account_id = customer(balance="50.00")
    placed = actions.rent(account_id, wish=rental_wish("+4759441001"), now=NOW)
    row = actions.locked(account_id, placed.id)
    cancel_lease(account_id, lease_id=row.id, surface="test", now=NOW)
    actions.supply(account_id, lease_id=row.id, now=NOW + timedelta(hours=1))

    assert queries.lease(account_id, lease_id=row.id).state == "released"
    assert (total(account_id), breaches()) == ("50.00", [])


def test_numbers_for_rent_are_never_sold_for_codes() -> None:
    before = numbers.stock(service="tg", country="NO")

    assert stock_slots(service="tg") == 0
    assert numbers.stock(service="tg", country="NO") == before
    assert queries.holder(PhoneNumber("+4759441001"), at=NOW) is None
