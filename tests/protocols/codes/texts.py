"""The texts that codes are looked for in, language by language; benchmarks read them as well.

`corpus` holds the texts that the rules were made with. `held_out` holds texts by somebody who had
read neither rules nor corpus; the rules are never changed because of one of them, so what is found
there tells how well they do with texts they do not know. When others take their place, these join
the corpus.
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
