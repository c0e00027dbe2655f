"""Pages of lists: each row once, whichever way its columns sort and where NULLs stand."""

from __future__ import annotations

from datetime import date

import pytest
from django.db.models import Q

from nummer.apps.paging import behind, from_on, keys_of
from nummer.apps.payouts.models import Payout

DAY = date(2026, 12, 1)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"at": 1, "id": 2}, Q(at__gt=1) | Q(at=1, id__gt=2)),
        ({"-at": 1, "-id": 2}, Q(at__lt=1) | Q(at=1, id__lt=2)),
        ({"ended": False, "-id": 2}, Q(ended__gt=False) | Q(ended=False, id__lt=2)),
    ],
)
def test_behind_a_row_is_what_sorts_after_it(keys: dict[str, object], expected: Q) -> None:
    assert str(behind(keys)) == str(expected)


def test_null_comes_last_and_nothing_but_its_own_kind_comes_behind_it() -> None:
    some = behind({"on": DAY, "id": 2}, nulls=("on",))
    none = behind({"on": None, "id": 2}, nulls=("on",))

    assert str(some) == str(Q(on__gt=DAY) | Q(on__isnull=True) | (Q(on=DAY) & Q(id__gt=2)))
    assert str(none) == str(Q(on__isnull=True) & Q(id__gt=2))


def test_a_page_may_begin_with_a_row() -> None:
    assert str(from_on({"-id": 2})) == str(Q(id=2) | Q(id__lt=2))


@pytest.mark.django_db
def test_a_row_that_is_gone_has_no_keys() -> None:
    assert keys_of(Payout.objects.all(), by=("-received_at", "-id")) is None
