"""Only what the register allows leaves, and each time is written down."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nummer.apps.outbound.actions import clear
from nummer.apps.outbound.errors import NotCleared
from nummer.apps.outbound.queries import passages

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def test_what_the_register_allows_leaves_and_is_written_down() -> None:
    cleared = clear(
        "sms-carrier", "login-code", {"to": "+12125550123", "text": "12345"}, account_id=17, now=NOW
    )

    assert cleared.fields["text"] == "12345"
    assert "12345" not in repr(cleared)
    (row,) = passages(17)
    assert (row.recipient, row.purpose, row.fields) == ("sms-carrier", "login-code", ("text", "to"))


@pytest.mark.parametrize(
    ("recipient", "purpose", "fields"),
    [
        ("advertiser", "login", {"to": "x"}),
        ("sms-carrier", "marketing", {"to": "x"}),
        ("sms-carrier", "login-code", {"to": "x", "text": "y", "name": "z"}),
    ],
)
def test_what_it_does_not_allow_stays(recipient: str, purpose: str, fields: dict[str, str]) -> None:
    with pytest.raises(NotCleared):
        clear(recipient, purpose, fields, account_id=17, now=NOW)
    assert passages(17) == []


def test_what_is_nobodys_is_written_to_the_operator() -> None:
    clear("sms-carrier", "login-code", {"to": "x"}, account_id=None, now=NOW)

    assert len(passages(0)) == 1
