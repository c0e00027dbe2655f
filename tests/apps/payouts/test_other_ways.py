"""Where a payment cannot go back the way it came: coins stay, and the customer chooses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from nummer.apps.ledger import queries as wallets
from nummer.apps.ledger.errors import InsufficientBalance
from nummer.apps.payments import actions as payments
from nummer.apps.payments import ports
from nummer.apps.payments.actions import sending_back
from nummer.apps.payments.models import Refund
from nummer.apps.payments.ports import Payments, install_payments
from nummer.apps.payouts import actions, queries
from nummer.apps.payouts.jobs import DUE_SOURCES
from nummer.apps.payouts.models import Way
from nummer.config.sweeper import sweep_until
from tests import builders
from tests.apps.payments.sides import NOW, BtcPaySide, PayPalSide, reach, side
from tests.apps.payments.test_sending_back import spend
from tests.apps.payouts.test_payouts import LATER, STAFF, ask, breaches, letters
from tests.apps.payouts.test_payouts import again as looked_at


@dataclass(frozen=True)
class Both:
    """PayPal and BTCPay, side by side, and a customer."""

    paypal: PayPalSide
    btcpay: BtcPaySide
    account_id: int

    def paid_by_paypal(self) -> UUID:
        started = self.paypal.start(self.account_id)
        self.paypal.call_back(self.paypal.paid_event(started))
        return started.id

    def paid_by_coins(self) -> UUID:
        started = self.btcpay.start(self.account_id)
        self.btcpay.call_back(self.btcpay.paid_event(started))
        return started.id

    def total(self) -> str:
        return wallets.balance(self.account_id).total.decimal_text()


@pytest.fixture
def both(tmp_path: Path, shop: None) -> Iterator[Both]:
    with ExitStack() as stack:
        paypal = stack.enter_context(side(PayPalSide, tmp_path))
        btcpay = stack.enter_context(side(BtcPaySide, tmp_path))
        assert isinstance(paypal, PayPalSide)
        assert isinstance(btcpay, BtcPaySide)
        there = ports.installed_payments()
        providers = [reach(one.code, tmp_path, one.port) for one in (paypal, btcpay)]
        install_payments(Payments(providers=providers, return_url=there.return_url))
        yield Both(paypal, btcpay, builders.customer(balance="0.00"))


@pytest.mark.clause("RP-CF")
@pytest.mark.parametrize(("way", "left"), [(Way.BANK, "0.00"), (Way.BALANCE, "20.00")])
def test_coins_that_are_withdrawn_are_kept_until_the_customer_chooses(
    both: Both, *, way: Way, left: str
) -> None:
    top_up_id = both.paid_by_coins()

    row = ask(both.account_id, top_up_id)
    assert (row.state, row.clauses) == ("paying", ("LAW-14", "RP-CF"))
    (share,) = row.shares
    assert (share.way, share.amount.decimal_text()) == ("choose", "20.00")
    with pytest.raises(InsufficientBalance):
        spend(both.account_id, "0.01")
    actions.choose(both.account_id, share_id=share.id, way=way, actor="customer:1", now=NOW)
    if way == Way.BANK:
        actions.confirm_transfer(
            both.account_id, share_id=share.id, bank_reference="B-1", actor=STAFF, now=NOW
        )

    assert (looked_at(both.account_id, row).state, both.total()) == ("done", left)
    assert Refund.objects.count() == 0
    assert letters(both.account_id)
    assert breaches() == []


def test_each_share_goes_its_own_way(both: Both) -> None:
    by_paypal, by_coins = both.paid_by_paypal(), both.paid_by_coins()

    first = ask(both.account_id, by_paypal)
    second = ask(both.account_id, by_coins)
    for refund in Refund.objects.all():
        sending_back.send(both.account_id, refund_id=refund.id, now=NOW)
    both.paypal.tell()
    sweep_until(LATER, sources=DUE_SOURCES)

    assert looked_at(both.account_id, first).state == "done"
    assert [share.way for share in looked_at(both.account_id, second).shares] == ["choose"]
    (sent,) = Refund.objects.all()
    assert (sent.top_up_id, sent.amount_micro, sent.state) == (by_paypal, 20_000_000, "paid")
    assert both.total() == "20.00"
    assert breaches() == []


def test_what_paypal_refuses_to_send_leads_to_the_choice(both: Both) -> None:
    """After 180 days PayPal sends nothing back any more."""
    top_up_id = both.paid_by_paypal()
    row = ask(both.account_id, top_up_id)
    with both.paypal.desk.change() as memory:  # another way to be refused: nothing of it is left
        (capture,) = memory.all_of("capture")
        memory.keep({**capture, "status": "DENIED"})
    (refund,) = Refund.objects.all()

    sending_back.send(both.account_id, refund_id=refund.id, now=NOW)
    sweep_until(LATER, sources=DUE_SOURCES)

    row = looked_at(both.account_id, row)
    assert [share.way for share in row.shares] == ["choose"]
    with pytest.raises(InsufficientBalance):
        spend(both.account_id, "0.01")
    actions.choose(
        both.account_id, share_id=row.shares[0].id, way=Way.BALANCE, actor="customer:1", now=LATER
    )
    assert (looked_at(both.account_id, row).state, both.total()) == ("done", "20.00")
    assert breaches() == []


def test_a_repeated_request_for_coins_is_one(both: Both) -> None:
    top_up_id = both.paid_by_coins()
    ask(both.account_id, top_up_id)

    sweep_until(LATER + timedelta(days=1), sources=DUE_SOURCES)
    payments.read_events(both.btcpay.code, now=LATER)

    (row,) = queries.payouts(both.account_id)
    assert [share.way for share in row.shares] == ["choose"]
    assert both.total() == "20.00"
