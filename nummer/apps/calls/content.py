"""The other side of a call, sealed, and found again while it is."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from nummer.apps.vault.actions import keyed_digest, seal_text, unseal_text
from nummer.apps.vault.keys import KeyClass

PLACE: Final = "calls_call.content"
INDEX_KIND: Final = "call-theirs"


def sealed_number(account_id: int, call_id: UUID, e164: str) -> bytes:
    """Seal the number that is called. Refuses: KeyDestroyed."""
    return seal_text(
        e164, account_id=account_id, klass=KeyClass.COMMUNICATION, place=PLACE, row=call_id
    )


def number_of(account_id: int, call_id: UUID, sealed: bytes) -> str:
    """Return the number that was called. Refuses: KeyDestroyed."""
    return unseal_text(
        sealed, account_id=account_id, klass=KeyClass.COMMUNICATION, place=PLACE, row=call_id
    )


def theirs_index(account_id: int, e164: str) -> bytes:
    """Return by what all calls of an account with one other side are found."""
    return keyed_digest(INDEX_KIND, f"{account_id}|{e164}")
