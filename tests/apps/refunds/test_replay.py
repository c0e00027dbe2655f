"""Stored decisions are computed anew: each gives itself, and what does not is named."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from nummer.apps.audit.models import Line
from nummer.apps.refunds.actions import cancel_activation
from nummer.apps.refunds.errors import NoSuchReplay
from nummer.apps.refunds.jobs import JOBS
from nummer.apps.refunds.models import Decision, ReplayRun
from nummer.apps.refunds.replay import (
    DifferenceRow,
    continue_replay,
    found_differences,
    replay_batch,
    replay_run,
    replay_runs,
    runs,
    start_replay,
)
from nummer.kernel.ids import new_id
from nummer.kernel.jobs import REPLAY_DECISIONS
from tests.builders import NOW, customer, numbers, order

pytestmark = pytest.mark.usefixtures("shop")
SOON = NOW + timedelta(minutes=1)
LATER = NOW + timedelta(hours=1)


def decided() -> Decision:
    """Let a customer buy and cancel, and return the record of it."""
    account_id = customer()
    placed = order(account_id)
    cancel_activation(account_id, activation_id=placed.activation_id, surface="test", now=SOON)
    return Decision.objects.get(account_id=account_id)


def tampered(row: Decision, **changes: object) -> None:
    """Change a record as only the owner of the tables could, past its trigger."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE refunds_decision DISABLE TRIGGER decision_stays")
        Decision.objects.filter(account_id=row.account_id, id=row.id).update(**changes)
        cursor.execute("ALTER TABLE refunds_decision ENABLE TRIGGER decision_stays")


def replayed(*, now: datetime = LATER) -> UUID:
    """Compute everything anew and return the run."""
    run_id = start_replay(actor="staff:1", now=now)
    continue_replay(run_id, now=now)
    return run_id


def test_every_decision_gives_itself() -> None:
    for _ in range(3):
        decided()
    before = list(Decision.objects.order_by("id").values())

    run = replay_run(replayed())

    assert (run.total, run.done, run.differing, run.finished_at) == (3, 3, 0, LATER)
    assert list(Decision.objects.order_by("id").values()) == before
    line = Line.objects.get(verb="replay_started")
    assert (line.actor, line.row) == ("staff:1", str(run.id))


def _with(part: str, value: object) -> Any:
    return lambda row: {"outcome": {**row.outcome, part: value}}


@pytest.mark.parametrize(
    ("label", "change", "parts"),
    [
        ("sum", lambda row: {"amount_micro": row.amount_micro - 1}, {"amount"}),
        ("sum credited", lambda row: {"credited_micro": 1}, {"credited"}),
        ("verdict", lambda _: {"decision": "ALTERNATIVE"}, {"decision"}),
        ("clauses", lambda _: {"clauses": ["RP-B3"]}, {"clauses"}),
        ("currency", lambda _: {"currency": "USD"}, {"currency"}),
        ("a date of the answer", _with("credit_by", "2026-11-01"), {"credit_by"}),
        ("rules considered", _with("considered", []), {"considered"}),
        ("a key that no answer has", _with("more", 1), {"more"}),
        ("hash", lambda _: {"facts_sha256": "0" * 64}, {"facts_sha256"}),
        (
            "facts",
            lambda row: {"facts": {**row.facts, "page_said_it": True}},
            {"facts_sha256"},
        ),
        (
            "facts that nobody can read",
            lambda row: {"facts": {**row.facts, "now": "yesterday"}},
            {"facts", "facts_sha256"},
        ),
        ("version of the policy", lambda _: {"policy_version": "0000-00-00"}, {"policy_version"}),
        ("version of the calendar alone", lambda _: {"calendar_version": "holidays 0"}, set()),
        (
            "date by another version of the calendar",
            lambda row: {"calendar_version": "holidays 0", **_with("credit_by", "2026-11-01")(row)},
            {"calendar_version", "credit_by"},
        ),
        ("record of before the answer was kept", lambda _: {"outcome": None}, set()),
    ],
)
def test_what_differs_is_named(label: str, change: Any, parts: set[str]) -> None:
    row, other = decided(), decided()
    changes = change(row)
    if changes.get("decision") or changes.get("credited_micro") or changes.get("amount_micro"):
        with connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE refunds_decision DROP CONSTRAINT decision_to_credit_credits_its_amount"
            )
    tampered(row, **changes)

    run_id = replayed()

    expected = [DifferenceRow(row.account_id, row.id, tuple(sorted(parts)))] if parts else []
    assert found_differences(run_id) == expected, label
    assert replay_run(run_id).differing == len(expected)
    assert other.id not in {found.decision_id for found in found_differences(run_id)}


def test_decision_of_people_answers_only_for_what_the_policy_told_them() -> None:
    row = decided()
    tampered(row, by_people=True, clauses=["RP-B1"], outcome={**row.outcome, "ground": "RP-B1"})  # type: ignore[dict-item]
    assert replay_run(replayed()).differing == 0
    tampered(row, outcome={**row.outcome, "decision": "DENY"})  # type: ignore[dict-item]
    (found,) = found_differences(replayed(now=LATER + timedelta(hours=1)))
    assert found.parts == ("decision",)


def test_run_goes_on_where_it_was_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "BATCH_RECORDS", 2)
    numbers(["+4759440004", "+4759440005"])
    for _ in range(5):
        decided()
    run_id = start_replay(actor="staff:1", now=LATER)
    assert replay_batch(run_id, now=LATER)
    assert replay_run(run_id).done == 2

    again = start_replay(actor="staff:2", now=LATER + timedelta(minutes=1))
    assert again == run_id
    continue_replay(run_id, now=LATER)
    continue_replay(run_id, now=LATER + timedelta(minutes=5))

    assert (replay_run(run_id).done, replay_run(run_id).finished_at) == (5, LATER)
    assert len(replay_runs()) == 1


def test_two_at_once_do_nothing_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "BATCH_RECORDS", 2)
    rows = [decided() for _ in range(3)]
    tampered(rows[0], facts_sha256="0" * 64)
    run_id = start_replay(actor="staff:1", now=LATER)
    read = runs._next

    def overtaken(run: ReplayRun) -> list[Decision]:
        batch = read(run)
        monkeypatch.setattr(runs, "_next", read)
        assert replay_batch(run_id, now=LATER)  # the other one was quicker
        return batch

    monkeypatch.setattr(runs, "_next", overtaken)
    assert replay_batch(run_id, now=LATER)
    assert replay_run(run_id).done == 2
    continue_replay(run_id, now=LATER)
    assert (replay_run(run_id).done, replay_run(run_id).differing) == (3, 1)


def test_job_leaves_the_rest_to_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "BATCH_RECORDS", 1)
    monkeypatch.setattr(runs, "BATCHES_OF_A_JOB", 2)
    for _ in range(3):
        decided()
    run_id = start_replay(actor="staff:1", now=LATER)
    JOBS[REPLAY_DECISIONS](run_id=str(run_id))
    assert (replay_run(run_id).done, waiting(run_id)) == (2, 2)
    JOBS[REPLAY_DECISIONS](run_id=str(run_id))
    assert replay_run(run_id).finished_at is not None
    assert waiting(run_id) == 2


def waiting(run_id: UUID) -> int:
    """Return how many jobs were deferred for a run."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT args FROM procrastinate_jobs WHERE task_name = %s", [REPLAY_DECISIONS]
        )
        rows = [json.loads(args) if isinstance(args, str) else args for (args,) in cursor]
    return sum(args["run_id"] == str(run_id) for args in rows)


def test_decisions_of_later_are_left_to_the_next_run() -> None:
    decided()
    run_id = start_replay(actor="staff:1", now=NOW)
    continue_replay(run_id, now=NOW)
    assert (replay_run(run_id).total, replay_run(run_id).done) == (0, 0)


def test_unknown_run_is_refused() -> None:
    with pytest.raises(NoSuchReplay):
        replay_run(new_id())
    with pytest.raises(NoSuchReplay):
        continue_replay(new_id(), now=NOW)
