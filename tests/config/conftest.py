"""What the tests of the processes and the command line share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nummer.kernel import clock


@pytest.fixture(autouse=True)
def _same_clock_afterwards() -> Iterator[None]:
    """Put the clock back: a command of the sandbox installs the movable one for its process."""
    before = clock._installed
    yield
    clock.install(before)
