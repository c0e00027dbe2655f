"""Addresses of endpoints: checked, sealed, and read again."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from nummer.apps.vault.actions import seal_text, unseal_text
from nummer.apps.vault.keys import KeyClass
from nummer.apps.webhooks.errors import AddressRefused
from nummer.apps.webhooks.ports import caller

URL_LENGTH_MAX: Final = 2000
_TABLE: Final = "webhooks_endpoint"


def require_callable(url: str, *, look_up: bool = False) -> None:
    """Make sure that we call that address. Refuses: AddressRefused.

    With `look_up` its name is asked for, too: not inside a transaction.
    """
    if len(url) > URL_LENGTH_MAX:
        raise AddressRefused(why="too_long")
    if why := caller().refused(url, look_up=look_up):
        raise AddressRefused(why=why)


def sealed_url(account_id: int, endpoint_id: UUID, *, url: str) -> bytes:
    """Seal an endpoint's address: it may name a person, or hold a password."""
    return sealed(account_id, endpoint_id, column="url", text=url)


def sealed(account_id: int, endpoint_id: UUID, *, column: str, text: str) -> bytes:
    """Seal what stands in one column of an endpoint."""
    return seal_text(
        text,
        account_id=account_id,
        klass=KeyClass.IDENTITY,
        place=f"{_TABLE}.{column}",
        row=endpoint_id,
    )


def unsealed(account_id: int, endpoint_id: UUID, *, column: str, sealed: bytes) -> str:
    """Read what stands in one column of an endpoint."""
    return unseal_text(
        bytes(sealed),
        account_id=account_id,
        klass=KeyClass.IDENTITY,
        place=f"{_TABLE}.{column}",
        row=endpoint_id,
    )
