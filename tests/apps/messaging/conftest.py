"""A shop that rents numbers, for the SMS that come to them."""

from __future__ import annotations

from tests.apps.leases.conftest import rentals, supplier

__all__ = ["rentals", "supplier"]
