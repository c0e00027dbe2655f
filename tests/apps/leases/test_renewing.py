"""What time does to a lease, and what its holder and we can do about it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from nummer.apps.audit.models import Line
from nummer.apps.incidents.actions.facts import (
    Kind,
    Source,
    Subject,
    SubjectKind,
    Told,
    record,
)
from nummer.apps.leases import actions, queries
from nummer.apps.leases.errors import EndingNotExplained, LeaseNotLikeThat, NumberTaken
from nummer.apps.leases.jobs import DUE_SOURCES
from nummer.apps.leases.leaving import Cause
from nummer.apps.leases.queries import Holder, LeaseRow
from nummer.apps.ledger import actions as ledger_actions
from nummer.apps.ledger import queries as ledger
from nummer.apps.ledger.actions import Book, Leg, TransferKind
from nummer.apps.ledger.errors import InsufficientBalance
from nummer.apps.notify import contents
from nummer.apps.notify.models import Letter
from nummer.apps.notify.rendering import write
from nummer.apps.refunds.actions import cancel_lease, end_lease, report_fault
from nummer.apps.refunds.jobs import DUE_SOURCES as REFUNDS
from nummer.apps.refunds.models import Decision
from nummer.apps.refunds.rentals import if_ended_by_us, if_lease_cancelled
from nummer.apps.webhooks.actions import create_endpoint
from nummer.apps.webhooks.models import Event
from nummer.config.sweeper import sweep_until
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from tests.builders import NOW, customer, rental_wish, rented, top_up
from tests.invariants.proofs import breaches

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rentals")]
END = datetime.fromisoformat("2026-12-22T12:00:00+00:00")


def until(at: datetime) -> None:
    swept = sweep_until(at, sources=DUE_SOURCES)
    assert swept.failed == 0


def now_of(lease: LeaseRow) -> LeaseRow:
    return queries.lease(lease.account_id, lease_id=lease.id)


def total(account_id: int) -> str:
    return ledger.balance(account_id).total.decimal_text()


def letters(account_id: int) -> list[str]:
    rows = Letter.objects.filter(account_id=account_id, letter__startswith="lease-")
    rows = rows.exclude(letter="lease-ordered")  # of the same moment as the activation here
    return [row.letter for row in rows.order_by("written_at", "id")]


def spend(account_id: int, amount: str) -> None:
    ledger_actions.post(
        account_id,
        id=new_id(),
        kind=TransferKind.USAGE,
        legs=[Leg(Book.REVENUE, -Money.parse(amount, "EUR"))],
        reference=new_id(),
        now=NOW,
    )


def say(lease: LeaseRow, kind: Kind, *, at: datetime, word: str = "") -> UUID:
    told = Told(Source.PAGE, f"customer:{lease.account_id}", at)
    subject = Subject(SubjectKind.RENTAL, lease.id)
    return record(lease.account_id, subject=subject, kind=kind, word=word, told=told, now=at).id


def test_a_lease_is_renewed_on_its_day_once_however_often_one_looks() -> None:
    lease = rented(customer(balance="60.00"))

    until(END - timedelta(seconds=1))
    assert total(lease.account_id) == "41.25"
    for _ in range(3):
        until(END)
        actions.moment(lease.account_id, lease_id=lease.id, now=END + timedelta(hours=5))

    assert (total(lease.account_id), now_of(lease).paid_until) == ("28.75", END.replace(2027, 1))
    assert [row.place for row in queries.periods(lease.account_id, lease_id=lease.id)] == [1, 0]
    assert breaches() == []


def test_a_renewal_that_is_noticed_late_counts_from_its_day() -> None:
    lease = rented(customer(balance="100.00"))

    actions.moment(lease.account_id, lease_id=lease.id, now=END + timedelta(days=40))

    assert now_of(lease).paid_until == datetime.fromisoformat("2027-02-22T12:00:00+00:00")
    assert (total(lease.account_id), breaches()) == ("56.25", [])


def test_the_next_fee_cannot_be_eaten_by_other_spending() -> None:
    account_id = customer(balance="31.25")
    lease = rented(account_id)
    until(NOW)

    with pytest.raises(InsufficientBalance):
        spend(account_id, "0.01")
    until(END)

    assert (now_of(lease).state, total(account_id)) == ("active", "0.00")


def test_the_fee_is_kept_from_the_day_on_that_it_can_be() -> None:
    account_id = customer(balance="20.00")
    lease = rented(account_id)
    until(NOW + timedelta(days=3))
    assert ledger.balance(account_id).earmarked.micro == 0

    top_up(account_id, "12.00", now=NOW + timedelta(days=3))
    until(NOW + timedelta(days=4))

    assert ledger.balance(account_id).earmarked.decimal_text() == "12.50"
    actions.keep_fee(account_id, lease_id=lease.id, kept=False, now=NOW + timedelta(days=5))
    assert ledger.balance(account_id).earmarked.micro == 0
    assert breaches() == []


def test_reminders_stop_once_the_fee_is_there() -> None:
    rich, poor = rented(customer(balance="50.00")), rented(customer(balance="20.00"))

    until(END - timedelta(days=7))
    assert letters(rich.account_id) == ["lease-active", "lease-reminder"]
    until(END - timedelta(hours=1))

    assert letters(rich.account_id) == ["lease-active", "lease-reminder"]
    assert letters(poor.account_id) == ["lease-active", *["lease-reminder"] * 3]


def test_an_unpaid_number_is_kept_for_a_week_and_serves_nobody() -> None:
    account_id = customer(balance="20.00")
    lease = rented(account_id)

    until(END)
    assert (now_of(lease).state, now_of(lease).kept_until) == ("grace", END + timedelta(days=7))
    assert queries.holder(lease.number, at=END) == Holder(account_id, lease.id, serves=False)
    until(END + timedelta(days=7))

    assert (now_of(lease).state, now_of(lease).end_reason) == ("released", "unpaid")
    assert letters(account_id)[-2:] == ["lease-unpaid", "lease-ended"]
    assert queries.holder(lease.number, at=END + timedelta(days=7)) is None
    assert (total(account_id), breaches()) == ("1.25", [])


def test_paying_in_grace_buys_a_month_from_then_on() -> None:
    account_id = customer(balance="20.00")
    lease = rented(account_id)
    until(END)
    paid_at = END + timedelta(days=2, minutes=10)

    top_up(account_id, "20.00", now=paid_at)
    assert actions.renew_now(account_id, lease_id=lease.id, now=paid_at)

    latest = queries.periods(account_id, lease_id=lease.id)[0]
    assert (latest.starts_at, now_of(lease).state) == (paid_at, "active")
    assert now_of(lease).paid_until == paid_at.replace(2027, 1)
    assert queries.holder(lease.number, at=paid_at) == Holder(account_id, lease.id, serves=True)
    assert breaches() == []


def test_money_that_comes_in_grace_is_found_by_itself() -> None:
    account_id = customer(balance="20.00")
    lease = rented(account_id)
    until(END)

    top_up(account_id, "20.00", now=END + timedelta(minutes=5))
    until(END + timedelta(hours=1))

    assert (now_of(lease).state, total(account_id)) == ("active", "8.75")


@pytest.mark.clause("RP-B1")
def test_nothing_is_charged_while_a_reported_outage_is_open() -> None:
    account_id = customer(balance="60.00")
    lease = rented(account_id)
    say(lease, Kind.PROBLEM, at=END - timedelta(days=2))

    until(END + timedelta(days=1))
    assert (total(account_id), now_of(lease).state) == ("41.25", "active")
    repaired = END + timedelta(days=1, minutes=20)
    say(lease, Kind.WORKS, word="other", at=repaired)
    until(END + timedelta(days=2))

    latest = queries.periods(account_id, lease_id=lease.id)[0]
    assert latest.starts_at == END + timedelta(days=1, hours=6), "found within hours"
    assert (total(account_id), breaches()) == ("28.75", [])


@pytest.mark.clause("LD-H4")
def test_a_lease_under_notice_ends_with_its_period_and_frees_its_fee() -> None:
    account_id = customer(balance="60.00")
    lease = rented(account_id)
    until(NOW)

    actions.give_notice(account_id, lease_id=lease.id, now=NOW + timedelta(days=3))
    assert ledger.balance(account_id).earmarked.micro == 0
    assert queries.holder(lease.number, at=NOW + timedelta(days=4)) == Holder(
        account_id, lease.id, serves=True
    )
    until(END)

    assert (now_of(lease).state, total(account_id)) == ("released", "41.25")
    with pytest.raises(LeaseNotLikeThat):
        actions.take_back_notice(account_id, lease_id=lease.id, now=END)
    assert breaches() == []


def test_notice_can_be_taken_back_until_the_end() -> None:
    account_id = customer(balance="60.00")
    lease = rented(account_id)
    actions.give_notice(account_id, lease_id=lease.id, now=NOW)

    actions.take_back_notice(account_id, lease_id=lease.id, now=END - timedelta(minutes=1))
    until(END)

    assert (now_of(lease).state, total(account_id)) == ("active", "28.75")


CANCELLED = (
    # 30 days: the started day counts as used, set-up and month are shared alike (F3)
    ("PP-6.1: in time, with the unused days", timedelta(hours=1), "LAW-14", "18.13"),
    ("LAW-14: within fourteen days", timedelta(days=10), "LAW-14", "11.88"),
    ("RP-N1: after that nothing", timedelta(days=20), "RP-N1", "0.00"),
)


@pytest.mark.parametrize(("case", "later", "clause", "back"), CANCELLED)
def test_cancelling_at_once_gives_back_what_the_policy_says(
    case: str, later: timedelta, clause: str, back: str
) -> None:
    account_id = customer(balance="18.75")
    lease = rented(account_id)

    decided = cancel_lease(account_id, lease_id=lease.id, surface="test", now=NOW + later)
    again = cancel_lease(account_id, lease_id=lease.id, surface="test", now=NOW + later)

    assert (decided.clause, total(account_id)) == (clause, back), case
    assert (again, Decision.objects.count(), now_of(lease).state) == (decided, 1, "released")
    assert breaches() == []


def test_whoever_leaves_inside_an_outage_gets_the_rest_back() -> None:
    account_id = customer(balance="31.25")
    lease = rented(account_id)
    until(END)
    reported = END + timedelta(days=10)
    say(lease, Kind.PROBLEM, at=reported)

    left = reported + timedelta(days=2)
    decided = cancel_lease(account_id, lease_id=lease.id, surface="test", now=left)

    assert (decided.clause, total(account_id)) == ("RP-B1", "8.47")  # 21 of 31 days, no set-up
    assert breaches() == []


@pytest.mark.parametrize(("lasts", "back"), [(True, "8.47"), (False, "0.00")])
def test_whoever_leaves_early_in_an_outage_is_answered_when_a_day_is_over(
    lasts: bool,  # noqa: FBT001 -- pytest hands it over by name
    back: str,
) -> None:
    account_id = customer(balance="31.25")
    lease = rented(account_id)
    until(END)
    reported = END + timedelta(days=10)
    say(lease, Kind.PROBLEM, at=reported)

    left = reported + timedelta(hours=2)
    decided = cancel_lease(account_id, lease_id=lease.id, surface="test", now=left)
    assert (decided.clause, total(account_id)) == ("RP-N1", "0.00")
    if not lasts:
        say(lease, Kind.WORKS, word="other", at=reported + timedelta(hours=20))
    sweep_until(left + timedelta(days=2), sources=REFUNDS)

    assert (total(account_id), breaches()) == (back, [])


OVER = (  # days from and to, by us, the clause of the end, what the end gives
    ("in time", 2, 7, False, "LAW-14", "13.75"),
    ("too late", 15, 20, False, "RP-N1", "0.00"),
    ("by us", 15, 20, True, "RULE-END", "6.25"),
)


@pytest.mark.parametrize("swept", [True, False], ids=["the sweeper looked", "nobody looked"])
@pytest.mark.parametrize("case", OVER, ids=[case[0] for case in OVER])
def test_an_outage_that_is_over_counts_the_same_whoever_looked_before_the_end(
    case: tuple[str, int, int, bool, str, str],
    swept: bool,  # noqa: FBT001 -- pytest hands it over by name
) -> None:
    _, out_from, left, by_us, clause, days = case
    account_id = customer(balance="18.75")
    lease = rented(account_id)
    began = NOW + timedelta(days=out_from)
    report_fault(
        account_id,
        order_id=lease.id,
        told=Told(Source.PAGE, f"customer:{account_id}", began, key=new_id()),
        now=began,
    )
    say(lease, Kind.WORKS, word="other", at=began + timedelta(days=3))
    at = NOW + timedelta(days=left)
    if swept:
        assert sweep_until(at, sources=REFUNDS).failed == 0
    expected = if_ended_by_us(account_id, lease_id=lease.id, now=at)
    if not by_us:
        expected = if_lease_cancelled(account_id, lease_id=lease.id, now=at)

    if by_us:
        decided = end_lease(
            account_id, lease_id=lease.id, cause=Cause.LAW, words="", actor="staff:1", now=at
        )
    else:
        decided = cancel_lease(account_id, lease_id=lease.id, surface="test", now=at)
    sweep_until(at + timedelta(days=3), sources=REFUNDS)

    outage = "1.25"  # three of thirty days of 12.50, whatever comes with the end
    assert (decided.clause, decided.amount.decimal_text()) == (clause, days)
    assert (expected.clause, expected.amount) == (clause, decided.amount)
    back = sum(row.credited_micro for row in Decision.objects.filter(account_id=account_id))
    assert back == (Money.parse(days, "EUR") + Money.parse(outage, "EUR")).micro
    assert breaches() == []


def test_what_we_end_inside_an_outage_returns_its_days_and_the_rest() -> None:
    account_id = customer(balance="18.75")
    lease = rented(account_id)
    say(lease, Kind.PROBLEM, at=NOW + timedelta(days=15))
    at = NOW + timedelta(days=18)
    expected = if_ended_by_us(account_id, lease_id=lease.id, now=at)

    decided = end_lease(
        account_id, lease_id=lease.id, cause=Cause.SUPPLIER, words="", actor="staff:1", now=at
    )

    assert (decided.clause, decided.amount, expected.clause) == (
        "RULE-END",
        expected.amount,
        "RULE-END",
    )
    assert decided.amount.decimal_text() == "7.50"  # twelve of thirty days
    assert (total(account_id), breaches()) == ("8.75", [])  # and three of them out


def test_cancelling_in_the_hour_after_an_outage_loses_none_of_its_days() -> None:
    account_id = customer(balance="18.75")
    lease = rented(account_id)
    began = NOW + timedelta(days=15)
    say(lease, Kind.PROBLEM, at=began)
    say(lease, Kind.WORKS, word="other", at=began + timedelta(days=2))

    cancel_lease(
        account_id, lease_id=lease.id, surface="test", now=began + timedelta(days=2, minutes=5)
    )

    assert (total(account_id), breaches()) == ("0.84", [])  # two of thirty days, begun cents up


def test_whoever_ends_by_us_reads_why_and_his_programs_hear_of_it() -> None:
    account_id = customer(balance="18.75")
    lease = rented(account_id)
    create_endpoint(
        account_id,
        url="http://127.0.0.1:34567/",
        kinds=["lease.ended"],
        actor=f"customer:{account_id}",
        now=NOW,
    )

    for words in ("We leave this country.", "Another word."):
        end_lease(
            account_id,
            lease_id=lease.id,
            cause=Cause.OFFER,
            words=words,
            actor="staff:7",
            now=NOW + timedelta(days=2),
        )

    why = queries.ending(account_id, lease_id=lease.id)
    assert why is not None
    assert (why.cause, why.words, why.actor) == (Cause.OFFER, "We leave this country.", "staff:7")
    letter = Letter.objects.get(account_id=account_id, letter="lease-ended")
    written = write("lease-ended", content=contents.opened(letter), language="en")
    assert "We no longer offer numbers of this kind." in written.text
    assert "We leave this country." in written.text
    assert [event.kind for event in Event.objects.all()] == ["lease.ended"]
    [line] = Line.objects.filter(verb="end_lease")
    assert (line.actor, line.row, line.account_id) == ("staff:7", str(lease.id), account_id)


def test_an_end_by_us_without_a_word_changes_nothing() -> None:
    account_id = customer(balance="18.75")
    lease = rented(account_id)

    with pytest.raises(EndingNotExplained):
        end_lease(
            account_id, lease_id=lease.id, cause=Cause.OTHER, words="  ", actor="staff:1", now=NOW
        )

    assert (now_of(lease).state, total(account_id), breaches()) == ("active", "0.00", [])


def test_the_word_misuse_keeps_nothing_that_no_case_confirmed() -> None:
    account_id = customer(balance="18.75")
    lease = rented(account_id)

    decided = end_lease(
        account_id, lease_id=lease.id, cause=Cause.MISUSE, words="", actor="staff:1", now=NOW
    )

    assert (decided.clause, total(account_id)) == ("RULE-END", "18.75")


def test_an_order_that_we_give_up_is_paid_back_whole() -> None:
    account_id = customer(balance="18.75")
    placed = actions.rent(account_id, wish=rental_wish(), now=NOW)

    decided = end_lease(
        account_id,
        lease_id=placed.id,
        cause=Cause.OFFER,
        words="",
        actor="staff:1",
        now=NOW + timedelta(days=3),
    )

    assert (decided.clause, total(account_id), breaches()) == ("RP-B3", "18.75", [])


@pytest.mark.clause("RULE-END")
def test_what_we_end_ourselves_returns_the_unused_rest() -> None:
    account_id = customer(balance="18.75")
    lease = rented(account_id)

    decided = end_lease(
        account_id,
        lease_id=lease.id,
        cause=Cause.OFFER,
        words="",
        actor="staff:1",
        now=NOW + timedelta(days=15, hours=1),
    )

    assert (decided.clause, total(account_id)) == ("RULE-END", "9.38")
    assert (letters(account_id)[-1], breaches()) == ("lease-ended", [])


@pytest.mark.clause("LD-H4")
def test_a_number_rests_for_ninety_days_and_its_next_holder_is_another_lease() -> None:
    first = rented(customer(balance="18.75"), "+4759441001")
    cancel_lease(first.account_id, lease_id=first.id, surface="test", now=NOW)
    second_id = customer(balance="18.75")
    rest = NOW + timedelta(days=90)

    with pytest.raises(NumberTaken):
        actions.rent(
            second_id, wish=rental_wish("+4759441001"), now=rest - timedelta(microseconds=1)
        )
    second = rented(second_id, "+4759441001", now=rest)

    holders = [
        queries.holder(first.number, at=at)
        for at in (NOW - timedelta(days=1), NOW, rest - timedelta(seconds=1), rest)
    ]
    assert holders == [None, None, None, Holder(second_id, second.id, serves=True)]
    assert breaches() == []
