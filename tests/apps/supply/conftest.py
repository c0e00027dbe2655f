"""A shop that rents numbers of a wholesaler."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nummer.apps.catalogue.leasing import set_lease_price
from nummer.apps.leases.ports import install_suppliers
from nummer.apps.supply.actions import connect
from nummer.apps.supply.ports import install_wholesalers
from nummer.kernel.money import Money
from tests.builders import NOW
from tests.suppliers.wholesale.account import Account, desks


@pytest.fixture
def account(shop: None, tmp_path: Path) -> Iterator[Account]:
    """Connect the sandbox's DIDWW; numbers of Norway have a price."""
    with desks(tmp_path) as opened:
        made = opened()
        install_suppliers([made.numbers])
        install_wholesalers([made.numbers])
        connect(now=NOW)
        set_lease_price(
            country="NO",
            kind="local",
            monthly=Money.parse("10.00", "EUR"),
            setup=Money.parse("5.00", "EUR"),
            from_at=NOW,
            actor="staff:0",
            now=NOW,
        )
        yield made
        install_suppliers([])
        install_wholesalers([])
