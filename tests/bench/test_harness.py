"""Benchmarks measure in turns, count what they did, and report in one form."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from bench import BENCHMARKS, harness, page
from bench.cluster import load_of
from bench.harness import Bar, CountError, Measure, Report, in_turns, ratio, require_count
from nummer.config.cli import nummer
from nummer.config.commands import bench as command
from nummer.config.processes import Trouble

SUMMARY = """\
number of transactions actually processed: 1200
number of failed transactions: {failed} (0.000%)
tps = 240.500000 (without initial connection time)
"""


def report() -> Report:
    return Report(
        name="example",
        title="Example",
        measures={
            "ours": Measure("things/s", (10.0, 30.0, 20.0, 50.0, 40.0)),
            "yard": Measure("things/s", (10.0, 10.0, 10.0, 10.0, 10.0)),
        },
        yardstick="yard",
        bars=[Bar("ours", "yard", must=3, aim=4), Bar("yard", "ours", must=0.5, aim=1)],
        machine={
            "cores": 2,
            "cpu": "a processor",
            "memory_gib": 4.0,
            "load_before": 0.1,
            "measured_at": "2026-01-01 00:00 UTC",
            "rounds": 5,
            "seconds_each": 1,
            "postgresql": {
                "server_version": "18",
                "fsync": "on",
                "synchronous_commit": "on",
                "full_page_writes": "on",
                "shared_buffers": "1GB",
            },
        },
        how="By hand.",
    )


def test_workloads_take_turns_in_changing_order() -> None:
    seen: list[str] = []

    def workload(name: str, number: int) -> float:
        seen.append(name)
        return float(number)

    reached = in_turns({"a": lambda n: workload("a", n), "b": lambda n: workload("b", n)}, rounds=5)
    each_round = ["".join(seen[place : place + 2]) for place in range(0, 10, 2)]
    assert set(each_round) == {"ab", "ba"}
    assert reached == {"a": (0, 1, 2, 3, 4), "b": (0, 1, 2, 3, 4)}


def test_fewer_than_five_rounds_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 5 rounds"):
        in_turns({}, rounds=4)


def test_median_and_spread_of_rounds_are_told() -> None:
    told = Measure("things/s", (10.0, 30.0, 20.0, 90.0, 40.0)).as_json()
    assert (told["median"], told["min"], told["max"]) == (30.0, 10.0, 90.0)


def test_ratio_compares_round_with_round() -> None:
    measures = {"a": Measure("", (1.0, 20.0, 3.0)), "b": Measure("", (1.0, 10.0, 1.0))}
    told = ratio(Bar("a", "b", must=2, aim=3), measures)
    assert (told["value"], told["min"], told["max"], told["met"]) == (2.0, 1.0, 3.0, True)


def test_smaller_is_better_where_a_bar_says_so() -> None:
    measures = {"a": Measure("s", (1.0, 2.0, 3.0)), "b": Measure("s", (2.0, 4.0, 6.0))}
    assert ratio(Bar("a", "b", must=0.75, aim=0.5, smaller=True), measures)["met"]
    assert not ratio(Bar("b", "a", must=0.75, aim=0.5, smaller=True), measures)["met"]


def test_a_bar_without_a_yardstick_is_about_the_figure_itself() -> None:
    measures = {"a": Measure("ms", (100.0, 300.0, 200.0))}
    told = ratio(Bar("a", None, must=250, aim=50, smaller=True), measures)
    assert (told["value"], told["min"], told["max"], told["met"]) == (200.0, 100.0, 300.0, True)


def test_a_round_is_announced_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    in_turns({"a": float}, rounds=5)
    told = capsys.readouterr()
    assert "round 5 of 5: a" in told.err
    assert not told.out


def test_every_file_with_a_benchmark_is_known_by_its_name() -> None:
    assert "ledger" in BENCHMARKS
    for name, module in BENCHMARKS.items():
        assert (Path(harness.__file__).parent / f"{name}.py").exists()
        assert module == f"bench.{name}"


def test_a_row_too_few_fails_the_run() -> None:
    require_count("post", said=3, found=3)
    with pytest.raises(CountError, match="says 3, the tables hold 2"):
        require_count("post", said=3, found=2)


def test_failed_transactions_of_the_generator_fail_the_run() -> None:
    assert load_of(SUMMARY.format(failed=0)).transactions == 1200
    with pytest.raises(RuntimeError, match="7 transactions fail"):
        load_of(SUMMARY.format(failed=7))


def test_command_prints_and_keeps_the_agreed_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = SimpleNamespace(run=lambda **_: report())
    kept = SimpleNamespace(
        CountError=CountError, write=lambda one: harness.write(one, folder=tmp_path)
    )
    monkeypatch.setattr(command, "_module", lambda name: kept if name == "bench.harness" else fake)
    told = CliRunner().invoke(nummer, ["bench", "ledger", "--json"])
    assert told.exit_code == 0
    result = json.loads(told.stdout)
    assert {"name", "ours", "peers", "yardstick", "ratio", "machine"} <= set(result)
    assert result["ours"]["ours"]["median"] == 30.0
    assert result["yardstick"]["name"] == "yard"
    assert [one["met"] for one in result["ratio"]] == [True, False]
    assert json.loads((tmp_path / "example.json").read_text()) == result


def test_unknown_benchmark_is_answered_with_the_known_ones() -> None:
    told = CliRunner().invoke(nummer, ["bench", "nothing"])
    assert isinstance(told.exception, Trouble)
    assert ", ".join(sorted(BENCHMARKS)) in str(told.exception)


def test_installed_nummer_says_that_it_has_no_benchmarks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "CHECKOUT", tmp_path)
    told = CliRunner().invoke(nummer, ["bench", "ledger"])
    assert "run this in a checkout" in str(told.exception)


def test_page_names_a_missed_bar() -> None:
    text = page.page([report().as_json()])
    assert "| ours / yard | 3.00 | 1.00 | 5.00 | ≥ 3 | ≥ 4 | met |" in text
    assert "| ≥ 0.5 | ≥ 1 | **missed** |" in text


def test_page_in_the_documents_is_made_from_the_results() -> None:
    results = [json.loads(path.read_text()) for path in sorted(harness.RESULTS.glob("*.json"))]
    assert page.PAGE.read_text() == page.page(results)
