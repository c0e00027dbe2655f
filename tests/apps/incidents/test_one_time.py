"""What happens to one-time orders leads through stored facts to the clause that decides."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from nummer.apps.accounts import queries as accounts
from nummer.apps.incidents import jobs, queries
from nummer.apps.incidents.actions import abuse, blocks, scopes
from nummer.apps.incidents.actions.facts import (
    REPORTS_MAX,
    Kind,
    Source,
    Subject,
    SubjectKind,
    Told,
    note_stock_failure,
    record,
    report_problem,
    search_replacement,
)
from nummer.apps.incidents.actions.notices import CarrierEvent
from nummer.apps.incidents.errors import (
    AbuseCaseDecided,
    IncidentOver,
    LinkNotGenuine,
    MomentNotPossible,
    NoSuchAbuseCase,
    NoSuchIncident,
    ReferenceMissing,
    ScopeMissing,
    ScopeTooLong,
    SecondPersonNeeded,
    TooManyReports,
)
from nummer.apps.incidents.jobs import DUE_SOURCES as LETTERS
from nummer.apps.incidents.queries import breached
from nummer.apps.ledger import queries as ledger
from nummer.apps.notify.jobs import JOBS
from nummer.apps.notify.queries import letters
from nummer.apps.numbers.errors import NoSuchActivation
from nummer.apps.numbers.queries import activation
from nummer.apps.orders.actions import Placed
from nummer.apps.orders.queries import order as order_row
from nummer.apps.refunds import queries as refunds
from nummer.apps.refunds.actions import cancel_activation, end_window
from nummer.apps.refunds.errors import RestrictionIgnored
from nummer.apps.refunds.facts import one_time_facts, what_is_known
from nummer.apps.refunds.models import Decision
from nummer.apps.refunds.timeline import Kind as EventKind
from nummer.apps.refunds.timeline import cancelling_barred, timeline
from nummer.config.sweeper import sweep_until
from nummer.kernel.ids import new_id
from nummer.kernel.phone import PhoneNumber
from nummer.policy.refund import decide_plain
from tests.apps.incidents.world import ONE, OTHER, notice
from tests.builders import NOW, customer, deliver, order

pytestmark = pytest.mark.usefixtures("shop")


def after(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def facts_of(account_id: int, placed: Placed, *, now: datetime) -> dict[str, Any]:
    row = activation(account_id, activation_id=placed.activation_id)
    placed_order = order_row(account_id, order_id=placed.order_id)
    return one_time_facts(
        order=placed_order,
        activation=row,
        customer=accounts.account(account_id),
        balance=ledger.balance(account_id).total,
        earlier=list(Decision.objects.filter(account_id=account_id)),
        known=what_is_known(placed_order, row, now=now),
        now=now,
    )


def decided(
    account_id: int, placed: Placed, *, now: datetime, ask: str | None = None
) -> dict[str, Any]:
    request = None
    if ask is not None:
        fields = {"service_name": "tg", "amount": "2", "reason": "x", "details": "ref"}
        request = {"ask": ask, "received_at": now.isoformat(), "fields": fields}
    return decide_plain(facts_of(account_id, placed, now=now), request)


def note(account_id: int, placed: Placed, kind: Kind, at: datetime, **more: Any) -> UUID:
    row = record(
        account_id,
        subject=Subject(SubjectKind.ONE_TIME, placed.order_id),
        kind=kind,
        told=Told(Source.STAFF, ONE, at),
        now=at,
        **more,
    )
    return row.id


def told(at: datetime, *, source: Source = Source.PAGE, key: UUID | None = None) -> Told:
    return Told(source, ONE, at, key=key)


def end(account_id: int, placed: Placed) -> None:
    key = activation(account_id, activation_id=placed.activation_id).key
    end_window(account_id, key=key, now=placed.window_ends_at + timedelta(seconds=1))


@pytest.mark.clause("RP-X4")
def test_restriction_ticked_and_ignored_ends_without_credit_and_without_cancelling() -> None:
    account_id = customer()
    placed = order(account_id)
    note(account_id, placed, Kind.BREACH, after(2), holds=True)

    with pytest.raises(RestrictionIgnored):
        cancel_activation(
            account_id, activation_id=placed.activation_id, surface="test", now=after(3)
        )
    assert activation(account_id, activation_id=placed.activation_id).open
    assert not Decision.objects.exists()

    end(account_id, placed)
    row = Decision.objects.get()
    assert (row.decision, row.clauses, row.transfer_id) == ("NONE", ["RP-X4"], None)
    assert decide_plain(row.facts, None)["clauses"] == ["RP-X4"]
    assert [name for name, breaches, _ in refunds.audit_lines() if breaches] == []
    line = timeline(account_id, activation_id=placed.activation_id, language="en", now=after(30))
    assert (line.prospect.clause, line.events[-1].kind) == ("RP-X4", EventKind.KEPT)


@pytest.mark.clause("RP-X4")
def test_breach_that_was_not_the_cause_leaves_the_credit() -> None:
    account_id = customer()
    placed = order(account_id)
    note(account_id, placed, Kind.BREACH, after(2), holds=False)

    end(account_id, placed)

    assert Decision.objects.get().clauses == ["RP-B4"]


@pytest.mark.clause("RP-C2")
def test_dead_number_without_a_replacement_may_be_paid_out() -> None:
    account_id = customer()
    placed = order(account_id)
    at = placed.opened_at + timedelta(minutes=1)
    notice(CarrierEvent.FAULT, at=at, known_at=at, number=placed.number.e164)
    found = search_replacement(account_id, order_id=placed.order_id, actor=ONE, now=after(2))
    assert found.holds, "two numbers are free"
    assert decided(account_id, placed, now=after(3), ask="payout")["clauses"] == ["RP-B2"]

    order(customer())
    order(customer())
    gone = search_replacement(account_id, order_id=placed.order_id, actor=ONE, now=after(4))

    assert gone.holds is False
    got = decided(account_id, placed, now=after(5), ask="payout")
    assert (got["decision"], got["clauses"]) == ("PAYOUT", ["RP-C2"])
    log = [fact.holds for fact in queries.facts(account_id, subject_id=placed.order_id)]
    assert log == [True, False]


def test_fault_that_was_repaired_is_an_outage_and_no_more() -> None:
    account_id = customer()
    placed = order(account_id)
    for event, minute in ((CarrierEvent.FAULT, 1), (CarrierEvent.REPAIR, 2)):
        notice(event, at=after(minute), known_at=after(minute), number=placed.number.e164)

    assert "carrier_fault" in facts_of(account_id, placed, now=after(1.5))
    facts = facts_of(account_id, placed, now=after(3))
    assert "carrier_fault" not in facts
    assert facts["outages"] == []


def test_stock_failure_keeps_what_was_listed_beside_what_was_free() -> None:
    account_id = customer()
    placed = order(account_id)
    row = note_stock_failure(
        account_id,
        subject=Subject(SubjectKind.ONE_TIME, placed.order_id),
        service="tg",
        country="NO",
        shown_free=3,
        told=told(after(1), source=Source.SYSTEM),
        now=after(1),
    )

    assert row.holds is False, "two are left"
    assert facts_of(account_id, placed, now=after(2))["stock_failure"] == {
        "at": after(1).isoformat(),
        "was_listed": True,
        "city_out_of_stock": False,
    }
    assert decided(account_id, placed, now=after(2))["clauses"] == ["RP-B3"]


def test_suspected_abuse_holds_a_payout_and_a_confirmed_one_refuses_it() -> None:
    account_id = customer()
    placed = order(account_id)
    note(account_id, placed, Kind.PROVISION_FAILURE, after(1))
    at = placed.opened_at + timedelta(minutes=1)
    notice(CarrierEvent.FAULT, at=at, known_at=at, number=placed.number.e164)
    case = abuse.suspect(
        account_id, subject=Subject(SubjectKind.ACCOUNT), reason="x", actor=ONE, now=after(2)
    )

    def ask() -> tuple[object, object]:
        got = decided(account_id, placed, now=after(9), ask="payout")
        return got["decision"], got.get("payout_denied_by")

    def step(verdict: abuse.Verdict, actor: str, minute: int) -> None:
        abuse.decide(
            account_id,
            case_id=case.id,
            verdict=verdict,
            reason="y",
            reference="CMP-1",
            actor=actor,
            now=after(minute),
        )

    assert ask() == ("HOLD", None)
    step(abuse.Verdict.CONFIRMED, OTHER, 3)
    assert ask() == ("CREDIT", ["RP-X3"])
    abuse.appeal(account_id, case_id=case.id, reason="z", actor=ONE, now=after(4))
    assert ask() == ("CREDIT", ["RP-X3"]), "an appeal changes nothing before it is decided"
    with pytest.raises(SecondPersonNeeded):
        step(abuse.Verdict.REJECTED, OTHER, 5)
    step(abuse.Verdict.REJECTED, ONE, 5)
    assert ask() == ("PAYOUT", None)
    words = [s.word for s in queries.abuse_case(account_id, case_id=case.id).steps]
    assert words == ["suspected", "confirmed", "appealed", "rejected"]


def test_case_of_abuse_takes_no_step_out_of_turn() -> None:
    account_id = customer()
    case = abuse.suspect(
        account_id, subject=Subject(SubjectKind.ACCOUNT), reason="x", actor=ONE, now=NOW
    )
    confirm: dict[str, Any] = {
        "verdict": abuse.Verdict.CONFIRMED,
        "reason": "y",
        "reference": "CMP-1",
        "now": NOW,
    }

    with pytest.raises(SecondPersonNeeded):
        abuse.decide(account_id, case_id=case.id, actor=ONE, **confirm)
    with pytest.raises(ReferenceMissing):
        abuse.decide(account_id, case_id=case.id, actor=OTHER, **{**confirm, "reference": " "})
    with pytest.raises(AbuseCaseDecided):
        abuse.appeal(account_id, case_id=case.id, reason="z", actor=ONE, now=NOW)
    with pytest.raises(NoSuchAbuseCase):
        abuse.decide(account_id + 1, case_id=case.id, actor=OTHER, **confirm)
    abuse.decide(account_id, case_id=case.id, actor=OTHER, **confirm)
    with pytest.raises(AbuseCaseDecided):
        abuse.decide(account_id, case_id=case.id, actor="staff:3", **confirm)
    assert queries.abuse_case(account_id, case_id=case.id).state == "confirmed"
    other = Subject(SubjectKind.ONE_TIME, new_id())
    with pytest.raises(NoSuchActivation):
        abuse.suspect(account_id, subject=other, reason="x", actor=ONE, now=NOW)


@pytest.mark.clause("RP-P2b")
def test_blocked_balance_holds_a_payout_and_still_takes_the_credit() -> None:
    account_id = customer()
    placed = order(account_id)
    at = placed.opened_at + timedelta(minutes=1)
    notice(CarrierEvent.FAULT, at=at, known_at=at, number=placed.number.e164)
    row = blocks.propose_block(account_id, reference="R-7", authority="P", actor=ONE, now=after(2))
    blocks.approve_block(account_id, block_id=row.id, actor=OTHER, now=after(2))

    got = decided(account_id, placed, now=after(3), ask="payout")
    assert (got["decision"], got["clauses"]) == ("HOLD", ["RP-P2b"])
    end(account_id, placed)
    assert Decision.objects.get().decision == "CREDIT"
    assert Decision.objects.get().facts["account"]["le_reference"] == "R-7"


# Reports


def test_report_is_the_contact_and_stands_in_the_time_line() -> None:
    account_id = customer()
    placed = order(account_id)
    report_problem(
        account_id, activation_id=placed.activation_id, told=told(after(1)), now=after(2)
    )
    note(account_id, placed, Kind.WORKS, after(5), word="other")

    assert facts_of(account_id, placed, now=after(6))["outages"] == [
        {
            "reported_at": after(1).isoformat(),
            "channel": "page",
            "cleared_at": after(5).isoformat(),
            "cause": "other",
        }
    ]
    line = timeline(account_id, activation_id=placed.activation_id, language="en", now=after(6))
    assert [(e.kind, e.at) for e in line.events[2:]] == [
        (EventKind.PROBLEM_REPORTED, after(1)),
        (EventKind.WORKS_AGAIN, after(5)),
    ]


@pytest.mark.parametrize("at", [after(-1), after(3)], ids=["before the order", "in the future"])
def test_report_of_an_impossible_moment_is_refused(at: datetime) -> None:
    account_id = customer()
    placed = order(account_id)
    with pytest.raises(MomentNotPossible):
        report_problem(account_id, activation_id=placed.activation_id, told=told(at), now=after(2))
    assert queries.reports(account_id, subject_id=placed.order_id) == []


def test_nobody_reports_about_anothers_order() -> None:
    placed = order(customer())
    with pytest.raises(NoSuchActivation):
        report_problem(
            customer(), activation_id=placed.activation_id, told=told(after(1)), now=after(1)
        )


def test_reports_without_end_are_refused_but_a_repeated_one_is_not() -> None:
    account_id = customer()
    placed = order(account_id)
    keys = [new_id() for _ in range(REPORTS_MAX)]
    for key in keys:
        report_problem(
            account_id,
            activation_id=placed.activation_id,
            told=told(after(1), key=key),
            now=after(1),
        )

    def again(key: UUID | None) -> None:
        report_problem(
            account_id,
            activation_id=placed.activation_id,
            told=told(after(2), key=key),
            now=after(2),
        )

    with pytest.raises(TooManyReports):
        again(None)
    again(keys[0])
    assert len(queries.reports(account_id, subject_id=placed.order_id)) == REPORTS_MAX


# Incidents


def test_incident_is_told_by_letter_and_one_click_is_the_contact() -> None:
    account_id = customer(locale="nb")
    placed = order(account_id)
    row = scopes.publish(
        scopes.Scope(carrier="sandbox", country="NO"), began_at=NOW, actor=ONE, now=after(1)
    )
    sweep_until(after(1), sources=LETTERS)
    sweep_until(after(1), sources=LETTERS)

    (letter,) = [each for each in letters(account_id) if each.letter == "incident-notice"]
    JOBS["notify.deliver_letter"](account_id=account_id, letter_id=str(letter.id))  # type: ignore[call-arg]
    (sent,) = mail.outbox
    link = str(sent.body).split(f"/incidents/{row.id}/")[1].split("/")[0]
    first = scopes.say_affected(row.id, link=link, now=after(2))
    again = scopes.say_affected(row.id, link=link, now=after(3))

    assert first == again
    assert (first.source, first.happened_at, first.incident_id) == ("notice", after(2), row.id)
    assert first.account_id == account_id
    scopes.end_incident(row.id, ended_at=after(8), actor=ONE, now=after(9))
    assert facts_of(account_id, placed, now=after(10))["outages"] == [
        {
            "reported_at": after(2).isoformat(),
            "channel": "notice",
            "cleared_at": after(8).isoformat(),
        }
    ]
    with pytest.raises(IncidentOver):
        scopes.say_affected(row.id, link=link, now=after(9))
    with pytest.raises(IncidentOver):
        scopes.end_incident(row.id, ended_at=after(8), actor=ONE, now=after(9))


def test_incident_elsewhere_concerns_nobody_here() -> None:
    account_id = customer()
    placed = order(account_id)
    row = activation(account_id, activation_id=placed.activation_id)
    number = PhoneNumber("+4759440999")
    for scope in (
        scopes.Scope(carrier="other"),
        scopes.Scope(country="DE"),
        scopes.Scope(service="wa"),
        scopes.Scope(numbers=[number]),
    ):
        found = scopes.publish(scope, began_at=NOW, actor=ONE, now=NOW)
        link = scopes.affected_link(found.id, account_id=account_id, order_id=placed.order_id)
        with pytest.raises(NoSuchIncident):
            scopes.say_affected(found.id, link=link, now=after(1))
    assert queries.incidents_at(scopes.place_of(row), now=after(1)) == []
    assert sweep_until(after(1), sources=LETTERS).fired == 0
    assert "outages" not in facts_of(account_id, placed, now=after(1))
    near = scopes.Scope(numbers=[placed.number])
    here = scopes.publish(near, began_at=NOW, actor=ONE, now=NOW)
    assert [each.id for each in queries.incidents_at(scopes.place_of(row), now=NOW)] == [here.id]
    assert facts_of(account_id, placed, now=after(1))["outages"] == []


def test_link_of_another_order_incident_or_person_is_refused() -> None:
    account_id = customer()
    placed = order(account_id)
    row = scopes.publish(scopes.Scope(country="NO"), began_at=NOW, actor=ONE, now=NOW)
    link = scopes.affected_link(row.id, account_id=account_id, order_id=placed.order_id)
    other = scopes.publish(scopes.Scope(country="NO"), began_at=NOW, actor=ONE, now=NOW)

    changed = ("A" if link[0] != "A" else "B") + link[1:]
    for incident_id, bad in (
        (other.id, link),
        (row.id, changed),
        (row.id, link[:-3]),
        (row.id, ""),
        (row.id, "é"),
        (row.id, "=" * 54),
    ):
        with pytest.raises(LinkNotGenuine):
            scopes.say_affected(incident_id, link=bad, now=after(1))
    assert queries.reports(account_id, subject_id=placed.order_id) == []


def test_order_that_ended_or_an_incident_that_is_over_gets_no_letter() -> None:
    account_id = customer()
    placed = order(account_id)
    scopes.publish(scopes.Scope(country="NO"), began_at=NOW, actor=ONE, now=NOW)
    cancel_activation(account_id, activation_id=placed.activation_id, surface="test", now=NOW)
    second = customer()
    order(second)
    row = scopes.publish(scopes.Scope(country="NO"), began_at=NOW, actor=ONE, now=NOW)
    scopes.end_incident(row.id, ended_at=NOW, actor=ONE, now=NOW)

    sweep_until(after(1), sources=LETTERS)

    assert [each for each in letters(account_id) if each.letter == "incident-notice"] == []
    assert [each for each in letters(second) if each.letter == "incident-notice"] == []


@pytest.mark.parametrize("began", [NOW, after(1)])
def test_incident_without_scope_or_in_the_future_is_refused(began: datetime) -> None:
    with pytest.raises((ScopeMissing, MomentNotPossible)):
        scopes.publish(
            scopes.Scope() if began == NOW else scopes.Scope(country="NO"),
            began_at=began,
            actor=ONE,
            now=NOW,
        )


def test_end_before_the_beginning_is_refused() -> None:
    row = scopes.publish(scopes.Scope(country="NO"), began_at=NOW, actor=ONE, now=NOW)
    for at in (after(-1), after(2)):
        with pytest.raises(MomentNotPossible):
            scopes.end_incident(row.id, ended_at=at, actor=ONE, now=after(1))


def test_everything_that_is_known_is_one_statement() -> None:
    account_id = customer()
    placed = order(account_id)
    deliver(placed.number, "Telegram code: 48213", at=after(1))
    row = activation(account_id, activation_id=placed.activation_id)
    placed_order = order_row(account_id, order_id=placed.order_id)

    with CaptureQueriesContext(connection) as asked:
        what_is_known(placed_order, row, now=after(2))

    assert len(asked) == 1


def test_incident_names_all_its_numbers_or_is_refused() -> None:
    numbers = [PhoneNumber(f"+4759{number:06}") for number in range(scopes.NUMBERS_MAX + 1)]
    with pytest.raises(ScopeTooLong):
        scopes.publish(scopes.Scope(numbers=numbers), began_at=NOW, actor=ONE, now=NOW)

    row = scopes.publish(scopes.Scope(numbers=numbers[1:]), began_at=NOW, actor=ONE, now=NOW)

    assert row.numbers == tuple(number.e164 for number in numbers[1:])


def test_incident_published_while_a_letter_is_written_gets_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account_id = customer()
    order(account_id)
    scopes.publish(scopes.Scope(country="NO"), began_at=NOW, actor=ONE, now=NOW)
    write, more = jobs._write, iter([scopes.Scope(country="NO")])

    def written(*args: object, **kwargs: object) -> None:
        write(*args, **kwargs)  # type: ignore[arg-type]
        for scope in more:
            scopes.publish(scope, began_at=NOW, actor=ONE, now=NOW)

    monkeypatch.setattr(jobs, "_write", written)
    for minutes in (0, 1):
        sweep_until(after(minutes), sources=LETTERS)

    told_of = [each for each in letters(account_id) if each.letter == "incident-notice"]
    assert len(told_of) == 2


@pytest.mark.clause("RP-X4")
@pytest.mark.parametrize("caused", [True, False])
def test_cancelling_is_offered_exactly_where_it_is_not_refused(*, caused: bool) -> None:
    account_id = customer()
    placed = order(account_id)
    note(account_id, placed, Kind.BREACH, after(2), holds=caused)

    barred = cancelling_barred(account_id, activation_id=placed.activation_id, now=after(3))

    assert barred is caused
    assert breached(account_id, order_ids=[placed.order_id]) == (
        {placed.order_id} if caused else frozenset()
    )
