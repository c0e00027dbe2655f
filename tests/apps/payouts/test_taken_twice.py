"""A payment that a provider took twice for one wish is returned, though nobody asked (U15)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from nummer.apps.ledger import queries as wallets
from nummer.apps.notify.models import Letter
from nummer.apps.payments import actions as payments
from nummer.apps.payments import queries as payment_queries
from nummer.apps.payments.actions import StartedTopUp, sending_back
from nummer.apps.payments.models import Payer, Refund, TopUp
from nummer.apps.payouts import actions, queries
from nummer.apps.payouts.actions import PayoutWish, Told
from nummer.apps.payouts.jobs import DUE_SOURCES
from nummer.apps.payouts.models import Channel
from nummer.apps.payouts.queries import PayoutRow
from nummer.config.sweeper import sweep_until
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from nummer.policy.refund import Reason
from tests.apps.payments.conftest import NOW, Provider, start

SOON = NOW + timedelta(minutes=1)
SIXTY = Money.parse("60.00", "EUR")


def taken_twice(
    provider: Provider, account_id: int, **changes: object
) -> tuple[StartedTopUp, str, str]:
    """Return a top-up and how the provider calls its two payments."""
    started = start(account_id, **changes)
    first = provider.pay(started)
    provider.tell()
    second = provider.pay_again(started)
    return started, first, second


def second_of(account_id: int) -> TopUp:
    return TopUp.objects.get(account_id=account_id, twice_of__isnull=False)


def total(account_id: int) -> str:
    return wallets.balance(account_id).total.decimal_text()


def only_payout(account_id: int) -> PayoutRow:
    (row,) = queries.payouts(account_id)
    return row


def send_all(account_id: int, provider: Provider) -> None:
    for refund_id in Refund.objects.filter(account_id=account_id).values_list("id", flat=True):
        sending_back.send(account_id, refund_id=refund_id, now=SOON)
    provider.tell("refund.created", "refund.updated", "refund.failed", now=SOON)
    sweep_until(SOON + timedelta(days=1), sources=DUE_SOURCES)


def breaches() -> list[tuple[str, int, str]]:
    proofs = (*queries.audit_lines(), *payment_queries.audit_lines(), *wallets.audit_lines())
    return [line for line in proofs if line[1]]


@pytest.mark.clause("RULE-ERR")
def test_what_was_taken_twice_goes_back_without_being_asked_for(
    provider: Provider, account_id: int
) -> None:
    _, first, second = taken_twice(provider, account_id)
    provider.tell()  # a signed event of the provider tells of it
    sweep_until(SOON, sources=DUE_SOURCES)
    send_all(account_id, provider)

    assert provider.refunds(first) == []
    (refund,) = provider.refunds(second)
    assert refund["amount"] == 2000
    assert total(account_id) == "20.00"
    row = only_payout(account_id)
    assert (row.state, row.clause, row.channel) == ("done", "RULE-ERR", "self")
    written = Letter.objects.filter(account_id=account_id).values_list("letter", flat=True)
    assert sorted(written) == ["payment-captured-twice", "payout-granted", "top-up-received"]
    assert breaches() == []


def test_events_that_repeat_credit_and_return_the_second_payment_once(
    provider: Provider, account_id: int
) -> None:
    taken_twice(provider, account_id)
    for _ in range(3):
        provider.tell()
        sweep_until(SOON, sources=DUE_SOURCES)
    assert TopUp.objects.filter(account_id=account_id).count() == 2
    assert only_payout(account_id).granted.decimal_text() == "20.00"
    assert breaches() == []


def test_the_providers_own_list_finds_it_where_the_callback_was_lost(
    provider: Provider, account_id: int
) -> None:
    taken_twice(provider, account_id)
    payments.read_events("sandbox", now=SOON)
    sweep_until(SOON, sources=DUE_SOURCES)
    assert only_payout(account_id).clause == "RULE-ERR"
    assert total(account_id) == "20.00"


def test_one_payment_told_by_two_kinds_of_events_is_not_taken_twice(
    provider: Provider, account_id: int
) -> None:
    started = start(account_id)
    provider.pay(started)
    provider.tell()
    sweep_until(SOON, sources=DUE_SOURCES)
    assert TopUp.objects.filter(account_id=account_id).count() == 1
    assert queries.payouts(account_id) == []


def test_a_large_second_payment_waits_for_two_persons_and_is_set_aside(
    provider: Provider, account_id: int
) -> None:
    taken_twice(provider, account_id, amount=SIXTY)
    provider.tell()
    sweep_until(SOON, sources=DUE_SOURCES)
    assert only_payout(account_id).state == "release"
    assert wallets.balance(account_id).spendable == SIXTY


def test_a_second_payment_that_its_customer_asked_for_first_is_returned_once(
    provider: Provider, account_id: int
) -> None:
    taken_twice(provider, account_id)
    provider.tell()
    second = second_of(account_id)
    told = Told(channel=Channel.PAGE, actor="customer:1", received_at=NOW, key=new_id())
    wish = PayoutWish(top_up_id=UUID(str(second.id)), reason=Reason.DOUBLE_CHARGE)
    actions.ask(account_id, wish=wish, told=told, now=NOW)
    sweep_until(SOON, sources=DUE_SOURCES)
    assert only_payout(account_id).channel == "page"
    assert second_of(account_id).return_at is None


def test_a_disputed_second_payment_waits_for_the_banks_word(
    provider: Provider, account_id: int
) -> None:
    _, _, second = taken_twice(provider, account_id)
    provider.tell()
    provider.dispute(second)
    provider.tell()
    sweep_until(SOON, sources=DUE_SOURCES)
    assert only_payout(account_id).state == "held"
    assert provider.refunds(second) == []


def test_a_second_payment_counts_for_no_limit_of_a_new_account(
    provider: Provider, account_id: int
) -> None:
    most = Money.parse("1000.00", "EUR")
    taken_twice(provider, account_id, amount=most)
    provider.tell()
    assert start(account_id, amount=most)  # twice the largest sum is allowed, and was not wished
    assert Payer.objects.get(account_id=account_id).trusted_at is None
