"""Numbers by the month by our own interface: search, rent, read, end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from nummer.apps.leases.actions import supply
from nummer.apps.leases.ports import install_suppliers
from nummer.apps.ledger import queries as ledger
from nummer.faces.api import reading
from nummer.kernel.limits import CallLimit
from nummer.suppliers.sandbox.numbers import SandboxNumbers
from tests import builders
from tests.dialects.conftest import Moment, Program
from tests.dialects.own import call, fields, told

WISH = {"country": "NO", "kind": "local", "number": "+4759441001"}


@pytest.fixture(autouse=True)
def rentals(program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(reading, "PROGRAMS", CallLimit(per_s=1000, burst=1000))
    builders.rentals([f"+475944100{n}" for n in range(1, 5)])
    builders.top_up(program.account_id, "100.00")
    install_suppliers([SandboxNumbers(tmp_path / "numbers")])
    yield
    install_suppliers([])


def rent(program: Program, *, key: str = "1", **more: object) -> tuple[int, Any]:
    return told(call(program, "POST", "leases", {**WISH, **more}, key=key))


def active(program: Program, moment: Moment) -> str:
    _, lease = rent(program)
    supply(program.account_id, lease_id=lease["id"], now=moment.now())
    return str(lease["id"])


def test_the_search_shows_free_numbers_with_their_price(program: Program) -> None:
    status, found = told(
        call(program, "GET", "numbers/available", country="NO", kind="local", limit=3)
    )
    _, rest = told(
        call(program, "GET", "numbers/available", country="NO", after=found["next_after"])
    )

    assert status == 200
    assert [row["number"] for row in found["numbers"] + rest["numbers"]] == [
        f"+475944100{n}" for n in range(1, 5)
    ]
    assert (found["numbers"][0]["monthly"], found["numbers"][0]["first"]) == ("12.50", "18.75")
    assert set(found["numbers"][0]) == fields("FreeNumber")
    _, price = told(call(program, "GET", "numbers/price", country="NO", kind="local"))
    assert set(price) == fields("NumberPrice")


def test_a_repeated_order_rents_once_and_another_wish_is_a_conflict(
    program: Program, moment: Moment
) -> None:
    first = rent(program)
    moment.advance(seconds=1)
    repeated = rent(program)
    other = rent(program, number="+4759441002")

    assert (first[0], repeated[0]) == (201, 200)
    assert first[1] == repeated[1]
    assert set(first[1]) == fields("Lease")
    assert (other[0], other[1]["code"]) == (409, "key_reused")
    _, listed = told(call(program, "GET", "leases"))
    assert [row["id"] for row in listed["leases"]] == [first[1]["id"]]


def test_a_number_that_costs_more_than_it_may_is_not_rented(program: Program) -> None:
    before = ledger.balance(program.account_id)
    status, refused = rent(program, max_first="18.74")

    assert (status, refused["code"]) == (409, "price_above_max")
    assert ledger.balance(program.account_id) == before


def test_a_lease_is_given_notice_and_taken_back(program: Program, moment: Moment) -> None:
    lease_id = active(program, moment)
    path = f"leases/{lease_id}"

    _, noticed = told(call(program, "POST", f"{path}/notice"))
    _, back = told(call(program, "DELETE", f"{path}/notice"))
    _, free = told(call(program, "PUT", f"{path}/keep-fee", {"kept": False}))
    _, read = told(call(program, "GET", path))

    assert (noticed["state"], back["state"]) == ("cancelled", "active")
    assert (back["keep_fee"], free["keep_fee"]) == (True, False)
    assert read == free
    _, periods = told(call(program, "GET", f"{path}/periods"))
    assert [row["total"] for row in periods["periods"]] == ["18.75"]
    assert set(periods["periods"][0]) == fields("Period")


def test_a_lease_that_is_cancelled_says_what_is_given_back(
    program: Program, moment: Moment
) -> None:
    lease_id = active(program, moment)
    moment.at += timedelta(days=1)

    status, ended = told(call(program, "POST", f"leases/{lease_id}/cancel"))

    assert (status, ended["state"], ended["end_reason"]) == (200, "released", "cancelled")
    assert set(ended) == fields("LeaseCancelled")
    assert [set(one) for one in ended["refunds"]] == [fields("LeaseRefund")]


def test_a_lease_has_a_hook_for_each_purpose(program: Program, moment: Moment) -> None:
    lease_id = active(program, moment)
    path = f"leases/{lease_id}/hooks"
    wanted = {"url": "https://example.com/sms", "method": "POST"}

    _, hook = told(call(program, "PUT", f"{path}/sms", wanted))
    _, listed = told(call(program, "GET", path))
    removed = call(program, "DELETE", f"{path}/sms")
    _, after = told(call(program, "GET", path))
    unknown, _ = told(call(program, "PUT", f"{path}/fax", wanted))

    assert set(hook) == fields("HookWithSecret")
    assert listed["hooks"] == [{name: hook[name] for name in fields("Hook")}]
    assert (removed.status_code, after["hooks"], unknown) == (204, [], 404)


def test_another_customers_lease_does_not_exist(program: Program, moment: Moment) -> None:
    other = builders.customer(balance="50.00")
    lease = builders.rented(other, "+4759441004", now=moment.now())
    path = f"leases/{lease.id}"

    for method, rest in (
        ("GET", ""),
        ("GET", "/periods"),
        ("POST", "/notice"),
        ("DELETE", "/notice"),
        ("POST", "/cancel"),
        ("GET", "/hooks"),
        ("DELETE", "/hooks/sms"),
    ):
        status, refused = told(call(program, method, f"{path}{rest}"))
        assert (status, refused["code"]) == (404, "no_such_lease")
    for rest, body in (("/keep-fee", {"kept": True}), ("/hooks/sms", {"url": "https://a.com/"})):
        status, _ = told(call(program, "PUT", f"{path}{rest}", body))
        assert status == 404
    status, _ = told(call(program, "GET", "sms", lease=str(lease.id)))
    assert status == 404
