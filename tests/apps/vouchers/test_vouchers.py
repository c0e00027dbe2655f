"""A code pays in once, whoever races for it; guessing is slow; nothing of it is kept."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from nummer.apps.ledger import queries as wallets
from nummer.apps.payments import queries as payments
from nummer.apps.payments.actions import refund_top_up
from nummer.apps.payments.errors import MethodNotRefundable
from nummer.apps.payouts.ports import release_rule
from nummer.apps.vouchers import actions, queries
from nummer.apps.vouchers.actions import GUESSES_MAX, Made
from nummer.apps.vouchers.errors import (
    BatchNeedsAnotherPerson,
    BatchNotWaiting,
    BatchRefused,
    NoSuchBatch,
    TooManyGuesses,
    VoucherExpired,
    VoucherNotReleased,
    VoucherOtherCurrency,
    VoucherUnknown,
)
from nummer.apps.vouchers.models import Voucher
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from tests import builders
from tests.builders import NOW

TEN = Money.parse("10.00", "EUR")
END = NOW + timedelta(days=365)


def batch(*, amount: Money = TEN, count: int = 2) -> Made:
    return actions.make_batch(amount=amount, count=count, expires_at=END, actor="staff:1", now=NOW)


def balance(account_id: int) -> str:
    return wallets.balance(account_id).total.decimal_text()


def breaches() -> list[tuple[str, int, str]]:
    proofs = (*queries.audit_lines(), *payments.audit_lines(), *wallets.audit_lines())
    return [line for line in proofs if line[1]]


@pytest.fixture
def account_id(shop: None) -> int:
    return builders.customer(balance="0.00")


def test_a_code_pays_in_once_however_it_is_written(account_id: int) -> None:
    code = batch().codes[0]

    first = actions.redeem(account_id, code=code, now=NOW)
    again = actions.redeem(account_id, code=f" {code.lower().replace('-', ' ')} ", now=NOW)

    assert (first, first.amount, balance(account_id)) == (again, TEN, "10.00")
    assert queries.batches()[0].redeemed == 1
    assert breaches() == []


@pytest.mark.clause("RP-CF")
def test_what_a_voucher_paid_in_cannot_go_back_to_it(account_id: int) -> None:
    redeemed = actions.redeem(account_id, code=batch().codes[0], now=NOW)

    with pytest.raises(MethodNotRefundable):
        refund_top_up(
            account_id,
            top_up_id=redeemed.top_up_id,
            amount=TEN,
            key=new_id(),
            clause="LAW-14",
            now=NOW,
        )
    assert balance(account_id) == "10.00"


def test_a_code_of_somebody_else_looks_like_no_code(account_id: int) -> None:
    code, stranger = batch().codes[0], builders.customer(balance="0.00")
    actions.redeem(stranger, code=code, now=NOW)

    with pytest.raises(VoucherUnknown):
        actions.redeem(account_id, code=code, now=NOW)
    assert balance(account_id) == "0.00"


def test_guesses_are_few_in_an_hour_also_for_a_right_code(account_id: int) -> None:
    code = batch().codes[0]
    for guess in ["", "1234", "B" * 16, "\N{SNOWMAN}" * 16, "BCDF-GHJK-LMNP-QRST"][:GUESSES_MAX]:
        with pytest.raises(VoucherUnknown):
            actions.redeem(account_id, code=guess, now=NOW)

    with pytest.raises(TooManyGuesses):
        actions.redeem(account_id, code=code, now=NOW + timedelta(minutes=59))
    assert actions.redeem(account_id, code=code, now=NOW + timedelta(hours=1)).amount == TEN


def test_after_its_end_and_after_its_batch_was_withdrawn_a_code_pays_nothing(
    account_id: int,
) -> None:
    late, withdrawn = batch().codes[0], batch()
    actions.withdraw_batch(withdrawn.batch_id, actor="staff:1", now=NOW)

    for code, at in ((late, END), (withdrawn.codes[0], NOW)):
        with pytest.raises(VoucherExpired):
            actions.redeem(account_id, code=code, now=at)
    assert balance(account_id) == "0.00"
    assert actions.redeem(account_id, code=late, now=END - timedelta(seconds=1)).amount == TEN


def test_a_voucher_of_another_currency_stays_as_it_is(account_id: int) -> None:
    code = batch(amount=Money.parse("100.00", "NOK")).codes[0]

    with pytest.raises(VoucherOtherCurrency):
        actions.redeem(account_id, code=code, now=NOW)
    assert not Voucher.objects.exclude(account_id=None).exists()


def test_above_what_one_may_make_alone_a_second_person_releases_the_codes(account_id: int) -> None:
    made = batch(count=1000)
    with pytest.raises(VoucherNotReleased):
        actions.redeem(account_id, code=made.codes[0], now=NOW)
    with pytest.raises(BatchNeedsAnotherPerson):
        actions.release_batch(made.batch_id, actor="staff:1", now=NOW)
    assert (made.waits, balance(account_id), queries.batches()[0].waits) == (True, "0.00", True)

    for _ in range(2):
        actions.release_batch(made.batch_id, actor="staff:2", now=NOW)
    assert actions.redeem(account_id, code=made.codes[0], now=NOW).amount == TEN
    assert (queries.batches()[0].waits, breaches()) == (False, [])


def test_small_batches_of_one_day_count_together_for_who_made_them(shop: None) -> None:
    def make(count: int, *, actor: str, hours: int) -> bool:
        at = NOW + timedelta(hours=hours)
        return actions.make_batch(
            amount=TEN, count=count, expires_at=END, actor=actor, now=at
        ).waits

    alone = Money.parse("100.00", "EUR")
    assert not release_rule().needs_two(alone)
    assert [make(6, actor="staff:1", hours=hours) for hours in (0, 1, 24, 25)] == [
        False,
        True,
        False,
        True,
    ]
    assert [make(count, actor="staff:2", hours=1) for count in (10, 1)] == [False, True]


def test_a_batch_that_was_withdrawn_or_ended_while_it_waited_is_not_released(shop: None) -> None:
    withdrawn, late = batch(count=20), batch(count=20)
    actions.withdraw_batch(withdrawn.batch_id, actor="staff:1", now=NOW)

    for batch_id, at in ((withdrawn.batch_id, NOW), (late.batch_id, END)):
        with pytest.raises(BatchNotWaiting):
            actions.release_batch(batch_id, actor="staff:2", now=at)
    with pytest.raises(NoSuchBatch):
        actions.release_batch(new_id(), actor="staff:2", now=NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": Money.parse("0.00", "EUR")},
        {"amount": Money.parse("10.001", "EUR")},
        {"amount": Money.parse("100000.00", "EUR")},
        {"amount": Money.parse("10.00", "CHF")},
        {"count": 0},
        {"count": actions.COUNT_MAX + 1},
        {"expires_at": NOW},
    ],
)
def test_a_batch_that_makes_no_sense_is_refused(shop: None, changes: dict[str, object]) -> None:
    wish = {"amount": TEN, "count": 1, "expires_at": END, "actor": "staff:1", "now": NOW}
    with pytest.raises(BatchRefused):
        actions.make_batch(**(wish | changes))  # type: ignore[arg-type]
    assert queries.batches() == []


def test_no_code_is_in_the_database(account_id: int) -> None:
    codes = batch(count=50).codes
    assert len(set(codes)) == 50

    with connection.cursor() as cursor:
        cursor.execute("SELECT v::text FROM vouchers_voucher v")
        stored = " ".join(row[0] for row in cursor.fetchall())
    assert not [code for code in codes if code.replace("-", "") in stored or code in stored]


@pytest.mark.django_db(transaction=True)
def test_many_who_race_for_one_code_get_it_once() -> None:
    builders.shop()
    accounts = [builders.customer(balance="0.00") for _ in range(4)]
    code, told = batch().codes[0], list[str]()

    def race(account_id: int) -> Callable[[], None]:
        def run() -> None:
            try:
                actions.redeem(account_id, code=code, now=NOW)
                told.append("paid")
            except Refusal as refusal:
                told.append(refusal.code)
            finally:
                connection.close()

        return run

    racers = [threading.Thread(target=race(account_id)) for account_id in accounts * 3]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()

    assert sorted(balance(account_id) for account_id in accounts) == ["0.00"] * 3 + ["10.00"]
    assert (told.count("paid"), told.count("voucher_unknown")) == (3, 9)
    assert breaches() == []
