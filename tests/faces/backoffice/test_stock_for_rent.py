"""The staff's page of the stock for rent: by place, few marked, for those who work with it."""

from __future__ import annotations

import pytest

from nummer.apps.leases.stocktaking import LOW_BELOW
from nummer.faces.backoffice import rentals
from tests import builders
from tests.faces.backoffice.test_staff import at_work
from tests.faces.conftest import StandingClock

PAGE = "/staff/stock/for-rent/"


@pytest.fixture
def stock(shop: StandingClock) -> None:
    """Offer few numbers in one country and enough in another."""
    builders.rentals(["+4759441001"])
    builders.rentals([f"+4930{n:07d}" for n in range(LOW_BELOW)], country="DE")


@pytest.mark.usefixtures("stock")
def test_the_stock_is_shown_by_place_and_few_are_marked() -> None:
    browser = at_work("operations")

    text = browser.get(PAGE).text
    low = browser.get(PAGE, {"low": "yes"}).text
    norway = browser.get(PAGE, {"country": "NO", "kind": "local"}).text

    assert text.count("badge-warning") == 1
    assert text.count("<tr>") == 3  # with the head
    assert (low.count("<tr>"), norway.count("<tr>")) == (2, 2)
    assert browser.get("/staff/").text.count(PAGE) == 1


@pytest.mark.usefixtures("stock")
def test_the_stock_is_paged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rentals, "ROWS_PER_PAGE", 1)
    browser = at_work("support")

    first = browser.get(PAGE).text
    assert "after=DE.local." in first
    second = browser.get(PAGE, {"after": "DE.local."}).text
    assert "Norway" in second.partition("<tbody>")[2]
    for odd in ("x", "\x00..", "a.b.c.d", ""):
        assert browser.get(PAGE, {"after": odd, "country": "XX"}).status_code == 200


@pytest.mark.usefixtures("stock")
def test_only_those_who_work_with_it_see_it() -> None:
    assert at_work("finance").get(PAGE).status_code == 403
