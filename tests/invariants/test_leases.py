"""Any sequence of renting, paying, spending, ending and time keeps money and numbers in step."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier
from uuid import UUID

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from nummer.apps.incidents.actions.facts import Kind, Source, Subject, SubjectKind, Told, record
from nummer.apps.leases import actions, handovers, queries
from nummer.apps.leases.errors import NumberTaken
from nummer.apps.leases.handovers import Given
from nummer.apps.leases.jobs import DUE_SOURCES
from nummer.apps.leases.leaving import Cause
from nummer.apps.leases.models import Lease, Period
from nummer.apps.leases.ports import install_suppliers
from nummer.apps.leases.queries import LeaseRow
from nummer.apps.ledger import queries as ledger
from nummer.apps.ledger.models import TransferKind
from nummer.apps.refunds.actions import cancel_lease, end_lease
from nummer.apps.refunds.jobs import DUE_SOURCES as REFUNDS
from nummer.config.sweeper import sweep_until
from nummer.kernel.errors import Refusal, Unavailable
from nummer.kernel.ids import new_id
from nummer.kernel.phone import PhoneNumber
from nummer.policy.lease import QUARANTINE
from nummer.suppliers.sandbox.numbers import SandboxNumbers
from tests import builders
from tests.builders import NOW, customer, email_of, rental_wish, rented, top_up
from tests.invariants.proofs import breaches

NUMBERS = ("+4759442001", "+4759442002", "+4759442092", "+4759442093", "+4759442091")
SWEPT = [*DUE_SOURCES, *(one for one in REFUNDS if one.name == "refunds.leases")]
PEOPLE = 2


class LifeOfLeases(RuleBasedStateMachine):
    """Two customers, five numbers, a supplier with troubles, and a clock that ticks or jumps."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        install_suppliers([SandboxNumbers(Path(self.folder.name))])
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        builders.rentals(NUMBERS)
        self.people = [customer(balance="40.00") for _ in range(PEOPLE)]
        self.now = NOW
        self.had: dict[str, list[tuple[datetime, UUID]]] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)
        install_suppliers([])
        self.folder.cleanup()

    @rule(who=st.integers(0, PEOPLE - 1), number=st.sampled_from(NUMBERS), kept=st.booleans())
    def rent(self, who: int, number: str, kept: bool) -> None:  # noqa: FBT001 -- Hypothesis names it
        before = ledger.balance(self.people[who])
        wish = rental_wish(number, keep_fee=kept)
        try:
            first = actions.rent(self.people[who], wish=wish, now=self.now)
        except Refusal:
            assert ledger.balance(self.people[who]) == before, "a refusal changes nothing"
            return
        assert actions.rent(self.people[who], wish=wish, now=self.now).id == first.id
        for at, other in self.had.get(number, []):
            assert other != first.id
            assert self.now >= at + QUARANTINE, "the last holder's number rested"

    @rule()
    def suppliers_are_asked(self) -> None:
        for account_id, lease_id in self._open():
            try:
                actions.supply(account_id, lease_id=lease_id, now=self.now)
            except Unavailable:
                continue

    @rule(who=st.integers(0, PEOPLE - 1), euros=st.integers(1, 40))
    def pay(self, who: int, euros: int) -> None:
        top_up(self.people[who], f"{euros}.00", now=self.now)

    @rule(
        pick=st.integers(0, 9), what=st.sampled_from(["notice", "back", "now", "operator", "fee"])
    )
    def end(self, pick: int, what: str) -> None:
        open_ = self._open()
        if not open_:
            return
        account_id, lease_id = open_[pick % len(open_)]
        try:
            match what:
                case "notice":
                    actions.give_notice(account_id, lease_id=lease_id, now=self.now)
                case "back":
                    actions.take_back_notice(account_id, lease_id=lease_id, now=self.now)
                case "now":
                    cancel_lease(account_id, lease_id=lease_id, surface="test", now=self.now)
                case "operator":
                    end_lease(
                        account_id,
                        lease_id=lease_id,
                        cause=Cause.OFFER,
                        words="",
                        actor="staff:1",
                        now=self.now,
                    )
                case _:
                    actions.keep_fee(account_id, lease_id=lease_id, kept=False, now=self.now)
        except Refusal:
            pass
        self._remember()

    @rule(pick=st.integers(0, 9), works=st.booleans())
    def say(self, pick: int, works: bool) -> None:  # noqa: FBT001 -- as above
        open_ = self._open()
        if not open_:
            return
        account_id, lease_id = open_[pick % len(open_)]
        record(
            account_id,
            subject=Subject(SubjectKind.RENTAL, lease_id),
            kind=Kind.WORKS if works else Kind.PROBLEM,
            word="other" if works else "",
            told=Told(Source.PAGE, f"customer:{account_id}", self.now),
            now=self.now,
        )

    @rule(hours=st.sampled_from([1, 30, 24 * 8, 24 * 31, 24 * 91]))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        assert sweep_until(self.now, sources=SWEPT).failed == 0
        self._remember()

    @invariant()
    def money_and_numbers_agree(self) -> None:
        assert breaches() == []
        for account_id in self.people:
            lines = ledger.statement(account_id, limit=200)
            charged = [line.id for line in lines if line.kind is TransferKind.ORDER]
            assert len(charged) == len(set(charged)), "each period is charged once"
            balance = ledger.balance(account_id)
            assert balance.spendable.micro >= 0
        for number in NUMBERS:
            holder = queries.holder(PhoneNumber(number), at=self.now)
            if holder is not None:
                held = queries.lease(holder.account_id, lease_id=holder.lease_id)
                assert (held.number.e164, held.ended_at) == (number, None)

    def _open(self) -> list[tuple[int, UUID]]:
        rows = Lease.objects.filter(ended_at=None, account_id__in=self.people).order_by("id")
        return [(row.account_id, row.id) for row in rows]

    def _remember(self) -> None:
        """Note who held a number until when, as the next holder is compared with."""
        for row in Lease.objects.filter(ended_at__isnull=False, activated_at__isnull=False):
            assert row.ended_at is not None, "it has ended"
            held = self.had.setdefault(row.e164, [])
            if all(known != row.id for _, known in held):
                held.append((row.ended_at, row.id))


@pytest.mark.django_db
def test_any_life_of_a_lease_keeps_money_and_numbers_in_step() -> None:
    builders.shop()
    run_state_machine_as_test(
        LifeOfLeases,
        settings=settings(
            max_examples=5,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.fixture
def shop(tmp_path: Path) -> None:
    builders.shop()
    install_suppliers([SandboxNumbers(tmp_path)])


def together(calls: list[tuple[object, ...]]) -> list[object]:
    """Run calls at the same moment in threads with sessions of their own."""
    barrier = Barrier(len(calls))

    def one(call: tuple[object, ...]) -> object:
        do, *arguments = call
        assert callable(do)
        barrier.wait(30)
        try:
            return do(*arguments)
        except Refusal as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(one, calls))


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_the_last_number_one_gets_it_and_the_other_pays_nothing(shop: None) -> None:
    for n in range(6):
        number = f"+475944300{n}"
        builders.rentals([number])
        people = [customer(balance="18.75") for _ in range(2)]

        def take(account_id: int, number: str = number) -> LeaseRow:
            return actions.rent(account_id, wish=rental_wish(number), now=NOW)

        answers = together([(take, account_id) for account_id in people])

        got = [one for one in answers if isinstance(one, LeaseRow)]
        refused = [one for one in answers if isinstance(one, NumberTaken)]
        assert (len(got), len(refused)) == (1, 1)
        (loser,) = (one for one in people if one != got[0].account_id)
        assert ledger.balance(loser).spendable.decimal_text() == "18.75"
    assert breaches() == []


@pytest.mark.django_db(transaction=True)
def test_an_order_that_comes_many_times_at_once_is_placed_once(shop: None) -> None:
    builders.rentals([f"+475944310{n}" for n in range(4)])
    account_id, wish = customer(balance="100.00"), rental_wish()

    answers = together([(lambda: actions.rent(account_id, wish=wish, now=NOW),) for _ in range(4)])

    assert len({one.id for one in answers if isinstance(one, LeaseRow)}) == 1
    assert all(isinstance(one, LeaseRow) for one in answers)
    assert (Lease.objects.count(), ledger.balance(account_id).held.decimal_text()) == (1, "18.75")


@pytest.mark.django_db(transaction=True)
def test_renewal_supply_notice_and_cancel_at_once_charge_each_period_once(shop: None) -> None:
    end = NOW.replace(month=12)
    for n in range(4):
        number = f"+475944320{n}"
        builders.rentals([number])
        account_id = customer(balance="60.00")
        lease = rented(account_id, number)

        def renew(lease: LeaseRow = lease) -> None:
            actions.moment(lease.account_id, lease_id=lease.id, now=end)

        def cancel(lease: LeaseRow = lease) -> None:
            cancel_lease(lease.account_id, lease_id=lease.id, surface="test", now=end)

        def supply(lease: LeaseRow = lease) -> None:
            actions.supply(lease.account_id, lease_id=lease.id, now=end)

        together([(renew,), (renew,), (supply,), (cancel,) if n % 2 else (renew,)])

        bought = Period.objects.filter(account_id=account_id).count()
        assert bought in (1, 2)
        kept = {1: "41.25", 2: "28.75"}[bought]
        assert ledger.balance(account_id).total.decimal_text() == kept
    assert breaches() == []


@pytest.mark.django_db(transaction=True)
def test_confirming_declining_and_cancelling_at_once_leave_a_number_one_holder_or_none(
    shop: None,
) -> None:
    later = NOW + timedelta(hours=1)
    for n in range(4):
        number = f"+475944330{n}"
        builders.rentals([number])
        giver, receiver = customer(balance="60.00"), customer()
        lease = rented(giver, number)
        given = actions.offer(
            giver, lease_id=lease.id, email=email_of(receiver), key=new_id(), now=NOW
        )
        actions.handover_moment(giver, handover_id=given.id, now=NOW)
        agreed = actions.Agreed(texts=(), terms=True, monthly_max=None)
        actions.accept(receiver, handover_id=given.id, agreed=agreed, key=new_id(), now=NOW)

        def confirm(given: Given = given) -> None:
            actions.hand_over(given.account_id, handover_id=given.id, now=later)

        def decline(given: Given = given, to: int = receiver) -> None:
            actions.decline(to, handover_id=given.id, now=later)

        def cancel(lease: LeaseRow = lease) -> None:
            cancel_lease(lease.account_id, lease_id=lease.id, surface="test", now=later)

        together([(confirm,), (confirm,), (decline,) if n % 2 else (cancel,), (confirm,)])

        state = handovers.given(giver, handover_id=given.id).state
        holder = queries.holder(PhoneNumber(number), at=later)
        by_state = {"done": receiver, "declined": giver, "void": None}
        assert (None if holder is None else holder.account_id) == by_state[state]
        assert Lease.objects.filter(e164=number, ended_at=None).count() <= 1
    assert breaches() == []
