"""Cases and papers by our own interface: opening, writing, reading, handing in."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from nummer.apps.cases import actions as cases
from nummer.apps.cases import queries
from nummer.apps.identity import ports as identity_ports
from nummer.apps.identity import queries as identity
from nummer.apps.leases import ports
from nummer.apps.leases.actions import supply
from nummer.apps.leases.papers import ask_for_papers, needed
from nummer.apps.numbers import queries as activations
from nummer.apps.refunds.actions import report_by_message
from nummer.apps.refunds.errors import ReportNotConfirmed
from nummer.faces.api import reading
from nummer.kernel.ids import new_id
from nummer.kernel.limits import CallLimit
from tests import builders
from tests.apps.identity.conftest import WANTED
from tests.apps.identity.samples import PDF
from tests.dialects.conftest import Moment, Program
from tests.dialects.own import call, fields, told

QUESTION = {"kind": "question", "subject": "A question", "text": "How do I\nreach you?"}


@pytest.fixture(autouse=True)
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PROGRAMS", CallLimit(per_s=1000, burst=1000))


def opened(program: Program, *, key: str = "1", **more: object) -> dict[str, Any]:
    status, case = told(call(program, "POST", "cases", {**QUESTION, **more}, key=key))
    assert status == 201, case
    assert isinstance(case, dict)
    return case


def test_a_case_is_opened_once_answered_and_written_in(program: Program, moment: Moment) -> None:
    case = opened(program)
    path = f"cases/{case['number']}"
    moment.advance(minutes=1)
    again = told(call(program, "POST", "cases", QUESTION, key="1"))
    other = told(call(program, "POST", "cases", {**QUESTION, "text": "Other"}, key="1"))
    head = queries.case_of_customer(program.account_id, number=case["number"]).head
    cases.answer(
        program.account_id,
        case_id=head.id,
        key=new_id(),
        text="Like this.",
        closes=False,
        actor="staff:1",
        now=moment.now(),
    )
    moment.advance(minutes=1)
    wish = {"text": "Thank you."}
    status, written = told(call(program, "POST", f"{path}/messages", wish, key="m"))
    moment.advance(minutes=1)
    same = told(call(program, "POST", f"{path}/messages", wish, key="m"))
    clash = told(call(program, "POST", f"{path}/messages", {"text": "Oh"}, key="m"))
    _, said = told(call(program, "GET", f"{path}/messages"))
    _, read = told(call(program, "GET", path))

    ends = [told(call(program, "POST", f"{path}/close")) for _ in range(2)]

    assert ends == [(200, {**read, "state": "closed", "due_on": None})] * 2
    assert set(case) == fields("Case")
    assert (again, other[0], other[1]["code"]) == ((200, case), 409, "key_reused")
    assert (status, set(written)) == (201, fields("CaseMessage"))
    assert (same, clash[0], clash[1]["code"]) == ((200, written), 409, "key_reused")
    assert [(row["from"], row["text"]) for row in said["messages"]] == [
        ("customer", "Thank you."),
        ("us", "Like this."),
        ("customer", "How do I\nreach you?"),
    ]
    assert (read["state"], read["kind"], read["to_be_confirmed"]) == ("open", "question", False)


def test_a_case_that_an_order_does_not_work_is_its_report(program: Program) -> None:
    _, order = told(call(program, "POST", "orders", {"service": "tg", "country": "NO"}, key="1"))
    row = activations.activation(program.account_id, activation_id=order["id"])
    opened(program, kind="outage", order=str(row.order_id))

    _, reports = told(call(program, "GET", f"orders/{order['id']}/reports"))
    assert [report["source"] for report in reports["reports"]] == ["api"]


@pytest.mark.parametrize(
    ("what", "body", "status", "code"),
    [
        ("no words", {**QUESTION, "text": " "}, 400, "nothing_written"),
        ("words without end", {**QUESTION, "text": "x" * 20_001}, 400, "message_too_long"),
        ("an unknown kind", {**QUESTION, "kind": "x"}, 400, "api_field_malformed"),
        ("another's order", {**QUESTION, "order": "x"}, 404, "no_such_activation"),
        ("a card", {**QUESTION, "text": "4242 4242 4242 4242"}, 400, "api_payment_number_sent"),
        ("a field too many", {**QUESTION, "color": "red"}, 400, "api_field_malformed"),
    ],
)
def test_a_case_that_cannot_be_is_refused(
    program: Program, *, what: str, body: object, status: int, code: str
) -> None:
    answer = told(call(program, "POST", "cases", body, key="1"))

    assert (answer[0], answer[1]["code"]) == (status, code)
    assert told(call(program, "GET", "cases"))[1] == {"cases": [], "next_before": None}


@pytest.mark.parametrize("kind", ["copy", "erasure", "port-out", "papers"])
def test_a_key_opens_no_case_that_only_the_person_may_ask_for(program: Program, kind: str) -> None:
    status, refused = told(call(program, "POST", "cases", {**QUESTION, "kind": kind}, key="1"))

    assert (status, refused["code"]) == (403, "api_on_page_only")
    assert told(call(program, "GET", "cases"))[1]["cases"] == []


def test_a_key_does_not_prove_a_mail(program: Program, moment: Moment) -> None:
    row = cases.open_case(
        program.account_id,
        key=new_id(),
        kind=cases.Kind.WITHDRAWAL,
        channel=cases.Channel.MAIL,
        text="I withdraw.",
        subject="Withdrawal",
        proof=cases.Proof.CLAIMED,
        actor="mail",
        received_at=moment.now(),
        now=moment.now(),
    )
    answer = call(program, "POST", f"cases/{row.head.number}/confirm", key="1")
    _, read = told(call(program, "GET", f"cases/{row.head.number}"))

    assert answer.status_code == 404
    assert read["to_be_confirmed"] is True


def test_a_message_by_key_in_a_case_of_a_mail_proves_no_fault(
    program: Program, moment: Moment
) -> None:
    _, order = told(call(program, "POST", "orders", {"service": "tg", "country": "NO"}, key="1"))
    order_id = activations.activation(program.account_id, activation_id=order["id"]).order_id
    row = cases.open_case(
        program.account_id,
        key=new_id(),
        kind=cases.Kind.OUTAGE,
        channel=cases.Channel.MAIL,
        text="Nothing comes.",
        subject="Silent",
        proof=cases.Proof.CLAIMED,
        actor="mail",
        received_at=moment.now(),
        now=moment.now(),
    )
    moment.advance(minutes=1)
    path = f"cases/{row.head.number}"
    status, _ = told(call(program, "POST", f"{path}/messages", {"text": "Silent."}, key="m"))
    message = queries.messages(program.account_id, case_id=row.head.id)[-1]

    with pytest.raises(ReportNotConfirmed):
        report_by_message(
            program.account_id,
            case_id=row.head.id,
            message_id=message.id,
            order_id=order_id,
            actor="staff:1",
            now=moment.now(),
        )
    assert (status, message.proof) == (201, cases.Proof.KEY)
    assert told(call(program, "GET", path))[1]["to_be_confirmed"] is True


def test_anothers_case_does_not_exist(programs: Callable[..., Program]) -> None:
    mine, other = programs(), programs()
    number = opened(mine)["number"]

    for method, rest, body in (
        ("GET", "", None),
        ("GET", "/messages", None),
        ("POST", "/messages", {"text": "Hello"}),
    ):
        status, refused = told(call(other, method, f"cases/{number}{rest}", body, key="1"))
        assert (status, refused["code"]) == (404, "no_such_case")
    assert len(told(call(mine, "GET", f"cases/{number}/messages"))[1]["messages"]) == 1


@pytest.fixture
def with_papers(program: Program, rental_supplier: None, moment: Moment) -> Iterator[None]:
    """Offer numbers that need a name and a proof of identity, and rent one."""
    before, told_ = list(ports._papers), list(identity_ports._approved)
    ports.install_papers(needed)
    identity_ports.install_approved(lambda account_id, now: None)
    builders.rentals(["+4759441001"])
    builders.top_up(program.account_id, "100.00")
    ask_for_papers(country="NO", kind="local", wanted=WANTED, actor="staff:1", now=moment.now())
    wish = {"country": "NO", "kind": "local"}
    _, lease = told(call(program, "POST", "leases", wish, key="1"))
    supply(program.account_id, lease_id=lease["id"], now=moment.now())
    assert told(call(program, "GET", f"leases/{lease['id']}"))[1]["state"] == "papers"
    yield
    ports._papers[:], identity_ports._approved[:] = before, told_


PAPERS = {
    "fields": {"first_name": "Ola", "last_name": "Nordmann"},
    "documents": {"identity": base64.b64encode(PDF).decode()},
}


def test_papers_are_asked_for_and_handed_in_once(program: Program, with_papers: None) -> None:
    _, asked = told(call(program, "GET", "papers"))
    status, given = told(call(program, "POST", "papers", PAPERS))
    again = told(call(program, "POST", "papers", PAPERS))

    assert set(asked) == fields("Papers")
    assert asked["asked"] == {"fields": ["first_name", "last_name"], "documents": ["identity"]}
    assert len(asked["waiting"]) == 1
    assert (status, [row["state"] for row in given["handed_in"]]) == (201, ["waiting"])
    assert set(given["handed_in"][0]) == fields("HandedIn")
    assert (again[0], again[1]["code"]) == (409, "papers_wait")
    assert len(identity.papers_of(program.account_id)) == 1


@pytest.mark.parametrize(
    ("what", "changed", "code"),
    [
        ("a field is missing", {"fields": {"first_name": "Ola"}}, "papers_not_complete"),
        ("no document", {"documents": {}}, "papers_not_complete"),
        (
            "a document of another kind",
            {"documents": {**PAPERS["documents"], "address": "JVBERg=="}},
            "papers_not_complete",
        ),
        ("not readable", {"documents": {"identity": "PHN2Zz4="}}, "document_not_readable"),
        ("not base64", {"documents": {"identity": "%%%"}}, "api_field_malformed"),
        ("an unknown kind", {"documents": {"selfie": "AAAA"}}, "api_field_malformed"),
        ("no table", {"documents": []}, "api_field_malformed"),
    ],
)
def test_papers_that_cannot_be_are_refused_and_nothing_is_kept(
    program: Program, with_papers: None, *, what: str, changed: dict[str, object], code: str
) -> None:
    status, refused = told(call(program, "POST", "papers", {**PAPERS, **changed}))

    assert (status, refused["code"]) == (400, code)
    assert identity.papers_of(program.account_id) == []


def test_without_a_lease_that_waits_no_papers_are_taken(program: Program) -> None:
    status, refused = told(call(program, "POST", "papers", PAPERS))

    assert (status, refused["code"]) == (400, "papers_not_complete")


def test_papers_that_nobody_asked_for_are_refused_before_they_are_read(program: Program) -> None:
    status, refused = told(call(program, "POST", "papers", {"unknown": 1}))

    assert (status, refused["code"]) == (400, "papers_not_complete")


def test_papers_that_wait_refuse_others_before_they_are_read(
    program: Program, with_papers: None
) -> None:
    call(program, "POST", "papers", PAPERS)
    status, refused = told(call(program, "POST", "papers", {"unknown": 1}))

    assert (status, refused["code"]) == (409, "papers_wait")
