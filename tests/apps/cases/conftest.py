"""Translations as programs read them."""

from __future__ import annotations

import pytest

from nummer.config import messages


@pytest.fixture(autouse=True, scope="session")
def _compiled() -> None:
    messages.compile_all()
