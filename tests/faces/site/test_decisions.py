"""The page on which a customer reads decisions about misuse and objects to them."""

from __future__ import annotations

from uuid import UUID

import pytest

from nummer.apps.cases import queries as cases
from nummer.apps.incidents import queries
from nummer.apps.incidents.actions import abuse
from nummer.apps.incidents.actions.facts import Subject, SubjectKind
from tests import builders
from tests.faces.conftest import LANGUAGES, Enter

TITLES = {
    "en": "Our decisions about misuse",
    "nb": "Våre avgjørelser om misbruk",
    "de": "Unsere Entscheidungen über Missbrauch",
}


def confirmed(account_id: int) -> UUID:
    subject, now = Subject(SubjectKind.ACCOUNT), builders.NOW
    case = abuse.suspect(account_id, subject=subject, reason="x", actor="staff:1", now=now)
    abuse.decide(
        account_id,
        case_id=case.id,
        verdict=abuse.Verdict.CONFIRMED,
        reason="secret words of the staff",
        reference="CMP-1",
        actor="staff:2",
        now=now,
    )
    return case.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_decision_stands_with_its_clause_and_a_form_to_object(
    enter: Enter, language: str
) -> None:
    account_id = builders.customer(locale=language)
    case_id = confirmed(account_id)
    browser = enter(account_id, language=language)

    assert 'href="/decisions/"' in browser.get("/cases/").text
    page = browser.get("/decisions/").text
    assert f"<h1>{TITLES[language]}</h1>" in page
    assert "RP-X3" in page
    assert f'action="/decisions/{case_id}/"' in page
    assert "secret words" not in page


def test_an_objection_leads_to_its_case(enter: Enter) -> None:
    account_id = builders.customer()
    case_id = confirmed(account_id)
    browser = enter(account_id)

    first = browser.post(f"/decisions/{case_id}/", {"words": "It was not me."})
    again = browser.post(f"/decisions/{case_id}/", {"words": "It was not me."})

    (row,) = cases.cases_of(account_id)
    assert first["Location"] == again["Location"] == f"/cases/{row.head.number}/"
    assert "You have objected." in browser.get("/decisions/").text


def test_an_empty_objection_and_anothers_decision_change_nothing(enter: Enter) -> None:
    account_id, other = builders.customer(), builders.customer()
    case_id = confirmed(other)
    browser = enter(account_id)
    assert browser.post(f"/decisions/{case_id}/", {"words": "x"}).status_code == 404
    assert enter(other).post(f"/decisions/{case_id}/", {"words": ""}).status_code == 400
    assert not queries.decisions_on_misuse(other)[0].objected


def test_who_was_never_decided_about_sees_no_such_link(enter: Enter) -> None:
    browser = enter(builders.customer())
    assert "/decisions/" not in browser.get("/cases/").text
    assert browser.get("/decisions/").status_code == 200
