"""Customers' servers that run beside the tests, and numbers that something happens to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nummer.apps.leases.ports import install_suppliers
from nummer.suppliers.sandbox.numbers import SandboxNumbers
from tests import builders
from tests.hooks import Receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Start a customer's server on loopback."""
    with Receiver() as running:
        yield running


@pytest.fixture
def rentals(shop: None, tmp_path: Path) -> Iterator[None]:
    """Offer numbers for rent that are supplied without trouble."""
    builders.rentals([f"+475944100{n}" for n in range(1, 10)])
    install_suppliers([SandboxNumbers(tmp_path / "numbers")])
    yield
    install_suppliers([])
