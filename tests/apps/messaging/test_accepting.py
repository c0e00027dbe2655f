"""Many texts in one call: each is answered as if it had come alone, by what holds then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nummer.apps.catalogue.sms_pricing import RateLine, add_rates
from nummer.apps.leases.models import Lease
from nummer.apps.leases.queries import LeaseRow
from nummer.apps.ledger import queries as ledger
from nummer.apps.ledger.errors import IdempotencyConflict
from nummer.apps.messaging.actions import (
    Accepted,
    Answer,
    Fate,
    Handed,
    Kind,
    Leaving,
    SmsWish,
    handing_in,
    report,
    send_sms,
    submit_texts,
    submitting,
    take_outgoing,
)
from nummer.apps.messaging.actions.habits import (
    NEW_FOR,
    HowMuch,
    set_sending_limits,
    set_spend_limit,
)
from nummer.apps.messaging.actions.lane import run
from nummer.apps.messaging.models import Outgoing, Sender
from nummer.apps.messaging.queries import audit_lines
from nummer.apps.outbound.models import Passage
from nummer.apps.standing import actions as standing
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from tests.builders import NOW, deliver, sms_rates, sms_wish

pytestmark = pytest.mark.django_db
PART = Money.parse("0.0625", "EUR")
KEYS = [new_id() for _ in range(3)]


@contextmanager
def undone() -> Iterator[None]:
    """Leave nothing behind."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


_WISHES = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *("+4791000001", "+4791000002", "+4791000003", "+4791234567"),
                *("+4915112345678", "+33612345678", "1234"),
            ]
        ),
        st.sampled_from(["x", "x" * 161, "x" * 400, ""]),
        st.sampled_from([None, None, None, 0, 1, 2]),
    ),
    min_size=1,
    max_size=9,
)
_LIMITS = st.sampled_from([0, 1, 2, 3, 5])


@settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    wanted=_WISHES,
    limits=st.builds(HowMuch, _LIMITS, _LIMITS, _LIMITS, _LIMITS),
    new=st.booleans(),
    parts_covered=st.sampled_from([1, 2, 4, 100]),
    share_let=st.sampled_from([None, 1, 3]),
)
def test_together_they_are_answered_as_one_by_one(
    rented: LeaseRow,
    wanted: Sequence[tuple[str, str, int | None]],
    limits: HowMuch,
    *,
    new: bool,
    parts_covered: int,
    share_let: int | None,
) -> None:
    now = NOW if new else NOW + NEW_FOR
    wishes = [
        sms_wish(rented, to=to, body=body, key=None if key is None else KEYS[key])
        for to, body, key in wanted
    ]
    with undone():
        spendable = ledger.balance(rented.account_id).spendable
        sms_rates({"4791": str(Money(spendable.micro // parts_covered * 4 // 5, "EUR").decimal())})
        sms_rates({"49": str(Money(spendable.micro // 6, "EUR").decimal())})
        set_sending_limits(rented.account_id, limits=limits, actor="staff:1", now=NOW)
        let = None if share_let is None else Money(spendable.micro // share_let, "EUR")
        set_spend_limit(rented.account_id, limit=let, actor="system:tests", now=NOW)
        deliver(rented.number, "STOP", sender="+4791234567")
        with undone():
            together = told(run(submitting(rented.account_id, wishes=wishes, now=now)), rented)
        with undone():
            one_by_one = told(
                [
                    answer
                    for wish in wishes
                    for answer in run(submitting(rented.account_id, wishes=[wish], now=now))
                ],
                rented,
            )
        assert together == one_by_one


def told(answers: Sequence[Answer], rented: LeaseRow) -> list[Any]:
    """Return what was answered and what it left behind, without ids."""
    names: dict[Any, int] = {}
    said: list[Any] = [
        (each.code, each.data)
        if isinstance(each, Refusal)
        else (names.setdefault(each.id, len(names)), each.parts, each.replayed)
        for each in answers
    ]
    balance = ledger.balance(rented.account_id)
    counters = Sender.objects.filter(account_id=rented.account_id).values_list(
        "minute_count", "day_count", "abroad_count"
    )
    rows = Outgoing.objects.filter(account_id=rented.account_id).order_by("id")
    assert [name for name, breaches, _ in audit_lines() if breaches] == []
    sums = sorted(rows.values_list("parts", "net_micro", "tax_micro", "ours", "carrier"))
    return [*said, balance.held, balance.total, [n for n in counters if any(n)], sums]


def test_a_price_that_changed_since_it_was_remembered_is_not_charged(rented: LeaseRow) -> None:
    send_sms(rented.account_id, wish=sms_wish(rented), now=NOW)
    later = NOW + timedelta(seconds=1)
    line = RateLine("479", local=True, net=Money.parse("0.10", "EUR"), currency="EUR")
    add_rates([line], from_at=later, actor="staff:1", now=later)

    sms = send_sms(rented.account_id, wish=sms_wish(rented), now=later)

    assert sms.price == Money.parse("0.125", "EUR")


def test_a_price_begins_at_its_moment(rented: LeaseRow) -> None:
    later = NOW + timedelta(seconds=1)
    line = RateLine("479", local=True, net=Money.parse("0.10", "EUR"), currency="EUR")
    add_rates([line], from_at=later, actor="staff:1", now=NOW)

    before = send_sms(rented.account_id, wish=sms_wish(rented), now=NOW)
    after = send_sms(rented.account_id, wish=sms_wish(rented), now=later)

    assert (before.price, after.price) == (PART, Money.parse("0.125", "EUR"))


def test_what_is_remembered_is_not_read_again(rented: LeaseRow) -> None:
    handed = [Handed(rented.number.e164, "+4791234567", "hello")]
    submit_texts(rented.account_id, texts=handed, surface="smpp", now=NOW)

    with (
        patch("nummer.apps.catalogue.sms_tariff._read", side_effect=AssertionError),
        patch("nummer.apps.accounts.queries.account", side_effect=AssertionError),
        patch("nummer.apps.leases.queries.lease", side_effect=AssertionError),
    ):
        (answer,) = submit_texts(rented.account_id, texts=handed, surface="smpp", now=NOW)

    assert isinstance(answer, Accepted)


def test_a_number_that_ended_sends_no_more_though_it_is_remembered(rented: LeaseRow) -> None:
    handed = [Handed(rented.number.e164, "+4791234567", "hello")]
    submit_texts(rented.account_id, texts=handed, surface="smpp", now=NOW)
    Lease.objects.filter(account_id=rented.account_id, id=rented.id).update(
        state="grace", kept_until=NOW
    )

    (answer,) = submit_texts(rented.account_id, texts=handed, surface="smpp", now=NOW)

    assert isinstance(answer, Refusal)
    assert answer.code == "number_cannot_send"
    assert Outgoing.objects.count() == 1


def test_texts_of_several_accounts_are_answered_in_their_order(
    rented: LeaseRow,
) -> None:
    good = Handed(rented.number.e164, "+4791234567", "hello")
    strange = Handed("+4759999999", "+4791234567", "hello")
    other = rented.account_id + 1_000_000

    answers = run(
        handing_in(
            [(rented.account_id, good), (rented.account_id, strange), (rented.account_id, good)],
            surface="smpp",
            now=NOW,
        )
    )

    assert [type(each).__name__ for each in answers] == ["Accepted", "NumberCannotSend", "Accepted"]
    assert other not in Outgoing.objects.values_list("account_id", flat=True)


def test_texts_for_which_there_is_room_are_taken_with_their_acceptance(rented: LeaseRow) -> None:
    sms_rates({"49": "0.09"}, carrier="other")
    handed = [
        (rented.account_id, Handed(rented.number.e164, to, "hello"))
        for to in ("+4791234567", "1234", "+4915112345678", "+4791234568", "+4791234569")
    ]
    leaving = Leaving({"sandbox": 2})

    answers = run(handing_in(handed, surface="smpp", now=NOW, leaving=leaving))

    accepted = [answer for answer in answers if isinstance(answer, Accepted)]
    left = [each.leaving for each in accepted if each.leaving is not None]
    assert [(one.to.e164, one.text, one.sender) for one in left] == [
        ("+4791234567", "hello", rented.number.e164),
        ("+4791234568", "hello", rented.number.e164),
    ]
    assert {(one.carrier, one.rented, one.per_s) for one in left} == {("sandbox", True, 1_000)}
    assert leaving.tried == [(rented.account_id, one.id) for one in left]
    states = Outgoing.objects.filter(id__in=[one.id for one in left])
    assert {(row.state, row.taken_at) for row in states} == {("taken", NOW)}
    assert Outgoing.objects.filter(state="queued").count() == 2
    assert Passage.objects.filter(account_id=rented.account_id, at=NOW).count() == 2
    others = take_outgoing(rooms={"sandbox": 9, "other": 9}, now=NOW)
    assert {one.to.e164 for one in others} == {"+4915112345678", "+4791234569"}
    report([Fate(rented.account_id, left[0].id, Kind.BACK)], now=NOW)
    (again,) = take_outgoing(rooms={"sandbox": 9}, now=NOW)
    assert (again.id, again.text) == (left[0].id, "hello")


@pytest.fixture(params=["ended", "suspended", "closed to it"])
def sent_before(request: pytest.FixtureRequest, rented: LeaseRow) -> SmsWish:
    """Return a wish that was accepted before its number could send no more."""
    wish = sms_wish(rented)
    send_sms(rented.account_id, wish=wish, now=NOW)
    if request.param == "ended":
        Lease.objects.filter(account_id=rented.account_id, id=rented.id).update(
            state="released", ended_at=NOW, next_due_at=None
        )
    elif request.param == "suspended":
        standing.suspend(rented.account_id, reason="abuse", actor="staff:1", now=NOW)
    else:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM catalogue_smsrate")
            cursor.execute("UPDATE catalogue_ratestamp SET stamp = stamp + 1")
    return wish


def test_the_same_key_is_answered_as_the_first_time_whatever_came_between(
    rented: LeaseRow, sent_before: SmsWish
) -> None:
    sms = send_sms(rented.account_id, wish=sent_before, now=NOW)

    assert (sms.lease_id, sms.price) == (rented.id, PART)
    assert Outgoing.objects.count() == 1
    for other in ({"body": "other"}, {"to": "+4791234568"}, {"to": "nobody"}):
        with pytest.raises(IdempotencyConflict):
            send_sms(rented.account_id, wish=replace(sent_before, **other), now=NOW)
