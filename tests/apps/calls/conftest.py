"""A shop that rents numbers which call, with rates and one carrier."""

from __future__ import annotations

import pytest

from nummer.apps.leases.queries import LeaseRow
from tests import builders
from tests.apps.leases.conftest import rentals, supplier

__all__ = ["caller", "rentals", "supplier"]


@pytest.fixture
def caller(rentals: None) -> LeaseRow:
    """Rent a Norwegian number to a customer who has 10.00 left, and sell talk to the world."""
    builders.call_rates({"": "0.60", "47": "0.06"})
    return builders.rented(builders.customer(balance="28.75"), "+4759441001", keep_fee=False)
