"""How this app seals: with the customer's tax key, bound to column and row."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from nummer.apps.vault.actions import seal_text, unseal_text
from nummer.apps.vault.keys import KeyClass


def seal(text: str, *, account_id: int, place: str, row: UUID) -> bytes:
    """Seal a text for `invoices_…` column `place`. Refuses: KeyDestroyed."""
    return seal_text(
        text, account_id=account_id, klass=KeyClass.TAX, place=f"invoices_{place}", row=row
    )


def unseal(sealed: bytes, *, account_id: int, place: str, row: UUID) -> str:
    """Read what `seal` sealed. Refuses: KeyDestroyed."""
    return unseal_text(
        bytes(sealed), account_id=account_id, klass=KeyClass.TAX, place=f"invoices_{place}", row=row
    )


def seal_json(content: Any, *, account_id: int, place: str, row: UUID) -> bytes:
    """Seal plain data, the same bytes of JSON each time."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return seal(text, account_id=account_id, place=place, row=row)


def unseal_json(sealed: bytes, *, account_id: int, place: str, row: UUID) -> Any:
    """Read what `seal_json` sealed."""
    return json.loads(unseal(sealed, account_id=account_id, place=place, row=row))
