"""Letters to the owner about hosts that hear of his events for the first time."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from nummer.apps.leases import queries as leases
from nummer.apps.notify.models import Letter
from nummer.apps.webhooks import actions
from nummer.apps.webhooks.models import Endpoint
from nummer.apps.webhooks.queries import lease_hooks_of
from nummer.kernel.ids import new_id
from tests import builders
from tests.builders import NOW
from tests.hooks import Receiver

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rentals")]

FIRST, SECOND = "https://93.184.216.34/", "https://93.184.216.35/"
DAY = timedelta(days=1)


@pytest.fixture
def account_id() -> int:
    account_id = builders.customer(balance="50.00")
    builders.rented(account_id)
    return account_id


def letters(account_id: int) -> int:
    return Letter.objects.filter(account_id=account_id, letter="webhook-added").count()


def follow(account_id: int, url: str, *, now: datetime = NOW) -> None:
    actions.follow(account_id, subject_id=new_id(), url=url, dialect="standard", now=now)


def hook(account_id: int, url: str, *, now: datetime, fallback_url: str = "") -> None:
    [lease] = leases.leases_of(account_id)
    actions.set_lease_hook(
        account_id,
        lease_id=lease.id,
        dialect="standard",
        purpose="status",
        url=url,
        fallback_url=fallback_url,
        now=now,
    )


def test_the_owner_hears_of_a_host_that_a_single_text_names(account_id: int) -> None:
    follow(account_id, FIRST + "a")
    follow(account_id, FIRST + "b", now=NOW + DAY)
    first = letters(account_id)
    actions.announce_to(
        account_id,
        url=SECOND,
        dialect="standard",
        kind="message.updated",
        subject_id=new_id(),
        now=NOW + DAY,
    )

    assert (first, letters(account_id)) == (1, 2)


def test_a_host_that_is_known_is_known_of_every_kind_of_address(account_id: int) -> None:
    hook(account_id, FIRST, fallback_url=SECOND, now=NOW)
    first = letters(account_id)
    follow(account_id, FIRST, now=NOW + DAY)
    follow(account_id, SECOND, now=NOW + DAY)

    assert (first, letters(account_id)) == (2, 2)


def test_a_host_whose_hook_was_closed_is_new_again(account_id: int) -> None:
    hook(account_id, FIRST, now=NOW)
    hook(account_id, "", now=NOW + DAY)
    assert lease_hooks_of(account_id) == []
    hook(account_id, FIRST, now=NOW + 2 * DAY)

    assert letters(account_id) == 2


def test_a_host_that_another_hook_names_stays_known(account_id: int) -> None:
    hook(account_id, FIRST, now=NOW)
    follow(account_id, FIRST, now=NOW)
    hook(account_id, "", now=NOW + DAY)
    hook(account_id, FIRST, now=NOW + 2 * DAY)

    assert letters(account_id) == 1


def test_a_changed_address_makes_its_old_host_new_again(account_id: int) -> None:
    with Receiver() as receiver:
        made = actions.create_endpoint(
            account_id, url=receiver.url(), kinds=(), actor="customer:1", now=NOW
        )
    for day, url in enumerate((FIRST, FIRST + "b", SECOND, FIRST), start=1):
        actions.change_endpoint(
            account_id,
            endpoint_id=made.endpoint_id,
            url=url,
            actor="customer:1",
            now=NOW + day * DAY,
        )

    assert letters(account_id) == 4


def test_hosts_of_two_accounts_are_not_the_same(account_id: int) -> None:
    other = builders.customer(balance="1.00")
    follow(account_id, FIRST)
    follow(other, FIRST)

    assert (letters(account_id), letters(other)) == (1, 1)
    known = Endpoint.objects.order_by("account_id").values_list("hosts", flat=True)
    assert known[0] != known[1]
