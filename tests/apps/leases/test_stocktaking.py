"""The stock for rent is counted by place, each number once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nummer.apps.leases.actions import give_notice
from nummer.apps.leases.models import Rentable
from nummer.apps.leases.stocktaking import LOW_BELOW, Counted, counted
from nummer.apps.refunds import actions as refunds
from tests import builders
from tests.builders import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rentals")]


def test_each_number_is_free_leased_resting_or_withheld() -> None:
    account_id = builders.customer(balance="100.00")
    builders.rented(account_id, "+4759441001")
    back = builders.rented(account_id, "+4759441002")
    refunds.cancel_lease(account_id, lease_id=back.id, surface="test", now=NOW)
    Rentable.objects.filter(e164="+4759441003").update(withdrawn=True)

    [row] = counted(now=NOW)

    assert row == Counted("NO", "local", "", free=1, leased=1, resting=1, withheld=1)
    assert row.low
    assert counted(now=NOW + timedelta(days=91))[0].free == 2


def test_a_number_whose_holder_gave_notice_is_leased_until_it_ends() -> None:
    account_id = builders.customer(balance="100.00")
    lease = builders.rented(account_id)
    give_notice(account_id, lease_id=lease.id, now=NOW)

    assert counted(now=NOW)[0].leased == 1


def test_places_are_paged_filtered_and_those_with_few_shown_alone() -> None:
    builders.rentals([f"+4930{n:07d}" for n in range(LOW_BELOW)], country="DE")
    builders.rentals(["+442070000001"], country="GB")

    every = counted(now=NOW)
    walked, after = [], ("", "", "")
    while page := counted(now=NOW, after=after, limit=1):
        walked += page
        after = page[-1].place

    assert [row.country for row in every] == ["DE", "GB", "NO"]
    assert walked == every
    assert [row.country for row in counted(now=NOW, low=True)] == ["GB", "NO"]
    assert [row.country for row in counted(now=NOW, country="DE")] == ["DE"]
    assert counted(now=NOW, kind="mobile") == []
