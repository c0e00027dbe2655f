"""Pages as Google's Lighthouse judges them: on a slow phone, by performance and accessibility.

`python -m bench.look --rounds 1` writes no result and says what each page lost points for.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, Final

from bench.cluster import machine
from bench.harness import Bar, Measure, Report, in_turns, progress
from bench.pages import opened

FOLDER: Final = Path(__file__).resolve().parent / "lighthouse"
CHROMIUM: Final = "/usr/bin/chromium"
# Without these switches Chromium looks for its maker's servers, which a benchmark must not do.
SWITCHES: Final = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
)
WAIT_S: Final = 180
PAGES: Final[Mapping[str, str]] = {
    "catalogue": "/",
    "order table": "/orders/",
    "inbox": "/inbox/",
}
YARDSTICK: Final = "a published document"
DOCUMENT: Final = "/documents/refund-policy/"
PERFORMANCE: Final = "performance"
ACCESSIBILITY: Final = "accessibility"
BARS: Final = tuple(
    bar
    for page in PAGES
    for bar in (
        Bar(f"{page}, {PERFORMANCE}", None, must=90, aim=100),
        Bar(f"{page}, {ACCESSIBILITY}", None, must=100, aim=100),
    )
)
HOW: Final = (
    "Lighthouse opens each page in a new Chromium with an empty cache and judges it as a phone of "
    "the middle class on a slow mobile network would show it (its own preset: processor four times "
    "slower, 1.6 Mbit/s, 150 ms). The shop and its customers are those of the benchmark of pages: "
    "a customer with 100 orders and three rented numbers is signed in. Points from 0 to 100. The "
    "yardstick is a page of text that needs no session."
)


def run(*, rounds: int, seconds: int) -> Report:
    """Judge every page once a round; a round takes as long as it takes, whatever `seconds` says."""
    del seconds
    install()
    with ExitStack() as stack:
        web, customers, _ = opened(stack)
        facts = machine(web.cluster)
        addresses = {**PAGES, YARDSTICK: DOCUMENT}
        turns = {
            name: partial(_turn, f"http://127.0.0.1:{web.port}{path}", customers[0].session)
            for name, path in addresses.items()
        }
        judged = in_turns(turns, rounds=rounds)
    measures = {
        f"{name}, {category}": Measure("points", tuple(one[category] for one in each))
        for name, each in judged.items()
        for category in (PERFORMANCE, ACCESSIBILITY)
    }
    return Report(
        name="look",
        title="Pages on a slow phone",
        measures=measures,
        yardstick=f"{YARDSTICK}, {PERFORMANCE}",
        bars=BARS,
        machine=facts | {"rounds": rounds, "seconds_each": 0},
        how=HOW,
    )


def install() -> None:
    """Install what package-lock.json names, unless it is there."""
    lock, installed = (
        FOLDER / "package-lock.json",
        FOLDER / "node_modules" / ".package-lock.json",
    )
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    progress("Lighthouse, by npm")
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    subprocess.run(command, cwd=FOLDER, check=True, timeout=300)  # noqa: S603 -- our own words


def _turn(address: str, session: str, _: int) -> dict[str, float]:
    found = judge(address, session=session)["categories"]
    return {name: 100 * found[name]["score"] for name in (PERFORMANCE, ACCESSIBILITY)}


def judge(address: str, *, session: str) -> dict[str, Any]:
    """Return Lighthouse's report about one page."""
    command = [
        "node",
        str(FOLDER / "node_modules" / "lighthouse" / "cli" / "index.js"),
        address,
        "--quiet",
        "--output=json",
        f"--only-categories={PERFORMANCE},{ACCESSIBILITY}",
        f"--chrome-flags={SWITCHES}",
        "--no-enable-error-reporting",
        f"--extra-headers={json.dumps({'Cookie': f'sessionid={session}'})}",
    ]
    with tempfile.TemporaryDirectory(prefix="nummer-look-") as home:
        done = subprocess.run(  # noqa: S603 -- our own words
            command,
            env={"PATH": os.defpath, "HOME": home, "CHROME_PATH": CHROMIUM},
            stdout=subprocess.PIPE,
            check=True,
            timeout=WAIT_S,
        )
    report: dict[str, Any] = json.loads(done.stdout)
    assert report["finalDisplayedUrl"] == address, "it was not led elsewhere"
    return report


def lost(report: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a page lost points for, and the figures that performance is made of."""
    for name, category in report["categories"].items():
        yield f"{name}: {100 * category['score']:.0f}"
    for name, audit in report["audits"].items():
        if audit["score"] is not None and audit["score"] < 1:
            yield f"  {name}: {audit['score']} {audit.get('displayValue', '')}"


def main(words: Sequence[str] | None = None) -> int:
    """Show what each page lost points for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1)
    given = parser.parse_args(words)
    install()
    with ExitStack() as stack:
        web, customers, _ = opened(stack)
        for _round in range(given.rounds):
            for name, path in PAGES.items():
                report = judge(f"http://127.0.0.1:{web.port}{path}", session=customers[0].session)
                sys.stdout.write("\n".join([name, *lost(report), ""]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
