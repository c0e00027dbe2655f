"""Draws a benchmark's rounds: a bar for the median, a line from lowest to highest, a dot each.

The same result gives the same file. Lines and letters are grey enough for a white page and light
enough for a dark one; a reader who asks for dark pages gets lighter letters.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

_OURS, _OTHERS, _DOT = "#2f81f7", "#8b949e", "#d29922"
_GREY: Final = "#57606a"
_WIDTH_IN: Final = 8.0
_ROW_IN, _HEAD_IN = 0.34, 0.75
_DARK: Final = (
    "<style>@media (prefers-color-scheme: dark) { text { fill: #d0d7de !important }"
    f' path[style*="stroke: {_GREY}"], use[style*="stroke: {_GREY}"]'
    " { stroke: #9198a1 !important } }</style>"
)
_STYLE: Final[Any] = {  # its type is a list of all names that matplotlib knows
    "svg.hashsalt": "nummer",  # ids come from it instead of from chance
    "svg.fonttype": "none",  # letters stay letters: they can be read aloud and found
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": _GREY,
    "axes.labelcolor": _GREY,
    "xtick.color": _GREY,
    "ytick.color": _GREY,
    "text.color": _GREY,
}


def plot(result: Mapping[str, Any]) -> str:
    """Return the plot of a result as SVG."""
    parts = _by_unit(result)
    heights = [_HEAD_IN + _ROW_IN * len(rows) for rows in parts.values()]
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(_WIDTH_IN, sum(heights)), layout="constrained")
        places = figure.subplots(len(parts), 1, squeeze=False, height_ratios=heights)[:, 0]
        for axes, (unit, rows) in zip(places, parts.items(), strict=True):
            _draw(axes, unit, rows, ours=set(result["ours"]))
        written = io.StringIO()
        nothing = dict.fromkeys(("Date", "Creator"))
        figure.savefig(
            written,
            format="svg",
            transparent=True,
            metadata={**nothing, "Title": result["title"], "Description": words(result)},
        )
    head, mark, rest = written.getvalue().partition("<defs>")
    return "\n".join(line.rstrip() for line in f"{head}{_DARK}\n {mark}{rest}".splitlines()) + "\n"


def words(result: Mapping[str, Any]) -> str:
    """Return the plot in words, for those who do not see it."""
    told = [
        f"{name} {one['median']:g} {one['unit']} ({one['min']:g} to {one['max']:g})"
        for name, one in measures(result).items()
    ]
    return "Median, lowest and highest round: " + "; ".join(told) + "."


def measures(result: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """Return all measures of a result, the yardstick first."""
    yardstick = result["yardstick"]
    return {yardstick["name"]: yardstick, **result["peers"], **result["ours"]}


def _by_unit(result: Mapping[str, Any]) -> Mapping[str, Mapping[str, Sequence[float]]]:
    parts: dict[str, dict[str, Sequence[float]]] = {}
    for name, one in measures(result).items():
        parts.setdefault(one["unit"], {})[name] = one["rounds"]
    return parts


def _draw(axes: Axes, unit: str, rows: Mapping[str, Sequence[float]], *, ours: set[str]) -> None:
    for place, (name, rounds) in enumerate(rows.items()):
        ordered = sorted(rounds)
        colour = _OURS if name in ours else _OTHERS
        middle = (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
        axes.barh(place, middle, height=0.62, color=colour)
        axes.plot((ordered[0], ordered[-1]), (place, place), color=_GREY, linewidth=1)
        axes.plot(rounds, [place] * len(rounds), "o", color=_DOT, markersize=3.5)
    axes.set_yticks(range(len(rows)), list(rows))
    axes.set_ylim(len(rows) - 0.5, -0.5)  # the first on top
    axes.set_xlim(left=0)
    axes.set_xlabel(unit)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,g}")
