"""`nummer refunds decide`: one JSON line per scenario, without a database."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from nummer.config.commands.refunds import group

SCENARIOS = """
schema_version: 1
scenarios:
- id: own-1
  domain: refund
  facts:
    now: 2026-06-10T12:20:00+02:00
    operator_calendar: NO
    order: {kind: one_time, price: '0.40', consent_immediate: true}
    sms: {window_end: '2026-06-10T12:20:00+02:00'}
- id: own-2
  domain: privacy
  facts: {request: erasure}
- id: own-3
  domain: refund
  facts: {now: '2026-06-10T12:20:00', order: {kind: one_time, price: 0.40}}
"""


def run(path: Path) -> Result:
    return CliRunner().invoke(group, ["decide", str(path)])


def test_each_scenario_gets_one_line(tmp_path: Path) -> None:
    path = tmp_path / "scenarios.yaml"
    path.write_text(SCENARIOS, encoding="utf-8")
    result = run(path)
    assert result.exit_code == 0
    assert [json.loads(line) for line in result.output.splitlines()] == [
        {
            "id": "own-1",
            "decision": "CREDIT",
            "clauses": ["RP-B4"],
            "amount": "0.40",
            "currency": "EUR",
            "destination": "balance",
            "credit_by": "2026-06-17",
        },
        {"id": "own-2", "decision": "NOT_YET"},
        {"id": "own-3", "decision": "REJECT_INPUT", "errors": ["E_AMOUNT", "E_NAIVE_TIME"]},
    ]


@pytest.mark.parametrize(
    "text", ["", "a: [", "- 1", "scenarios: 5", "scenarios: [1]", "!!python/object:os.x {}"]
)
def test_file_without_scenarios_is_refused_in_words(tmp_path: Path, text: str) -> None:
    path = tmp_path / "scenarios.yaml"
    path.write_text(text, encoding="utf-8")
    result = run(path)
    assert result.exit_code == 1
    assert result.output.startswith("Error: The file ")
