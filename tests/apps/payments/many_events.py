"""Thousands of events of one provider, each doubled, shuffled, taken by many at once."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from nummer.apps.ledger import queries as wallets
from nummer.apps.payments import actions, jobs
from nummer.apps.payments.actions import rows, wishes
from nummer.apps.payments.models import Dispute, Notice, NoticeOutcome, Refund, TopUp
from nummer.apps.payments.ports import installed_payments
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_id
from nummer.suppliers.sandbox.payments import objects
from tests import builders
from tests.apps.payments.conftest import NOW, TWENTY, Provider
from tests.invariants.proofs import breaches

PAYERS = 20
THREADS = 8
SEED = 20261122


def happen(provider: Provider, payments: int) -> None:
    """Let payments be made, and of every nine five refunded in part and three disputed."""
    payers = [builders.customer(balance="0.00") for _ in range(PAYERS)]
    for payer in payers:
        actions.trust_payer(payer, actor="staff:1", now=NOW)
    card = installed_payments().providers[0].methods[0]
    for n in range(payments):
        payer, top_up_id = payers[n % PAYERS], new_id()
        wishes.note_wish(
            payer, amount=TWENTY, provider="sandbox", method=card, top_up_id=top_up_id, now=NOW
        )
        with provider.desk.change() as memory:
            session = objects.open_session(memory, _form(top_up_id.hex))
            objects.pay_session(memory, session["id"])
            paid = memory.find(session["id"], "checkout.session")
            assert paid is not None
            payment = paid["payment_intent"]
            if n % 9 < 5:
                for amount in ("300", "700")[: 1 + n % 2]:
                    objects.refund(memory, {"payment_intent": payment, "amount": amount})
            elif n % 9 < 8:
                objects.dispute(memory, payment, about=payment)
                if n % 9 > 5:
                    objects.end_dispute(memory, payment, won=n % 9 == 6, about=payment)
        rows.register(payer, provider="sandbox", word=session["id"], top_up_id=top_up_id)


def tell_doubled_and_shuffled(provider: Provider) -> tuple[int, Counter[str]]:
    """Tell all events twice in a random order by THREADS callers; return how many, and answers."""
    bodies = provider.events()
    told = bodies * 2
    random.Random(SEED).shuffle(told)

    def one(body: bytes) -> str:
        try:
            return provider.call_back(body).value
        except Refusal as refusal:
            return refusal.code

    def some(part: list[bytes]) -> list[str]:
        try:
            return [one(body) for body in part]
        finally:
            connection.close()

    parts = [told[n::THREADS] for n in range(THREADS)]
    with ThreadPoolExecutor(THREADS) as pool:
        answers = Counter(answer for part in pool.map(some, parts) for answer in part)
    while waiting := jobs.WAITING.find(NOW, 1000):
        for row in waiting:
            jobs.WAITING.fire(row, NOW)
    return len(bodies), answers


def require_all_is_right(payments: int) -> None:
    """Every payment is credited once, every refund and dispute booked once, every proof holds."""
    assert TopUp.objects.filter(state="paid").count() == payments
    assert not Notice.objects.filter(outcome=NoticeOutcome.WAITING).exists()
    refunded = sum(
        row.amount_micro - row.uncovered_micro for row in Refund.objects.exclude(state="failed")
    )
    taken = sum(row.taken_micro for row in Dispute.objects.all())
    left = sum(
        wallets.balance(payer).total.micro
        for payer in TopUp.objects.values_list("account_id", flat=True).distinct().order_by()
    )
    assert left == payments * TWENTY.micro - refunded - taken
    assert breaches() == []


def _form(reference: str) -> dict[str, str]:
    price = "line_items[0][price_data]"
    return {
        "mode": "payment",
        "success_url": "http://shop.test/",
        "client_reference_id": reference,
        "line_items[0][quantity]": "1",
        f"{price}[currency]": "eur",
        f"{price}[unit_amount]": "2000",
        "metadata[top_up]": reference,
        "payment_intent_data[metadata][top_up]": reference,
    }
