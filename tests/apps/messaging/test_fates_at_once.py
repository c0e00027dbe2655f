"""What becomes of two texts of one charge, told by two sessions at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep

import pytest
from django.db import connection, connections, transaction

from nummer.apps.leases.queries import LeaseRow
from nummer.apps.ledger import queries as ledger
from nummer.apps.messaging.actions import Fate, Handed, Kind, report, submit_texts, take_outgoing
from nummer.apps.messaging.models import Charge, Outgoing
from nummer.kernel.money import Money
from tests.builders import NOW

pytestmark = pytest.mark.django_db(transaction=True)
PART = Money.parse("0.0625", "EUR")
WAITED_FOR_S = 10


def told(fate: Fate) -> None:
    try:
        report([fate], now=NOW)
    finally:
        connections.close_all()


def until_it_waits() -> None:
    """Wait until the other session waits for a row of ours."""
    until = monotonic() + WAITED_FOR_S
    while monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees the first
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone() != (0,):
                return
        sleep(0.01)
    pytest.fail("the other session waits for nothing")


@pytest.mark.parametrize(("kind", "cost"), [(Kind.ARRIVED, PART), (Kind.FAILED, Money(0, "EUR"))])
def test_a_fate_that_waits_while_its_charge_is_closed_moves_its_money(
    rented: LeaseRow, kind: Kind, cost: Money
) -> None:
    account_id, before = rented.account_id, ledger.balance(rented.account_id).total
    texts = [Handed(rented.number.e164, "+4791234567", f"Text {n}") for n in range(2)]
    submit_texts(account_id, texts=texts, surface="test", now=NOW)
    take_outgoing(rooms={"sandbox": 10}, now=NOW)
    first, lost = Outgoing.objects.order_by("id").values_list("id", flat=True)
    report([Fate(account_id, lost, Kind.UNKNOWN, carrier="sandbox")], now=NOW)

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():  # what is unknown goes on under another charge
            report([Fate(account_id, first, Kind.FAILED, carrier="sandbox")], now=NOW)
            late = pool.submit(told, Fate(account_id, lost, kind, carrier="sandbox"))
            until_it_waits()
        late.result()

    balance = ledger.balance(account_id)
    assert (balance.held.micro, balance.total) == (0, before - cost)
    assert not Charge.objects.filter(closed_at=None).exists()
