"""The first page of the staff: what waits, live figures, money by day, each with its table."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from nummer.apps.ledger import actions as ledger
from nummer.apps.ledger import queries
from nummer.apps.ledger.queries import TransferKind
from nummer.apps.messaging import actions as messaging
from nummer.apps.messaging.actions import Counted
from nummer.config.figures import MinuteFigures
from nummer.kernel.money import Money
from tests import builders
from tests.faces.backoffice.test_staff import at_work
from tests.faces.conftest import StandingClock


def test_counts_of_two_processes_stand_in_one_minute(shop: StandingClock) -> None:
    for _ in range(2):
        figures = MinuteFigures(shop.now)
        figures.add(Counted.CAME, 3)
        figures.add(Counted.ACKNOWLEDGED, 2)
        figures.add(Counted.REFUSED, 1)
        figures.add(Counted.LEFT, 5)
        figures.write()
        figures.write()  # adds nothing
    page = at_work("operations").get("/staff/").text
    row = page.partition(f'data-at="{int(shop.at.replace(second=0).timestamp())}"')[2]
    cells = row.partition("</tr>")[0]
    assert [f'data-value="{n}"' in cells for n in (6, 4, 2, 10, 0)] == [True] * 5


def test_counts_that_could_not_be_written_are_kept(
    shop: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = MinuteFigures(shop.now)
    figures.add(Counted.CAME, 1)
    with monkeypatch.context() as broken:
        broken.setattr(messaging, "count_minutes", _breaks)
        with pytest.raises(OSError, match="away"):
            figures.write()
    figures.write()
    assert 'data-value="1"' in at_work("support").get("/staff/figures/").text


def _breaks(*_given: object, **_named: object) -> None:
    raise OSError("away")


def test_minutes_are_forgotten_after_two_days(shop: StandingClock) -> None:
    now = shop.at
    messaging.count_minutes({now: {Counted.CAME: 1}}, now=now)
    messaging.count_minutes({}, now=now + timedelta(days=3))
    from nummer.apps.messaging.models import Minute

    assert not Minute.objects.exists()


def test_money_of_a_day_is_the_journals_before_and_after_the_roll_up(shop: StandingClock) -> None:
    builders.order(builders.customer())
    day = shop.at.date()
    before = queries.day_sums(since=day, until=day)
    ledger.roll_up(shop.at)
    assert queries.day_sums(since=day, until=day) == before
    [sale] = [row for row in before if row.kind is TransferKind.ORDER]
    assert sale.transfers >= 1
    assert sale.amount < Money(0, sale.amount.currency)
    page = at_work("finance").get("/staff/").text
    assert f"Money by day, {sale.amount.currency}" in page
    assert 'id="figures"' not in page  # a figure of operations


def test_the_first_page_asks_as_often_whatever_there_is(shop: StandingClock) -> None:
    browser = at_work("owner")
    browser.get("/staff/")
    with CaptureQueriesContext(
        connection,
    ) as few:
        browser.get("/staff/")
    for _ in range(3):
        builders.order(builders.customer())
    with CaptureQueriesContext(connection) as many:
        browser.get("/staff/")
    assert len(many) <= len(few)
