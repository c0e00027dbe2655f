"""Accounts at the sandbox's DIDWW."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.suppliers.wholesale.account import Account, Open, desks


@pytest.fixture
def open_account(tmp_path: Path) -> Iterator[Open]:
    """Return a way to open an account."""
    with desks(tmp_path) as opened:
        yield opened


@pytest.fixture
def account(open_account: Open) -> Account:
    """Open an account whose orders are fulfilled at once."""
    return open_account()
