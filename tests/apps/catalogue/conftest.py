"""The catalogue as a new installation has it, with every service on."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nummer.apps.catalogue.actions import install_services
from nummer.apps.catalogue.models import Service


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def catalogue(db: None, now: datetime) -> None:
    install_services(now)
    Service.objects.update(enabled=True)
