"""A shop that rents numbers, for the SMS that come to them and leave from them."""

from __future__ import annotations

import pytest

from nummer.apps.leases.queries import LeaseRow
from tests import builders
from tests.apps.leases.conftest import rentals, supplier

__all__ = ["rentals", "rented", "supplier"]


@pytest.fixture
def rented(rentals: None) -> LeaseRow:
    """Rent a Norwegian number to a customer, with rates and one route for SMS to Norway."""
    builders.sms_rates({"47": "0.05"})
    return builders.rented(builders.customer(balance="40.00"), "+4759441001", keep_fee=False)
