"""The staff's pages of wholesalers: money left, looks, differences, least stock and balance."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nummer.apps.leases.ports import install_suppliers
from nummer.apps.supply import actions, queries
from nummer.apps.supply.models import Difference, Least
from nummer.apps.supply.ports import install_wholesalers
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from nummer.suppliers.sandbox.didww.provider import CODE
from tests.faces.backoffice.test_staff import at_work
from tests.faces.conftest import StandingClock
from tests.suppliers.wholesale.account import Account, desks

PAGE = f"/staff/suppliers/{CODE}/"


@pytest.fixture
def account(shop: StandingClock, tmp_path: Path) -> Iterator[Account]:
    """Connect the sandbox's DIDWW and look at it once."""
    with desks(tmp_path) as opened:
        made = opened()
        install_suppliers([made.numbers])
        install_wholesalers([made.numbers])
        actions.connect(now=shop.at)
        actions.ask_funds(CODE, now=shop.at)
        actions.sync(actions.start_sync(CODE, actor="staff:1", now=shop.at), now=shop.at)
        yield made
        install_suppliers([])
        install_wholesalers([])


def test_a_supplier_is_shown_with_what_is_left_and_what_he_has(account: Account) -> None:
    browser = at_work("operations")

    assert CODE in browser.get("/staff/suppliers/").text
    text = browser.get(PAGE).text
    for shown in ("1,000.00", "Norway", "Oslo", "4 / 4", "50", "papers"):
        assert shown in text
    assert "none" in text


def test_a_look_is_begun_once_and_leasts_are_set(account: Account) -> None:
    browser = at_work("operations")
    for _ in range(2):
        assert browser.post(f"{PAGE}look/").status_code == 302
    assert [row.done_at is None for row in queries.syncs(CODE)] == [True, False]

    browser.post(f"{PAGE}balance/", {"least": "250.50"})
    browser.post(f"{PAGE}stock/", {"country": "NO", "kind": "local", "least": "20"})

    assert queries.account(CODE).least == Money.parse("250.50", "USD")
    assert Least.objects.values_list("country", "kind", "least").get() == ("NO", "local", 20)
    assert "low" in browser.get(PAGE).text
    browser.post(f"{PAGE}balance/", {"least": ""})
    assert queries.account(CODE).least is None
    for wrong in ("-1", "many"):
        assert browser.post(f"{PAGE}balance/", {"least": wrong}).status_code == 400
        wish = {"country": "NO", "kind": "local", "least": wrong}
        assert browser.post(f"{PAGE}stock/", wish).status_code == 400
    assert (
        browser.post(f"{PAGE}stock/", {"country": "NO", "kind": "x", "least": "1"}).status_code
        == 400
    )


def test_every_difference_is_told_in_words(account: Account, shop: StandingClock) -> None:
    for odd in ("stray", "ended", "second", "other", "missing", "lapses"):
        Difference.objects.create(
            id=new_id(), supplier=CODE, odd=odd, reference="<b>x", e164="+4759580001",
            found_at=shop.at,
        )  # fmt: skip
    text = at_work("finance").get(PAGE).text
    assert text.count("+4759580001") == 6
    assert "<b>x" not in text


def test_only_operations_and_finance_open_it_and_strangers_find_nothing(account: Account) -> None:
    assert at_work("support").get(PAGE).status_code == 403
    assert at_work("finance").post(f"{PAGE}look/").status_code == 403
    assert at_work("operations").get("/staff/suppliers/nobody/").status_code == 404
    assert at_work("operations").post("/staff/suppliers/nobody/stock/").status_code == 404
