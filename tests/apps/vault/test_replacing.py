"""A key that is replaced: what it sealed is gone, what comes has a new one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from nummer.apps.vault import keyring
from nummer.apps.vault.actions import destroy_keys, replace_key, seal_text, unseal_text
from nummer.apps.vault.errors import KeyDestroyed
from nummer.apps.vault.keys import KeyClass

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ROW = UUID("018f0000-0000-7000-8000-000000000001")
HOME: dict[str, Any] = {
    "account_id": 17,
    "klass": KeyClass.PAPERS,
    "place": "papers.words",
    "row": ROW,
}
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_memory() -> None:
    keyring.forget_all()


def test_what_was_sealed_before_is_gone_and_what_is_sealed_after_opens() -> None:
    before = seal_text("old", **HOME)

    replace_key(17, klass=KeyClass.PAPERS, now=NOW)

    with pytest.raises(KeyDestroyed):
        unseal_text(before, **HOME)
    after = seal_text("new", **HOME)
    keyring.forget_all()
    assert unseal_text(after, **HOME) == "new"


def test_class_that_was_destroyed_for_good_stays_so() -> None:
    seal_text("old", **HOME)
    destroy_keys(17, now=NOW)

    replace_key(17, klass=KeyClass.PAPERS, now=NOW)

    with pytest.raises(KeyDestroyed):
        seal_text("new", **HOME)


def test_account_without_a_key_gets_none() -> None:
    replace_key(17, klass=KeyClass.PAPERS, now=NOW)

    assert unseal_text(seal_text("new", **HOME), **HOME) == "new"
