"""A payout that comes late raises an alarm, whoever asked for it and however."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from nummer.apps.payments.actions import sending_back
from nummer.apps.payments.models import Refund
from nummer.apps.payouts import actions, queries
from nummer.apps.payouts.actions import Told
from nummer.apps.payouts.jobs import DUE_SOURCES as PAYOUTS
from nummer.apps.payouts.models import Channel
from nummer.apps.refunds.jobs import DUE_SOURCES as REFUNDS
from nummer.apps.refunds.models import Deadline
from nummer.apps.refunds.queries import owed
from nummer.config.sweeper import sweep_until
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from nummer.policy.refund import Reason
from tests.apps.payments.conftest import NOW, Provider
from tests.apps.payments.test_sending_back import paid
from tests.apps.payouts.test_payouts import ask, wish

SIXTY = Money.parse("60.00", "EUR")
FAR = NOW + timedelta(days=60)


def row_of(payout_id: UUID, kind: str) -> Deadline:
    return Deadline.objects.get(subject_id=payout_id, kind=kind)


def counts(kind: str, *, now: datetime) -> dict[str, int]:
    return {name: count for name, count in owed(now=now)[kind].items() if count}


def arrive(account_id: int, provider: Provider, *, now: datetime = NOW) -> None:
    for refund_id in Refund.objects.filter(account_id=account_id).values_list("id", flat=True):
        sending_back.send(account_id, refund_id=refund_id, now=now)
    provider.tell("refund.created", "refund.updated", now=now)
    sweep_until(now + timedelta(days=1), sources=PAYOUTS)


def test_a_granted_payout_is_owed_until_its_money_has_gone(
    provider: Provider, account_id: int
) -> None:
    top_up_id, _ = paid(provider, account_id)
    row = ask(account_id, top_up_id)
    assert row_of(row.id, "payout").state == "open"
    assert row.settle_by is not None
    assert row_of(row.id, "payout").due_at.date() == row.settle_by  # its end, in UTC

    arrive(account_id, provider)
    assert row_of(row.id, "payout").state == "met"
    assert counts("payout", now=FAR) == {}


def test_a_payout_that_two_persons_leave_lying_is_late(provider: Provider, account_id: int) -> None:
    top_up_id, _ = paid(provider, account_id, amount=SIXTY)
    row = ask(account_id, top_up_id)
    assert row.state == "release"
    due_at = row_of(row.id, "payout").due_at
    assert counts("payout", now=due_at - timedelta(days=6)) == {"open": 1}
    assert counts("payout", now=due_at - timedelta(days=4)) == {"near": 1}

    sweep_until(due_at + timedelta(hours=1), sources=REFUNDS)
    late = row_of(row.id, "payout")
    assert late.warned_at is not None
    assert late.late_at is not None
    assert counts("payout", now=due_at) == {"late": 1}

    for person in ("staff:1", "staff:2"):
        actions.release(account_id, payout_id=row.id, actor=person, now=due_at)
    arrive(account_id, provider, now=due_at)
    assert row_of(row.id, "payout").state == "met"


def test_a_request_that_waits_for_a_person_is_owed_an_answer(
    provider: Provider, account_id: int
) -> None:
    top_up_id, _ = paid(provider, account_id)
    month_later = NOW + timedelta(days=30)  # no withdrawal any more: no rule answers
    told = Told(channel=Channel.PAGE, actor="customer:1", received_at=month_later, key=new_id())
    payout_id = actions.ask(
        account_id, wish=wish(top_up_id, reason=Reason.OTHER), told=told, now=month_later
    )
    asked = queries.payout(account_id, payout_id=payout_id)
    assert asked.state == "review"
    assert counts("asked", now=FAR) == {"late": 1}
    actions.refuse(account_id, payout_id=asked.id, actor="staff:1", now=month_later)
    assert row_of(asked.id, "asked").state == "met"
    row = ask(account_id, None)
    assert row.state == "missing"  # asking is the answer
    assert counts("asked", now=FAR) == {}


def test_a_disputed_payout_is_owed_anew_once_the_bank_has_decided(
    provider: Provider, account_id: int
) -> None:
    top_up_id, payment = paid(provider, account_id, amount=SIXTY)
    row = ask(account_id, top_up_id)
    provider.dispute(payment)
    provider.tell()
    for person in ("staff:1", "staff:2"):
        actions.release(account_id, payout_id=row.id, actor=person, now=NOW)
    assert queries.payout(account_id, payout_id=row.id).state == "held"
    assert counts("payout", now=FAR) == {}

    provider.end_dispute(payment, won=True)
    provider.tell()
    actions.look_again(account_id, payout_id=row.id, now=NOW)
    assert row_of(row.id, "payout").state == "open"
    assert counts("payout", now=FAR) == {"late": 1}
