"""The page about members' rights is what the code holds."""

from __future__ import annotations

from tests.tidy import member_rights


def test_the_page_of_members_rights_is_up_to_date() -> None:
    assert member_rights.PAGE.read_text(encoding="utf-8") == member_rights.page()
