"""Calls: allowed with their money held, extended while they talk, settled once whatever is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import permutations
from uuid import UUID

import pytest

from nummer.apps.calls import errors, queries
from nummer.apps.calls.actions import Wish, allow, answered, extend, gone, over
from nummer.apps.calls.actions.allowing import AT_ONCE_MAX, PER_SECOND_MAX, SLICE_S
from nummer.apps.calls.jobs import DUE_SOURCES
from nummer.apps.calls.models import Call, Line
from nummer.apps.calls.packages import add_package, packages_of
from nummer.apps.leases.queries import LeaseRow
from nummer.apps.ledger import queries as ledger
from nummer.apps.ledger.errors import InsufficientBalance
from nummer.apps.standing import actions as standing
from nummer.apps.standing.errors import AccountSuspended
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from nummer.policy.calls import CallState
from tests import builders
from tests.builders import NOW

HOME, ABROAD = "+4791234567", "+493012345678"
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def proven(caller: LeaseRow) -> Iterator[None]:
    yield
    assert [name for name, breaches, _ in queries.audit_lines() if breaches] == []
    assert [name for name, breaches, _ in ledger.audit_lines() if breaches] == []


def wish(caller: LeaseRow, dialled: str = HOME, *, dialog: bytes | None = None) -> Wish:
    return Wish(dialog or new_id().bytes, caller.id, dialled)


def begun(caller: LeaseRow, dialled: str = HOME, *, at_s: float = 0) -> UUID:
    at = NOW + at_s * SECOND
    call = allow(caller.account_id, wish=wish(caller, dialled), now=at)
    assert answered(caller.account_id, call_id=call.id, at=at)
    return call.id


def ended(caller: LeaseRow, call_id: UUID, *, at_s: float) -> bool:
    at = NOW + at_s * SECOND
    return over(
        caller.account_id, call_id=call_id, answered_at=None, ended_at=at, reason="bye", now=at
    )


def spendable(caller: LeaseRow) -> Money:
    return ledger.balance(caller.account_id).spendable


def spend(caller: LeaseRow, *, left: str) -> None:
    """Leave so much to be spent, by a call that goes on."""
    much = spendable(caller).micro - Money.parse(left, "EUR").micro
    builders.ledger.post(
        caller.account_id,
        id=new_id(),
        kind=builders.TransferKind.USAGE,
        legs=[builders.Leg(builders.Book.REVENUE, Money(-much, "EUR"))],
        reference=new_id(),
        now=NOW,
    )


def test_call_holds_a_slice_and_takes_what_was_talked(caller: LeaseRow) -> None:
    before = spendable(caller)

    call = allow(caller.account_id, wish=wish(caller), now=NOW)

    assert (call.talk_s, call.carriers, call.shown_as) == (SLICE_S, ("sandbox",), caller.number)
    assert before - spendable(caller) == Money.parse(
        "0.375", "EUR"
    )  # five times 0.06, and a quarter
    answered(caller.account_id, call_id=call.id, at=NOW)
    assert ended(caller, call.id, at_s=90)
    row = queries.call(caller.account_id, call_id=call.id)
    assert (row.state, row.talk_s, row.billed_s) == (CallState.ENDED, 90, 90)
    assert row.cost == Money.parse("0.1125", "EUR")
    assert before - spendable(caller) == row.cost


@pytest.mark.parametrize(("at_s", "talk_s"), [(0, 0), (0.2, 1), (1, 1), (1.000_001, 2), (90, 90)])
def test_seconds_that_were_begun_count(caller: LeaseRow, at_s: float, talk_s: int) -> None:
    call_id = begun(caller)
    ended(caller, call_id, at_s=at_s)
    assert queries.call(caller.account_id, call_id=call_id).talk_s == talk_s


def test_nobody_answers_and_nothing_is_taken(caller: LeaseRow) -> None:
    before = spendable(caller)
    call = allow(caller.account_id, wish=wish(caller), now=NOW)

    assert ended(caller, call.id, at_s=20)

    row = queries.call(caller.account_id, call_id=call.id)
    assert (row.state, row.reason, row.cost) == (CallState.FAILED, "bye", Money(0, "EUR"))
    assert spendable(caller) == before


@pytest.mark.parametrize(
    "told",
    [
        events
        for count in (1, 2, 3, 4)
        for events in sorted(set(permutations(["start", "end", "end", "start"], count)))
        if "end" in events
    ],
)
def test_events_lost_doubled_or_out_of_order_charge_once(
    caller: LeaseRow, told: Sequence[str]
) -> None:
    """An end brings the moment of the answer along, as the engine's does."""
    before = spendable(caller)
    call = allow(caller.account_id, wish=wish(caller), now=NOW)
    news = 0
    for event in told:
        at = NOW + 61 * SECOND
        if event == "start":
            answered(caller.account_id, call_id=call.id, at=NOW)
        else:
            news += over(caller.account_id, call_id=call.id, answered_at=NOW, ended_at=at, now=at)

    assert news == 1
    assert before - spendable(caller) == Money.parse("0.07625", "EUR")


def test_same_dialog_again_is_the_same_call(caller: LeaseRow) -> None:
    asked = wish(caller)
    first = allow(caller.account_id, wish=asked, now=NOW)
    between = spendable(caller)
    second = allow(caller.account_id, wish=asked, now=NOW + SECOND)

    assert (second.id, second.talk_s, spendable(caller)) == (first.id, first.talk_s, between)
    assert Call.objects.count() == 1
    ended(caller, first.id, at_s=2)
    with pytest.raises(errors.CallOver):
        allow(caller.account_id, wish=asked, now=NOW + 3 * SECOND)


def test_call_goes_on_by_slices_and_its_end_gives_back_the_rest(caller: LeaseRow) -> None:
    before = spendable(caller)
    call_id = begun(caller)

    assert extend(caller.account_id, call_id=call_id, now=NOW + 240 * SECOND) == 2 * SLICE_S
    assert extend(caller.account_id, call_id=call_id, now=NOW + 540 * SECOND) == 3 * SLICE_S
    ended(caller, call_id, at_s=601)

    assert before - spendable(caller) == Money.parse("0.75125", "EUR")
    assert extend(caller.account_id, call_id=call_id, now=NOW + 602 * SECOND) == 0


@pytest.mark.clause("LD-S2")
def test_call_is_allowed_for_what_is_there_and_never_longer(caller: LeaseRow) -> None:
    spend(caller, left="0.10")  # 80 seconds at 0.075 a minute

    call_id = begun(caller)
    row = Call.objects.get(id=call_id)

    assert row.allowed_s == 80
    assert extend(caller.account_id, call_id=call_id, now=NOW) == 80
    ended(caller, call_id, at_s=95)  # the engine was late
    assert spendable(caller) == Money(0, "EUR")
    assert queries.call(caller.account_id, call_id=call_id).talk_s == 80


def test_extension_goes_as_far_as_the_money(caller: LeaseRow) -> None:
    spend(caller, left="0.40")  # 320 seconds
    call_id = begun(caller)
    assert extend(caller.account_id, call_id=call_id, now=NOW) == 320
    assert extend(caller.account_id, call_id=call_id, now=NOW) == 320
    assert spendable(caller) == Money(0, "EUR")


@pytest.mark.clause("LD-S2")
def test_two_calls_never_spend_the_same_money(caller: LeaseRow) -> None:
    spend(caller, left="0.10")
    first = begun(caller)
    with pytest.raises(InsufficientBalance):
        allow(caller.account_id, wish=wish(caller), now=NOW)
    ended(caller, first, at_s=40)

    assert Call.objects.get(id=begun(caller, at_s=41)).allowed_s == 40


def test_without_a_cent_nobody_calls(caller: LeaseRow) -> None:
    spend(caller, left="0.000001")
    with pytest.raises(InsufficientBalance) as refused:
        allow(caller.account_id, wish=wish(caller), now=NOW)
    assert refused.value.data["needed"] == "0.00125"
    assert not Call.objects.exists()


@pytest.mark.clause("LD-S2")
def test_package_goes_before_money_and_only_for_its_class(caller: LeaseRow) -> None:
    before = spendable(caller)
    add_package(
        caller.account_id, local=False, whole_s=100, ends_at=NOW + timedelta(days=30), now=NOW
    )
    add_package(
        caller.account_id, local=True, whole_s=100, ends_at=NOW + timedelta(days=1), now=NOW
    )

    call_id = begun(caller)
    (local, abroad) = packages_of(caller.account_id, now=NOW)
    assert (local.left_s, abroad.left_s) == (100, 0)
    ended(caller, call_id, at_s=160)

    row = queries.call(caller.account_id, call_id=call_id)
    assert (row.billed_s, row.covered_s, row.cost) == (160, 100, Money.parse("0.075", "EUR"))
    assert before - spendable(caller) == row.cost
    assert packages_of(caller.account_id, now=NOW)[1].used_s == 100


def test_what_a_package_kept_and_did_not_give_is_there_again(caller: LeaseRow) -> None:
    spend(caller, left="0.000001")
    add_package(
        caller.account_id, local=False, whole_s=1_000, ends_at=NOW + timedelta(days=1), now=NOW
    )
    call_id = begun(caller)
    assert packages_of(caller.account_id, now=NOW)[0].left_s == 1_000 - SLICE_S

    assert extend(caller.account_id, call_id=call_id, now=NOW) == 2 * SLICE_S
    ended(caller, call_id, at_s=30)

    (package,) = packages_of(caller.account_id, now=NOW)
    assert (package.used_s, package.left_s) == (30, 970)
    with pytest.raises(InsufficientBalance):
        allow(caller.account_id, wish=wish(caller), now=NOW + timedelta(days=1))


@pytest.mark.parametrize(
    ("dialled", "refusal"),
    [
        ("112", errors.EmergencyCall),
        ("+47 112", errors.EmergencyCall),
        ("hello", errors.NumberNotPossible),
        ("+4782012345", errors.DestinationClosed),
        ("+8816123456789", errors.DestinationClosed),
    ],
)
@pytest.mark.clause("LD-H1")
def test_where_nobody_calls(caller: LeaseRow, dialled: str, refusal: type[Refusal]) -> None:
    before = spendable(caller)
    with pytest.raises(refusal):
        allow(caller.account_id, wish=wish(caller, dialled), now=NOW)
    assert (spendable(caller), Call.objects.count()) == (before, 0)


def test_dear_numbers_are_called_once_the_customer_opened_them(caller: LeaseRow) -> None:
    begun(caller)
    Line.objects.update(opened=["premium"])
    assert allow(caller.account_id, wish=wish(caller, "+4782012345"), now=NOW).talk_s == SLICE_S
    with pytest.raises(errors.DestinationClosed):
        allow(caller.account_id, wish=wish(caller, "+8816123456789"), now=NOW)


def test_a_number_of_somebody_else_calls_nobody(caller: LeaseRow) -> None:
    other = builders.rented(builders.customer(balance="40.00"), "+4759441002", keep_fee=False)
    with pytest.raises(Refusal) as refused:
        allow(other.account_id, wish=wish(caller), now=NOW)
    assert refused.value.code == "no_such_lease"
    assert gone(other.account_id, call_id=begun(caller), now=NOW) is False
    assert len(queries.going_on(caller.account_id)) == 1


def test_suspended_account_and_stopped_number_call_nobody(caller: LeaseRow) -> None:
    standing.suspend(
        caller.account_id,
        reason="complaint",
        actor="staff:1",
        service="rented",
        lease_id=caller.id,
        now=NOW,
    )
    with pytest.raises(errors.NumberCannotCall):
        allow(caller.account_id, wish=wish(caller), now=NOW)
    standing.suspend(caller.account_id, reason="abuse", actor="staff:1", now=NOW)
    with pytest.raises(Refusal) as refused:
        allow(caller.account_id, wish=wish(caller), now=NOW)
    assert isinstance(refused.value, AccountSuspended | errors.NumberCannotCall)


def test_limits_at_once_and_a_second(caller: LeaseRow) -> None:
    for at in range(AT_ONCE_MAX):
        begun(caller, at_s=at)
    with pytest.raises(errors.TooManyCalls):
        allow(caller.account_id, wish=wish(caller), now=NOW + 60 * SECOND)
    for row in queries.going_on(caller.account_id):
        ended(caller, row.id, at_s=70)

    for _ in range(PER_SECOND_MAX):
        begun(caller, at_s=80)
    with pytest.raises(errors.CallsTooFast):
        allow(caller.account_id, wish=wish(caller), now=NOW + 80.5 * SECOND)
    begun(caller, at_s=81)


def test_limit_of_an_hour_counts_what_was_talked(caller: LeaseRow) -> None:
    first = begun(caller)
    ended(caller, first, at_s=60)  # 0.075 of it
    Line.objects.update(hour_max_micro=Money.parse("0.10", "EUR").micro)

    assert Call.objects.get(id=begun(caller, at_s=61)).allowed_s == 20
    with pytest.raises(errors.CallSpendLimit):
        allow(caller.account_id, wish=wish(caller), now=NOW + 62 * SECOND)
    hour = allow(caller.account_id, wish=wish(caller), now=NOW + 3_600 * SECOND)
    assert hour.talk_s == 80


def test_nobody_told_of_the_end_and_the_sweeper_finds_it(caller: LeaseRow) -> None:
    (source,) = DUE_SOURCES
    before = spendable(caller)
    talking = begun(caller)
    ringing = allow(caller.account_id, wish=wish(caller), now=NOW).id
    late = NOW + timedelta(hours=1)

    due = source.find(late, 10)
    assert {row.key for row in due} == {talking, ringing}
    for row in [*due, *due]:
        source.fire(row, late)

    assert source.find(late, 10) == []
    rows = {row.id: row for row in queries.calls_of(caller.account_id)}
    assert (rows[talking].talk_s, rows[talking].reason) == (SLICE_S, "lost")
    assert rows[ringing].state is CallState.FAILED
    assert before - spendable(caller) == Money.parse("0.375", "EUR")


def test_number_that_was_called_is_sealed(caller: LeaseRow) -> None:
    call_id = begun(caller, "91234567")
    row = queries.call(caller.account_id, call_id=call_id)
    assert row.theirs is not None
    assert row.theirs.e164 == HOME
    assert HOME not in repr(row)
    assert HOME.encode() not in bytes(Call.objects.get().content or b"")


def test_newest_calls_come_first_by_pages(caller: LeaseRow) -> None:
    made = [begun(caller, at_s=at) for at in range(5)]
    first = queries.calls_of(caller.account_id, limit=3)
    last = first[-1]
    second = queries.calls_of(caller.account_id, before=(last.asked_at, last.id), limit=3)
    assert [row.id for row in [*first, *second]] == made[::-1]
