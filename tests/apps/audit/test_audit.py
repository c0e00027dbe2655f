"""The record grows by lines without values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from nummer.apps.audit.actions import record
from nummer.apps.audit.queries import lines

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def test_lines_are_read_newest_first_and_by_customer() -> None:
    for minute, account_id in enumerate((17, 18, 17)):
        record(
            actor="staff:3",
            verb="read",
            place="accounts_phone",
            row=str(minute),
            account_id=account_id,
            fields=["number"],
            now=NOW + timedelta(minutes=minute),
        )

    assert [line.row for line in lines()] == ["2", "1", "0"]
    first, second = lines(17)
    assert (first.row, second.row) == ("2", "0")
    assert lines(17, before=first.id) == [second]
    assert first.fields == ("number",)


@pytest.mark.parametrize("actor", ["", "ola@example.no", "staff", "staff:Ola N", "customer:"])
def test_an_actor_is_a_kind_and_an_id(actor: str) -> None:
    with pytest.raises(AssertionError):
        record(actor=actor, verb="read", place="x", row="1", now=NOW)
