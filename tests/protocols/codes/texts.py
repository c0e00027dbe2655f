"""The texts that codes are looked for in, language by language; benchmarks read them as well.

`corpus` holds the texts that the rules were made with. `held_out` holds texts that were kept away
while the rules were changed: what is found there hints at how well the rules do with texts they do
not know. They are by the author of the last change, who wrote them before it, so they are not
blind; texts of somebody who has not read the rules say more, and take their place.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

_HERE: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Sample:
    """A text and its code; None where it has none, `missed` where we are known to be wrong."""

    language: str
    text: str
    code: str | None
    why: str
    missed: bool


def corpus() -> list[Sample]:
    """Return the texts that the rules were made with."""
    return _read(_HERE / "corpus")


def held_out() -> list[Sample]:
    """Return the texts that the rules do not know."""
    return _read(_HERE / "held_out")


def _read(folder: Path) -> list[Sample]:
    return [
        Sample(path.stem, one["text"], one["code"], one.get("why", ""), one.get("missed", False))
        for path in sorted(folder.glob("*.yaml"))
        for one in yaml.safe_load(path.read_text("utf-8"))
    ]
