"""A day reconciled with the lists of PayPal and BTCPay: what agrees, and what has a name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nummer.apps.invoices import ports
from nummer.apps.invoices.queries import Gap, ListState, day_of, reconcile
from nummer.apps.payments import actions
from nummer.apps.payments.actions import sending_back
from nummer.apps.payments.ports import installed_payments
from nummer.config.books import ProviderBook
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from tests import builders
from tests.apps.payments.sides import NOW, BtcPaySide, PayPalSide, Side, side


@pytest.fixture(params=[PayPalSide, BtcPaySide])
def there(request: pytest.FixtureRequest, db: None, tmp_path: Path) -> Iterator[Side]:
    builders.shop()
    before = list(ports._providers)
    with side(request.param, tmp_path) as one:
        books = [ProviderBook(each, own_clock=True) for each in installed_payments().providers]
        ports.install_books(providers=books, banks=())
        yield one
    ports.install_books(providers=before, banks=())


def test_what_was_paid_and_sent_back_agrees(there: Side) -> None:
    account_id = builders.customer(balance="0.00")
    started = there.start(account_id)
    there.pay(started)
    there.tell()
    if installed_payments().providers[0].capabilities.refunds:
        refund = actions.refund_top_up(
            account_id,
            top_up_id=started.id,
            amount=Money.parse("5.00", "EUR"),
            key=new_id(),
            clause="RP-C1",
            now=NOW,
        )
        sending_back.send(account_id, refund_id=refund.id, now=NOW)

    found = reconcile(day_of(NOW))

    assert found.differences == []
    assert found.sources[there.code] is ListState.LISTED
    sides = {one.side.value: one.total.decimal_text() for one in found.sums}
    paid = "15.00" if there.code == "sandbox-paypal" else "20.00"
    assert sides == {"provider": paid, "noted": paid, "ledger": paid}


def test_what_was_paid_and_never_told_has_a_name(there: Side) -> None:
    payment = there.pay(there.start(builders.customer(balance="0.00")))

    differences = reconcile(day_of(NOW)).differences

    assert [(one.gap, one.reference) for one in differences] == [(Gap.NOT_NOTED, payment)]


def test_coins_beside_their_sum_have_a_name(db: None, tmp_path: Path) -> None:
    builders.shop()
    before = list(ports._providers)
    with side(BtcPaySide, tmp_path) as btcpay:
        assert isinstance(btcpay, BtcPaySide)
        books = [ProviderBook(each, own_clock=True) for each in installed_payments().providers]
        ports.install_books(providers=books, banks=())
        started = btcpay.start(builders.customer(balance="0.00"))
        invoice = btcpay.pay(started, share="2")
        actions.read_events(btcpay.code, now=NOW)

        differences = reconcile(day_of(NOW)).differences
    ports.install_books(providers=before, banks=())

    assert {(one.gap, one.reference, str(one.theirs)) for one in differences} == {
        (Gap.NOT_NOTED, f"{invoice}.over", "20.00 EUR"),
        (Gap.NOT_TAKEN, invoice, "20.00 EUR"),
    }
