"""Translations as programs read them, and a customer to write to."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nummer.apps.accounts import actions as accounts
from nummer.config import messages

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(autouse=True, scope="session")
def _compiled() -> None:
    messages.compile_all()


@pytest.fixture
def account_id(db: None) -> int:
    """Return a customer who reads German."""
    login = accounts.open_account(
        email="ola@example.no",
        password=None,
        phone=None,
        kind="person",
        country="DE",
        currency="EUR",
        locale="de",
        now=NOW,
    )
    assert login.account is not None
    return login.account.id
