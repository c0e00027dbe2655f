"""Finding codes: how many are found, and how much else is taken for one, beside an npm package.

Precision is the share of right codes in what is said to be a code; recall the share of codes that
were found. Blanks and dashes do not count: the peer takes them out, we leave them in (ADR 40).
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.cluster import hardware
from bench.harness import Bar, Measure, Report, in_turns
from nummer.protocols.codes import extract_code
from tests.protocols.codes.texts import Sample, corpus, held_out

NODE: Final = Path(__file__).resolve().parents[1] / "tests" / "peers" / "node"
PEER: Final = "parse-otp-message"

BARS: Final = (
    Bar("precision, held out", None, must=95, aim=99),
    Bar("recall, held out", None, must=80, aim=90),
    Bar("precision, held out", f"{PEER}: precision, held out", must=1, aim=1.2),
    Bar("recall, held out", f"{PEER}: recall, held out", must=1, aim=1.2),
)
Found = Sequence[str | None]


@dataclass(frozen=True, slots=True)
class Went:
    """What one side said of all texts, and how many it read in a second."""

    found: Found
    per_s: float


def run(*, rounds: int, seconds: int) -> Report:
    """Read all texts on both sides; the codes are the same in every round, the speed is not."""
    _install_peer()
    known, unknown = corpus(), held_out()
    texts = [one.text for one in (*known, *unknown)]
    facts = hardware()
    sides: dict[str, Callable[[int], Went]] = {
        "": lambda _: _ours(texts, seconds),
        f"{PEER}: ": lambda _: _peer(texts, seconds),
    }
    went = in_turns(sides, rounds=rounds)
    measures: dict[str, Measure] = {}
    for side, rows in went.items():
        found = rows[0].found
        for where, samples, part in (
            ("corpus", known, found[: len(known)]),
            ("held out", unknown, found[len(known) :]),
        ):
            precision, recall = _shares(samples, part)
            measures[f"{side}precision, {where}"] = Measure("%", (precision,) * rounds)
            measures[f"{side}recall, {where}"] = Measure("%", (recall,) * rounds)
        measures[f"{side}texts read"] = Measure("texts/s", tuple(row.per_s for row in rows))
    theirs = [name for name in measures if name.startswith(PEER)]
    yardstick = f"{PEER}: recall, held out"
    return Report(
        name="codes",
        title="Finding codes",
        measures=measures,
        yardstick=yardstick,
        bars=BARS,
        machine=facts | {"rounds": rounds, "seconds_each": seconds},
        how=_how(known, unknown),
        peers=[name for name in theirs if name != yardstick],
    )


def _how(known: Sequence[Sample], unknown: Sequence[Sample]) -> str:
    languages = {one.language for one in (*known, *unknown)}
    without = sum(one.code is None for one in (*known, *unknown))
    return (
        f"{len(known)} texts with which the rules were made and {len(unknown)} that were held out, "
        f"in {len(languages)} languages, {without} of them without a code. Those held out were "
        "written by somebody who had read neither the rules nor the other texts, and were looked "
        "at once, with the rules as they are. No service is told: "
        "neither side knows who wrote. Against the npm package parse-otp-message 1.0.2."
    )


def _ours(texts: Sequence[str], seconds: int) -> Went:
    found = [extract_code(sender="", text=text, pattern=None) for text in texts]
    began = time.perf_counter()
    read = 0
    while (took := time.perf_counter() - began) < seconds:
        for text in texts:
            extract_code(sender="", text=text, pattern=None)
        read += len(texts)
    return Went(found, read / took)


def _peer(texts: Sequence[str], seconds: int) -> Went:
    done = subprocess.run(  # noqa: S603 -- our own words and paths
        ["node", str(Path(__file__).parent / "otp_peer.js"), str(NODE), str(seconds)],  # noqa: S607
        input="\n".join(json.dumps(text) for text in texts),
        capture_output=True,
        text=True,
        timeout=seconds + 60,
        check=True,
    )
    said = json.loads(done.stdout)
    return Went(said["codes"], said["per_s"])


def _shares(samples: Sequence[Sample], found: Found) -> tuple[float, float]:
    """Return precision and recall in percent."""
    pairs = [(_bare(one.code), _bare(code)) for one, code in zip(samples, found, strict=True)]
    right = sum(truth == code for truth, code in pairs if code is not None)
    said = sum(code is not None for _, code in pairs)
    there = sum(truth is not None for truth, _ in pairs)
    return 100 * right / said, 100 * right / there


def _bare(code: str | None) -> str | None:
    """Take out what the peer takes out, and the letter it leaves in front of `G-123456`."""
    if code is None:
        return None
    return code.lower().removeprefix("g-").replace("-", "").replace(" ", "")


def _install_peer() -> None:
    subprocess.run(
        ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"],  # noqa: S607
        cwd=NODE,
        check=True,
        capture_output=True,
        timeout=300,
    )
