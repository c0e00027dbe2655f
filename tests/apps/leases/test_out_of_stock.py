"""A rented number that was listed and is gone when it is to be given (U13; RP-C1, RP-B3)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nummer.apps.catalogue import cities
from nummer.apps.incidents.models import Fact
from nummer.apps.leases import queries
from nummer.apps.leases.actions import rent, supply
from nummer.apps.leases.errors import NoNumberForRent, NumberTaken
from nummer.apps.leases.jobs import DUE_SOURCES
from nummer.apps.leases.models import Rentable
from nummer.apps.leases.queries import LeaseRow
from nummer.apps.ledger import queries as ledger
from nummer.apps.refunds import actions as refunds
from nummer.apps.refunds.jobs import DUE_SOURCES as REFUNDS
from nummer.apps.refunds.models import Decision
from nummer.config.sweeper import sweep_until
from nummer.kernel.money import Money
from nummer.kernel.phone import PhoneNumber
from nummer.policy.lease import LeaseState
from nummer.suppliers.sandbox.numbers import GONE
from tests import builders
from tests.builders import NOW, customer, rental_wish
from tests.invariants.proofs import breaches

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop", "supplier")]
DEAD = f"+47594610{GONE}"  # its supplier says that somebody else has it
OTHER = "+4759461001"
SOON = NOW + timedelta(minutes=1)


def oslo(*numbers: str) -> None:
    builders.rentals(numbers, city=cities.city("NO", code="oslo"))


def failed(account_id: int) -> LeaseRow:
    """Order the number that is gone, and let the supplier and the sweeper speak."""
    placed = rent(account_id, wish=rental_wish(DEAD), now=NOW)
    supply(account_id, lease_id=placed.id, now=SOON)
    assert sweep_until(SOON, sources=[*DUE_SOURCES, *REFUNDS]).failed == 0
    found = queries.lease(account_id, lease_id=placed.id)
    assert found.state is LeaseState.FAILED
    return found


def listing(lease: LeaseRow) -> dict[str, object]:
    snapshot = Fact.objects.get(account_id=lease.account_id, kind="stock_failure").snapshot
    assert isinstance(snapshot, dict)
    return snapshot


@pytest.mark.clause("RP-C1")
def test_city_that_is_empty_returns_price_and_set_up_and_they_may_be_paid_out() -> None:
    oslo(DEAD)
    account_id = customer(balance="60.00")
    lease = failed(account_id)

    assert listing(lease) == {
        "listed": True,
        "shown_free": 1,
        "listed_at": NOW.isoformat(),
        "free": 0,
        "reason": "number_gone",
        "country": "NO",
        "kind": "local",
        "city": "oslo",
    }
    [decided] = Decision.objects.filter(account_id=account_id)
    assert (decided.clauses, decided.amount_micro) == (["RP-C1"], 18_750_000)
    assert ledger.balance(account_id).total.decimal_text() == "60.00"
    payable = refunds.payable_for_lease(account_id, lease_id=lease.id, now=SOON)
    assert payable == Money.parse("18.75", "EUR")
    refunds.ask_lease_payout(account_id, lease_id=lease.id, surface="site", now=SOON)
    assert Decision.objects.filter(account_id=account_id, decision="PAYOUT").count() == 1
    assert breaches() == []


@pytest.mark.clause("RP-B3", "RP-C0")
def test_number_that_is_gone_while_its_city_has_others_returns_to_the_balance_only() -> None:
    oslo(DEAD, OTHER)
    account_id = customer(balance="60.00")
    lease = failed(account_id)

    shown = listing(lease)
    assert (shown["shown_free"], shown["free"]) == (2, 1)
    [decided] = Decision.objects.filter(account_id=account_id)
    assert (decided.clauses, decided.amount_micro) == (["RP-B3"], 18_750_000)
    assert refunds.payable_for_lease(account_id, lease_id=lease.id, now=SOON) is None
    assert breaches() == []


def test_other_cities_do_not_fill_an_empty_one() -> None:
    oslo(DEAD)
    builders.rentals(["+4759471001"], city=cities.city("NO", code="bergen"))
    lease = failed(customer(balance="60.00"))

    assert listing(lease)["free"] == 0
    assert Decision.objects.get(account_id=lease.account_id).clauses == ["RP-C1"]


@pytest.mark.clause("RP-C1")
def test_number_that_is_gone_when_it_is_ordered_is_refused_and_nothing_is_charged() -> None:
    oslo(OTHER)
    Rentable.objects.update(withdrawn=True)
    account_id = customer(balance="60.00")

    with pytest.raises(NumberTaken):
        rent(account_id, wish=rental_wish(OTHER), now=NOW)
    with pytest.raises(NoNumberForRent):
        rent(account_id, wish=rental_wish(), now=NOW)

    assert ledger.balance(account_id).spendable.decimal_text() == "60.00"
    assert queries.leases_of(account_id) == []
    assert PhoneNumber(OTHER).e164 == OTHER
