"""An order's time line as the staff sees it: the reasons, no content, and who looked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nummer.apps.audit.models import Line
from nummer.apps.orders.actions import Placed
from tests import builders
from tests.faces.backoffice.test_staff import at_work
from tests.faces.conftest import StandingClock

SOON = builders.NOW + timedelta(minutes=1)


def sold() -> tuple[int, Placed]:
    account_id = builders.customer()
    placed = builders.order(account_id)
    builders.deliver(placed.number, "WhatsApp code: 111-222", sender="WhatsApp", at=SOON)
    builders.deliver(placed.number, "Telegram code: 48213", at=SOON)
    return account_id, placed


@pytest.mark.parametrize("role", ["support", "compliance", "operations"])
def test_staff_sees_reasons_and_clause_but_no_content(shop: StandingClock, role: str) -> None:
    account_id, placed = sold()

    page = at_work(role).get(f"/staff/orders/{account_id}/{placed.order_id}/").text

    assert "SMS of another service" in page
    assert "RP-N2" in page
    assert placed.number.international() in page
    assert not any(secret in page for secret in ("48213", "111-222", "WhatsApp"))


def test_finance_sees_the_money_and_neither_number_nor_sms(shop: StandingClock) -> None:
    account_id, placed = sold()

    page = at_work("finance").get(f"/staff/orders/{account_id}/{placed.order_id}/").text

    assert "RP-N2" in page
    assert "2.00" in page
    assert placed.number.international() not in page
    assert 'data-kind="sms_received"' not in page


def test_every_look_at_an_order_is_recorded(shop: StandingClock) -> None:
    account_id, placed = sold()
    browser = at_work("support")
    browser.get(f"/staff/orders/{account_id}/{placed.order_id}/")
    assert Line.objects.filter(verb="view_order", row=str(placed.order_id)).count() == 1
    assert f"/staff/orders/{account_id}/{placed.order_id}/" in browser.get("/staff/orders/").text


def test_order_that_the_account_does_not_have_is_not_found(shop: StandingClock) -> None:
    account_id, placed = sold()
    answer = at_work("support").get(f"/staff/orders/{account_id + 1}/{placed.order_id}/")
    assert answer.status_code == 404
    assert not Line.objects.filter(verb="view_order").exists()
