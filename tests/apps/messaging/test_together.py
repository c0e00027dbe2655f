"""Texts that several threads hand in at the same moment: one call for all, an answer for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from time import monotonic, sleep

import pytest
from django.db import connection, connections, transaction

from nummer.apps.leases.queries import LeaseRow
from nummer.apps.ledger import queries as ledger
from nummer.apps.messaging.actions import SmsWish, send_sms, send_sms_once, sending, together
from nummer.apps.messaging.models import Outgoing
from nummer.apps.messaging.queries import Sms
from nummer.kernel.errors import Refusal
from nummer.kernel.money import Money
from tests import builders
from tests.builders import NOW, sms_wish

pytestmark = pytest.mark.django_db(transaction=True)
PART = Money.parse("0.0625", "EUR")
WAITED_FOR_S = 10


@pytest.fixture
def renters(rented: LeaseRow) -> list[LeaseRow]:
    """Rent a number to each of four customers."""
    others = [
        builders.rented(builders.customer(balance="40.00"), number, keep_fee=False)
        for number in ("+4759441002", "+4759441003", "+4759441004")
    ]
    return [rented, *others]


@contextmanager
def busy(lease: LeaseRow, pool: ThreadPoolExecutor) -> Iterator[Future[Sms]]:
    """Have a text of a customer wait in the database for as long as the block takes."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM messaging_sender WHERE account_id = %s FOR UPDATE",
                [lease.account_id],
            )
        first = pool.submit(sends, lease.account_id, sms_wish(lease))
        _until(_somebody_waits)
        yield first


def sends_once(account_id: int, wish: SmsWish) -> tuple[Sms, bool]:
    try:
        return send_sms_once(account_id, wish=wish, now=NOW)
    finally:
        connections.close_all()


def sends(account_id: int, wish: SmsWish) -> Sms:
    sms, _ = sends_once(account_id, wish)
    return sms


def calls() -> int:
    """How many transactions wrote the texts that are there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT xmin::text) FROM messaging_outgoing")
        (count,) = cursor.fetchone()
    return int(count)


def warm(renters: Sequence[LeaseRow]) -> None:
    """Send a text of each, so that everything is remembered and has its row."""
    for lease in renters:
        send_sms(lease.account_id, wish=sms_wish(lease), now=NOW)
    Outgoing.objects.all().delete()


def test_who_comes_while_one_is_written_is_written_with_the_others(
    renters: list[LeaseRow],
) -> None:
    warm(renters)
    held = [ledger.balance(lease.account_id).held for lease in renters]
    with ThreadPoolExecutor(4) as pool:
        with busy(renters[0], pool) as first:
            others = [pool.submit(sends, one.account_id, sms_wish(one)) for one in renters[1:]]
            _until(lambda: _waiting() == 3)
        texts = [each.result() for each in (first, *others)]
    assert [text.lease_id for text in texts] == [lease.id for lease in renters]
    assert {row.id for row in Outgoing.objects.all()} == {text.id for text in texts}
    assert calls() == 2
    now_held = [ledger.balance(lease.account_id).held for lease in renters]
    assert now_held == [before + PART for before in held]


def test_texts_of_one_customer_are_judged_one_after_another(renters: list[LeaseRow]) -> None:
    warm(renters)
    mine, other = renters[1:3]
    wish = sms_wish(mine)
    with ThreadPoolExecutor(5) as pool:
        with busy(renters[0], pool):
            twice = [pool.submit(sends_once, mine.account_id, wish) for _ in range(2)]
            pool.submit(sends, other.account_id, sms_wish(other))
            _until(lambda: _waiting() == 3)
        (first, new), (again, new_again) = (each.result() for each in twice)
    assert first.id == again.id
    assert [new, new_again] == [True, False]
    assert Outgoing.objects.count() == 3


def test_a_text_that_is_refused_refuses_no_other(renters: list[LeaseRow]) -> None:
    warm(renters)
    _, poor, other, _ = renters
    builders.sms_rates({"46": "90.00"})
    with ThreadPoolExecutor(4) as pool:
        with busy(renters[0], pool):
            refused = pool.submit(sends, poor.account_id, sms_wish(poor, to="+46701234567"))
            good = pool.submit(sends, other.account_id, sms_wish(other))
            _until(lambda: _waiting() == 2)
        assert good.result().lease_id == other.id
        with pytest.raises(Refusal):
            refused.result()
    assert Outgoing.objects.count() == 2


def test_what_breaks_the_call_for_all_is_told_to_its_sender_alone(
    renters: list[LeaseRow], monkeypatch: pytest.MonkeyPatch
) -> None:
    warm(renters)
    _, odd, other, _ = renters
    wish = sms_wish(odd)
    known = together.accepting

    def breaks(lots, **given):  # type: ignore[no-untyped-def]
        if any(text.key == wish.key for lot in lots for text in lot.texts):
            raise RuntimeError("a mistake of ours")
        return known(lots, **given)

    monkeypatch.setattr(together, "accepting", breaks)
    with ThreadPoolExecutor(4) as pool:
        with busy(renters[0], pool):
            broken = pool.submit(sends, odd.account_id, wish)
            good = pool.submit(sends, other.account_id, sms_wish(other))
            _until(lambda: _waiting() == 2)
        assert good.result().lease_id == other.id
        with pytest.raises(RuntimeError):
            broken.result()
    assert sends(odd.account_id, sms_wish(odd)).lease_id == odd.id  # nobody is kept waiting after


def test_a_text_within_a_transaction_is_written_in_it(renters: list[LeaseRow]) -> None:
    warm(renters)
    with ThreadPoolExecutor(2) as pool, busy(renters[0], pool):
        taken = sends_and_takes_back(renters[1], pool)
    assert isinstance(taken, Sms)
    assert not Outgoing.objects.filter(id=taken.id).exists()


def sends_and_takes_back(lease: LeaseRow, pool: ThreadPoolExecutor) -> Sms:
    def act() -> Sms:
        try:
            with transaction.atomic():
                sms = send_sms(lease.account_id, wish=sms_wish(lease), now=NOW)
                transaction.set_rollback(True)
            return sms
        finally:
            connections.close_all()

    return pool.submit(act).result(timeout=WAITED_FOR_S)


def test_many_threads_and_few_customers_write_each_text_once(renters: list[LeaseRow]) -> None:
    wishes = [(lease, sms_wish(lease, body=f"Text {n}")) for n in range(30) for lease in renters]
    held = [ledger.balance(lease.account_id).held.micro for lease in renters]
    with ThreadPoolExecutor(8) as pool:
        texts = list(pool.map(lambda one: sends(one[0].account_id, one[1]), wishes))
    assert [text.body for text in texts] == [wish.body for _, wish in wishes]
    assert {row.id for row in Outgoing.objects.all()} == {text.id for text in texts}
    assert len({text.id for text in texts}) == len(wishes)
    now_held = [ledger.balance(lease.account_id).held.micro for lease in renters]
    assert now_held == [before + 30 * PART.micro for before in held]


def _waiting() -> int:
    return len(sending._TOGETHER._waiting)


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees the first
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone() != (0,))


def _until(condition, within_s: float = WAITED_FOR_S) -> None:  # type: ignore[no-untyped-def]
    until = monotonic() + within_s
    while monotonic() < until:
        if condition():
            return
        sleep(0.01)
    pytest.fail("it did not happen")
