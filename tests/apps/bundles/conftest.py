"""A shop whose numbers need papers, which programs put together for others."""

from __future__ import annotations

from tests.apps.identity.conftest import with_papers
from tests.apps.leases.conftest import rentals, supplier

__all__ = ["rentals", "supplier", "with_papers"]
