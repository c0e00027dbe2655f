"""Looks at a wholesaler: what he sells, what is left, what differs, and what he tells himself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from nummer.apps.audit.models import Line
from nummer.apps.catalogue import cities
from nummer.apps.catalogue.models import LeasePrice
from nummer.apps.leases import actions as leases
from nummer.apps.leases import queries as rented
from nummer.apps.leases.models import Instruction, Rentable
from nummer.apps.notify.models import Letter
from nummer.apps.refunds.actions import cancel_lease
from nummer.apps.supply import actions, queries
from nummer.apps.supply.errors import LeastNotPossible, NoSuchSupplier, SupplierNotGenuine
from nummer.apps.supply.jobs import DUE_SOURCES
from nummer.apps.supply.models import Difference, Wholesale
from nummer.config.sweeper import sweep_until
from nummer.kernel.money import Money
from nummer.suppliers.sandbox.didww import coverage, telling
from nummer.suppliers.sandbox.didww.provider import CODE
from tests.builders import NOW, customer, rental_wish
from tests.suppliers.wholesale.account import CALLBACK, Account, Let

OSLO = coverage.GROUPS[0]


def look() -> None:
    actions.sync(actions.start_sync(CODE, actor="staff:1", now=NOW), now=NOW)


def rent(account: Account, number: str = "+4759580001") -> rented.LeaseRow:
    """Rent a number of the wholesaler and have it supplied."""
    lease = leases.rent(customer(balance="50.00"), wish=rental_wish(number), now=NOW)
    for _ in range(2):
        leases.supply(lease.account_id, lease_id=lease.id, now=NOW)
        account.fulfil()
    return rented.lease(lease.account_id, lease_id=lease.id)


def change(account: Account, kind: str, name: str, **attributes: object) -> None:
    """Change something that the wholesaler keeps."""
    with account.desk.change() as memory:
        thing = memory.find(name, kind)
        assert thing is not None
        thing["attributes"] |= attributes
        memory.keep(thing)


def test_a_look_lists_what_is_sold_and_offers_only_what_has_a_price(account: Account) -> None:
    look()

    (sync,) = queries.syncs(CODE)
    assert (sync.places, sync.places_done, sync.groups, sync.numbers) == (4, 4, 6, 50)
    assert sync.done_at == NOW
    norway = next(row for row in queries.places(CODE, now=NOW) if row.country == "NO")
    assert (norway.stock, norway.free, norway.monthly_from) == (100, 10, Money.parse("2.5", "USD"))
    oslo = cities.city_named("NO", name="Oslo")
    assert oslo is not None
    offered = set(Rentable.objects.filter(supplier=CODE).values_list("country", "city", "sms"))
    assert ("NO", oslo.code, True) in offered
    assert {country for country, _, _ in offered} == {"NO", "GB", "US"}  # papers for Germany
    assert {row.field for row in queries.changes(CODE)} == {"new"}


def prices() -> list[tuple[object, ...]]:
    rows = LeasePrice.objects.order_by("id")
    return list(rows.values_list("country_id", "kind", "monthly_net_micro", "setup_net_micro"))


def test_a_second_look_finds_what_changed_and_touches_no_price_of_ours(account: Account) -> None:
    look()
    before = prices()
    sku = coverage.name_of("stock_keeping_units", f"{OSLO.prefix}/0")
    change(account, "stock_keeping_units", sku, monthly_price="99.00")
    change(account, "did_groups", coverage.group_id(OSLO), service_restrictions="Only by day.")
    with account.desk.change() as memory:
        memory.remove(coverage.group_id(coverage.GROUPS[1]))

    actions.sync(
        actions.start_sync(CODE, actor="staff:1", now=NOW + timedelta(hours=1)),
        now=NOW + timedelta(hours=1),
    )

    found = {(row.country, row.field): (row.before, row.after) for row in queries.changes(CODE)}
    assert found["NO", "monthly"] == (str(Money.parse("2.5", "USD")), str(Money.parse("99", "USD")))
    assert found["NO", "restriction"] == ("", "Only by day.")
    assert found["GB", "gone"][1] == ""
    assert prices() == before


def test_numbers_that_need_papers_or_are_gone_are_not_offered(account: Account) -> None:
    look()
    with account.desk.change() as memory:
        for each in memory.all_of("available_dids", coverage.group_id(OSLO))[-10:]:
            memory.remove(each["id"])

    look()

    offered = Rentable.objects.filter(supplier=CODE, withdrawn=False, country="NO")
    assert set(offered.values_list("e164", flat=True)) == {f"+47595800{n}" for n in range(10, 20)}
    assert Rentable.objects.filter(supplier=CODE, withdrawn=True, country="NO").count() == 10


def test_a_look_that_was_killed_goes_on_and_is_the_only_one(account: Account) -> None:
    first = actions.start_sync(CODE, actor="staff:1", now=NOW)
    assert actions.start_sync(CODE, actor="staff:2", now=NOW) == first
    actions.sync(first, now=NOW)
    actions.sync(first, now=NOW)

    assert len(queries.changes(CODE)) == 6
    assert actions.start_sync(CODE, actor="staff:1", now=NOW) != first
    with pytest.raises(NoSuchSupplier):
        actions.start_sync("nobody", actor="staff:1", now=NOW)


def letters() -> list[str]:
    found = Letter.objects.filter(letter__startswith="supply-").order_by("written_at", "letter")
    return list(found.values_list("letter", flat=True))


def test_a_low_balance_is_written_once_for_each_time_it_falls(account: Account) -> None:
    actions.set_least_balance(CODE, least=Money.parse("500.00", "USD"), actor="staff:1", now=NOW)
    written = []
    for hour, balance in enumerate(("500.00", "499.99", "10.00", "600.00", "1.00")):
        account.set("balance", balance)
        actions.ask_funds(CODE, now=NOW + timedelta(hours=hour))
        written.append(len(letters()))

    assert written == [0, 1, 1, 1, 2]
    row = queries.account(CODE)
    assert (row.left, row.low_at) == (Money.parse("1.00", "USD"), NOW + timedelta(hours=4))


def test_little_stock_is_written_once_until_there_is_enough(account: Account) -> None:
    look()
    for least in (10, 11):
        actions.set_least_stock(
            CODE, country="NO", kind="local", least=least, actor="staff:1", now=NOW
        )
    row = Wholesale.objects.get(code=CODE)
    for hour in (1, 2):
        actions.look_at_accounts(CODE, at=row.funds_due_at + timedelta(hours=hour),
                                 now=NOW + timedelta(hours=hour))  # fmt: skip

    assert letters() == ["supply-stock-low"]
    with pytest.raises(LeastNotPossible):
        actions.set_least_stock(
            CODE, country="NO", kind="local", least=-1, actor="staff:1", now=NOW
        )


def test_looks_are_due_by_themselves_and_a_jump_of_the_clock_makes_one_of_each(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = NOW + timedelta(days=40)
    monkeypatch.setattr("nummer.apps.supply.jobs.clock.now", lambda: later)

    assert sweep_until(later, sources=DUE_SOURCES).failed == 0

    jobs = ProcrastinateJob.objects.filter(queue_name=f"supplier:{CODE}").order_by("task_name")
    assert [job.task_name for job in jobs] == ["supply.ask_funds", "supply.compare", "supply.sync"]
    assert sweep_until(later, sources=DUE_SOURCES).fired == 0


def odd() -> set[tuple[str, str]]:
    actions.compare(CODE, now=NOW)
    return {(row.odd.value, row.e164) for row in queries.differences(CODE)}


def test_where_all_is_as_it_should_be_nothing_differs(account: Account) -> None:
    look()
    rent(account)

    assert actions.compare(CODE, now=NOW) == 0


def test_every_difference_is_named_recorded_and_told_again(account: Account) -> None:
    look()
    kept, ended = rent(account), rent(account, "+4759580002")
    dids = {did["attributes"]["number"]: did for did in account.all_of("dids")}
    change(account, "dids", dids["4759580001"]["id"], terminated=True)
    cancel_lease(ended.account_id, lease_id=ended.id, surface="test", now=NOW)
    order_elsewhere(account)

    assert odd() == {
        ("lapses", "+4759580001"),
        ("ended", "+4759580002"),
        ("stray", "+4759580003"),
    }
    assert Line.objects.filter(verb="supply_difference_found").count() == 3
    for each in Instruction.objects.all():
        leases.tell_supplier(each.account_id, instruction_id=each.id, now=NOW)

    assert odd() == {("stray", "+4759580003")}
    assert Line.objects.filter(verb="supply_difference_gone").count() == 2
    with account.desk.change() as memory:
        memory.remove(dids["4759580001"]["id"])
    assert odd() == {("stray", "+4759580003"), ("missing", "+4759580001")}
    assert Difference.objects.filter(gone_at=None).count() == 2
    assert rented.lease(kept.account_id, lease_id=kept.id).ended_at is None


def order_elsewhere(account: Account) -> None:
    """Buy a number by hand, in the wholesaler's panel."""

    account.numbers.order(Let({"reference": "by-hand", "number": "+4759580003"}))
    account.fulfil()


def form(account: Account, status: str = "completed") -> dict[str, Any]:
    (order,) = account.all_of("orders")
    return {"id": order["id"], "type": "orders", "status": status}


def signed(account: Account, said: dict[str, str]) -> str:
    return telling.signature(account.desk.made("callback_secret", start=""), CALLBACK, said)


def test_a_callback_takes_the_lease_on_and_a_repeat_changes_nothing(account: Account) -> None:
    look()
    lease = leases.rent(customer(balance="50.00"), wish=rental_wish("+4759580001"), now=NOW)
    account.set("complete_after_s", "3600")
    leases.supply(lease.account_id, lease_id=lease.id, now=NOW)
    account.fulfil()
    said = form(account)

    for _ in range(2):
        assert actions.receive_callback(CODE, said=said, signature=signed(account, said))
        actions.hear_order(CODE, order=said["id"], now=NOW)

    found = rented.lease(lease.account_id, lease_id=lease.id)
    assert (found.state, found.activated_at) == ("active", NOW)
    assert ProcrastinateJob.objects.filter(task_name="supply.hear_order").count() == 2


def test_callbacks_that_are_forged_or_about_nothing_change_nothing(
    account: Account, client: Client
) -> None:
    said = {"id": "a" * 36, "type": "orders", "status": "completed"}
    with pytest.raises(SupplierNotGenuine):
        actions.receive_callback(CODE, said=said, signature="0" * 40)
    with pytest.raises(SupplierNotGenuine):
        actions.receive_callback(CODE, said={**said, "more": "x" * 301}, signature="")
    other = {**said, "type": "exports"}
    assert not actions.receive_callback(CODE, said=other, signature=signed(account, other))
    actions.hear_order(CODE, order=said["id"], now=NOW)

    url = f"/suppliers/callback/{CODE}/"
    assert client.post(url, said).status_code == 401
    assert client.post("/suppliers/callback/nobody/", said).status_code == 404
    body = f"id={said['id']}&type=orders&status=completed"
    taken = client.post(
        url,
        body,
        content_type="application/x-www-form-urlencoded",
        headers={"X-DIDWW-Signature": signed(account, said)},
    )
    assert (taken.status_code, taken.json()) == (200, {"outcome": "taken"})
    assert client.post(url, "x" * 20_000, content_type="text/plain").status_code == 413
