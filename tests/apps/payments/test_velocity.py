"""How fast money may come in: limits of new accounts, and of everybody who fails."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from nummer.apps.payments import actions
from nummer.apps.payments.errors import TooManyFailures, TopUpsTooFast
from nummer.apps.payments.limits import FAILURES_MAX, NEW_FOR, TOP_UPS_OF_NEW_MAX
from nummer.apps.payments.models import TopUp
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from tests.apps.payments.conftest import NOW, Provider, start

MOST = Money.parse("1000.00", "EUR")
pytestmark = pytest.mark.usefixtures("provider")


def wishes(account_id: int, count: int, *, now: datetime = NOW, **changes: object) -> None:
    """Write wishes without asking the provider for each."""
    TopUp.objects.bulk_create(
        TopUp(
            account_id=account_id,
            id=new_id(),
            provider="sandbox",
            method="sandbox-card",
            refundable=True,
            started_at=now,
            **({"amount_micro": 1_000_000, "currency": "EUR", "state": "started"} | changes),
        )
        for _ in range(count)
    )


def test_a_new_account_begins_twice_the_largest_sum_in_a_day(account_id: int) -> None:
    start(account_id, amount=MOST)
    start(account_id, amount=MOST)

    with pytest.raises(TopUpsTooFast) as refused:
        start(account_id, amount=Money.parse("1.00", "EUR"))

    assert refused.value.data["most"] == "2000.00"
    assert refused.value.data["retry_after_s"] == 24 * 3600
    assert start(account_id, amount=MOST, now=NOW + timedelta(hours=24, seconds=1)).pay_url


def test_a_new_account_begins_so_many_in_a_day(account_id: int) -> None:
    wishes(account_id, TOP_UPS_OF_NEW_MAX)

    with pytest.raises(TopUpsTooFast):
        start(account_id)


def test_money_that_came_without_a_wish_does_not_count(account_id: int) -> None:
    wishes(account_id, TOP_UPS_OF_NEW_MAX, wished=False, state="paid", closed_at=NOW)

    assert start(account_id, amount=MOST).pay_url


def test_a_page_that_was_cancelled_does_not_count(provider: Provider, account_id: int) -> None:
    for _ in range(3):
        provider.fail(start(account_id, amount=MOST))
        provider.tell()

    assert start(account_id, amount=MOST).pay_url


def test_a_repeated_wish_is_not_counted_again(account_id: int) -> None:
    key = new_id()
    start(account_id, amount=MOST, key=key)
    start(account_id, amount=MOST)

    assert start(account_id, amount=MOST, key=key).pay_url


@pytest.mark.parametrize("trusted", [True, False])
def test_an_old_or_trusted_account_pays_in_as_it_likes(account_id: int, *, trusted: bool) -> None:
    now = NOW if trusted else NOW + NEW_FOR
    if trusted:
        actions.trust_payer(account_id, actor="staff:1", now=NOW)
    wishes(account_id, TOP_UPS_OF_NEW_MAX, now=now)

    assert start(account_id, amount=MOST, now=now).pay_url


def test_who_fails_again_and_again_waits(account_id: int) -> None:
    at = NOW - timedelta(minutes=20)
    wishes(account_id, FAILURES_MAX, now=at, state="failed", closed_at=at)
    old = NOW + NEW_FOR  # it counts for everybody

    with pytest.raises(TooManyFailures) as refused:
        start(account_id)

    assert refused.value.data == {"retry_after_s": 40 * 60}
    assert start(account_id, now=NOW + timedelta(minutes=41)).pay_url
    assert start(account_id, now=old).pay_url
