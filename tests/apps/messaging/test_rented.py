"""SMS of rented numbers: they are whose the number was when they came."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

import pytest

from nummer.apps.leases.jobs import DUE_SOURCES
from nummer.apps.leases.queries import LeaseRow
from nummer.apps.messaging import queries
from nummer.apps.messaging.actions import preparing, receive, repeats, run, storing
from nummer.apps.messaging.actions.lane import Ask, Steps
from nummer.apps.messaging.errors import NoSuchSms
from nummer.apps.messaging.models import Message
from nummer.apps.messaging.queries import Direction, Sms, SmsState
from nummer.apps.refunds.actions import cancel_lease
from nummer.apps.standing.actions import block
from nummer.apps.standing.models import BlockKind
from nummer.apps.webhooks.actions import create_endpoint, set_lease_hook
from nummer.apps.webhooks.models import Delivery, Event
from nummer.config.sweeper import sweep_until
from nummer.kernel.ids import new_id
from nummer.protocols.sms.header import PartKey
from nummer.protocols.sms.inbound import Doubt
from tests.builders import NOW, customer, deliver, order, rented, sms, top_up

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rentals")]
NUMBER = "+4759441001"
LATER = NOW + timedelta(minutes=1)
MONTH_END = datetime.fromisoformat("2026-12-22T12:00:00+00:00")
QUARANTINE = timedelta(days=90)
URL = "http://127.0.0.1:34567/hooks"
Result = TypeVar("Result")


@pytest.fixture(autouse=True)
def _new_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test know what carriers brought to another."""
    monkeypatch.setattr(repeats, "_carriers", {})


def bodies(account_id: int) -> list[str | None]:
    return [each.body for each in queries.sms_of(account_id)]


def until(at: datetime) -> None:
    assert sweep_until(at, sources=DUE_SOURCES).failed == 0


def end(lease: LeaseRow, *, now: datetime) -> None:
    cancel_lease(lease.account_id, lease_id=lease.id, surface="test", now=now)


def owners() -> list[tuple[int, str]]:
    rows = Message.objects.order_by("id").values_list("account_id", "outcome")
    return [(account_id, str(outcome)) for account_id, outcome in rows]


def test_an_sms_of_a_rented_number_is_its_holders() -> None:
    account_id = customer()
    lease = rented(account_id, NUMBER)

    deliver(NUMBER, "Your parcel is here.", sender="PostNord", at=LATER)

    (found,) = queries.sms_of(account_id)
    assert found == Sms(
        account_id=account_id,
        id=found.id,
        lease_id=lease.id,
        direction=Direction.IN,
        ours=lease.number,
        theirs="PostNord",
        body="Your parcel is here.",
        parts=1,
        state=SmsState.RECEIVED,
        error="",
        price=None,
        created_at=LATER,
        sent_at=None,
        done_at=None,
    )
    assert queries.sms(account_id, sms_id=found.id) == found


def test_what_comes_before_the_lease_or_after_it_is_nobodys() -> None:
    account_id = customer()
    lease = rented(account_id, NUMBER)

    deliver(NUMBER, "early", at=NOW - timedelta(seconds=1))
    deliver(NUMBER, "first", at=NOW)
    end(lease, now=LATER)
    deliver(NUMBER, "late", at=LATER)

    assert owners() == [(0, "nobody"), (account_id, "rented"), (0, "nobody")]
    assert bodies(account_id) == ["first"]


def test_an_sms_that_came_before_the_end_is_his_though_it_is_stored_after_it() -> None:
    account_id = customer()
    lease = rented(account_id, NUMBER)
    end(lease, now=LATER + timedelta(hours=1))

    receive([sms(NUMBER, "in time", at=LATER)], now=LATER + timedelta(hours=2))

    assert bodies(account_id) == ["in time"]


def test_the_next_holder_gets_what_comes_in_his_time_and_nothing_else() -> None:
    first, second = customer(), customer()
    end(rented(first, NUMBER), now=LATER)
    begins = LATER + QUARANTINE
    rented(second, NUMBER, now=begins)

    receive(
        [
            sms(NUMBER, "to the first", sender="A", at=NOW),
            sms(NUMBER, "to nobody", sender="A", at=LATER),
            sms(NUMBER, "just before", sender="A", at=begins - timedelta(microseconds=1)),
            sms(NUMBER, "to the second", sender="A", at=begins),
        ],
        now=begins,
    )

    assert (bodies(first), bodies(second)) == (["to the first"], ["to the second"])
    assert owners() == [(first, "rented"), (0, "nobody"), (0, "nobody"), (second, "rented")]


def test_another_accounts_sms_does_not_exist() -> None:
    account_id = customer()
    rented(account_id, NUMBER)
    deliver(NUMBER, "mine", at=LATER)
    (found,) = queries.sms_of(account_id)

    other = customer()

    with pytest.raises(NoSuchSms):
        queries.sms(other, sms_id=found.id)
    with pytest.raises(NoSuchSms):
        queries.sms(account_id, sms_id=new_id())
    assert queries.sms_of(other, lease_id=found.lease_id) == []


def test_a_lease_that_ends_between_finding_and_storing_gets_nothing_that_came_after_it() -> None:
    account_id = customer()
    lease = rented(account_id, NUMBER)
    order_account = customer()
    placed = order(order_account)
    ready = run(
        preparing(
            [
                sms(NUMBER, "too late", at=LATER),
                sms(placed.number, "Telegram code: 48213.", at=LATER),
            ],
            now=LATER,
        )
    )
    end(lease, now=LATER)

    run(storing([ready], now=LATER))

    assert sorted(owners()) == [(0, "nobody"), (order_account, "shown")]


def test_what_comes_while_the_number_is_unpaid_waits_for_the_fee() -> None:
    account_id = customer(balance="20.00")
    rented(account_id, NUMBER)
    until(MONTH_END)

    deliver(NUMBER, "unpaid", at=MONTH_END + timedelta(hours=1))

    assert owners() == [(account_id, "kept")]
    assert bodies(account_id) == []
    assert queries.kept(account_id) == 1

    top_up(account_id, "20.00", now=MONTH_END + timedelta(hours=2))
    until(MONTH_END + timedelta(hours=4))
    deliver(NUMBER, "paid", at=MONTH_END + timedelta(hours=5))

    assert bodies(account_id) == ["paid", "unpaid"]
    assert queries.kept(account_id) == 0


def test_what_was_kept_is_never_shown_where_the_fee_never_came() -> None:
    account_id = customer(balance="20.00")
    rented(account_id, NUMBER)
    until(MONTH_END)
    deliver(NUMBER, "unpaid", at=MONTH_END + timedelta(hours=1))

    until(MONTH_END + timedelta(days=8))

    assert bodies(account_id) == []


def test_grace_that_begins_between_finding_and_storing_keeps_the_sms() -> None:
    account_id = customer(balance="20.00")
    rented(account_id, NUMBER)
    at = MONTH_END + timedelta(seconds=1)
    ready = run(preparing([sms(NUMBER, "unpaid", at=at)], now=at))
    until(MONTH_END)

    run(storing([ready], now=at))

    assert owners() == [(account_id, "kept")]


def test_a_long_sms_is_one_and_says_how_many_parts_it_had() -> None:
    account_id = customer()
    rented(account_id, NUMBER)
    parts = [
        replace(
            sms(NUMBER, text, sender="4790011222", at=LATER),
            part=PartKey(reference=7, total=2, sequence=place),
        )
        for place, text in enumerate(("one ", "two"), 1)
    ]

    receive([parts[0]], now=LATER)
    receive([parts[1]], now=LATER)

    (found,) = queries.sms_of(account_id)
    assert (found.body, found.parts, found.theirs) == ("one two", 2, "+4790011222")


def test_what_a_carrier_brings_again_is_stored_once() -> None:
    account_id = customer()
    rented(account_id, NUMBER)
    receive([sms(NUMBER, "once", at=LATER)], now=LATER)

    again = LATER + timedelta(seconds=30)
    receive([sms(NUMBER, "once", at=again, doubt=Doubt.BREAK)], now=again)

    assert bodies(account_id) == ["once"]


def test_an_sms_of_a_blocked_sender_is_nobodys() -> None:
    account_id = customer()
    rented(account_id, NUMBER)
    block(BlockKind.SENDER, value="Spammer", reason="spam", actor="staff:1", now=NOW)

    deliver(NUMBER, "Win!", sender="Spammer", at=LATER)

    assert bodies(account_id) == []
    assert owners() == [(0, "nobody")]


SENDERS = [
    ("a subscriber, as carriers write him", "4790011222", 1, "+4790011222"),
    ("a subscriber without a type", "4790011222", 0, "+4790011222"),
    ("a national number is completed with our country", "90011222", 2, "+4790011222"),
    ("a short code stays one", "2000", 3, "2000"),
    ("a name stays one", "PostNord", 5, "PostNord"),
    ("digits that are no number stay", "00000000000000", 1, "00000000000000"),
    ("nothing stays nothing", "", 5, ""),
]


@pytest.mark.parametrize(
    ("label", "source", "ton", "theirs"), SENDERS, ids=[row[0] for row in SENDERS]
)
def test_who_wrote_is_said_in_one_form(label: str, source: str, ton: int, theirs: str) -> None:
    account_id = customer()
    rented(account_id, NUMBER)

    receive([replace(sms(NUMBER, "Hi", sender=source, at=LATER), source_ton=ton)], now=LATER)

    (found,) = queries.sms_of(account_id, theirs=theirs)
    assert found.theirs == theirs


def test_pages_neither_miss_nor_repeat_while_sms_arrive() -> None:
    account_id = customer(balance="100.00")
    lease = rented(account_id, NUMBER)
    rented(account_id, "+4759441002")
    for number in range(7):
        deliver((NUMBER, "+4759441002")[number % 2], f"{number}", at=LATER)

    first = queries.sms_of(account_id, limit=3)
    deliver(NUMBER, "new", at=LATER)
    rest = queries.sms_of(account_id, before=first[-1].id)

    assert [each.body for each in [*first, *rest]] == ["6", "5", "4", "3", "2", "1", "0"]
    assert [each.body for each in queries.sms_of(account_id, after=first[0].id)] == ["new"]
    assert [each.body for each in queries.sms_of(account_id, after=rest[-1].id, limit=2)] == [
        "2",
        "1",
    ]
    mine = queries.sms_of(account_id, lease_id=lease.id)
    assert [each.body for each in mine] == ["new", "6", "4", "2", "0"]
    assert queries.sms_of(account_id, direction=Direction.OUT) == []
    assert queries.sms_of(account_id, until=LATER) == []
    assert len(queries.sms_of(account_id, since=LATER)) == 8


def test_what_comes_is_told_to_the_holders_servers_and_to_nobody_else() -> None:
    account_id, other = customer(balance="100.00"), customer()
    lease = rented(account_id, NUMBER)
    rented(account_id, "+4759441002")
    for each in (account_id, other):
        create_endpoint(each, url=URL, kinds=[], actor=f"customer:{each}", now=NOW)
    set_lease_hook(
        account_id,
        lease_id=lease.id,
        dialect="standard",
        purpose="sms",
        url=URL,
        method="POST",
        fallback_url="",
        now=NOW,
    )

    deliver(NUMBER, "1", at=LATER)
    deliver("+4759441002", "2", at=LATER)
    deliver("+4759441003", "nobody's", at=LATER)

    ids = [each.id for each in reversed(queries.sms_of(account_id))]
    events = Event.objects.order_by("id").values_list("account_id", "id", "kind", "subject_id")
    assert list(events) == [(account_id, each, "message.received", each) for each in ids]
    told = Delivery.objects.order_by("event_id").values_list("event_id", flat=True)
    assert list(told) == [ids[0], ids[0], ids[1]]


def test_what_is_kept_is_told_to_no_server() -> None:
    account_id = customer(balance="20.00")
    rented(account_id, NUMBER)
    create_endpoint(account_id, url=URL, kinds=[], actor=f"customer:{account_id}", now=NOW)
    until(MONTH_END)

    deliver(NUMBER, "unpaid", at=MONTH_END + timedelta(hours=1))

    assert owners() == [(account_id, "kept")]
    assert not Event.objects.filter(kind="message.received").exists()


def asked(steps: Steps[Result]) -> tuple[int, Result]:
    """Take steps and return how often they asked the database, with their result."""
    asks = []

    def counted() -> Steps[Result]:
        answer: object = None
        while True:
            try:
                step = steps.send(answer)
            except StopIteration as end:
                result: Result = end.value
                return result
            asks.append(isinstance(step, Ask))
            answer = yield step

    result = run(counted())
    return sum(asks), result


@pytest.mark.parametrize("rents", [False, True])
def test_a_batch_asks_once_to_find_and_once_to_store(*, rents: bool) -> None:
    rented(customer(), NUMBER)
    placed = order(customer())
    to = [placed.number.e164, NUMBER] if rents else [placed.number.e164]

    found, ready = asked(
        preparing([sms(each, "Telegram code: 48213.", at=LATER) for each in to], now=LATER)
    )
    stored, _ = asked(storing([ready], now=LATER))

    assert (found, stored) == (1, 1)
    assert len(owners()) == len(to)
