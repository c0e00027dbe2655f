"""`nummer bench`: one benchmark of the checkout."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import click

from nummer.config.processes import Trouble

SECONDS: Final = 15  # of a workload in a round, where its benchmark names no other time
CHECKOUT = Path(__file__).resolve().parents[3]


@click.command()
@click.argument("name")
@click.option("--rounds", type=click.IntRange(min=5), default=5, show_default=True)
@click.option(
    "--seconds",
    type=click.IntRange(min=1),
    help="How long each workload runs in each round; each benchmark has its own default.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the whole result.")
def bench(*, name: str, rounds: int, seconds: int | None, as_json: bool) -> None:
    """Measure one thing against its yardstick, in turns, and keep the result in bench/results."""
    _require_checkout()
    known = import_module("bench").BENCHMARKS
    if name not in known:
        raise Trouble(f"There is no benchmark {name!r}; there are: {', '.join(sorted(known))}.")
    harness, module = _module("bench.harness"), _module(known[name])
    try:
        report = module.run(rounds=rounds, seconds=seconds or getattr(module, "SECONDS", SECONDS))
    except (harness.CountError, RuntimeError) as failed:
        raise Trouble(f"The benchmark failed: {failed}") from failed
    path = harness.write(report)
    result = report.as_json()
    if as_json:
        click.echo(json.dumps(result, indent=2))
        return
    for one in result["ratio"]:
        click.echo(_line(one))
    click.echo(f"Written to {path}.")


def _line(one: Mapping[str, Any]) -> str:
    verdict = "met" if one["met"] else "MISSED"
    against = f" x {one['against']}" if one["against"] else ""
    bound = "at most" if one["smaller"] else "at least"
    return (
        f"{one['value']:8.2f}{against}: {one['of']} "
        f"(must be {bound} {one['must']:g}, aim {one['aim']:g}) {verdict}"
    )


def _require_checkout() -> None:
    if not (CHECKOUT / "bench" / "__init__.py").exists():
        raise Trouble(
            "The benchmarks are not part of an installed Nummer; run this in a checkout of its "
            "source."
        )


def _module(name: str) -> ModuleType:
    return import_module(name)
