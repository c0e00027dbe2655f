"""A shop that rents numbers, and its supplier."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nummer.apps.leases.ports import install_suppliers
from nummer.suppliers.sandbox.numbers import SandboxNumbers
from tests import builders


@pytest.fixture
def supplier(tmp_path: Path) -> Iterator[SandboxNumbers]:
    """Connect the sandbox's supplier, with a folder of its own."""
    found = SandboxNumbers(tmp_path / "numbers")
    install_suppliers([found])
    yield found
    install_suppliers([])


@pytest.fixture
def rentals(shop: None, supplier: SandboxNumbers) -> None:
    """Offer four Norwegian numbers for rent that are supplied without trouble."""
    builders.rentals([f"+475944100{n}" for n in range(1, 5)])
