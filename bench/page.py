"""Makes docs/performance.md of the results: `python -m bench.page`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from bench.harness import RESULTS

PAGE: Final = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
_LARGE, _MIDDLE = 100, 10
NOTES: Final = RESULTS.parent / "notes"  # by hand: causes of what was missed or gained

_HEAD: Final = """\
# Performance

Made by `python -m bench.page` from `bench/results`; `make bench` measures again. Figures are
medians of rounds in which ours and the yardstick take turns on one machine. Compare the ratios:
the figures themselves belong to the machine. "Must" is what we hold, "aim" is where we go.
"""


def page(results: list[Mapping[str, Any]]) -> str:
    """Return the page's text."""
    return "\n".join([_HEAD, *("\n".join(_section(result)) for result in results)])


def main() -> None:
    """Write the page from all results there are."""
    results = [json.loads(path.read_text()) for path in sorted(RESULTS.glob("*.json"))]
    PAGE.write_text(page(results))


def _section(result: Mapping[str, Any]) -> Iterator[str]:
    yield f"## {result['title']}"
    yield f"{result['how']}\n"
    yield "| workload | unit | median | lowest | highest |"
    yield "|---|---|---|---|---|"
    yardstick = result["yardstick"]
    rows = {yardstick["name"]: yardstick, **result["peers"], **result["ours"]}
    for name, one in rows.items():
        figures = " | ".join(_figure(one[key]) for key in ("median", "min", "max"))
        yield f"| {name} | {one['unit']} | {figures} |"
    yield ""
    yield "| ratio | median | lowest | highest | must | aim | |"
    yield "|---|---|---|---|---|---|---|"
    for one in result["ratio"]:
        verdict = "met" if one["met"] else "**missed**"
        sign = "≤" if one["smaller"] else "≥"
        what = f"{one['of']} / {one['against']}" if one["against"] else one["of"]
        yield (
            f"| {what} | {_figure(one['value'])} | {_figure(one['min'])} | {_figure(one['max'])} "
            f"| {sign} {one['must']:g} | {sign} {one['aim']:g} | {verdict} |"
        )
    yield f"\n{_machine(result['machine'])}"
    note = NOTES / f"{result['name']}.md"
    if note.exists():
        yield f"\n{note.read_text().strip()}"
    yield ""


def _figure(value: float) -> str:
    """Write a figure with as many places as its size deserves."""
    size = abs(value)
    return (
        f"{value:,.0f}" if size >= _LARGE else f"{value:.1f}" if size >= _MIDDLE else f"{value:.2f}"
    )


def _machine(facts: Mapping[str, Any]) -> str:
    server = facts["postgresql"]
    return (
        f"Measured {facts['measured_at']}, {facts['rounds']} rounds of {facts['seconds_each']} s: "
        f"{facts['cores']} cores ({facts['cpu']}), {facts['memory_gib']:g} GiB, load "
        f"{facts['load_before']:g} before; PostgreSQL {server['server_version']} with fsync "
        f"{server['fsync']}, synchronous_commit {server['synchronous_commit']}, full_page_writes "
        f"{server['full_page_writes']}, shared_buffers {server['shared_buffers']}."
    )


if __name__ == "__main__":
    main()
