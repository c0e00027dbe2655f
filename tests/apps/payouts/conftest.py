"""A customer, the sandbox's provider, and a rule of release."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nummer.apps.payouts import ports
from nummer.apps.payouts.ports import ReleaseRule, install_release_rule
from nummer.kernel.money import Money
from tests.apps.payments.conftest import account_id, provider

__all__ = ["account_id", "provider"]


@pytest.fixture(autouse=True)
def _rule() -> Iterator[None]:
    before = list(ports._installed)
    install_release_rule(ReleaseRule({"EUR": Money.parse("50.00", "EUR")}))
    yield
    ports._installed[:] = before
