"""Scenarios at the boundaries, worked out by hand in files of facts: each is exactly right."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from nummer.config.commands.refunds import group
from nummer.policy.refund import (
    facts_from_json,
    facts_json,
    request_from_json,
    request_json,
)
from nummer.policy.refund.form import Read, read
from nummer.policy.refund.output import decide_plain
from tests.policy.cases import Plain

SPECIFIED = 103  # refund scenarios of the specification, all of which are exactly right too
FILES = sorted((Path(__file__).parent / "scenarios").glob("*.yaml"))
SCENARIOS: list[Plain] = [
    scenario
    for file in FILES
    for scenario in yaml.safe_load(file.read_text(encoding="utf-8"))["scenarios"]
]


EACH = pytest.mark.parametrize(
    "scenario",
    [pytest.param(scenario, id=f"{scenario['id']}: {scenario['title']}") for scenario in SCENARIOS],
)


@EACH
def test_scenario_gets_its_answer_and_no_key_more(scenario: Plain) -> None:
    assert decide_plain(scenario["facts"], scenario.get("request")) == scenario["expected"]


@EACH
def test_record_of_a_scenario_holds_its_facts_and_its_request(scenario: Plain) -> None:
    given = read(scenario["facts"], scenario.get("request"))
    if not isinstance(given, Read):
        return
    facts = given.facts
    kept = facts_from_json(json.loads(json.dumps(facts_json(facts))))
    account = replace(facts.account, le_reference=facts.account.le_reference and "on record")
    assert kept == replace(facts, account=account)
    if given.request is not None:
        stored = json.loads(json.dumps(request_json(given.request)))
        assert request_from_json(stored) == given.request


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_command_answers_each_file_alike(file: Path) -> None:
    result = CliRunner().invoke(group, ["decide", str(file)])
    assert result.exit_code == 0
    scenarios = yaml.safe_load(file.read_text(encoding="utf-8"))["scenarios"]
    assert [json.loads(line) for line in result.output.splitlines()] == [
        {"id": scenario["id"], **scenario["expected"]} for scenario in scenarios
    ]


def test_no_scenario_has_the_name_of_another() -> None:
    names = [scenario["id"] for scenario in SCENARIOS]
    assert len(set(names)) == len(names)
    assert len(names) >= SPECIFIED, "as many again as the specification has"
