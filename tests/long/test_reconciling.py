"""A reseller adds up ten thousand orders (U18).

The short form has 1,000 orders, the full form (FULL=1) 10,000.
"""

from __future__ import annotations

import os

import pytest

from nummer.faces.api import reading
from nummer.kernel.limits import CallLimit
from tests.dialects.conftest import Moment, Program, moment, program, programs
from tests.dialects.test_own_reconciling import reconcile

__all__ = ["moment", "program", "programs"]  # fixtures

pytestmark = [pytest.mark.long, pytest.mark.django_db]
ORDERS = 10_000 if os.environ.get("FULL") == "1" else 1_000


def test_ten_thousand_orders_add_up(
    program: Program,
    moment: Moment,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "PROGRAMS", CallLimit(per_s=1_000_000, burst=1_000_000))
    reconcile(program, moment, orders=ORDERS)
