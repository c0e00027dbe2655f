"""A callback that was lost loses nothing: the provider's own list tells the same."""

from __future__ import annotations

from datetime import timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from nummer.apps.ledger import queries as wallets
from nummer.apps.payments import actions, jobs, queries
from nummer.apps.payments.actions import sending_back
from nummer.apps.payments.models import Mark, Notice
from nummer.apps.payments.ports import Payments, install_payments, installed_payments
from nummer.kernel.errors import Unavailable
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from nummer.suppliers.sandbox.payments import objects
from nummer.suppliers.sandbox.payments.provider import sandbox_payments
from tests.apps.payments.conftest import NOW, Provider, start


def total(account_id: int) -> str:
    return wallets.balance(account_id).total.decimal_text()


def reading_jobs() -> int:
    return ProcrastinateJob.objects.filter(task_name="payments.read_events").count()


def test_a_payment_whose_callbacks_were_lost_is_credited_once(
    provider: Provider, account_id: int
) -> None:
    provider.pay(start(account_id))

    assert actions.read_events("sandbox", now=NOW) == 3  # the page's, the payment's, the charge's
    assert actions.read_events("sandbox", now=NOW) == 0
    provider.tell()

    assert total(account_id) == "20.00"
    assert [line for line in queries.audit_lines() if line[1]] == []


def test_a_long_list_is_read_to_its_end(provider: Provider, account_id: int) -> None:
    payment = provider.pay(start(account_id))
    for _ in range(120):
        with provider.desk.change() as memory:
            objects.refund(memory, {"payment_intent": payment, "amount": "1"})

    actions.read_events("sandbox", now=NOW)
    for row in jobs.WAITING.find(NOW, 1000):
        jobs.WAITING.fire(row, NOW)

    assert total(account_id) == "18.80"
    assert len(queries.refunds(account_id, limit=200)) == 120
    assert [line for line in queries.audit_lines() if line[1]] == []


def test_refunds_and_disputes_are_found_in_the_list(provider: Provider, account_id: int) -> None:
    started = start(account_id)
    payment = provider.pay(started)
    provider.tell()
    refund = actions.refund_top_up(
        account_id,
        top_up_id=started.id,
        amount=Money.parse("5.00", "EUR"),
        key=new_id(),
        clause="RP-C1",
        now=NOW,
    )
    sending_back.send(account_id, refund_id=refund.id, now=NOW)
    provider.fail_refund(payment)
    provider.dispute(payment)

    actions.read_events("sandbox", now=NOW)

    assert [row.state for row in queries.refunds(account_id)] == ["failed"]
    assert [row.state for row in queries.disputes(account_id)] == ["open"]


def test_what_fits_nothing_of_ours_is_written_down_and_reading_goes_on(
    provider: Provider, account_id: int
) -> None:
    with provider.desk.change() as memory:  # somebody else uses the same account at the provider
        made = objects.open_session(
            memory,
            {
                "mode": "payment",
                "success_url": "x",
                "line_items[0][quantity]": "1",
                "line_items[0][price_data][currency]": "eur",
                "line_items[0][price_data][unit_amount]": "2000",
            },
        )
        objects.pay_session(memory, made["id"])
    provider.pay(start(account_id))

    for _ in range(2):
        actions.read_events("sandbox", now=NOW)

    assert total(account_id) == "20.00"
    assert Notice.objects.filter(outcome="unknown_reference").count() == 1


def test_the_list_is_read_every_ten_minutes_and_when_a_customer_comes_back(
    provider: Provider, account_id: int
) -> None:
    (row,) = jobs.UNREAD.find(NOW, 10)
    jobs.UNREAD.fire(row, NOW)
    assert reading_jobs() == 1
    assert not jobs.UNREAD.find(NOW + timedelta(minutes=9, seconds=59), 10)
    assert len(jobs.UNREAD.find(NOW + timedelta(minutes=10), 10)) == 1

    started = start(account_id)
    for second in range(25):
        now = NOW + timedelta(seconds=second)
        actions.return_from_provider(account_id, top_up_id=started.id, now=now)
    assert reading_jobs() == 3
    assert total(account_id) == "0.00"


def test_a_customer_who_comes_back_paid_asks_for_nothing(
    provider: Provider, account_id: int
) -> None:
    started = start(account_id)
    provider.pay(started)
    provider.tell()

    actions.return_from_provider(account_id, top_up_id=started.id, now=NOW)

    assert reading_jobs() == 0


def test_a_provider_that_is_away_is_asked_again(provider: Provider, account_id: int) -> None:
    there = installed_payments()
    away = sandbox_payments(provider.desk._path.parents[1], port=lambda: 0)
    install_payments(Payments(providers=[away], return_url=there.return_url))

    with pytest.raises(Unavailable):
        actions.read_events("sandbox", now=NOW)

    assert Mark.objects.get().seen_until is None


def test_a_provider_that_is_gone_is_not_asked(provider: Provider, db: None) -> None:
    assert actions.read_events("nobody", now=NOW) == 0
