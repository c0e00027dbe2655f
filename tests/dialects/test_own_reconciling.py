"""A reseller adds up a day: statement, balance and export agree, while orders go on (U18)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from nummer.apps.accounts.models import Login
from nummer.faces.api import reading
from nummer.kernel.limits import CallLimit
from nummer.kernel.money import Money
from tests import builders
from tests.dialects.conftest import Moment, Program
from tests.dialects.own import call, told

pytestmark = pytest.mark.django_db

WISH = {"service": "tg", "country": "NO"}
CANCELLED_EVERY = 3
PAGE = 100


def test_a_statement_adds_up_and_its_export_is_the_same_twice(
    program: Program, moment: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PROGRAMS", CallLimit(per_s=1_000_000, burst=1_000_000))
    reconcile(program, moment, orders=240)


def reconcile(program: Program, moment: Moment, *, orders: int) -> None:
    """Buy and cancel, walk the statement while orders go on, and compare everything."""
    shop(program, orders)
    for place in range(orders):
        buy(program, place, cancel=place % CANCELLED_EVERY == 0)
        moment.advance(seconds=1)

    seen: list[dict[str, Any]] = []
    for number, page in enumerate(pages(program)):
        seen += page
        buy(program, orders + number, cancel=False)  # orders continue behind the reader
    known = seen[0]["line"]
    _, balance = told(call(program, "GET", "balance"))
    since = [line for page in pages(program) for line in page if line["line"] > known]

    lines = [line["line"] for line in seen]
    assert lines == list(range(known, 0, -1))
    assert total(seen) + total(since) == Decimal(balance["total"])
    assert Decimal(seen[0]["balance_after"]) == total(seen)
    refunds = [line for line in seen if line["kind"] == "refund"]
    assert len(refunds) == -(-orders // CANCELLED_EVERY)
    assert all(line["clause"] == "RP-B4" and line["reference"] for line in refunds)
    assert len({line["reference"] for line in refunds}) == len(refunds)

    first, second = export(program), export(program)
    assert first == second
    rows = list(csv.DictReader(io.StringIO(first.decode("utf-8-sig"))))
    assert sum(Decimal(row["amount"]) for row in rows) == Decimal(balance["total"])
    assert [int(row["line"]) for row in rows] == list(range(len(rows), 0, -1))
    assert all(row["clause"] for row in rows if row["kind"] == "refund")


def shop(program: Program, orders: int) -> None:
    """Put enough numbers into stock and enough money on the balance, in odd sums."""
    most = orders + orders // PAGE * 3 + 50
    builders.numbers([f"+4794{n:06d}" for n in range(most)])
    builders.lift_limits(program.account_id)
    price = builders.price()
    builders.top_up(program.account_id, (Money(price.micro * most, price.currency)).decimal_text())
    builders.top_up(program.account_id, "0.07")


def buy(program: Program, place: int, *, cancel: bool) -> None:
    """Order a number, and cancel it."""
    status, order = told(call(program, "POST", "orders", WISH, key=str(place)))
    assert status == 201, order
    if cancel:
        status, order = told(call(program, "POST", f"orders/{order['id']}/cancel"))
        assert (status, order["state"]) == (200, "cancelled")


def pages(program: Program) -> Iterator[list[dict[str, Any]]]:
    """Walk the statement, page by page."""
    query: dict[str, object] = {"limit": PAGE}
    while True:
        _, page = told(call(program, "GET", "statement", **query))
        yield page["lines"]
        if page["next_before"] is None:
            return
        query = {"limit": PAGE, "before": page["next_before"]}


def total(lines: list[dict[str, Any]]) -> Decimal:
    return sum((Decimal(line["amount"]) for line in lines), Decimal())


def export(program: Program) -> bytes:
    """Return the statement as the customer takes it away."""
    browser = Client()
    login = Login.objects.get(account_id=program.account_id)
    browser.force_login(login, backend="django.contrib.auth.backends.ModelBackend")
    answer = browser.get("/balance/statement.csv")
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)  # type: ignore[arg-type]  # it is not asynchronous
