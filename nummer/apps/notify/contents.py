"""What a letter needs to be written, sealed in its row."""

from __future__ import annotations

import json
from typing import Final
from uuid import UUID

from nummer.apps.notify.letters import Content
from nummer.apps.notify.models import Letter
from nummer.apps.vault.actions import seal_text, unseal_text
from nummer.apps.vault.keys import KeyClass

_PLACE: Final = "notify_letter.content"


def sealed(content: Content, *, account_id: int, letter_id: UUID) -> bytes:
    """Seal the content of a letter. Refuses: KeyDestroyed."""
    return seal_text(
        json.dumps(content),
        account_id=account_id,
        klass=KeyClass.COMMUNICATION,
        place=_PLACE,
        row=letter_id,
    )


def opened(row: Letter) -> Content:
    """Return the content of a letter that has it."""
    assert row.content is not None, "a letter that waits has its content"
    content: Content = json.loads(
        unseal_text(
            bytes(row.content),
            account_id=row.account_id,
            klass=KeyClass.COMMUNICATION,
            place=_PLACE,
            row=row.id,
        )
    )
    return content
