"""`nummer refunds replay`: every stored decision computed anew, at the command line."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner

from nummer.apps.refunds import replay
from nummer.apps.refunds.actions import cancel_activation
from nummer.apps.refunds.models import ReplayDifference
from nummer.config.commands.refunds import group
from nummer.kernel.ids import new_id
from tests import builders


@pytest.fixture
def _decided(db: None) -> None:
    builders.shop()
    builders.numbers(["+4759440001"])
    account_id = builders.customer()
    placed = builders.order(account_id)
    soon = builders.NOW + timedelta(minutes=1)
    cancel_activation(account_id, activation_id=placed.activation_id, surface="test", now=soon)


@pytest.mark.usefixtures("_decided")
def test_decisions_that_give_themselves_are_counted() -> None:
    result = CliRunner().invoke(group, ["replay", "--json"])
    assert result.exit_code == 0, result.output
    (run,) = replay.replay_runs()
    assert json.loads(result.stdout) == {
        "run": str(run.id),
        "decisions": 1,
        "differing": 0,
        "differences": [],
    }
    assert run.finished_at is not None
    again = CliRunner().invoke(group, ["replay"])
    assert again.stdout == "Decisions recomputed: 1. Differing: 0.\n"
    assert len(replay.replay_runs()) == 2


@pytest.mark.usefixtures("_decided")
def test_run_under_way_goes_on_and_its_differences_are_told() -> None:
    run_id = replay.start_replay(actor="staff:1", now=builders.NOW + timedelta(days=1))
    decision_id = new_id()
    ReplayDifference.objects.create(
        run_id=run_id, account_id=1, decision_id=decision_id, parts=["amount", "clauses"]
    )
    result = CliRunner().invoke(group, ["replay"])
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "Decisions recomputed: 1. Differing: 1.",
        f"1 {decision_id}: amount, clauses",
    ]
