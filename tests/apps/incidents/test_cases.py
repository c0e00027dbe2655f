"""Every case that the policy's own tests judge is judged the same from stored facts."""

from __future__ import annotations

from typing import Any, cast

import pytest

from nummer.policy.refund import decide_plain
from tests import builders
from tests.apps.incidents.world import NUMBER, STORED, Life
from tests.policy import (
    test_cancelling,
    test_carrier_and_stock,
    test_exclusions,
    test_one_time,
    test_outages,
    test_payouts,
)
from tests.policy.cases import Case, Row

MODULES = (
    test_cancelling,
    test_carrier_and_stock,
    test_exclusions,
    test_one_time,
    test_outages,
    test_payouts,
)
pytestmark = pytest.mark.django_db


def rows() -> list[Row]:
    """Return the rows of all tables of these modules."""
    return [
        row
        for module in MODULES
        for name in sorted(vars(module))
        if name.isupper() and isinstance(found := vars(module)[name], list)
        for row in cast("list[Row]", found)
        if isinstance(row, tuple) and len(row) == 4
    ]


def of_life(row: Row) -> bool:
    """Say whether a case rests on something that this app stores."""
    _, facts, _, expected = row
    blocked = (
        cast("dict[str, Any]", facts.get("account", {})).get("status") == "blocked_law_enforcement"
    )
    return (
        "order" in facts
        and expected["decision"] != "REJECT_INPUT"
        and (blocked or not facts.keys().isdisjoint(STORED))
    )


CASES = [row for row in rows() if of_life(row)]


def test_the_tables_are_found() -> None:
    assert len(CASES) > 100


@pytest.mark.parametrize("case", [pytest.param(row[1:], id=row[0]) for row in CASES])
def test_decision_from_stored_facts_is_the_policys(case: Case) -> None:
    facts, request, expected = case
    builders.numbers([NUMBER], services=())
    life = Life(cast("dict[str, Any]", facts), request)
    life.bring()

    decided = decide_plain(life.gathered(), request)

    assert {name: decided.get(name) for name in expected} == expected
