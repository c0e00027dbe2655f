"""What tests of invoices share."""

from __future__ import annotations

import pytest

from tests import builders


@pytest.fixture
def texts(db: None) -> None:
    """Open a shop without numbers: sales are booked by the tests themselves."""
    builders.shop()
