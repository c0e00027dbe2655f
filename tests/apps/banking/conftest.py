"""A shop with accounts at a bank, a customer, and a rule of release."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import pytest

from nummer.apps.banking import actions
from nummer.apps.banking.models import Reference
from nummer.apps.banking.ports import METHOD
from nummer.apps.payments import actions as payments
from nummer.apps.payouts import ports
from nummer.apps.payouts.ports import ReleaseRule, install_release_rule
from nummer.kernel.money import Money
from tests import builders
from tests.apps.banking.paper import Paper, file_of, statement

NOW = builders.NOW
STAFF, OTHER = "staff:1", "staff:2"


def wish(account_id: int, amount: str = "20.00", currency: str = "EUR") -> tuple[UUID, str]:
    """Start a top-up by transfer; return its id and reference."""
    started = payments.start_top_up(
        account_id, amount=Money.parse(amount, currency), method=METHOD, now=NOW
    )
    return started.id, Reference.objects.get(subject_id=started.id).word


def take(*papers: Paper, now: datetime = NOW, **facts: str) -> actions.Taken:
    """Read a statement of these entries."""
    return actions.import_statements(file_of(statement(*papers, **facts)), actor=STAFF, now=now)


@pytest.fixture
def account_id(shop: None) -> int:
    return builders.customer(balance="0.00")


@pytest.fixture(autouse=True)
def _rule() -> Iterator[None]:
    before = list(ports._installed)
    install_release_rule(ReleaseRule({"EUR": Money.parse("50.00", "EUR")}))
    yield
    ports._installed[:] = before
