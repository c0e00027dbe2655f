"""A lending supplier hears once that a number stays or goes back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from nummer.apps.leases import actions, queries
from nummer.apps.leases.jobs import DUE_SOURCES
from nummer.apps.leases.models import Instruction, Rentable
from nummer.apps.leases.ports import install_suppliers
from nummer.apps.refunds.actions import cancel_lease
from nummer.config.sweeper import sweep_until
from nummer.kernel.errors import Unavailable
from nummer.suppliers.sandbox.didww.provider import CODE
from tests import builders
from tests.builders import NOW, customer, rental_wish
from tests.suppliers.wholesale.account import Account, desks

NUMBER = "+4759580001"
GIVEN_BACK = {"billing_cycles_count": 0, "terminated": True}


@pytest.fixture
def account(shop: None, tmp_path: Path) -> Iterator[Account]:
    """Connect the sandbox's DIDWW and offer some of its numbers."""
    with desks(tmp_path) as opened:
        made = opened()
        install_suppliers([made.numbers])
        builders.rentals([NUMBER, "+4759580091", "+4759580092"], supplier=CODE)
        yield made
        install_suppliers([])


def rent(account: Account, number: str = NUMBER) -> queries.LeaseRow:
    lease = actions.rent(customer(balance="50.00"), wish=rental_wish(number), now=NOW)
    for _ in range(3):
        try:
            actions.supply(lease.account_id, lease_id=lease.id, now=NOW)
        except Unavailable:
            continue
        account.fulfil()
    return queries.lease(lease.account_id, lease_id=lease.id)


def tell() -> None:
    for row in Instruction.objects.filter(due_at__isnull=False).order_by("made_at"):
        actions.tell_supplier(row.account_id, instruction_id=row.id, now=NOW)


def test_the_end_of_a_lease_is_told_once_and_its_number_is_not_offered_again(
    account: Account,
) -> None:
    lease = rent(account)
    assert lease.state == "active"

    for _ in range(2):
        cancel_lease(lease.account_id, lease_id=lease.id, surface="test", now=NOW)
        tell()
        tell()

    assert account.told() == [[GIVEN_BACK]]
    (row,) = Instruction.objects.all()
    assert (row.verb, row.answer, row.due_at, row.tries) == ("stop", "done", None, 1)
    assert Rentable.objects.get(e164=NUMBER).withdrawn
    lane = ProcrastinateJob.objects.filter(queue_name=f"supplier:{CODE}")
    assert lane.filter(task_name="leases.tell_supplier").count() == 1


def test_a_renewal_makes_sure_that_the_number_stays(account: Account) -> None:
    lease = rent(account)
    (did,) = account.all_of("dids")
    with account.desk.change() as memory:
        memory.keep({**did, "attributes": {**did["attributes"], "billing_cycles_count": 0}})

    assert lease.paid_until is not None
    sweep_until(lease.paid_until, sources=DUE_SOURCES[:1])
    tell()

    (row,) = Instruction.objects.all()
    assert (row.verb, row.answer) == ("renew", "done")
    assert account.told() == [[{"billing_cycles_count": None, "terminated": False}]]


def test_what_was_sold_after_the_order_was_given_up_goes_back(account: Account) -> None:
    account.set("complete_after_s", "3600")
    lease = actions.rent(customer(balance="50.00"), wish=rental_wish(NUMBER), now=NOW)
    actions.supply(lease.account_id, lease_id=lease.id, now=NOW)
    actions.moment(lease.account_id, lease_id=lease.id, now=NOW + timedelta(days=8))
    tell()
    (row,) = Instruction.objects.all()
    assert (row.verb, row.done_at) == ("stop", None)

    account.fulfil()
    tell()

    assert account.told() == [[GIVEN_BACK]]
    row.refresh_from_db()
    assert row.answer == "done"


def test_an_order_that_nobody_knows_is_asked_about_for_two_days(account: Account) -> None:
    lease = rent(account, "+4759580091")
    assert lease.end_reason == "number_gone"
    Instruction.objects.update(reference="0" * 32)
    (row,) = Instruction.objects.all()

    actions.tell_supplier(row.account_id, instruction_id=row.id, now=NOW)
    row.refresh_from_db()
    assert row.done_at is None
    actions.tell_supplier(row.account_id, instruction_id=row.id, now=NOW + timedelta(days=2))
    row.refresh_from_db()
    assert row.answer == "gone"


def test_a_lost_job_is_given_again_later_each_time(account: Account) -> None:
    lease = rent(account)
    cancel_lease(lease.account_id, lease_id=lease.id, surface="test", now=NOW)
    tells = ProcrastinateJob.objects.filter(task_name="leases.tell_supplier")
    assert tells.count() == 1

    swept = sweep_until(NOW + timedelta(hours=1), sources=DUE_SOURCES[1:])

    assert (swept.failed, tells.count()) == (0, 1 + swept.fired)
    assert swept.fired >= 1
    tell()
    assert sweep_until(NOW + timedelta(days=9), sources=DUE_SOURCES[1:]).fired == 0


def test_numbers_of_our_own_are_told_of_to_nobody(shop: None) -> None:
    builders.rentals(["+4759441009"], supplier="own")
    lease = actions.rent(customer(balance="50.00"), wish=rental_wish("+4759441009"), now=NOW)
    actions.supply(lease.account_id, lease_id=lease.id, now=NOW)
    cancel_lease(lease.account_id, lease_id=lease.id, surface="test", now=NOW)

    assert not Instruction.objects.exists()
    assert not Rentable.objects.get(e164="+4759441009").withdrawn
