"""What the tests of apps share."""

from __future__ import annotations

import pytest

from tests import builders


@pytest.fixture
def shop(db: None) -> None:
    """Open a shop with documents, services, prices and three Norwegian numbers."""
    builders.shop()
    builders.numbers(["+4759440001", "+4759440002", "+4759440003"], services=("tg", "wa"))
