"""The staff's page of free numbers."""

from __future__ import annotations

import pytest

from nummer.apps.numbers import queries
from nummer.faces.backoffice import views
from tests.faces.backoffice.test_staff import at_work
from tests.faces.conftest import StandingClock


def test_free_numbers_are_counted_no_further_than_needed(
    shop: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = queries.stock()
    most = max(whole.values())

    assert most > 1
    assert queries.stock_up_to(most + 1) == whole
    assert max(queries.stock_up_to(most - 1).values()) == most - 1
    monkeypatch.setattr(views, "_COUNTED_MAX", most - 1)
    assert f"{most - 1}+</td>" in at_work("operations").get("/staff/stock/").text
