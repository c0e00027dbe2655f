"""Papers of an order of a rented number: handed in, judged, and what becomes of the order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from nummer.apps.cases.models import Case
from nummer.apps.identity import actions, queries
from nummer.apps.identity.errors import (
    DocumentNotReadable,
    NoSuchPapers,
    PapersExpired,
    PapersJudged,
    PapersNotComplete,
    PapersNotOpened,
    PapersNotTaken,
    PapersWait,
    ReasonMissing,
    RuleInThePast,
    TooManyPapers,
)
from nummer.apps.identity.models import Document, Look, Papers, Slice, Transfer
from nummer.apps.identity.words import DocumentKind, Field, Reason, State, Verdict
from nummer.apps.leases import actions as leases
from nummer.apps.leases import queries as lease_queries
from nummer.apps.leases.jobs import DUE_SOURCES
from nummer.apps.leases.models import Lease
from nummer.apps.leases.papers import waiting_for_papers
from nummer.apps.leases.queries import LeaseRow
from nummer.apps.ledger import queries as ledger
from nummer.apps.notify.models import Letter
from nummer.apps.outbound import queries as outbound
from nummer.apps.refunds.jobs import DUE_SOURCES as REFUNDS
from nummer.apps.refunds.models import Decision
from nummer.config.sweeper import sweep_until
from nummer.policy.lease import PAPERS_WITHIN, SUPPLIED_WITHIN
from tests.apps.identity.conftest import WANTED
from tests.apps.identity.samples import JPEG, PDF, take_and_open
from tests.builders import NOW, customer, rental_wish, rented
from tests.invariants.proofs import breaches

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("with_papers")]
HER = "staff:7"
NAME = {Field.FIRST_NAME: "Kari", Field.LAST_NAME: "Nordmann"}
LATER = NOW + timedelta(hours=1)


def hand_in(
    account_id: int,
    *,
    fields: Mapping[Field, str] | None = None,
    documents: Mapping[DocumentKind, bytes] | None = None,
) -> UUID:
    return actions.hand_in(
        account_id,
        wanted=WANTED,
        fields=NAME if fields is None else fields,
        documents={DocumentKind.IDENTITY: PDF} if documents is None else documents,
        now=NOW,
    )


def open_all(account_id: int, papers_id: UUID, *, now: datetime = LATER) -> None:
    take_and_open(account_id, papers_id=papers_id, actor=HER, now=now)
    for one in queries.papers(account_id, papers_id=papers_id).documents:
        actions.open_document(
            account_id, papers_id=papers_id, document_id=one.id, actor=HER, now=now
        )


def approve(account_id: int, papers_id: UUID, *, expires_on: date | None = None) -> None:
    open_all(account_id, papers_id)
    actions.approve(account_id, papers_id=papers_id, expires_on=expires_on, actor=HER, now=LATER)


def refuse(account_id: int, papers_id: UUID) -> None:
    take_and_open(account_id, papers_id=papers_id, actor=HER, now=LATER)
    actions.refuse(
        account_id,
        papers_id=papers_id,
        reasons=[Reason.EXPIRED],
        words="It ended in May.",
        actor=HER,
        now=LATER,
    )


def lease_of(placed: LeaseRow) -> LeaseRow:
    return lease_queries.lease(placed.account_id, lease_id=placed.id)


def test_order_waits_for_papers_with_its_money_held_and_goes_on_when_they_are_approved() -> None:
    account_id = customer(balance="50.00")
    placed = rented(account_id)
    assert (placed.state, [one.asked for one in waiting_for_papers(account_id, now=LATER)]) == (
        "papers",
        [WANTED],
    )
    assert ledger.balance(account_id).total.decimal_text() == "50.00"

    approve(account_id, hand_in(account_id))

    assert lease_of(placed).state == "at_supplier"
    leases.supply(account_id, lease_id=placed.id, now=LATER)
    assert lease_of(placed).state == "active"
    assert breaches() == []


def test_order_asks_for_its_papers_from_its_first_moment_on() -> None:
    account_id = customer(balance="90.00")
    placed = leases.rent(account_id, wish=rental_wish("+4759441001"), now=NOW)
    assert placed.state == "paid", "its job has not looked at it yet"

    assert [one.asked for one in waiting_for_papers(account_id, now=NOW)] == [WANTED]
    approve(account_id, hand_in(account_id))
    assert waiting_for_papers(account_id, now=LATER) == []

    leases.supply(account_id, lease_id=placed.id, now=LATER)
    assert lease_of(placed).state == "active"


def test_next_order_needs_no_papers_again_until_they_expire() -> None:
    account_id = customer(balance="90.00")
    approve(account_id, hand_in(account_id), expires_on=LATER.date())

    assert rented(account_id, "+4759441001").state == "active"
    assert rented(account_id, "+4759441002", now=NOW + timedelta(days=1)).state == "papers"


def test_order_that_has_waited_long_for_papers_is_not_late_at_its_supplier() -> None:
    account_id = customer(balance="50.00")
    placed = rented(account_id)
    papers_id = hand_in(account_id)
    late = NOW + SUPPLIED_WITHIN + timedelta(days=3)
    open_all(account_id, papers_id, now=late)
    actions.approve(account_id, papers_id=papers_id, expires_on=None, actor=HER, now=late)

    sweep_until(late + timedelta(hours=1), sources=DUE_SOURCES)

    assert lease_of(placed).state == "at_supplier"


def test_refused_papers_are_answered_by_mail_and_others_may_be_handed_in() -> None:
    account_id = customer(balance="50.00")
    placed = rented(account_id)

    refuse(account_id, hand_in(account_id))

    assert lease_of(placed).state == "papers"
    (row,) = queries.papers_of(account_id)
    assert (row.state, row.reasons, row.words) == (
        State.REFUSED,
        (Reason.EXPIRED,),
        "It ended in May.",
    )
    assert Letter.objects.filter(account_id=account_id, letter="papers-refused").count() == 1
    approve(account_id, hand_in(account_id))
    assert lease_of(placed).state == "at_supplier"


def test_order_without_papers_ends_in_time_with_its_price_back_on_the_balance() -> None:
    account_id = customer(balance="50.00")
    placed = rented(account_id, "+4759441001")
    refuse(account_id, hand_in(account_id))

    sweep_until(NOW + PAPERS_WITHIN - timedelta(minutes=1), sources=DUE_SOURCES)
    assert lease_of(placed).state == "papers"
    sweep_until(NOW + PAPERS_WITHIN, sources=(*DUE_SOURCES, *REFUNDS))

    ended = lease_of(placed)
    assert (ended.state, ended.end_reason) == ("failed", "no_papers")
    assert ledger.balance(account_id).spendable.decimal_text() == "50.00"
    decision = Decision.objects.get(account_id=account_id)
    assert (decision.clauses, decision.facts["kyc"]["shown"]) == (["RP-B3"], True)
    other = customer(balance="50.00")
    assert rented(other, "+4759441001", now=NOW + PAPERS_WITHIN).state == "papers"
    assert breaches() == []


def test_order_that_waits_for_our_judgement_at_its_end_is_our_failure() -> None:
    account_id = customer(balance="50.00")
    placed = rented(account_id)
    hand_in(account_id)

    sweep_until(NOW + PAPERS_WITHIN, sources=(*DUE_SOURCES, *REFUNDS))

    assert lease_of(placed).end_reason == "not_in_time"
    assert ledger.balance(account_id).spendable.decimal_text() == "50.00"


def test_papers_lie_sealed_and_a_card_number_among_them_is_blotted_out() -> None:
    account_id = customer()

    papers_id = hand_in(
        account_id, fields={**NAME, Field.LAST_NAME: "Nordmann 4111 1111 1111 1111"}
    )

    row = Papers.objects.get(account_id=account_id)
    document = Document.objects.get(account_id=account_id)
    assert b"Kari" not in bytes(row.declared)
    kept = b"".join(bytes(one.content) for one in Slice.objects.filter(document_id=document.id))
    assert (b"%PDF" in kept, len(kept) > document.octets) == (False, True)
    opened = take_and_open(account_id, papers_id=papers_id, actor=HER, now=LATER)
    assert opened["first_name"] == "Kari"
    assert "4111 1111" not in opened["last_name"]


@pytest.mark.clause("LD-A3")
@pytest.mark.parametrize(
    ("fields", "documents"),
    [
        ({Field.FIRST_NAME: "Kari"}, {DocumentKind.IDENTITY: PDF}),
        ({**NAME, Field.LAST_NAME: " "}, {DocumentKind.IDENTITY: PDF}),
        ({**NAME, Field.LAST_NAME: "x" * 201}, {DocumentKind.IDENTITY: PDF}),
        (NAME, {}),
        (NAME, {DocumentKind.IDENTITY: PDF, DocumentKind.ADDRESS: PDF}),
    ],
)
def test_missing_and_surplus_papers_are_refused(
    fields: dict[Field, str], documents: dict[DocumentKind, bytes]
) -> None:
    account_id = customer()

    with pytest.raises(PapersNotComplete):
        hand_in(account_id, fields=fields, documents=documents)

    assert queries.papers_of(account_id) == []


def test_file_of_another_type_leaves_nothing_behind() -> None:
    account_id = customer()

    with pytest.raises(DocumentNotReadable):
        hand_in(account_id, documents={DocumentKind.IDENTITY: b"<svg/>"})

    assert not Papers.objects.filter(account_id=account_id).exists()


def test_one_handing_in_waits_at_a_time_and_ten_come_in_a_month() -> None:
    account_id = customer()
    for _ in range(10):
        papers_id = hand_in(account_id)
        with pytest.raises(PapersWait):
            hand_in(account_id)
        refuse(account_id, papers_id)

    with pytest.raises(TooManyPapers):
        hand_in(account_id)


def test_every_look_is_a_line_that_the_customer_reads() -> None:
    account_id = customer()
    papers_id = hand_in(account_id, documents={DocumentKind.IDENTITY: JPEG})
    (document,) = queries.papers(account_id, papers_id=papers_id).documents

    take_and_open(account_id, papers_id=papers_id, actor=HER, now=NOW)
    actions.give_back(account_id, papers_id=papers_id, actor=HER, now=LATER)
    actions.take(account_id, papers_id=papers_id, actor="staff:8", now=LATER)
    opened = actions.open_document(
        account_id, papers_id=papers_id, document_id=document.id, actor="staff:8", now=LATER
    )

    assert (opened.content[:3], opened.media) == (b"\xff\xd8\xff", "image/jpeg")
    assert b"made for a test" not in opened.content
    assert [(look.document, look.actor) for look in queries.looks(account_id)] == [
        ("identity", "staff:8"),
        ("", HER),
    ]


def test_judged_papers_are_neither_opened_nor_judged_again() -> None:
    account_id = customer()
    papers_id = hand_in(account_id)
    (document,) = queries.papers(account_id, papers_id=papers_id).documents
    approve(account_id, papers_id)
    looks = Look.objects.filter(account_id=account_id).count()

    with pytest.raises(PapersJudged):
        actions.open_papers(account_id, papers_id=papers_id, actor=HER, now=LATER)
    with pytest.raises(PapersJudged):
        actions.open_document(
            account_id, papers_id=papers_id, document_id=document.id, actor=HER, now=LATER
        )
    with pytest.raises(PapersJudged):
        actions.approve(account_id, papers_id=papers_id, expires_on=None, actor=HER, now=LATER)
    assert Look.objects.filter(account_id=account_id).count() == looks


def test_nobody_judges_papers_that_she_has_not_opened() -> None:
    account_id = customer()
    papers_id = hand_in(account_id)
    take_and_open(account_id, papers_id=papers_id, actor="staff:8", now=LATER)

    with pytest.raises(PapersNotTaken):
        actions.approve(account_id, papers_id=papers_id, expires_on=None, actor=HER, now=LATER)

    assert queries.waiting(account_id)


def test_refusal_without_reason_and_approval_for_a_day_gone_by_change_nothing() -> None:
    account_id = customer()
    papers_id = hand_in(account_id)
    open_all(account_id, papers_id)

    for reasons in ([], [Reason.OTHER]):
        with pytest.raises(ReasonMissing):
            actions.refuse(
                account_id, papers_id=papers_id, reasons=reasons, words=" ", actor=HER, now=LATER
            )
    with pytest.raises(PapersExpired):
        actions.approve(
            account_id,
            papers_id=papers_id,
            expires_on=LATER.date() - timedelta(days=1),
            actor=HER,
            now=LATER,
        )

    assert queries.waiting(account_id)


def test_papers_of_one_account_do_nothing_for_another_and_cannot_be_reached_by_it() -> None:
    account_id, other = customer(balance="50.00"), customer(balance="50.00")
    placed = rented(other)
    papers_id = hand_in(account_id)
    approve(account_id, papers_id)

    assert lease_of(placed).state == "papers"
    with pytest.raises(NoSuchPapers):
        queries.papers(other, papers_id=papers_id)
    with pytest.raises(NoSuchPapers):
        actions.open_papers(other, papers_id=papers_id, actor=HER, now=LATER)


def begin(account_id: int, order_id: UUID, *, now: datetime = LATER) -> Verdict | None:
    return actions.begin_transfer(
        account_id, order_id=order_id, supplier="didww", wanted=WANTED, now=now
    )


@pytest.mark.clause("LD-T3", "LD-T4")
def test_dossier_holds_what_the_rule_names_and_the_customer_sees_that_it_left() -> None:
    account_id, order_id = customer(), uuid4()
    with pytest.raises(PapersNotComplete):
        begin(account_id, order_id)
    approve(account_id, hand_in(account_id))

    assert begin(account_id, order_id) is None
    left = actions.dossier_of(account_id, order_id=order_id, now=LATER)

    assert left.declared.fields == {"first_name": "Kari", "last_name": "Nordmann"}
    (sheet,) = left.documents
    assert (sheet.kind, sheet.media, sheet.octets[:5]) == ("identity", "application/pdf", b"%PDF-")
    assert sheet.octets != PDF  # drawn anew
    passed = {(one.recipient, one.fields) for one in outbound.passages(account_id)}
    assert passed == {
        ("number-supplier", ("first_name", "last_name")),
        ("number-supplier", ("paper",)),
    }
    (row,) = queries.transfers(account_id)
    assert (row.supplier, row.fields, row.documents, row.sent_at) == (
        "didww",
        WANTED.fields,
        WANTED.documents,
        None,
    )


def test_one_job_at_a_time_sends_a_dossier_and_none_once_it_is_there() -> None:
    account_id, order_id = customer(), uuid4()
    approve(account_id, hand_in(account_id))

    assert begin(account_id, order_id) is None
    assert begin(account_id, order_id) is Verdict.PENDING  # the other job is at it
    assert begin(account_id, order_id, now=LATER + timedelta(minutes=11)) is None  # it died
    actions.note_sent(account_id, order_id=order_id, now=LATER)
    assert begin(account_id, order_id, now=LATER + timedelta(days=1)) is Verdict.PENDING


def test_verdict_of_a_supplier_stands_once_and_its_words_lie_sealed() -> None:
    account_id, order_id = customer(), uuid4()
    approve(account_id, hand_in(account_id))
    begin(account_id, order_id)

    for verdict in (Verdict.REFUSED, Verdict.ACCEPTED):
        actions.note_verdict(
            account_id, order_id=order_id, verdict=verdict, said="Too old.", now=LATER
        )

    (row,) = queries.transfers(account_id)
    assert (row.verdict, row.judged_at, row.said) == (Verdict.REFUSED, LATER, "Too old.")
    assert b"Too old" not in bytes(Transfer.objects.get(account_id=account_id).said or b"")


def test_papers_are_not_approved_before_each_document_was_opened_by_the_same_person() -> None:
    account_id = customer()
    papers_id = hand_in(account_id)
    (document,) = queries.papers(account_id, papers_id=papers_id).documents
    take_and_open(account_id, papers_id=papers_id, actor="staff:8", now=LATER)
    actions.open_document(
        account_id, papers_id=papers_id, document_id=document.id, actor="staff:8", now=LATER
    )
    take_and_open(account_id, papers_id=papers_id, actor=HER, now=LATER)

    with pytest.raises(PapersNotOpened):
        actions.approve(account_id, papers_id=papers_id, expires_on=None, actor=HER, now=LATER)
    assert queries.waiting(account_id)

    open_all(account_id, papers_id)
    actions.approve(account_id, papers_id=papers_id, expires_on=None, actor=HER, now=LATER)
    assert not queries.waiting(account_id)


def test_each_handing_in_opens_a_case_that_ends_with_the_judgement() -> None:
    account_id = customer()
    papers_id = hand_in(account_id)
    case = Case.objects.get(account_id=account_id)
    assert (case.id, case.kind, case.state) == (papers_id, "papers", "open")

    refuse(account_id, papers_id)
    case.refresh_from_db()
    assert case.state == "closed"

    again = hand_in(account_id)
    assert Case.objects.get(account_id=account_id, id=again).state == "open"


def test_rule_of_a_day_to_come_counts_from_then_and_none_begins_in_the_past() -> None:
    with pytest.raises(RuleInThePast):
        actions.set_rule(
            country="NO",
            kind="mobile",
            wanted=WANTED,
            from_at=NOW - timedelta(seconds=1),
            actor=HER,
            now=NOW,
        )
    actions.set_rule(country="NO", kind="mobile", wanted=WANTED, from_at=LATER, actor=HER, now=NOW)

    def then(at: datetime) -> queries.Asked:
        return queries.asked(country="NO", kind="mobile", supplier="x", customer="person", at=at)

    assert (then(LATER - timedelta(seconds=1)), then(LATER)) == (queries.Asked(), WANTED)


def test_rule_of_a_later_day_does_not_touch_orders_placed_before() -> None:
    account_id = customer(balance="50.00")
    placed = rented(account_id)
    actions.set_rule(country="NO", kind="local", wanted=queries.Asked(), actor=HER, now=LATER)

    assert [one.asked for one in waiting_for_papers(account_id, now=LATER)] == [WANTED]
    assert rented(customer(balance="50.00"), now=LATER).state == "active"
    assert Lease.objects.get(id=placed.id).papers_at is None
