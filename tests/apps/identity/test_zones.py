"""Typed zones as a help to the reviewer, who alone decides (hostile 32)."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest

from nummer.apps.audit.models import Line
from nummer.apps.identity import actions, queries
from nummer.apps.identity.errors import FindingsStand, PapersNotTaken, PapersTaken, ZoneNotReadable
from nummer.apps.identity.jobs import DUE_SOURCES
from nummer.apps.identity.models import Papers
from nummer.apps.identity.words import Field, Finding
from nummer.apps.leases.papers import asked_now
from nummer.apps.notify.models import Letter
from nummer.config.sweeper import sweep_until
from nummer.protocols.mrz import digit
from tests.apps.identity.conftest import WANTED
from tests.apps.identity.test_papers import HER, LATER, approve, hand_in, open_all
from tests.builders import NOW, customer, rented
from tests.invariants.proofs import breaches

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("with_papers")]


def passport(
    *, number: str = "L898902C3", name: str = "NORDMANN<<KARI", expires: str = "320415"
) -> str:
    """Return a zone whose check digits are right."""
    born, optional = "740812", "<" * 14
    first = f"P<NOR{name}".ljust(44, "<")
    fields = [number.ljust(9, "<"), born, expires]
    checked = [field + digit(field) for field in fields]
    whole = "".join(checked) + optional + "<"
    second = f"{checked[0]}NOR{checked[1]}F{checked[2]}{optional}<{digit(whole)}"
    return f"{first}\n{second}"


def compare(account_id: int, papers_id: UUID, zone: str) -> tuple[Finding, ...]:
    open_all(account_id, papers_id)
    return actions.compare_zone(
        account_id, papers_id=papers_id, text=zone, actor=HER, now=LATER
    ).findings


@pytest.mark.parametrize(
    ("zone", "findings"),
    [
        (passport(), ()),
        (passport(name="NORDMANN<<KARI<ANNE<MARIE"), ()),
        (passport(name="NORDMANN<<ANNE<KARI"), (Finding.OTHER_NAME,)),
        (passport(name="NORDMAN<<KARI"), (Finding.OTHER_NAME,)),
        (passport(name="KARI<<NORDMANN"), (Finding.OTHER_NAME,)),
        (passport(expires="200101"), (Finding.EXPIRED,)),
        (passport().replace("L898902C3", "L898902C4"), (Finding.CHECK_DIGIT,)),
        (passport().replace("740812", "740813"), (Finding.CHECK_DIGIT,)),
    ],
    ids=[
        "fits", "middle names", "another first name", "another surname", "turned around",
        "expired", "wrong number", "wrong date",
    ],
)  # fmt: skip
def test_what_does_not_fit_is_found(zone: str, findings: tuple[Finding, ...]) -> None:
    account_id = customer()
    assert compare(account_id, hand_in(account_id), zone) == findings


def test_nothing_is_approved_by_a_zone_that_fits() -> None:
    account_id = customer(balance="50.00")
    rented(account_id)
    papers_id = hand_in(account_id)

    assert compare(account_id, papers_id, passport()) == ()

    assert queries.waiting(account_id)
    row = queries.papers(account_id, papers_id=papers_id)
    assert (row.state, row.expires_on) == ("waiting", date(2032, 4, 15))


def test_who_accepts_what_does_not_fit_says_why() -> None:
    account_id = customer()
    papers_id = hand_in(account_id)
    compare(account_id, papers_id, passport(name="OLSEN<<KARI"))

    def accept(grounds: str) -> None:
        actions.approve(
            account_id,
            papers_id=papers_id,
            expires_on=None,
            grounds=grounds,
            actor=HER,
            now=LATER,
        )

    with pytest.raises(FindingsStand):
        accept(" ")
    assert queries.waiting(account_id)
    accept("She married; her certificate is among the papers.")

    row = Papers.objects.get(account_id=account_id)
    assert (row.state, b"married" in bytes(row.grounds or b"")) == ("approved", False)
    assert breaches() == []


@pytest.mark.parametrize(
    "same", ["L898902C3", "1898902C3"], ids=["the same number", "L and 1 exchanged"]
)
def test_passport_of_another_account_is_flagged_on_both_sides(same: str) -> None:
    first, second = customer(), customer()
    papers = {one: hand_in(one) for one in (first, second)}
    assert compare(first, papers[first], passport()) == ()

    assert compare(second, papers[second], passport(number=same)) == (Finding.KNOWN_ELSEWHERE,)

    for one, other in ((first, second), (second, first)):
        assert queries.papers(one, papers_id=papers[one]).findings == (Finding.KNOWN_ELSEWHERE,)
        assert queries.elsewhere(one, papers_id=papers[one]) == [other]
        with pytest.raises(FindingsStand):
            approve(one, papers[one])
    assert [row.findings for row in queries.queue()] == [(Finding.KNOWN_ELSEWHERE,)] * 2


def test_number_is_known_without_being_kept_and_forgotten_with_the_papers() -> None:
    account_id = customer()
    papers_id = hand_in(account_id)
    compare(account_id, papers_id, passport())
    approve(account_id, papers_id)
    row = Papers.objects.get(account_id=account_id)
    assert (len(bytes(row.zone_index or b"")), b"898902" in bytes(row.zone_index or b"")) == (
        16,
        False,
    )

    sweep_until(LATER + timedelta(days=40), sources=DUE_SOURCES)

    row.refresh_from_db()
    assert (row.zone_index, row.grounds) == (None, None)
    assert queries.elsewhere(account_id, papers_id=papers_id) == []


def test_other_lines_are_refused_and_change_nothing() -> None:
    account_id = customer()
    papers_id = hand_in(account_id)
    open_all(account_id, papers_id)

    with pytest.raises(ZoneNotReadable):
        actions.compare_zone(
            account_id, papers_id=papers_id, text="<b>no zone</b>", actor=HER, now=LATER
        )

    assert queries.papers(account_id, papers_id=papers_id).findings == ()


@pytest.mark.clause("PP-2.3a")
def test_opening_papers_without_the_task_is_refused_and_written_down() -> None:
    account_id = customer()
    papers_id = hand_in(account_id)
    (document,) = queries.papers(account_id, papers_id=papers_id).documents
    whose = {"account_id": account_id, "papers_id": papers_id, "actor": HER}

    with pytest.raises(PapersNotTaken):
        actions.open_papers(now=NOW, **whose)
    with pytest.raises(PapersNotTaken):
        actions.open_document(document_id=document.id, now=NOW, **whose)
    actions.take(now=NOW, **whose)
    actions.open_papers(now=NOW + timedelta(minutes=119), **whose)
    with pytest.raises(PapersNotTaken):
        actions.open_papers(now=NOW + timedelta(hours=2), **whose)

    tried = Line.objects.filter(account_id=account_id, verb="papers_opening_refused")
    assert [line.actor for line in tried] == [HER] * 3
    assert len(queries.looks(account_id)) == 1


def test_task_of_one_reviewer_is_taken_by_another_once_it_is_given_back_or_old() -> None:
    account_id = customer()
    papers_id = hand_in(account_id)
    which = {"account_id": account_id, "papers_id": papers_id}
    actions.take(actor=HER, now=NOW, **which)

    with pytest.raises(PapersTaken):
        actions.take(actor="staff:8", now=NOW, **which)
    actions.give_back(actor="staff:8", now=NOW, **which)  # not hers
    with pytest.raises(PapersTaken):
        actions.take(actor="staff:8", now=NOW, **which)
    actions.take(actor="staff:8", now=NOW + timedelta(hours=2), **which)
    actions.give_back(actor="staff:8", now=NOW + timedelta(hours=2), **which)
    actions.take(actor=HER, now=NOW + timedelta(hours=2), **which)


def test_customer_is_told_a_month_before_papers_expire_that_a_number_needs() -> None:
    account_id, without = customer(balance="50.00"), customer()
    rented(account_id)
    expires_on = LATER.date() + timedelta(days=90)
    for one in (account_id, without):
        approve(one, hand_in(one), expires_on=expires_on)
    before = LATER + timedelta(days=58)
    sweep_until(before, sources=DUE_SOURCES)
    assert not Letter.objects.filter(letter="papers-expiring").exists()
    assert not asked_now(account_id, now=before)

    later = LATER + timedelta(days=61)
    sweep_until(later, sources=DUE_SOURCES)
    sweep_until(later + timedelta(days=1), sources=DUE_SOURCES)

    (letter,) = Letter.objects.filter(letter="papers-expiring")
    assert letter.account_id == account_id
    assert asked_now(account_id, now=later) == WANTED
    assert set(WANTED.fields) == {Field.FIRST_NAME, Field.LAST_NAME}
    assert [one for one, _, _ in queries.expiring(until=expires_on, now=later)] == [account_id]
