"""Benchmarks: ours beside a peer or a yardstick, in turns, in one run.

`nummer bench NAME --json` runs one, `make bench` all of them; results lie in `bench/results` and
`python -m bench.page` makes docs/performance.md of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

_RUN: Final = re.compile(r"^def run\(\*, rounds: int, seconds: int\b", re.MULTILINE)


def _found() -> dict[str, str]:
    """Return the files of this folder that hold a benchmark, without loading them."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return {file.stem: f"bench.{file.stem}" for file in files if _RUN.search(file.read_text())}


# Name -> module with `run(*, rounds: int, seconds: int) -> bench.harness.Report`: one file each.
BENCHMARKS: Final[Mapping[str, str]] = MappingProxyType(_found())
