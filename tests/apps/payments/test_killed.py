"""kill -9 when the provider has done it and we do not know: reconciled, and nothing double."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from nummer.apps.ledger import actions as ledger
from nummer.apps.ledger import queries as wallets
from nummer.apps.ledger.actions import Book, Leg, TransferKind
from nummer.apps.payments import actions, jobs, queries
from nummer.apps.payments.actions import automatic, sending_back, wishes
from nummer.apps.payments.models import Refund, TopUp
from nummer.apps.payments.ports import installed_payments
from nummer.config.env import environment
from nummer.kernel.ids import id_of, new_id
from nummer.kernel.money import Money
from tests import builders
from tests.apps.payments.conftest import NOW, TWENTY, Provider, start
from tests.invariants.proofs import breaches

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[3]
LATER = NOW + sending_back.LOOKED_AFTER


@pytest.fixture
def account_id() -> int:
    builders.shop()
    return builders.customer(balance="0.00")


def keeps_its_answers(provider: Provider) -> None:
    """Let the provider do what it is asked for, and say so a minute later."""
    with provider.desk.change() as memory:
        memory.set("answer_delay_s", "60")


def killed_asking(
    provider: Provider, what: str, account_id: int, row: UUID, *, done: Callable[[], Any]
) -> None:
    """Let another process ask Stripe; kill it once that has done it; make answers quick again."""
    port = installed_payments().providers[0]._access().api.rsplit(":", 1)[1]  # type: ignore[attr-defined]
    folder = provider.desk._path.parents[1]
    words = ["sandbox", str(folder), port, what, str(account_id), str(row)]
    killed_when_done(words, done=done)
    with provider.desk.change() as memory:
        memory.set("answer_delay_s", "")


def killed_when_done(words: list[str], *, done: Callable[[], Any]) -> None:
    """Let another process ask, and kill it once the provider has done it and not yet answered."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.apps.payments.child", *words],
        cwd=ROOT,
        env={
            **os.environ,
            "NUMMER_HOME": str(environment().home),
            "DJANGO_SETTINGS_MODULE": "nummer.config.settings",
            "TEST_DATABASE": connection.settings_dict["NAME"],
        },
    )
    try:
        until = time.monotonic() + 60
        while not done() and child.poll() is None and time.monotonic() < until:
            time.sleep(0.02)
        assert done(), "the provider was asked"
        assert child.poll() is None, "its answer is on the way"
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()


def total(account_id: int) -> str:
    return wallets.balance(account_id).total.decimal_text()


@pytest.mark.parametrize("by", ["the due row", "the event", "the list"])
def test_a_refund(provider: Provider, account_id: int, by: str) -> None:
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
    keeps_its_answers(provider)
    killed_asking(provider, "refund", account_id, refund.id, done=lambda: provider.refunds(payment))
    assert Refund.objects.get().state == "wanted"

    reconcile(provider, by)
    for row in jobs.REFUNDS.find(LATER, 10):
        jobs.REFUNDS.fire(row, LATER)
        sending_back.send(row.account_id, refund_id=row.key, now=LATER)
    provider.tell()

    assert [row.state for row in queries.refunds(account_id)] == ["paid"]
    assert len(provider.refunds(payment)) == 1
    assert total(account_id) == "15.00"
    assert breaches() == []


@pytest.mark.parametrize("by", ["the due row", "the event", "the list"])
def test_an_automatic_top_up(provider: Provider, account_id: int, by: str) -> None:
    top_up_id = automatic_top_up(provider, account_id)
    keeps_its_answers(provider)
    before = len(provider.events("payment_intent.succeeded"))
    killed_asking(
        provider,
        "charge",
        account_id,
        top_up_id,
        done=lambda: len(provider.events("payment_intent.succeeded")) > before,
    )
    assert TopUp.objects.get(id=top_up_id).provider_reference == ""

    reconcile(provider, by)
    for row in jobs.UNTOLD.find(LATER, 10):
        jobs.UNTOLD.fire(row, LATER)
        automatic.take_kept(row.account_id, top_up_id=row.key, now=LATER)
    provider.tell()

    assert total(account_id) == "21.00"
    assert len(provider.events("payment_intent.succeeded")) == before + 1
    assert breaches() == []


def test_the_opening_of_a_page(provider: Provider, account_id: int) -> None:
    key = new_id()
    top_up_id = id_of("top-up", account_id, key)
    card = installed_payments().providers[0].methods[0]
    wishes.note_wish(
        account_id, amount=TWENTY, provider="sandbox", method=card, top_up_id=top_up_id, now=NOW
    )

    def sessions() -> list[dict[str, Any]]:
        with provider.desk.change() as memory:
            return memory.all_of("checkout.session")

    keeps_its_answers(provider)
    killed_asking(provider, "open", account_id, top_up_id, done=sessions)
    assert TopUp.objects.get().pay_url == ""

    started = start(account_id, key=key)
    provider.pay(started)
    provider.tell()

    assert len(sessions()) == 1
    assert total(account_id) == "20.00"
    assert breaches() == []


def reconcile(provider: Provider, by: str) -> None:
    if by == "the event":
        provider.tell()
    if by == "the list":
        actions.read_events("sandbox", now=NOW)


def automatic_top_up(provider: Provider, account_id: int) -> UUID:
    actions.consent_to_auto_top_up(
        account_id,
        wish=actions.AutoTopUpWish(
            method="sandbox-card",
            threshold=Money.parse("5.00", "EUR"),
            amount=TWENTY,
            cap=TWENTY,
        ),
        sentence="I agree.",
        agreed=True,
        locale="en",
        now=NOW,
    )
    provider.pay(start(account_id, keep_method=True))
    provider.tell()
    order_id = new_id()
    ledger.post(
        account_id,
        id=order_id,
        kind=TransferKind.ORDER,
        legs=[Leg(Book.REVENUE, -Money.parse("19.00", "EUR"))],
        reference=order_id,
        now=NOW,
    )
    top_up_id = actions.top_up_by_itself(account_id, now=NOW)
    assert top_up_id is not None
    return top_up_id
