"""A customer objects to a decision about misuse; another person looks at it again (RP-X3, U21)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from nummer.apps.cases import queries as cases
from nummer.apps.cases.actions import Channel, Kind
from nummer.apps.cases.errors import NothingWritten
from nummer.apps.incidents import queries
from nummer.apps.incidents.actions import abuse
from nummer.apps.incidents.actions.facts import Subject, SubjectKind
from nummer.apps.incidents.errors import AbuseCaseDecided, NoSuchAbuseCase, SecondPersonNeeded
from nummer.apps.notify.models import Letter
from tests import builders
from tests.builders import NOW

FIRST, SECOND, THIRD = "staff:1", "staff:2", "staff:3"
LATER = NOW + timedelta(hours=1)
LATEST = NOW + timedelta(hours=2)


@pytest.fixture
def account_id(shop: None) -> int:
    return builders.customer()


def suspected(account_id: int) -> UUID:
    subject = Subject(SubjectKind.ACCOUNT)
    return abuse.suspect(account_id, subject=subject, reason="x", actor=FIRST, now=NOW).id


def decide(
    account_id: int, case_id: UUID, verdict: abuse.Verdict, *, actor: str, told: str = ""
) -> None:
    abuse.decide(
        account_id,
        case_id=case_id,
        verdict=verdict,
        reason="proof",
        reference="CMP-1",
        actor=actor,
        told_customer=told,
        now=NOW if actor == SECOND else LATEST,
    )


def confirmed(account_id: int) -> UUID:
    case_id = suspected(account_id)
    decide(account_id, case_id, abuse.Verdict.CONFIRMED, actor=SECOND, told="Codes were sold.")
    return case_id


def object_to(
    account_id: int, case_id: UUID, words: str = "It was not me.", *, now: datetime = LATER
) -> int:
    opened = abuse.object_to(
        account_id,
        case_id=case_id,
        words=words,
        channel=Channel.PAGE,
        actor=f"customer:{account_id}",
        now=now,
    )
    return opened.head.number


def letters(account_id: int) -> int:
    return Letter.objects.filter(account_id=account_id, letter="misuse-decided").count()


@pytest.mark.clause("RP-X3")
def test_an_objection_opens_a_case_and_another_person_decides_anew(account_id: int) -> None:
    case_id = confirmed(account_id)
    assert letters(account_id) == 1

    number = object_to(account_id, case_id)
    opened = cases.case_of_customer(account_id, number=number)
    assert (opened.head.kind, opened.subject) == (Kind.COMPLAINT, "RP-X3 CMP-1")
    (row,) = queries.decisions_on_misuse(account_id)
    assert (row.state, row.objected) == ("confirmed", True)

    with pytest.raises(SecondPersonNeeded):
        decide(account_id, case_id, abuse.Verdict.REJECTED, actor=SECOND)
    decide(account_id, case_id, abuse.Verdict.REJECTED, actor=THIRD)
    (row,) = queries.decisions_on_misuse(account_id)
    assert (row.state, row.objected) == ("rejected", False)
    assert letters(account_id) == 2


def test_a_decision_is_objected_to_once(account_id: int) -> None:
    case_id = confirmed(account_id)
    assert object_to(account_id, case_id) == object_to(account_id, case_id, "Again!")
    words = [step.word for step in queries.abuse_case(account_id, case_id=case_id).steps]
    assert words == ["suspected", "confirmed", "appealed"]


def test_a_second_confirmation_can_be_objected_to_anew(account_id: int) -> None:
    case_id = confirmed(account_id)
    first = object_to(account_id, case_id)
    decide(account_id, case_id, abuse.Verdict.CONFIRMED, actor=THIRD)
    assert object_to(account_id, case_id, now=LATEST) != first


def test_a_suspicion_is_neither_shown_nor_told_nor_objected_to(account_id: int) -> None:
    case_id = suspected(account_id)
    assert queries.decisions_on_misuse(account_id) == []
    with pytest.raises(AbuseCaseDecided):
        object_to(account_id, case_id)
    decide(account_id, case_id, abuse.Verdict.REJECTED, actor=SECOND)
    assert letters(account_id) == 0
    assert cases.cases_of(account_id) == []


def test_what_is_not_his_or_says_nothing_is_refused(account_id: int) -> None:
    case_id = confirmed(account_id)
    with pytest.raises(NoSuchAbuseCase):
        object_to(builders.customer(), case_id)
    with pytest.raises(NothingWritten):
        object_to(account_id, case_id, "  ")
    assert not queries.decisions_on_misuse(account_id)[0].objected


def test_numbers_of_cards_are_taken_out_of_an_objection(account_id: int) -> None:
    case_id = confirmed(account_id)
    object_to(account_id, case_id, "My card is 4242 4242 4242 4242.")
    step = queries.abuse_case(account_id, case_id=case_id).steps[-1]
    assert "4242 4242 4242" not in queries.evidence(account_id, fact_id=step.id)
