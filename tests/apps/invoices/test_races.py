"""Two writers at once, sales meanwhile, and kill -9: no gap, no double, nothing forgotten."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from nummer.apps.invoices.actions import close_month, months, write_documents
from nummer.apps.invoices.models import Document, Issued, Owed
from nummer.apps.invoices.queries import audit_lines, documents
from nummer.config.env import environment
from tests import builders
from tests.apps.invoices.world import AFTER, MONTH, give_back, sell, sweep, write_all

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[3]
CUSTOMERS = 12
WRITERS = 4


@pytest.fixture(autouse=True)
def shop() -> None:
    builders.shop()


def serials(kind: str = "invoice") -> list[int]:
    rows = Issued.objects.filter(kind=kind).order_by("serial")
    return list(rows.values_list("serial", flat=True))


def sound() -> bool:
    return [line for line in audit_lines(now=AFTER) if line[1]] == []


def in_threads(calls: list[Callable[[], object]]) -> None:
    """Run the calls at the same moment, each on a connection of its own."""
    barrier = threading.Barrier(len(calls))

    def one(call: Callable[[], object]) -> object:
        try:
            barrier.wait(30)
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        list(pool.map(one, calls))


def test_writers_at_once_leave_no_gap_and_no_double() -> None:
    people = [builders.customer() for _ in range(CUSTOMERS)]
    for who in people:
        give_back(sell(who))
        sell(who)
    close_month(MONTH, now=AFTER)

    def write() -> None:
        for who in people:
            write_documents(who, month=MONTH, now=AFTER)

    in_threads([write] * WRITERS)

    assert serials() == list(range(1, CUSTOMERS + 1))
    assert serials("credit_note") == list(range(1, CUSTOMERS + 1))
    assert Document.objects.count() == 2 * CUSTOMERS
    assert sound()


def test_two_owed_months_and_one_that_are_written_at_once_both_get_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first month of one account is a credit note alone, and its second an invoice."""
    december, january = MONTH.next, MONTH.next.next
    new_year, end = builders.NOW + timedelta(days=60), AFTER + timedelta(days=64)
    two, one = builders.customer(), builders.customer()
    sold = sell(two)
    write_all()
    give_back(sold, at=AFTER + timedelta(days=1))
    close_month(december, now=AFTER + timedelta(days=32))
    sell(two, at=new_year)
    give_back(sell(one, at=new_year), at=new_year + timedelta(hours=1))
    close_month(january, now=end)
    issue, met, begun = months._issue, threading.Barrier(2), threading.local()

    def meeting(*args: Any, **kwargs: Any) -> str:
        """Write; with the first one in hand, wait until the other writer has one, too."""
        number = issue(*args, **kwargs)
        if not hasattr(begun, "first"):
            begun.first = number
            with suppress(threading.BrokenBarrierError):
                met.wait(3)
        return number

    monkeypatch.setattr(months, "_issue", meeting)
    in_threads([partial(write_documents, who, month=january, now=end) for who in (two, one)])

    rows = Issued.objects.filter(year=2027)
    written = sorted(rows.values_list("account_id", "kind"))
    assert written == [(who, kind) for who in (two, one) for kind in ("credit_note", "invoice")]
    assert [line for line in audit_lines(now=end) if line[1]] == []


def test_credit_notes_of_two_owed_months_leave_no_gap() -> None:
    """No invoice is written at all: the series of invoices has given no number."""
    december, january = MONTH.next, MONTH.next.next
    end = AFTER + timedelta(days=64)
    who = builders.customer()
    first, second = sell(who), sell(who)
    write_all()
    give_back(first, at=AFTER + timedelta(days=1))
    close_month(december, now=AFTER + timedelta(days=32))
    give_back(second, at=AFTER + timedelta(days=33))
    close_month(january, now=end)

    assert len(write_documents(who, month=january, now=end)) == 2
    assert [line for line in audit_lines(now=end) if line[1]] == []


def test_months_closed_at_once_are_closed_once() -> None:
    who = builders.customer()
    sell(who)

    in_threads([lambda: close_month(MONTH, now=AFTER)] * WRITERS)

    assert Owed.objects.count() == 1


def test_sales_meanwhile_are_on_this_invoice_or_the_next() -> None:
    who = builders.customer(balance="900.00")
    sell(who)
    close_month(MONTH, now=AFTER)

    def buy() -> None:
        for _ in range(60):
            sell(who, at=builders.NOW)  # of the month that is being written

    in_threads([buy, lambda: write_documents(who, month=MONTH, now=AFTER)])
    write_all(MONTH.next, now=AFTER + timedelta(days=31))

    assert sum(row.net.micro for row in documents(who)) == 61 * 400_000
    assert sound()


def test_a_killed_writer_takes_no_number_with_it(tmp_path: Path) -> None:
    killed, other = builders.customer(), builders.customer()
    sell(killed)
    sell(other)
    close_month(MONTH, now=AFTER)
    mark = tmp_path / "reached"
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.apps.invoices.child", str(killed), str(mark)],
        cwd=ROOT,
        env={
            **os.environ,
            "NUMMER_HOME": str(environment().home),
            "DJANGO_SETTINGS_MODULE": "nummer.config.settings",
            "TEST_DATABASE": connection.settings_dict["NAME"],
        },
    )
    try:
        until = time.monotonic() + 60
        while not mark.exists() and child.poll() is None and time.monotonic() < until:
            time.sleep(0.02)
        assert mark.exists(), "it has its number and wrote its documents"
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()

    swept = sweep(AFTER + timedelta(days=1))

    assert (swept.fired, swept.failed) == (2, 0)
    assert serials() == [1, 2]
    assert [len(documents(who)) for who in (killed, other)] == [1, 1]
    assert sound()
