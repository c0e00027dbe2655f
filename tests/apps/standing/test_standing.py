"""Limits, suspensions and blocks refuse orders clearly, and nothing else."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, connections, transaction

from nummer.apps.standing import actions, queries
from nummer.apps.standing.errors import (
    AccountSuspended,
    CodeShareTooLow,
    PhoneBlocked,
    ServiceBlocked,
    TooManyOpen,
    TooManyOrders,
)
from nummer.apps.standing.limits import OrderLimits
from nummer.apps.standing.models import BlockKind
from nummer.kernel.phone import PhoneNumber

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def limited(
    *, per_minute: int = 100, open_max: int = 100, percent: int = 0, after: int = 10
) -> None:
    actions.set_limits(
        None,
        limits=OrderLimits(per_minute, open_max, percent, after),
        actor="staff:1",
        now=NOW,
    )


def order(account_id: int, *, at: datetime = NOW) -> None:
    with transaction.atomic():
        actions.check_order(account_id, service="tg", country="NO", now=at)
        actions.count_order(account_id, now=at)


def end(account_id: int, *, with_code: bool, times: int = 1) -> None:
    for _ in range(times):
        actions.count_outcome(account_id, with_code=with_code, now=NOW)


def test_a_first_order_passes_the_usual_limits() -> None:
    order(17)

    assert queries.open_orders(17) == 1


@pytest.mark.clause("PP-5.2a")
def test_orders_per_minute_are_counted_in_the_last_sixty_seconds() -> None:
    limited(per_minute=2)
    order(17, at=NOW)
    order(17, at=NOW + timedelta(seconds=20))

    with pytest.raises(TooManyOrders) as refused:
        order(17, at=NOW + timedelta(seconds=30))
    assert refused.value.data == {"limit": 2, "retry_after_s": 30}

    order(17, at=NOW + timedelta(seconds=60))
    with pytest.raises(TooManyOrders):
        order(17, at=NOW + timedelta(seconds=61))


def test_orders_of_others_do_not_count() -> None:
    limited(per_minute=1)
    order(17)

    order(18)


def test_open_numbers_are_bounded_until_one_ends() -> None:
    limited(open_max=2)
    order(17)
    order(17)

    with pytest.raises(TooManyOpen) as refused:
        order(17)
    assert refused.value.data == {"limit": 2}
    end(17, with_code=True)
    order(17)


def test_too_small_a_share_of_codes_pauses_orders_until_it_is_forgiven() -> None:
    limited(percent=30, after=10)
    for _ in range(10):
        order(17)
    end(17, with_code=False, times=8)
    end(17, with_code=True, times=1)
    order(17)  # nine have ended: too few to judge
    end(17, with_code=True, times=1)

    with pytest.raises(CodeShareTooLow) as refused:
        order(17)
    assert refused.value.data == {"of": 10, "with_code": 2}
    actions.forgive_share(17, actor="staff:1", now=NOW)
    order(17)


def test_the_share_is_that_of_the_last_hundred() -> None:
    limited(percent=50, after=100)
    order(17)
    end(17, with_code=False, times=90)
    end(17, with_code=True, times=99)

    order(17)


def test_an_account_with_its_own_limits_does_not_follow_everybodys() -> None:
    limited(open_max=1)
    actions.set_limits(17, limits=OrderLimits(9, 2, 0, 10), actor="staff:1", now=NOW)
    order(17)
    order(17)

    with pytest.raises(TooManyOpen):
        order(17)
    assert queries.limits(17) == OrderLimits(9, 2, 0, 10)
    assert queries.limits(18).open_max == 1


@pytest.mark.clause("PP-5.2b")
def test_a_suspension_stops_orders_until_it_is_lifted() -> None:
    actions.suspend(17, reason="fraud_case", actor="staff:1", now=NOW)

    with pytest.raises(AccountSuspended):
        order(17)
    order(18)
    actions.lift_suspensions(17, actor="staff:1", now=NOW)
    order(17)
    assert queries.suspensions(17)[0].lifted_at == NOW


def test_a_suspension_of_one_service_leaves_the_others() -> None:
    actions.suspend(17, reason="restrictions", service="wa", actor="staff:1", now=NOW)

    order(17)
    with pytest.raises(AccountSuspended):
        actions.check_order(17, service="wa", now=NOW)


@pytest.mark.parametrize(("kind", "value"), [(BlockKind.SERVICE, "tg"), (BlockKind.COUNTRY, "NO")])
def test_a_blocked_service_or_country_is_refused_to_everybody(kind: BlockKind, value: str) -> None:
    actions.block(kind, value=value, reason="law", actor="staff:1", now=NOW)
    actions.block(kind, value=value, reason="law", actor="staff:1", now=NOW)

    with pytest.raises(ServiceBlocked):
        order(17)
    actions.unblock(kind, value=value, actor="staff:1", now=NOW)
    order(17)


def test_phones_and_senders_of_the_block_lists_are_known() -> None:
    actions.block(BlockKind.PHONE, value="+1212555", reason="abuse", actor="staff:1", now=NOW)
    actions.block(BlockKind.SENDER, value="SpamCo", reason="abuse", actor="staff:1", now=NOW)

    with pytest.raises(PhoneBlocked):
        actions.check_phone(PhoneNumber("+12125550123"))
    actions.check_phone(PhoneNumber("+12125560123"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT standing_blocked_senders(%s)", [["spamco", "telegram"]])
        assert cursor.fetchall() == [("spamco",)]
    assert [row.value for row in queries.blocks(BlockKind.SENDER)] == ["spamco"]


@pytest.mark.django_db(transaction=True)
def test_at_one_moment_only_as_many_orders_pass_as_may_be_open() -> None:
    limited(open_max=3)
    passed: list[int] = []
    start = threading.Barrier(8)

    def try_order() -> None:
        start.wait()
        try:
            order(17)
            passed.append(1)
        except TooManyOpen:
            pass
        finally:
            connections.close_all()

    threads = [threading.Thread(target=try_order) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(passed) == 3
    assert queries.open_orders(17) == 3
