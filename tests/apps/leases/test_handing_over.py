"""A rented number passes to another customer, by three words and at one moment."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection

from nummer.apps.agreements.errors import ConsentMissing
from nummer.apps.audit.models import Line
from nummer.apps.catalogue.errors import PriceAboveMax
from nummer.apps.identity import actions as identity
from nummer.apps.identity import queries as papers
from nummer.apps.identity.queries import Asked
from nummer.apps.identity.words import DocumentKind
from nummer.apps.incidents.actions.facts import Kind, Source, Subject, SubjectKind, Told, record
from nummer.apps.leases import actions, handovers, held, queries
from nummer.apps.leases.actions import Agreed
from nummer.apps.leases.errors import (
    HandoverNotAccepted,
    HandoverNotPossible,
    HandoverOver,
    HandoverReceiverNotReady,
    LeaseNotLikeThat,
    NoSuchHandover,
    PapersNotApproved,
    TooManyHandovers,
)
from nummer.apps.leases.jobs import DUE_SOURCES
from nummer.apps.leases.leaving import Cause
from nummer.apps.leases.models import Handover, Lease, Rentable
from nummer.apps.leases.papers import ask_for_papers
from nummer.apps.leases.queries import LeaseRow
from nummer.apps.ledger import queries as ledger
from nummer.apps.messaging import actions as messaging
from nummer.apps.messaging import queries as inbox
from nummer.apps.notify.models import Letter
from nummer.apps.refunds.actions import cancel_lease, end_lease
from nummer.apps.standing import actions as standing
from nummer.apps.webhooks.actions import create_endpoint
from nummer.apps.webhooks.models import Event
from nummer.config.sweeper import sweep_until
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from nummer.kernel.phone import PhoneNumber
from tests.apps.identity.samples import PDF, take_and_open
from tests.builders import NOW, customer, deliver, email_of, rented
from tests.invariants.proofs import breaches

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rentals")]
NUMBER = "+4759441001"
LATER = NOW + timedelta(days=3)
YES = Agreed(texts=(), terms=True, monthly_max=Money.parse("12.50", "EUR"))


def swept(at: datetime) -> None:
    assert sweep_until(at, sources=DUE_SOURCES).failed == 0


def offer(lease: LeaseRow, email: str, *, at: datetime = LATER, key: UUID | None = None) -> UUID:
    given = actions.offer(
        lease.account_id, lease_id=lease.id, email=email, key=key or new_id(), now=at
    )
    swept(at)
    return given.id


def accept(to: int, handover_id: UUID, *, at: datetime = LATER) -> None:
    actions.accept(to, handover_id=handover_id, agreed=YES, key=new_id(), now=at)


def handed_over(lease: LeaseRow, to: int, *, at: datetime = LATER) -> LeaseRow:
    handover_id = offer(lease, email_of(to), at=at)
    accept(to, handover_id, at=at)
    actions.hand_over(lease.account_id, handover_id=handover_id, now=at)
    shown = handovers.offered(to, handover_id=handover_id)
    assert shown.lease_id is not None
    return queries.lease(to, lease_id=shown.lease_id)


def letters(account_id: int) -> list[str]:
    rows = Letter.objects.filter(account_id=account_id).order_by("written_at", "id")
    return [row.letter for row in rows]


@pytest.mark.clause("LD-H7")
def test_the_number_is_the_receivers_from_the_last_word_on_with_a_contract_of_his_own() -> None:
    giver, receiver = customer(balance="40.00"), customer(balance="20.00", locale="de")
    lease = rented(giver, NUMBER)
    swept(NOW)
    assert ledger.earmarked(giver, earmark_id=lease.id).decimal_text() == "12.50"
    before = ledger.balance(giver).total, ledger.balance(receiver).total

    new = handed_over(lease, receiver)

    old = queries.lease(giver, lease_id=lease.id)
    assert (old.state, old.end_reason, old.ended_at) == ("released", "handed_over", LATER)
    assert (new.state, new.activated_at, new.paid_until) == ("active", LATER, lease.paid_until)
    assert new.id != old.id
    assert (ledger.balance(giver).total, ledger.balance(receiver).total) == before
    assert ledger.earmarked(giver, earmark_id=lease.id).micro == 0
    just_before = LATER - timedelta(microseconds=1)
    holders = [queries.holder(PhoneNumber(NUMBER), at=at) for at in (just_before, LATER)]
    assert [one.account_id for one in holders if one is not None] == [giver, receiver]
    assert set(letters(giver)[-2:]) == {"handover-accepted", "lease-ended"}
    assert set(letters(receiver)[-2:]) == {"handover-offered", "handover-done"}
    assert breaches() == []


def test_the_receivers_months_go_on_from_the_givers_day_at_his_own_cost() -> None:
    giver, receiver = customer(balance="18.75"), customer(balance="20.00")
    new = handed_over(rented(giver, NUMBER), receiver)
    assert new.paid_until is not None

    swept(new.paid_until)

    assert ledger.balance(receiver).total.decimal_text() == "7.50"
    assert ledger.balance(giver).total.decimal_text() == "0.00"
    assert queries.lease(receiver, lease_id=new.id).paid_until == datetime.fromisoformat(
        "2027-01-22T12:00:00+00:00"
    )
    assert breaches() == []


def test_each_reads_what_came_in_his_own_time_and_nothing_of_the_other() -> None:
    giver, receiver = customer(balance="40.00"), customer(balance="20.00")
    lease = rented(giver, NUMBER)
    held.set_label(giver, lease_id=lease.id, text="giver's own", now=NOW)
    messaging.set_inbox(giver, lease_id=lease.id, mailed=True, reply="out", now=NOW)
    deliver(NUMBER, "before", at=LATER - timedelta(minutes=5))
    handover_id = offer(lease, email_of(receiver))
    accept(receiver, handover_id)
    deliver(NUMBER, "between", at=LATER - timedelta(seconds=1))
    actions.hand_over(giver, handover_id=handover_id, now=LATER)
    deliver(NUMBER, "late", at=LATER - timedelta(seconds=2))
    deliver(NUMBER, "after", at=LATER)

    giver_reads = {each.body for each in inbox.sms_of(giver, limit=50)}
    receiver_reads = {each.body for each in inbox.sms_of(receiver, limit=50)}

    assert giver_reads == {"before", "between", "late"}
    assert receiver_reads == {"after"}
    [new] = queries.leases_of(receiver)
    assert held.labels(receiver, lease_ids=[new.id]) == {}
    assert breaches() == []


def test_programs_of_both_are_told_of_their_own_lease() -> None:
    giver, receiver = customer(balance="40.00"), customer(balance="20.00")
    lease = rented(giver, NUMBER)
    for account_id in (giver, receiver):
        create_endpoint(
            account_id,
            url="http://127.0.0.1:34567/",
            kinds=["lease.ended", "lease.activated"],
            actor=f"customer:{account_id}",
            now=NOW,
        )

    new = handed_over(lease, receiver)

    told = set(Event.objects.values_list("account_id", "kind", "subject_id"))
    assert told == {(giver, "lease.ended", lease.id), (receiver, "lease.activated", new.id)}


@pytest.mark.parametrize("exists", [True, False])
def test_the_giver_learns_nothing_of_whether_there_is_such_an_account(exists: bool) -> None:  # noqa: FBT001 -- pytest hands it over by name
    giver, other = customer(balance="40.00"), customer()
    lease = rented(giver, NUMBER)
    handover_id = offer(lease, email_of(other) if exists else "nobody@example.com")

    shown = handovers.given(giver, handover_id=handover_id)
    assert (shown.state, shown.accepted_at) == ("offered", None)
    assert not [name for name in letters(giver) if name.startswith("handover")]
    assert ("handover-offered" in letters(other)) is exists
    with pytest.raises(HandoverNotAccepted):
        actions.hand_over(giver, handover_id=handover_id, now=LATER)

    swept(LATER + timedelta(days=7))
    over = handovers.given(giver, handover_id=handover_id)
    assert (over.state, over.to_email, letters(giver)[-1]) == ("lapsed", "", "handover-ended")
    assert breaches() == []


def test_an_offer_is_nobodys_but_the_two_and_ends_by_the_word_of_either() -> None:
    giver, receiver, stranger = customer(balance="40.00"), customer(), customer()
    lease = rented(giver, NUMBER)
    first = offer(lease, email_of(receiver))

    for ask in (
        lambda: handovers.offered(stranger, handover_id=first),
        lambda: handovers.given(receiver, handover_id=first),
        lambda: actions.decline(stranger, handover_id=first, now=LATER),
        lambda: actions.withdraw_handover(receiver, handover_id=first, now=LATER),
        lambda: actions.hand_over(receiver, handover_id=first, now=LATER),
        lambda: accept(giver, first),
    ):
        with pytest.raises(NoSuchHandover):
            ask()
    accept(receiver, first)
    actions.decline(receiver, handover_id=first, now=LATER)
    actions.decline(receiver, handover_id=first, now=LATER)
    with pytest.raises(HandoverOver):
        actions.hand_over(giver, handover_id=first, now=LATER)
    second = offer(lease, email_of(receiver))
    accept(receiver, second)
    actions.withdraw_handover(giver, handover_id=second, now=LATER)
    with pytest.raises(HandoverOver):
        accept(receiver, second)

    assert queries.lease(giver, lease_id=lease.id).state == "active"
    assert breaches() == []


def test_confirming_twice_hands_over_once() -> None:
    giver, receiver = customer(balance="40.00"), customer()
    lease = rented(giver, NUMBER)
    key = new_id()
    handover_id = offer(lease, email_of(receiver), key=key)
    assert offer(lease, email_of(receiver), key=key) == handover_id
    accept(receiver, handover_id)
    accept(receiver, handover_id)
    actions.hand_over(giver, handover_id=handover_id, now=LATER)
    again = actions.hand_over(giver, handover_id=handover_id, now=LATER + timedelta(days=1))

    assert (again.state, Lease.objects.count()) == ("done", 2)
    verbs = Line.objects.filter(place="leases_handover").order_by("id")
    assert [row.verb for row in verbs] == ["offer_handover", "accept_handover", "hand_over"]
    with pytest.raises(LeaseNotLikeThat):
        offer(lease, email_of(receiver))
    assert breaches() == []


def test_what_is_not_possible_is_refused_and_changes_nothing() -> None:
    giver = customer(balance="80.00")
    lease = rented(giver, NUMBER)
    with pytest.raises(HandoverNotPossible):  # to oneself
        offer(lease, email_of(giver).upper())
    open_ = offer(lease, "somebody@example.com")
    with pytest.raises(HandoverNotPossible):  # twice
        offer(lease, "else@example.com")
    actions.withdraw_handover(giver, handover_id=open_, now=LATER)
    record(
        giver,
        subject=Subject(SubjectKind.RENTAL, lease.id),
        kind=Kind.PROBLEM,
        told=Told(Source.PAGE, f"customer:{giver}", LATER),
        now=LATER,
    )
    with pytest.raises(HandoverNotPossible):  # a reported outage is open
        offer(lease, "else@example.com", at=LATER + timedelta(hours=1))
    under_notice = rented(giver, "+4759441002")
    actions.give_notice(giver, lease_id=under_notice.id, now=NOW)
    with pytest.raises(LeaseNotLikeThat):
        offer(under_notice, "else@example.com")

    assert Handover.objects.count() == 1
    assert breaches() == []


def test_nobody_finds_out_addresses_by_many_offers() -> None:
    lease = rented(customer(balance="40.00"), NUMBER)
    for n in range(5):
        handover_id = offer(lease, f"guess{n}@example.com")
        actions.withdraw_handover(lease.account_id, handover_id=handover_id, now=LATER)

    with pytest.raises(TooManyHandovers):
        offer(lease, "guess5@example.com")


@pytest.mark.parametrize(
    ("agreed", "refusal"),
    [
        (Agreed(texts=(), terms=False, monthly_max=None), ConsentMissing),
        (Agreed(texts=(), terms=True, monthly_max=Money.parse("12.49", "EUR")), PriceAboveMax),
    ],
)
def test_the_receiver_agrees_to_terms_and_price(agreed: Agreed, refusal: type[Refusal]) -> None:
    giver, receiver = customer(balance="40.00"), customer()
    handover_id = offer(rented(giver, NUMBER), email_of(receiver))

    with pytest.raises(refusal):
        actions.accept(receiver, handover_id=handover_id, agreed=agreed, key=new_id(), now=LATER)

    assert handovers.offered(receiver, handover_id=handover_id).state == "offered"


def test_papers_of_the_giver_do_not_count_for_the_receiver() -> None:
    giver, receiver = customer(balance="40.00"), customer()
    lease = rented(giver, NUMBER)
    ask_for_papers(
        country="NO",
        kind="local",
        wanted=Asked(documents=(DocumentKind.IDENTITY,)),
        actor="staff:1",
        now=NOW,
    )
    handover_id = offer(lease, email_of(receiver))

    with pytest.raises(PapersNotApproved):
        accept(receiver, handover_id)

    assert handovers.offered(receiver, handover_id=handover_id).state == "offered"


def test_what_the_receiver_lost_since_he_accepted_stops_it_without_a_word_why() -> None:
    giver, receiver = customer(balance="40.00"), customer()
    lease = rented(giver, NUMBER)
    handover_id = offer(lease, email_of(receiver))
    accept(receiver, handover_id)
    standing.suspend(receiver, service="", reason="debt", actor="staff:1", now=LATER)

    with pytest.raises(HandoverReceiverNotReady) as refused:
        actions.hand_over(giver, handover_id=handover_id, now=LATER)

    assert refused.value.data == {}
    assert queries.lease(giver, lease_id=lease.id).state == "active"
    assert breaches() == []


def test_whoever_is_suspended_gives_no_number_away() -> None:
    giver, receiver = customer(balance="40.00"), customer()
    lease, other = rented(giver, NUMBER), rented(giver, "+4759441002")
    handover_id = offer(lease, email_of(receiver))
    accept(receiver, handover_id)
    standing.suspend(giver, service="", reason="debt", actor="staff:1", now=LATER)

    with pytest.raises(HandoverNotPossible):
        actions.hand_over(giver, handover_id=handover_id, now=LATER)
    with pytest.raises(HandoverNotPossible):
        offer(other, email_of(receiver))

    assert queries.lease(giver, lease_id=lease.id).state == "active"
    assert breaches() == []


def test_a_number_that_its_supplier_knows_under_a_name_stays_with_that_name() -> None:
    giver, receiver = customer(balance="40.00"), customer()
    lease = rented(giver, NUMBER)
    wanted = Asked((), (DocumentKind.IDENTITY,))
    papers_id = identity.hand_in(
        giver, wanted=wanted, fields={}, documents={DocumentKind.IDENTITY: PDF}, now=LATER
    )
    take_and_open(giver, papers_id=papers_id, actor="staff:7", now=LATER)
    (document,) = papers.papers(giver, papers_id=papers_id).documents
    identity.open_document(
        giver, papers_id=papers_id, document_id=document.id, actor="staff:7", now=LATER
    )
    identity.approve(giver, papers_id=papers_id, expires_on=None, actor="staff:7", now=LATER)
    identity.begin_transfer(giver, order_id=lease.id, supplier="didww", wanted=wanted, now=LATER)

    with pytest.raises(HandoverNotPossible):
        offer(lease, email_of(receiver))
    assert queries.lease(giver, lease_id=lease.id).state == "active"


def test_what_was_given_away_pays_nobody_back() -> None:
    giver, receiver = customer(balance="18.75"), customer(balance="20.00")
    lease = rented(giver, NUMBER)
    new = handed_over(lease, receiver)
    with pytest.raises(LeaseNotLikeThat):
        cancel_lease(giver, lease_id=lease.id, surface="test", now=LATER)

    decided = end_lease(
        receiver, lease_id=new.id, cause=Cause.LAW, words="", actor="staff:1", now=LATER
    )

    assert decided.amount.micro == 0
    assert ledger.balance(receiver).total.decimal_text() == "20.00"
    assert ledger.balance(giver).total.decimal_text() == "0.00"
    assert breaches() == []


def test_a_number_goes_from_hand_to_hand_and_rests_only_after_the_last() -> None:
    people = [customer(balance="40.00") for _ in range(3)]
    lease = rented(people[0], NUMBER)
    for place, to in enumerate(people[1:], start=1):
        lease = handed_over(lease, to, at=NOW + timedelta(days=place))
    cancel_lease(people[2], lease_id=lease.id, surface="test", now=LATER)

    row = Rentable.objects.get(e164=NUMBER)
    assert (row.lease_id, row.quarantined_until) == (None, LATER + timedelta(days=90))
    assert [one.account_id for one in queries.history(PhoneNumber(NUMBER))] == people[::-1]
    assert breaches() == []


def test_a_lease_that_ends_otherwise_ends_its_offer() -> None:
    giver, receiver = customer(balance="40.00"), customer()
    lease = rented(giver, NUMBER)
    handover_id = offer(lease, email_of(receiver))
    accept(receiver, handover_id)
    cancel_lease(giver, lease_id=lease.id, surface="test", now=LATER)

    assert handovers.given(giver, handover_id=handover_id).state == "void"
    with pytest.raises(HandoverOver):
        actions.hand_over(giver, handover_id=handover_id, now=LATER)


def test_the_proof_knows_no_other_exception_from_the_rest_of_a_number() -> None:
    giver, receiver = customer(balance="40.00"), customer()
    handed_over(rented(giver, NUMBER), receiver)
    assert breaches() == []

    with connection.cursor() as cursor:
        cursor.execute("UPDATE leases_handover SET to_account_id = %s", [customer()])

    assert any("number had one holder" in name for name, _, _ in breaches())
