"""The ledger against a model in plain Python that knows every single micro-unit."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from nummer.apps.ledger import actions, queries
from nummer.apps.ledger.actions import Book, Fund, Leg, Posting, TransferKind
from nummer.apps.ledger.errors import IdempotencyConflict
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from tests.apps.ledger.conftest import NOW, _accounts

AMOUNTS = st.integers(1, 12)
PROMO = None  # the coin of promo money; any other coin is the reference of its payment


@dataclass
class Coins:
    """One coin is one micro-unit: promo coins, and a queue of paid ones, front first."""

    promo: int = 0
    queue: list[UUID] = field(default_factory=list)
    paid: dict[UUID, list[UUID | None]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return self.promo + len(self.queue)

    def spend(self, reference: UUID, amount: int, *, promo: int) -> None:
        taken = self.queue[: amount - promo]
        del self.queue[: amount - promo]
        self.promo -= promo
        self.paid.setdefault(reference, []).extend([PROMO] * promo + taken)

    def give_back(self, reference: UUID, amount: int, *, promo: int) -> None:
        coins = self.paid[reference]
        for _ in range(promo):
            coins.remove(PROMO)
        self.promo += promo
        back: list[UUID] = []
        for _ in range(amount - promo):
            coin = next(c for c in coins if c is not PROMO)
            coins.remove(coin)
            back.append(coin)
        moved = [c for c in dict.fromkeys(back) for _ in range(self.queue.count(c))]
        rest = [c for c in self.queue if c not in back]
        self.queue = sorted(back + moved, key=back.index) + rest

    def outstanding(self, reference: UUID) -> tuple[int, int]:
        coins = self.paid.get(reference, [])
        return len(coins), coins.count(PROMO)


class Wallet(RuleBasedStateMachine):
    """Random life of one wallet; every verb's answer is predicted."""

    orders = Bundle("orders")
    payments = Bundle("payments")
    holds = Bundle("holds")

    @initialize()
    def begin(self) -> None:
        self.account_id = next(_accounts)
        self.coins = Coins()
        self.held: dict[UUID, int] = {}
        self.earmarks: dict[UUID, int] = {}
        self.calls: list[dict[str, Any]] = []
        self.lines: list[int] = []
        actions.open_wallet(self.account_id, currency="EUR", now=NOW)

    @property
    def free(self) -> int:
        return self.coins.total - sum(self.held.values()) - sum(self.earmarks.values())

    def post(self, kind: TransferKind, *parts: int, **more: Any) -> bool:
        """Post `parts` as legs; return whether the ledger did."""
        fund = more.pop("fund", Fund.SPENDABLE)
        call: dict[str, Any] = {
            "id": new_id(),
            "kind": kind,
            "legs": [
                Leg(book, Money(part, "EUR"), fund)
                for book, part in zip((Book.REVENUE, Book.TAX), parts, strict=False)
            ],
            "reference": new_id(),
            "now": NOW,
        } | more
        done = self.does(lambda: actions.post(self.account_id, **call))
        if done:
            self.calls.append(call | {"answer": queries.balance(self.account_id)})
            self.lines.append(sum(parts))
        return done

    def does(self, verb: Any) -> bool:
        try:
            verb()
        except Refusal:
            return False
        return True

    @rule(target=payments, amount=AMOUNTS, kind=st.sampled_from(["TOPUP", "OPENING", "GOODWILL"]))
    def pay_in(self, amount: int, kind: str) -> UUID:
        payment, key = new_id(), new_id()
        assert self.post(TransferKind[kind], amount, reference=payment, id=key)
        self.coins.queue += [payment] * amount
        return key

    @rule(amount=AMOUNTS)
    def grant(self, amount: int) -> None:
        assert self.post(TransferKind.PROMO_GRANT, amount, fund=Fund.PROMO)
        self.coins.promo += amount

    @rule(amount=AMOUNTS)
    def expire_promo(self, amount: int) -> None:
        fits = amount <= min(self.coins.promo, self.free)
        assert self.post(TransferKind.PROMO_EXPIRY, -amount, fund=Fund.PROMO) == fits
        if fits:
            self.coins.promo -= amount

    @rule(target=orders, net=AMOUNTS, tax=st.integers(0, 3))
    def order(self, net: int, tax: int) -> Any:
        order, key, total = new_id(), new_id(), net + tax
        fits = total <= self.free
        assert self.post(TransferKind.ORDER, -net, -tax, reference=order, id=key) == fits
        if not fits:
            return multiple()
        promo = min(self.coins.promo, total)
        self.coins.spend(order, total, promo=promo)
        return (order, key, total, promo)

    @rule(order=orders, amount=AMOUNTS)
    def refund(self, order: tuple[UUID, UUID, int, int], amount: int) -> None:
        paid, promo = self.coins.outstanding(order[0])
        fits = amount <= paid
        assert self.post(TransferKind.REFUND, amount, reference=order[0]) == fits
        if fits:
            self.coins.give_back(order[0], amount, promo=min(amount, promo))

    @rule(order=consumes(orders))
    def reverse_order(self, order: tuple[UUID, UUID, int, int]) -> None:
        reference, key, total, promo = order
        whole = self.coins.outstanding(reference)[0] == total
        assert self.reverse(key) == whole
        if whole:
            self.coins.give_back(reference, total, promo=promo)
            self.lines.append(total)
            assert not self.reverse(key)

    @rule(key=consumes(payments))
    def reverse_payment(self, key: UUID) -> None:
        call = next(call for call in self.calls if call["id"] == key)
        amount, reference = call["legs"][0].amount.micro, call["reference"]
        fits = amount <= min(self.free, len(self.coins.queue))
        assert self.reverse(key) == fits
        if fits:
            self.lines.append(-amount)
            for _ in range(amount):
                queue = self.coins.queue
                queue.remove(reference if reference in queue else queue[0])

    def reverse(self, key: UUID) -> bool:
        return self.does(lambda: actions.reverse(self.account_id, id=new_id(), of=key, now=NOW))

    @rule(amount=AMOUNTS)
    def pay_out(self, amount: int) -> None:
        fits = amount <= min(self.free, len(self.coins.queue))
        assert self.post(TransferKind.PAYOUT, -amount) == fits
        if fits:
            del self.coins.queue[:amount]

    @rule(target=holds, amount=AMOUNTS)
    def hold(self, amount: int) -> Any:
        key = new_id()
        fits = amount <= self.free
        done = self.does(
            lambda: actions.authorise(
                self.account_id,
                id=key,
                amount=Money(amount, "EUR"),
                kind=TransferKind.USAGE,
                reference=key,
                expires_at=NOW + timedelta(minutes=1),
                now=NOW,
            )
        )
        assert done == fits
        if not fits:
            return multiple()
        self.held[key] = amount
        return key

    @rule(key=holds, amount=AMOUNTS)
    def extend(self, key: UUID, amount: int) -> None:
        more = max(0, amount - self.held.get(key, 0))
        fits = key in self.held and more <= self.free
        done = self.does(
            lambda: actions.extend(
                self.account_id,
                hold_id=key,
                amount=Money(amount, "EUR"),
                expires_at=NOW + timedelta(minutes=2),
                now=NOW,
            )
        )
        assert done == fits
        if fits:
            self.held[key] += more

    @rule(key=consumes(holds), amount=AMOUNTS)
    def settle(self, key: UUID, amount: int) -> None:
        fits = amount <= self.held.get(key, -1)
        legs = [Leg(Book.REVENUE, Money(-amount, "EUR"))]
        assert (
            self.does(lambda: actions.settle(self.account_id, hold_id=key, legs=legs, now=NOW))
            == fits
        )
        if fits:
            del self.held[key]
            self.lines.append(-amount)
            self.coins.spend(key, amount, promo=min(self.coins.promo, amount))

    @rule(key=holds)
    def release(self, key: UUID) -> None:
        actions.release(self.account_id, hold_id=key, now=NOW)
        self.held.pop(key, None)

    @rule(amount=st.integers(0, 12), place=st.integers(0, 1))
    def set_earmark(self, amount: int, place: int) -> None:
        key = UUID(int=place)
        fits = amount - self.earmarks.get(key, 0) <= self.free
        assert (
            self.does(
                lambda: actions.earmark(
                    self.account_id, id=key, amount=Money(amount, "EUR"), now=NOW
                )
            )
            == fits
        )
        if fits:
            self.earmarks[key] = amount

    @rule(amount=AMOUNTS, place=st.integers(0, 1))
    def renew_from_earmark(self, amount: int, place: int) -> None:
        key, order = UUID(int=place), new_id()
        marked = min(self.earmarks.get(key, 0), amount)
        fits = key in self.earmarks and amount <= self.free + marked
        assert self.post(TransferKind.ORDER, -amount, reference=order, earmark_id=key) == fits
        if fits:
            self.earmarks[key] -= marked
            self.coins.spend(order, amount, promo=min(self.coins.promo, amount))

    @rule(amounts=st.lists(AMOUNTS, min_size=1, max_size=4))
    def order_many(self, amounts: list[int]) -> None:
        postings = [
            Posting(
                account_id=self.account_id,
                id=new_id(),
                kind=TransferKind.ORDER,
                legs=[Leg(Book.REVENUE, Money(-amount, "EUR"))],
                reference=new_id(),
            )
            for amount in amounts
        ]
        answers = actions.post_many(postings, now=NOW)
        for posting, amount, answer in zip(postings, amounts, answers, strict=True):
            fits = amount <= self.free
            assert isinstance(answer, actions.Balance) == fits
            if fits:
                self.lines.append(-amount)
                self.coins.spend(posting.reference, amount, promo=min(self.coins.promo, amount))

    @rule(pick=st.integers(0), change=st.booleans())
    def repeat(self, pick: int, change: bool) -> None:  # noqa: FBT001 -- drawn by hypothesis
        if not self.calls:
            return
        call = dict(self.calls[pick % len(self.calls)])
        answer = call.pop("answer")
        if change:
            with pytest.raises(IdempotencyConflict):
                actions.post(self.account_id, **(call | {"reference": new_id()}))
        else:
            assert actions.post(self.account_id, **call) == answer

    @invariant()
    def the_wallet_is_as_predicted(self) -> None:
        if not hasattr(self, "account_id"):
            return
        balance = queries.balance(self.account_id)
        assert balance.total.micro == self.coins.total
        assert balance.promo.micro == self.coins.promo
        assert balance.held.micro == sum(self.held.values())
        assert balance.earmarked.micro == sum(self.earmarks.values())
        assert balance.spendable.micro == self.free

    def teardown(self) -> None:
        if not hasattr(self, "account_id"):
            return
        lots = Counter({lot.reference: lot.left.micro for lot in queries.lots(self.account_id)})
        assert lots == Counter(self.coins.queue)
        assert list(lots) == list(dict.fromkeys(self.coins.queue))
        for order in self.coins.paid:
            shares = queries.shares(self.account_id, reference=order)
            still = {s.source: s.amount.micro - s.returned.micro for s in shares}
            assert {k: v for k, v in still.items() if v} == Counter(self.coins.paid[order])
        lines = queries.statement(self.account_id, limit=200)
        assert [line.amount.micro for line in reversed(lines)] == self.lines[-200:]
        assert [line for line in queries.audit_lines() if line[1]] == []


def test_every_life_of_a_wallet_goes_as_the_model_says(db: None) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Wallet,
        settings=settings(
            max_examples=40,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
