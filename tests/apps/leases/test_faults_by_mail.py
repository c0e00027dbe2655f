"""A fault told by mail: its receipt is the contact, whenever anybody reads it (RP-B1)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from nummer.apps.cases import actions as cases
from nummer.apps.cases import queries as written
from nummer.apps.cases.errors import NoSuchCase
from nummer.apps.incidents import queries as incidents
from nummer.apps.incidents.actions.facts import (
    Kind,
    Source,
    Subject,
    SubjectKind,
    Told,
    record,
)
from nummer.apps.incidents.errors import MomentNotPossible
from nummer.apps.incidents.models import Fact
from nummer.apps.incidents.queries import FactRow
from nummer.apps.leases import queries as leases
from nummer.apps.leases.jobs import DUE_SOURCES
from nummer.apps.leases.queries import LeaseRow
from nummer.apps.notify.models import Letter
from nummer.apps.numbers.errors import NoSuchActivation
from nummer.apps.refunds.actions import cancel_lease, report_by_message
from nummer.apps.refunds.actions.booking import judged
from nummer.apps.refunds.errors import ReportNotConfirmed
from nummer.apps.refunds.jobs import DUE_SOURCES as REFUNDS
from nummer.apps.refunds.models import Decision, Reported
from nummer.apps.refunds.rentals import rental_facts
from nummer.config.sweeper import sweep_until
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from nummer.protocols.mail.evidence import Dkim
from nummer.protocols.mail.reading import read_mail
from tests.builders import NOW, customer, email_of, order, rented
from tests.invariants.proofs import breaches

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rentals")]
END = datetime.fromisoformat("2026-12-22T12:00:00+00:00")
MONDAY = datetime.fromisoformat("2026-12-07T08:00:00+00:00")
WEDNESDAY = datetime.fromisoformat("2026-12-09T12:00:00+00:00")
FRIDAY = datetime.fromisoformat("2026-12-11T12:00:00+00:00")


def mailed(
    account_id: int, words: str, *, at: datetime, dkim: Dkim = Dkim.ALIGNED
) -> tuple[UUID, UUID]:
    """Let a mail come from the account's address; return its case and message."""
    raw = f"From: {email_of(account_id)}\r\nSubject: Nummer\r\n\r\n{words}\r\n".encode()
    came = cases.receive_mail(
        read_mail(raw), dkim=dkim, recipients=["hello@nummer.example"], received_at=at
    )
    head = written.case_by_number(came.number).head
    (message,) = written.messages(account_id, case_id=head.id)
    return head.id, message.id


def written_down(
    lease: LeaseRow, case_id: UUID, message_id: UUID, *, now: datetime, known_by: str = ""
) -> FactRow:
    return report_by_message(
        lease.account_id,
        case_id=case_id,
        message_id=message_id,
        order_id=lease.id,
        known_by=known_by,
        actor="staff:1",
        now=now,
    )


def repaired(lease: LeaseRow, *, at: datetime) -> None:
    subject, told = Subject(SubjectKind.RENTAL, lease.id), Told(Source.STAFF, "staff:1", at)
    record(lease.account_id, subject=subject, kind=Kind.WORKS, word="other", told=told, now=at)


@pytest.mark.clause("RP-B1")
def test_days_count_from_the_receipt_of_the_mail_though_it_was_read_after_the_repair() -> None:
    account_id = customer(balance="60.00")
    lease = rented(account_id)
    case_id, message_id = mailed(
        account_id, f"Nummeret {lease.number.e164} virker ikke siden mandag.", at=WEDNESDAY
    )
    repaired(lease, at=FRIDAY)
    read_at = FRIDAY + timedelta(days=3)
    cases.confirm_case(account_id, case_id=case_id, now=read_at)

    row = written_down(lease, case_id, message_id, now=read_at)
    again = written_down(lease, case_id, message_id, now=read_at + timedelta(days=1))

    assert (row.happened_at, row.learned_at, row.source) == (WEDNESDAY, read_at, "mail")
    assert (again.id, Fact.objects.filter(kind="problem").count()) == (row.id, 1)
    assert row.reference == "aligned"
    stored = Fact.objects.get(account_id=account_id, id=row.id)
    assert stored.case_id == case_id
    assert stored.snapshot == {
        "message": str(message_id),
        "proof": "aligned",
        "dkim": "aligned",
        "confirmed": True,
    }
    assert "virker ikke" in incidents.evidence(account_id, fact_id=row.id)
    sweep_until(END, sources=DUE_SOURCES)
    period = leases.periods(account_id, lease_id=lease.id)[-1]
    facts = rental_facts(lease, period, now=END + timedelta(hours=1))
    assert facts["outages"] == [
        {
            "reported_at": WEDNESDAY.isoformat(),
            "channel": "mail",
            "cleared_at": FRIDAY.isoformat(),
            "cause": "other",
        }
    ]
    answer = judged(facts).answer
    # 2 of 30 days of 12.50 a month: 0.8333.., rounded up; the days before he wrote are not in it
    assert (answer.clauses, answer.amount.decimal_text()) == (("RP-B1",), "0.84")


def test_mail_that_nobody_confirmed_is_no_contact_yet_and_keeps_its_moment() -> None:
    account_id = customer(balance="60.00")
    lease = rented(account_id)
    case_id, message_id = mailed(account_id, "It is silent.", at=WEDNESDAY, dkim=Dkim.NONE)

    with pytest.raises(ReportNotConfirmed):
        written_down(lease, case_id, message_id, now=FRIDAY)
    assert not Fact.objects.filter(kind="problem").exists()
    called = written_down(lease, case_id, message_id, now=FRIDAY, known_by="called_back")

    assert (called.happened_at, called.reference) == (WEDNESDAY, "called_back")


def test_later_mail_of_a_case_has_a_moment_of_its_own() -> None:
    account_id = customer(balance="60.00")
    lease = rented(account_id)
    case_id, _ = mailed(account_id, "How do I forward calls?", at=MONDAY)
    cases.write_message(
        account_id,
        case_id=case_id,
        key=new_id(),
        channel=cases.Channel.PAGE,
        text="Now it is silent.",
        proof=cases.Proof.SIGNED_IN,
        actor=f"customer:{account_id}",
        now=WEDNESDAY,
    )
    later = written.messages(account_id, case_id=case_id)[-1]

    row = written_down(lease, case_id, later.id, now=FRIDAY)

    assert (row.happened_at, row.source, row.reference) == (WEDNESDAY, "page", "signed-in")


def test_order_of_one_sms_takes_a_report_by_mail_too() -> None:
    account_id = customer(balance="60.00")
    placed = order(account_id)
    at = NOW + timedelta(minutes=3)
    case_id, message_id = mailed(account_id, "Nothing comes.", at=at)
    cases.confirm_case(account_id, case_id=case_id, now=at)

    row = report_by_message(
        account_id,
        case_id=case_id,
        message_id=message_id,
        order_id=placed.order_id,
        actor="staff:1",
        now=NOW + timedelta(minutes=30),
    )

    assert (row.subject_kind, row.subject_id, row.happened_at) == ("one_time", placed.order_id, at)


def test_report_about_what_was_not_his_is_refused() -> None:
    account_id, other = customer(balance="60.00"), customer(balance="60.00")
    lease, foreign = rented(account_id), rented(other)
    before, message = mailed(account_id, "Silent.", at=NOW - timedelta(days=1))
    cases.confirm_case(account_id, case_id=before, now=NOW)
    case_id, message_id = mailed(account_id, "Silent.", at=WEDNESDAY)
    cases.confirm_case(account_id, case_id=case_id, now=WEDNESDAY)
    cases.answer(
        account_id,
        case_id=case_id,
        key=new_id(),
        text="We look.",
        closes=False,
        actor="staff:1",
        now=WEDNESDAY,
    )
    ours = written.messages(account_id, case_id=case_id)[-1]

    with pytest.raises(MomentNotPossible):
        written_down(lease, before, message, now=FRIDAY)
    with pytest.raises(NoSuchCase):
        written_down(lease, case_id, ours.id, now=FRIDAY)
    with pytest.raises(NoSuchCase):
        written_down(foreign, case_id, message_id, now=FRIDAY)
    with pytest.raises(NoSuchActivation):
        report_by_message(
            account_id,
            case_id=case_id,
            message_id=message_id,
            order_id=foreign.id,
            actor="staff:1",
            now=FRIDAY,
        )
    assert not Fact.objects.filter(kind="problem").exists()


def swept(at: datetime) -> None:
    found = sweep_until(at, sources=(*DUE_SOURCES, *REFUNDS))
    assert found.failed == 0


def credits_of(account_id: int) -> list[tuple[str, str]]:
    rows = Decision.objects.filter(account_id=account_id, credited_micro__gt=0)
    return [
        (row.clauses[0], Money(row.credited_micro, row.currency).decimal_text())
        for row in rows.order_by("decided_at", "id")
    ]


def mailed_and_noted(lease: LeaseRow, *, at: datetime, now: datetime) -> None:
    case_id, message_id = mailed(lease.account_id, f"Silent, {at:%d %B}.", at=at)
    written_down(lease, case_id, message_id, now=now, known_by="called_back")


@pytest.mark.clause("RP-B1")
def test_the_days_are_credited_by_themselves_once_the_number_has_worked_for_an_hour() -> None:
    account_id = customer(balance="60.00")
    lease = rented(account_id)
    mailed_and_noted(lease, at=WEDNESDAY, now=WEDNESDAY + timedelta(hours=2))
    swept(FRIDAY)
    repaired(lease, at=FRIDAY)
    assert credits_of(account_id) == []

    swept(FRIDAY + timedelta(days=1))
    swept(FRIDAY + timedelta(days=2))

    assert credits_of(account_id) == [("RP-B1", "0.84")]
    assert Letter.objects.filter(account_id=account_id, letter="order-refunded").count() == 1
    decided = Decision.objects.get(account_id=account_id)
    assert decided.decided_at <= FRIDAY + timedelta(hours=7), "five working days are the limit"
    assert breaches() == []


def test_a_mail_read_after_the_repair_is_credited_at_once_and_not_again_with_the_next() -> None:
    account_id = customer(balance="60.00")
    lease = rented(account_id)
    repaired(lease, at=FRIDAY)
    read_at = FRIDAY + timedelta(days=2)
    mailed_and_noted(lease, at=WEDNESDAY, now=read_at)
    swept(read_at)
    assert credits_of(account_id) == [("RP-B1", "0.84")]

    again = FRIDAY + timedelta(days=4)
    mailed_and_noted(lease, at=again, now=again)
    repaired(lease, at=again + timedelta(hours=30))
    swept(again + timedelta(days=3))
    swept(END - timedelta(hours=1))

    assert credits_of(account_id) == [("RP-B1", "0.84"), ("RP-B1", "0.84")]
    assert breaches() == []


def test_a_short_outage_gives_nothing_and_is_looked_at_no_more() -> None:
    account_id = customer(balance="60.00")
    lease = rented(account_id)
    mailed_and_noted(lease, at=WEDNESDAY, now=WEDNESDAY)
    repaired(lease, at=WEDNESDAY + timedelta(hours=24))

    swept(FRIDAY)

    assert (credits_of(account_id), Reported.objects.count()) == ([], 0)


def test_who_cancels_after_a_credited_outage_gets_its_days_once() -> None:
    account_id = customer(balance="60.00")
    lease = rented(account_id)
    mailed_and_noted(lease, at=WEDNESDAY, now=WEDNESDAY)
    repaired(lease, at=FRIDAY)
    swept(FRIDAY + timedelta(days=1))
    again = FRIDAY + timedelta(days=2)
    mailed_and_noted(lease, at=again, now=again)

    decided = cancel_lease(
        account_id, lease_id=lease.id, surface="test", now=again + timedelta(days=2)
    )
    swept(END)

    # the 22nd of 30 days had begun when it was silent again: 9 of 12.50 a month, and nothing twice
    assert decided.clause == "RP-B1"
    assert credits_of(account_id) == [("RP-B1", "0.84"), ("RP-B1", "3.75")]
    assert breaches() == []
