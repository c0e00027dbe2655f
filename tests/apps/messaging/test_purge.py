"""Messages are kept for 30 days, then they are gone, and nothing else is."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from nummer.apps.messaging import queries as messages
from nummer.apps.messaging.actions import mark_sent, purge, queue_system_text, take_outgoing
from nummer.apps.messaging.models import Message, Outgoing
from nummer.apps.numbers import queries as numbers
from nummer.config.sweeper import sweep_until
from nummer.kernel.ids import new_id
from nummer.kernel.phone import PhoneNumber
from tests.builders import NOW, customer, deliver, order

pytestmark = pytest.mark.usefixtures("shop")
CODE = "Telegram code: 48213. Do not give this code to anyone."
MINUTE = timedelta(minutes=1)
MONTH = timedelta(days=30)


def kept() -> list[datetime]:
    return list(Message.objects.order_by("received_at").values_list("received_at", flat=True))


def test_a_message_is_there_for_thirty_days_and_then_gone() -> None:
    account_id = customer()
    placed = order(account_id)
    deliver(placed.number, CODE, at=NOW + MINUTE)

    sweep_until(NOW + MINUTE + MONTH - timedelta(seconds=61))
    assert kept() == [NOW + MINUTE]
    sweep_until(NOW + MINUTE + MONTH)

    assert kept() == []
    row = numbers.activation(account_id, activation_id=placed.activation_id)
    assert (row.state, row.displayed_at) == ("finished", NOW + MINUTE)


def test_a_younger_message_stays() -> None:
    account_id = customer()
    placed = order(account_id)
    deliver(placed.number, CODE, at=NOW + MINUTE)
    deliver(placed.number, CODE, at=NOW + 3 * MINUTE)

    sweep_until(NOW + MINUTE + MONTH)

    assert kept() == [NOW + 3 * MINUTE]


def test_nobodys_message_goes_as_well() -> None:
    deliver(PhoneNumber("+4790000999"), CODE, at=NOW)

    sweep_until(NOW + MONTH)

    assert kept() == []


def test_a_text_that_left_goes_and_one_that_waits_stays() -> None:
    to = PhoneNumber("+447946000999")
    for moment in (NOW, NOW + MINUTE):
        queue_system_text(None, to=to, text="A", purpose="login-code", key=new_id(), now=moment)
    (first,) = take_outgoing(limit=1, now=NOW)
    mark_sent(
        first.id, account_id=first.account_id, carrier="sandbox", carrier_message_id="1", now=NOW
    )

    sweep_until(NOW + 2 * MONTH)

    (left,) = Outgoing.objects.all()
    assert left.state == "queued"


def test_the_report_counts_what_went(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nummer.apps.messaging.actions.purging.BATCH", 2)
    for second in range(5):
        deliver(PhoneNumber("+4790000999"), CODE, at=NOW + timedelta(seconds=second))

    purge(before=NOW + MINUTE, now=NOW + MONTH)

    (report,) = messages.purges()
    assert (report.messages, report.outgoing, report.before) == (5, 0, NOW + MINUTE)


def test_a_full_minute_goes_in_several_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nummer.apps.messaging.actions.purging.BATCH", 2)
    monkeypatch.setattr("nummer.apps.messaging.actions.purging.BATCHES_MAX", 1)
    for second in range(5):
        deliver(PhoneNumber("+4790000999"), CODE, at=NOW + timedelta(seconds=second))

    swept = sweep_until(NOW + MONTH)

    assert (kept(), swept.failed) == ([], 0)
    (report,) = messages.purges()
    assert report.messages == 5


def test_the_audit_knows_that_old_messages_are_gone_and_misses_younger_ones() -> None:
    account_id = customer()
    old, young = order(account_id), order(account_id, now=NOW + MINUTE)
    deliver(old.number, CODE, at=NOW + MINUTE)
    deliver(young.number, CODE, at=NOW + 5 * MINUTE)
    purge(before=NOW + 3 * MINUTE, now=NOW + MONTH)
    assert breaches() == 0

    Message.objects.all().delete()

    assert breaches() == 1


def breaches() -> int:
    return sum(count for _, count, _ in messages.audit_lines())


def test_purging_twice_is_purging_once() -> None:
    deliver(PhoneNumber("+4790000999"), CODE, at=NOW)

    for _ in range(2):
        purge(before=NOW + MINUTE, now=NOW + MONTH)

    (report,) = messages.purges()
    assert report.messages == 1
