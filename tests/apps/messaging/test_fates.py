"""What becomes of a rented number's text, and of its money."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from nummer.apps.leases.models import Lease
from nummer.apps.leases.queries import LeaseRow
from nummer.apps.ledger import actions as ledger_actions
from nummer.apps.ledger import queries as ledger
from nummer.apps.ledger.actions import Leg
from nummer.apps.ledger.models import Book, TransferKind
from nummer.apps.messaging import jobs, said
from nummer.apps.messaging.actions import (
    Accepted,
    Fate,
    Handed,
    Kind,
    SmsWish,
    Told,
    delete_sms,
    owed_receipts,
    owed_sms,
    receipt_told,
    record_receipts,
    recover_taken,
    redact_sms,
    report,
    reroute,
    send_sms,
    sms_told,
    submit_texts,
    submitting,
    take_outgoing,
)
from nummer.apps.messaging.actions.fates import HELD_LONGEST
from nummer.apps.messaging.actions.lane import run
from nummer.apps.messaging.errors import NoSuchSms, SmsOnItsWay
from nummer.apps.messaging.models import Charge, Outgoing
from nummer.apps.messaging.queries import SmsState, audit_lines, sms
from nummer.apps.outbound.models import Passage
from nummer.config.sweeper import sweep_until
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from tests.builders import NOW, deliver, sms_route, sms_wish

pytestmark = pytest.mark.django_db
PART = Money.parse("0.0625", "EUR")
LATER = NOW + timedelta(seconds=1)
ROOM = {"sandbox": 10}


def money(account_id: int) -> tuple[Money, Money]:
    """Return what is held and what is there in all."""
    balance = ledger.balance(account_id)
    return balance.held, balance.total


def sent_together(rented: LeaseRow, count: int) -> list[SmsWish]:
    wishes = [sms_wish(rented, to=f"+4791234{n:03d}") for n in range(count)]
    run(submitting(rented.account_id, wishes=wishes, now=NOW))
    return wishes


def fated(*kinds: Kind) -> list[Fate]:
    """Take what waits, and give each its fate."""
    taken = take_outgoing(rooms=ROOM, now=LATER)
    assert len(taken) == len(kinds)
    fates = [
        Fate(
            text.account_id,
            text.id,
            kind,
            carrier="sandbox",
            message_id=f"m{n}" if kind is Kind.SENT else "",
        )
        for n, (text, kind) in enumerate(zip(taken, kinds, strict=True))
    ]
    report(fates, now=LATER)
    return fates


def proven() -> Sequence[str]:
    """Return the proofs that fail."""
    return [name for name, breaches, _ in audit_lines() if breaches]


def test_what_a_carrier_accepted_is_charged_once(rented: LeaseRow) -> None:
    _, before = money(rented.account_id)
    text = send_sms(rented.account_id, wish=sms_wish(rented), now=NOW)

    fates = fated(Kind.SENT)
    report(fates, now=LATER)

    assert money(rented.account_id) == (Money(0, "EUR"), before - PART)
    found = sms(rented.account_id, sms_id=text.id)
    assert (found.state, found.price, found.sent_at) == (SmsState.SENT, PART, LATER)
    row = Outgoing.objects.get()
    assert (row.supplier, row.cost_micro, row.cost_currency) == ("sandbox", 20_000, "EUR")
    assert proven() == []


def test_what_a_carrier_refused_gives_exactly_its_price_back(rented: LeaseRow) -> None:
    before = money(rented.account_id)
    text = send_sms(rented.account_id, wish=sms_wish(rented), now=NOW)

    (taken,) = take_outgoing(rooms=ROOM, now=LATER)
    report(
        [Fate(taken.account_id, taken.id, Kind.FAILED, status=11, reason="refused_by_carrier")],
        now=LATER,
    )

    assert money(rented.account_id) == before
    found = sms(rented.account_id, sms_id=text.id)
    assert (found.state, found.error, found.price) == (
        SmsState.FAILED,
        "refused_by_carrier",
        None,
    )
    assert proven() == []


def test_of_texts_accepted_together_each_has_its_own_end(rented: LeaseRow) -> None:
    _, before = money(rented.account_id)
    sent_together(rented, 3)

    fated(Kind.SENT, Kind.FAILED, Kind.SENT)

    assert money(rented.account_id) == (Money(0, "EUR"), before - PART - PART)
    assert proven() == []


def test_a_text_of_unknown_outcome_does_not_hold_up_the_others(rented: LeaseRow) -> None:
    _, before = money(rented.account_id)
    sent_together(rented, 3)

    fated(Kind.SENT, Kind.UNKNOWN, Kind.FAILED)

    assert money(rented.account_id) == (PART, before - PART)
    assert Charge.objects.filter(closed_at=None).count() == 1
    assert proven() == []


def test_an_unknown_outcome_is_settled_by_the_receipt_between_the_two_numbers(
    rented: LeaseRow,
) -> None:
    _, before = money(rented.account_id)
    wish = sms_wish(rented)
    text = send_sms(rented.account_id, wish=wish, now=NOW)
    fated(Kind.UNKNOWN)

    told = Told("sandbox", "never-told", delivered=True, ours=rented.number.e164, theirs=wish.to)
    record_receipts([told, told], now=LATER)

    assert sms(rented.account_id, sms_id=text.id).state is SmsState.DELIVERED
    assert money(rented.account_id) == (Money(0, "EUR"), before - PART)
    assert proven() == []


def test_a_receipt_that_could_mean_two_texts_settles_neither(rented: LeaseRow) -> None:
    for _ in range(2):
        send_sms(rented.account_id, wish=sms_wish(rented), now=NOW)
    fated(Kind.UNKNOWN, Kind.UNKNOWN)

    told = Told("sandbox", "x", delivered=True, ours=rented.number.e164, theirs="+4791234567")
    assert record_receipts([told], now=LATER) == []
    assert Outgoing.objects.filter(state="unknown").count() == 2


def test_an_outcome_that_stays_unknown_costs_nothing_and_is_never_sent_again(
    rented: LeaseRow,
) -> None:
    before = money(rented.account_id)
    text = send_sms(rented.account_id, wish=sms_wish(rented), now=NOW)
    fated(Kind.UNKNOWN)
    source = next(one for one in jobs.DUE_SOURCES if one.name == "messaging.unknown")
    due_at = LATER + jobs.KNOWN_WITHIN

    assert source.find(due_at - timedelta(seconds=1), 10) == []
    (row,) = source.find(due_at, 10)
    source.fire(row, due_at)
    source.fire(row, due_at)

    assert money(rented.account_id) == before
    found = sms(rented.account_id, sms_id=text.id)
    assert (found.state, found.error) == (SmsState.FAILED, "outcome_unknown")
    assert take_outgoing(rooms=ROOM, now=due_at) == []
    assert source.find(due_at, 10) == []
    assert proven() == []


def test_a_text_that_nobody_took_for_a_day_is_not_sent_any_more(rented: LeaseRow) -> None:
    before = money(rented.account_id)
    send_sms(rented.account_id, wish=sms_wish(rented), now=NOW)
    source = next(one for one in jobs.DUE_SOURCES if one.name == "messaging.not_sent")

    (row,) = source.find(NOW + jobs.SENT_WITHIN, 10)
    source.fire(row, NOW + jobs.SENT_WITHIN)

    assert money(rented.account_id) == before
    assert take_outgoing(rooms=ROOM, now=LATER) == []
    assert proven() == []


def test_no_text_leaves_from_a_number_that_others_may_have_by_then(rented: LeaseRow) -> None:
    before = money(rented.account_id)
    send_sms(rented.account_id, wish=sms_wish(rented), now=NOW)
    Lease.objects.filter(id=rented.id).update(
        state="released", ended_at=LATER, end_reason="handed_over", next_due_at=None
    )

    assert take_outgoing(rooms=ROOM, now=LATER) == []
    sweep_until(NOW + jobs.SENT_WITHIN, sources=jobs.DUE_SOURCES)

    assert money(rented.account_id) == before
    assert proven() == []


def test_the_next_route_has_what_the_first_does_not_take(rented: LeaseRow) -> None:
    sms_route({"47": "0.03"}, carrier="second", priority=2)
    send_sms(rented.account_id, wish=sms_wish(rented), now=NOW)

    fated(Kind.NEXT)

    assert take_outgoing(rooms={"sandbox": 9}, now=LATER) == []
    (again,) = take_outgoing(rooms={"second": 9}, now=LATER)
    report([Fate(again.account_id, again.id, Kind.SENT, carrier="second")], now=LATER)
    row = Outgoing.objects.get()
    assert (row.carrier, row.supplier, row.cost_micro) == ("second", "second", 30_000)
    assert proven() == []


def test_without_another_route_it_failed(rented: LeaseRow) -> None:
    before = money(rented.account_id)
    send_sms(rented.account_id, wish=sms_wish(rented), now=NOW)

    fated(Kind.NEXT)

    assert Outgoing.objects.get().state == "failed"
    assert money(rented.account_id) == before


def test_what_waits_for_a_carrier_that_is_away_goes_by_another_route(rented: LeaseRow) -> None:
    sms_route({"47": "0.03"}, carrier="second", priority=2)
    send_sms(rented.account_id, wish=sms_wish(rented), now=NOW)

    assert reroute(["sandbox", "second"]) == 0
    assert reroute(["third"]) == 0
    assert reroute(["second"]) == 1

    assert len(take_outgoing(rooms={"second": 9}, now=LATER)) == 1


def test_what_a_gateway_gave_back_waits_again(rented: LeaseRow) -> None:
    send_sms(rented.account_id, wish=sms_wish(rented), now=NOW)

    fated(Kind.BACK)

    assert len(take_outgoing(rooms=ROOM, now=LATER)) == 1
    assert proven() == []


def test_after_a_crash_what_was_taken_is_unknown_and_its_money_stays_held(
    rented: LeaseRow,
) -> None:
    send_sms(rented.account_id, wish=sms_wish(rented), now=NOW)
    take_outgoing(rooms=ROOM, now=LATER)

    assert recover_taken(now=LATER) == 1

    assert Outgoing.objects.get().state == "unknown"
    assert money(rented.account_id)[0] == PART
    assert proven() == []


@pytest.mark.parametrize("state", ["delivered", "undelivered"])
def test_a_receipt_changes_the_state_and_no_money(rented: LeaseRow, state: str) -> None:
    text = send_sms(rented.account_id, wish=sms_wish(rented), now=NOW)
    fated(Kind.SENT)
    before = money(rented.account_id)

    told = Told("sandbox", "m0", delivered=state == "delivered")
    changed = record_receipts([told, told], now=LATER)

    assert [one.id for one in changed] == [text.id]
    assert sms(rented.account_id, sms_id=text.id).state == state
    assert money(rented.account_id) == before
    assert record_receipts([told], now=LATER) == []


def test_the_text_of_a_sent_sms_can_be_deleted_alone(rented: LeaseRow) -> None:
    text = send_sms(rented.account_id, wish=sms_wish(rented), now=NOW)
    fated(Kind.SENT)

    for _ in range(2):
        found = redact_sms(rented.account_id, sms_id=text.id, now=LATER)

    assert (found.body, found.theirs, found.price) == (None, "+4791234567", PART)
    assert proven() == []


def test_a_sent_sms_can_be_deleted_and_stays_paid(rented: LeaseRow) -> None:
    text = send_sms(rented.account_id, wish=sms_wish(rented), now=NOW)
    fated(Kind.SENT)

    delete_sms(rented.account_id, sms_id=text.id, now=LATER)

    with pytest.raises(NoSuchSms):
        sms(rented.account_id, sms_id=text.id)
    assert b"91234567" not in said.unsealed([Outgoing.objects.get()])[0].theirs.encode()
    assert proven() == []


def test_an_sms_on_its_way_is_not_deleted(rented: LeaseRow) -> None:
    text = send_sms(rented.account_id, wish=sms_wish(rented), now=NOW)

    for forget in (delete_sms, redact_sms):
        with pytest.raises(SmsOnItsWay):
            forget(rented.account_id, sms_id=text.id, now=LATER)


def test_a_program_that_asked_is_owed_the_end_of_its_text_once(rented: LeaseRow) -> None:
    handed = Handed(rented.number.e164, "+4791234567", "hello", receipt=True)
    silent = Handed(rented.number.e164, "+4791234568", "hello")
    (text, _) = submit_texts(rented.account_id, texts=[handed, silent], surface="smpp", now=NOW)
    assert isinstance(text, Accepted)
    fated(Kind.SENT, Kind.SENT)
    assert owed_receipts([rented.account_id]) == []
    record_receipts(
        [Told("sandbox", "m0", delivered=True), Told("sandbox", "m1", delivered=True)], now=LATER
    )

    (owed,) = owed_receipts([rented.account_id])
    receipt_told(rented.account_id, sms_ids=[owed.id])

    assert (owed.id, owed.theirs, owed.state) == (text.id, "+4791234567", "delivered")
    assert owed_receipts([rented.account_id]) == []


def test_what_comes_after_the_first_question_is_owed_once(rented: LeaseRow) -> None:
    deliver(rented.number, "before")
    later = NOW + timedelta(seconds=5)
    assert owed_sms(rented.account_id, now=later) == []
    deliver(rented.number, "after", sender="+4791234567")

    (owed,) = owed_sms(rented.account_id, now=later)
    sms_told(rented.account_id, upto=owed.id)

    assert (owed.ours, owed.theirs, owed.body) == (rented.number, "+4791234567", "after")
    assert owed_sms(rented.account_id, now=later) == []


def test_of_two_gateways_the_one_that_took_a_text_knows_best(rented: LeaseRow) -> None:
    for kind in (Kind.BACK, Kind.SENT):
        before = money(rented.account_id)[1]
        text = send_sms(rented.account_id, wish=sms_wish(rented), now=NOW)
        take_outgoing(rooms=ROOM, now=LATER)
        assert recover_taken(now=LATER) == 1  # another gateway starts

        report([Fate(rented.account_id, text.id, kind, carrier="sandbox")], now=LATER)

        state = sms(rented.account_id, sms_id=text.id).state
        assert state is (SmsState.QUEUED if kind is Kind.BACK else SmsState.SENT)
        assert proven() == []
        if kind is Kind.BACK:
            fated(Kind.SENT)
        assert money(rented.account_id) == (Money(0, "EUR"), before - PART)


def test_a_text_given_back_may_lose_its_outcome_again(rented: LeaseRow) -> None:
    _, before = money(rented.account_id)
    sent_together(rented, 2)
    fated(Kind.SENT, Kind.UNKNOWN)
    lost = Outgoing.objects.get(state="unknown")

    report([Fate(rented.account_id, lost.id, Kind.BACK)], now=LATER)
    fated(Kind.UNKNOWN)
    assert proven() == []
    report([Fate(rented.account_id, lost.id, Kind.ARRIVED, carrier="sandbox")], now=LATER)

    assert money(rented.account_id) == (Money(0, "EUR"), before - PART - PART)
    assert proven() == []


def expired_hold(rented: LeaseRow) -> None:
    """Let the hold of what was accepted run out, as it does after two weeks."""
    charge = Charge.objects.get(closed_at=None)
    ledger_actions.expire_hold(rented.account_id, hold_id=charge.id, now=NOW + HELD_LONGEST)


def spend_all(rented: LeaseRow) -> None:
    """Leave nothing to spend."""
    spendable = ledger.balance(rented.account_id).spendable
    ledger_actions.post(
        rented.account_id,
        id=new_id(),
        kind=TransferKind.USAGE,
        legs=[Leg(Book.REVENUE, -spendable)],
        reference=new_id(),
        now=LATER,
    )


def test_a_fate_that_comes_after_its_hold_is_taken_from_what_is_free(rented: LeaseRow) -> None:
    _, before = money(rented.account_id)
    sent_together(rented, 2)
    expired_hold(rented)

    fated(Kind.SENT, Kind.FAILED)

    assert money(rented.account_id) == (Money(0, "EUR"), before - PART)
    assert proven() == []


def test_without_money_for_it_a_fate_after_its_hold_is_a_gift(rented: LeaseRow) -> None:
    sent_together(rented, 3)
    expired_hold(rented)
    spend_all(rented)

    fated(Kind.SENT, Kind.UNKNOWN, Kind.FAILED)
    unknown = Outgoing.objects.get(state="unknown")
    report([Fate(rented.account_id, unknown.id, Kind.ARRIVED, carrier="sandbox")], now=LATER)

    assert money(rented.account_id) == (Money(0, "EUR"), Money(0, "EUR"))
    assert proven() == []


def test_what_stays_with_a_gateway_gets_an_outcome_by_rule(rented: LeaseRow) -> None:
    before = money(rented.account_id)
    text = send_sms(rented.account_id, wish=sms_wish(rented), now=NOW)
    taken_at = NOW + jobs.SENT_WITHIN - timedelta(minutes=9)
    take_outgoing(rooms=ROOM, now=taken_at)
    due_at = taken_at + jobs.TAKEN_WITHIN
    source = next(one for one in jobs.DUE_SOURCES if one.name == "messaging.taken")

    assert source.find(due_at - timedelta(seconds=1), 10) == []
    (row,) = source.find(due_at, 10)
    source.fire(row, due_at)
    source.fire(row, due_at)

    assert sms(rented.account_id, sms_id=text.id).state is SmsState.UNKNOWN
    assert source.find(due_at, 10) == []
    assert money(rented.account_id)[1] == before[1]
    assert proven() == []


def test_whatever_a_carrier_says_its_fate_is_written(rented: LeaseRow) -> None:
    send_sms(rented.account_id, wish=sms_wish(rented), now=NOW)
    send_sms(rented.account_id, wish=sms_wish(rented), now=NOW)
    first, second = take_outgoing(rooms=ROOM, now=LATER)

    report(
        [
            Fate(first.account_id, first.id, Kind.SENT, carrier="sandbox", message_id="9" * 99),
            Fate(second.account_id, second.id, Kind.FAILED, status=2**32 - 1),
        ],
        now=LATER,
    )
    told = Told("sandbox", "9" * 99, delivered=True)
    record_receipts([told], now=LATER)

    assert sorted(Outgoing.objects.values_list("state", flat=True)) == ["delivered", "failed"]


def test_what_leaves_is_written_down(rented: LeaseRow) -> None:
    sent_together(rented, 2)

    taken = take_outgoing(rooms=ROOM, now=LATER)

    passages = Passage.objects.filter(account_id=rented.account_id, recipient="sms-carrier")
    assert len(taken) == passages.count() == 2
    assert {tuple(one.fields) for one in passages} == {("text", "to")}
    assert {(one.purpose, one.at) for one in passages} == {("customer-sms", LATER)}
