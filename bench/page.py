"""Makes docs/performance.md of the results: `python -m bench.page`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from bench.harness import RESULTS
from bench.plots import measures, plot, words

PAGE: Final = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
PLOTS: Final = PAGE.with_suffix("")
_LARGE, _MIDDLE = 100, 10
NOTES: Final = RESULTS.parent / "notes"  # by hand: causes of what was missed or gained

_HEAD: Final = """\
# Performance

Made by `python -m bench.page` from `bench/results`; `make bench` measures again. Figures are
medians of rounds in which ours and the others take turns on one machine; a ratio is the median of
the rounds' ratios. Compare the ratios: the figures themselves belong to the machine. "Must" is
what we hold, "aim" is where we go. In the plots a bar is the median, blue where it is ours, a dot
is a round.
"""


def page(results: list[Mapping[str, Any]]) -> str:
    """Return the page's text."""
    return "\n".join([_HEAD, *("\n".join(_section(result)) for result in results)])


def main() -> None:
    """Write the page and its plots from all results there are."""
    results = [json.loads(path.read_text()) for path in sorted(RESULTS.glob("*.json"))]
    PAGE.write_text(page(results))
    PLOTS.mkdir(exist_ok=True)
    for left in PLOTS.glob("*.svg"):
        left.unlink()
    for result in results:
        (PLOTS / f"{result['name']}.svg").write_text(plot(result))


def _section(result: Mapping[str, Any]) -> Iterator[str]:
    yield f"## {result['title']}"
    yield f"{result['how']}\n"
    yield f"![{words(result)}]({PLOTS.name}/{result['name']}.svg)\n"
    yield "| workload | unit | median | lowest | highest | each round |"
    yield "|---|---|---|---|---|---|"
    for name, one in measures(result).items():
        figures = " | ".join(_figure(one[key]) for key in ("median", "min", "max"))
        each = " · ".join(_figure(value) for value in one["rounds"])
        yield f"| {name} | {one['unit']} | {figures} | {each} |"
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
    stores = f"{_server(facts.get('postgresql'))}{_peers(facts.get('peers'))}"
    return (
        f"Measured {facts['measured_at']}, {facts['rounds']} rounds of {facts['seconds_each']} s: "
        f"{facts['cores']} cores ({facts['cpu']}), {facts['memory_gib']:g} GiB, load "
        f"{facts['load_before']:g} before{stores}."
    )


def _peers(names: Sequence[str] | None) -> str:
    return f"; {', '.join(names)}" if names else ""


def _server(shown: Mapping[str, str] | None) -> str:
    if shown is None:
        return ""
    return (
        f"; PostgreSQL {shown['server_version']} with fsync "
        f"{shown['fsync']}, synchronous_commit {shown['synchronous_commit']}, full_page_writes "
        f"{shown['full_page_writes']}, shared_buffers {shown['shared_buffers']}"
    )


if __name__ == "__main__":
    main()
