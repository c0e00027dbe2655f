"""A new sandbox has everything to sell."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nummer.apps.catalogue import queries as catalogue
from nummer.apps.catalogue.actions import install_services, switch_service
from nummer.apps.catalogue.leasing import lease_terms
from nummer.apps.identity import queries as identity
from nummer.apps.numbers.models import Number, Slot
from nummer.apps.numbers.queries import stock
from nummer.config.sandbox_seed import seed

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.django_db
def test_new_sandbox_sells_every_service_in_every_priced_country_with_stock_above_three() -> None:
    install_services(NOW)
    seed(NOW)
    assert catalogue.services() == catalogue.services(enabled_only=False)
    free = stock()
    priced = {(row.service, row.country) for row in catalogue.prices("EUR", now=NOW)}
    assert {country for _, country in priced} >= {"NO", "DE", "GB", "US"}
    assert min(free.get(place, 0) for place in priced) > 3

    papers = lease_terms(country="GB", kind="national").papers
    assert papers == ("identity", "address")
    assert lease_terms(country="DE", kind="local").papers == ()  # only the wholesaler asks there
    assert len(identity.rules()) == 2

    numbers, slots = Number.objects.count(), Slot.objects.count()
    switch_service("tg", enabled=False, actor="staff:1", now=NOW)
    seed(NOW)
    assert (Number.objects.count(), Slot.objects.count()) == (numbers, slots)
    assert len(identity.rules()) == 2
    assert "tg" not in {row.code for row in catalogue.services()}
