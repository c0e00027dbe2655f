"""The plots: one for each result, the same for the same result, with words for who cannot see."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from bench import harness, page, plots
from tests.bench.test_harness import report


def test_the_same_result_gives_the_same_plot() -> None:
    result = report().as_json()
    assert plots.plot(result) == plots.plot(result)


def test_a_plot_names_each_workload_and_shows_each_round() -> None:
    drawn = ET.fromstring(plots.plot(report().as_json()))
    space = {"svg": "http://www.w3.org/2000/svg"}
    letters = {"".join(one.itertext()) for one in drawn.iterfind(".//svg:text", space)}
    assert {"ours", "yard", "things/s"} <= letters
    dots = [one for one in drawn.iterfind(".//svg:use", space) if "#d29922" in one.get("style", "")]
    assert len(dots) == 10


def test_a_plot_says_in_words_what_it_shows() -> None:
    told = plots.words(report().as_json())
    assert "ours 30 things/s (10 to 50)" in told
    assert "yard 10 things/s (10 to 10)" in told


def test_letters_are_lighter_on_a_dark_page() -> None:
    assert "prefers-color-scheme: dark" in plots.plot(report().as_json())


def test_every_result_has_its_plot_beside_the_page() -> None:
    names = {path.stem for path in harness.RESULTS.glob("*.json")}
    assert {path.stem for path in page.PLOTS.glob("*.svg")} == names
    for name in names:
        assert f"({page.PLOTS.name}/{name}.svg)" in page.PAGE.read_text()
