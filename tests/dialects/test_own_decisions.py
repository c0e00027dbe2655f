"""Decisions about misuse by program, and the objection to one."""

from __future__ import annotations

import json
from importlib.resources import files
from uuid import UUID

import pytest

from nummer.apps.cases import queries as cases
from nummer.apps.incidents.actions import abuse
from nummer.apps.incidents.actions.facts import Subject, SubjectKind
from nummer.faces.api import reading
from nummer.kernel.limits import CallLimit
from tests import builders
from tests.dialects.conftest import Program
from tests.dialects.test_own_api import read, write

SCHEMAS = json.loads(files("nummer.faces.api").joinpath("openapi.json").read_text())["components"][
    "schemas"
]


@pytest.fixture(autouse=True)
def each_test_counts_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PROGRAMS", CallLimit(per_s=1000, burst=1000))


def confirmed(account_id: int) -> UUID:
    subject, now = Subject(SubjectKind.ACCOUNT), builders.NOW
    case = abuse.suspect(account_id, subject=subject, reason="x", actor="staff:1", now=now)
    abuse.decide(
        account_id,
        case_id=case.id,
        verdict=abuse.Verdict.CONFIRMED,
        reason="y",
        reference="CMP-1",
        actor="staff:2",
        now=now,
    )
    return case.id


def test_a_program_reads_a_decision_and_objects_once(program: Program) -> None:
    case_id = confirmed(program.account_id)
    (row,) = read(program, "decisions")[1]["decisions"]
    assert set(row) == set(SCHEMAS["MisuseDecision"]["properties"])
    assert (row["id"], row["decision"], row["objected"]) == (str(case_id), "confirmed", False)

    status, taken = write(program, f"decisions/{case_id}/objection", {"words": "Not me."})
    again = write(program, f"decisions/{case_id}/objection", {"words": "Not me."})

    assert (status, again) == (200, (200, taken))
    assert set(taken) == set(SCHEMAS["Objection"]["properties"])
    assert [row.head.number for row in cases.cases_of(program.account_id)] == [taken["case"]]
    assert read(program, "decisions")[1]["decisions"][0]["objected"]


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        (None, 400, "api_field_malformed"),
        ("4242 4242 4242 4242", 400, "api_payment_number_sent"),
        ("   ", 400, "nothing_written"),
    ],
)
def test_an_odd_objection_is_refused(
    program: Program, words: str | None, status: int, code: str
) -> None:
    case_id = confirmed(program.account_id)
    body = {} if words is None else {"words": words}
    got, refused = write(program, f"decisions/{case_id}/objection", body)
    assert (got, refused["code"]) == (status, code)
    assert cases.cases_of(program.account_id) == []


@pytest.mark.parametrize("case_id", ["x", str(UUID(int=7))])
def test_a_decision_of_nobody_is_not_found(program: Program, case_id: str) -> None:
    status, refused = write(program, f"decisions/{case_id}/objection", {"words": "x"})
    assert (status, refused["code"]) == (404, "no_such_abuse_case")
