"""All benchmarks, then the page: `make bench`."""

from __future__ import annotations

import subprocess
import sys

from bench import BENCHMARKS, page


def main() -> int:
    """Run each in a process of its own; return 1 where one failed."""
    failed = 0
    for name in BENCHMARKS:
        command = [sys.executable, "-m", "nummer.config", "bench", name]
        failed |= subprocess.run(command, check=False).returncode != 0  # noqa: S603 -- our own words
    page.main()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
