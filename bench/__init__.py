"""Benchmarks: ours beside a peer or a yardstick, in turns, in one run.

`nummer bench NAME --json` runs one, `make bench` all of them; results lie in `bench/results` and
`python -m bench.page` makes docs/performance.md of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# Name -> module with `run(*, rounds, seconds) -> bench.harness.Report`.
BENCHMARKS: Final[Mapping[str, str]] = {"ledger": "bench.ledger"}
