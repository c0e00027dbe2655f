"""A day reconciled with the list of the sandbox's provider, read by Stripe's own library."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nummer.apps.invoices import ports
from nummer.apps.invoices.queries import Gap, day_of, reconcile
from nummer.apps.payments.ports import installed_payments
from nummer.config.books import ProviderBook
from tests import builders
from tests.apps.payments import conftest as payments

provider = payments.provider


@pytest.fixture
def customer(db: None, provider: payments.Provider) -> Iterator[int]:
    builders.shop()
    before = list(ports._providers)
    books = [ProviderBook(one, own_clock=True) for one in installed_payments().providers]
    ports.install_books(providers=books, banks=())
    yield builders.customer(balance="0.00")
    ports.install_books(providers=before, banks=())


def test_what_was_paid_and_told_agrees(customer: int, provider: payments.Provider) -> None:
    provider.pay(payments.start(customer))
    provider.tell()

    found = reconcile(day_of(builders.NOW))

    assert found.differences == []
    assert {str(one.total) for one in found.sums} == {"20.00 EUR"}
    assert len(found.sums) == 3


def test_what_was_paid_and_not_told_has_a_name(customer: int, provider: payments.Provider) -> None:
    payment = provider.pay(payments.start(customer))

    differences = reconcile(day_of(builders.NOW)).differences

    assert [(one.gap, one.reference) for one in differences] == [(Gap.NOT_NOTED, payment)]
