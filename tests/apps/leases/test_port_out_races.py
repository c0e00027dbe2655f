"""A number is said to have gone while its carrier's notice about it is taken."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, timedelta
from time import monotonic, sleep
from uuid import UUID

import pytest
from django.db import connection

from nummer.apps.leases import actions
from nummer.apps.leases.models import PortOut
from nummer.apps.numbers.models import Number
from nummer.apps.refunds.actions import ask_port_out, ends, mark_ported, number_blocked
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_id
from nummer.kernel.phone import PhoneNumber
from tests.builders import NOW, customer, rented
from tests.invariants.proofs import breaches

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("rentals")]
NUMBER = "+4759441001"
ON_THE_DAY = NOW + timedelta(days=9)


def wait_until_somebody_waits_for_a_lock() -> None:
    until = monotonic() + 30
    with connection.cursor() as cursor:
        while monotonic() < until:
            cursor.execute(
                "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
                " WHERE NOT l.granted AND a.datname = current_database()"
            )
            if cursor.fetchone()[0]:
                return
            sleep(0.01)
    raise AssertionError("nobody waits")


def ported(account_id: int, port_out_id: UUID) -> object:
    try:
        return mark_ported(account_id, port_out_id=port_out_id, actor="staff:1", now=ON_THE_DAY)
    except Refusal as refusal:
        return refusal
    finally:
        connection.close()


def test_a_notice_and_a_port_out_wait_for_one_another_and_neither_is_aborted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lease = rented(customer(balance="18.75"), NUMBER)
    row = ask_port_out(
        lease.account_id, lease_id=lease.id, text="To Other AS.", key=new_id(), now=NOW
    )
    actions.set_port_out(
        row.account_id,
        port_out_id=row.id,
        code="PAC-7731",
        on=date(2026, 12, 1),
        actor="staff:1",
        now=NOW,
    )
    going: list[Future[object]] = []
    block_rented: Callable[..., object] = ends.block_rented

    with ThreadPoolExecutor(1) as pool:

        def blocked(*args: object, **kwargs: object) -> object:
            """The notice has the number now; the other connection begins."""
            going.append(pool.submit(ported, lease.account_id, row.id))
            wait_until_somebody_waits_for_a_lock()
            return block_rented(*args, **kwargs)

        monkeypatch.setattr(ends, "block_rented", blocked)
        number_blocked(PhoneNumber(NUMBER), reason="unrelated", now=ON_THE_DAY)
        told = going[0].result(30)

    assert Number.objects.get(e164=NUMBER).status != "active"
    assert isinstance(told, Refusal) or PortOut.objects.get().state == "done"
    assert breaches() == []
