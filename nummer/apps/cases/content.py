"""What was written, on its way into a sealed column and back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final
from uuid import UUID

from nummer.apps.cases.models import Attachment, Case, Message, Note
from nummer.apps.vault.actions import Sealed, seal_bytes, unseal_many
from nummer.apps.vault.keys import KeyClass

CONTENT: Final = "cases_message.content"
RAW: Final = "cases_message.raw"
SUBJECT: Final = "cases_case.subject"
SENDER: Final = "cases_case.sender"
ATTACHED: Final = "cases_attachment.content"
NOTE: Final = "cases_note.content"


@dataclass(frozen=True, slots=True, repr=False)
class Listed:
    """A file of a message. One with an `id` was drawn anew and is kept under it.

    One without is as its mail describes it: sealed inside the mail, and not opened.
    """

    name: str
    media_type: str
    octets: int
    id: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Content:
    """The words of one message, free of card numbers and IBANs."""

    text: str
    subject: str = ""
    sender: str | None = None
    message_id: str | None = None
    attachments: tuple[Listed, ...] = ()

    def sealed(self, *, account_id: int, row: UUID) -> bytes:
        """Return the content sealed for its row."""
        octets = json.dumps(asdict(self), ensure_ascii=False).encode("utf-8", "replace")
        return seal(octets, account_id=account_id, place=CONTENT, row=row)


def seal(octets: bytes, *, account_id: int, place: str, row: UUID) -> bytes:
    """Seal one value of a case or a message."""
    return seal_bytes(
        octets, account_id=account_id, klass=KeyClass.COMMUNICATION, place=place, row=row
    )


def contents(rows: Sequence[Message]) -> list[Content]:
    """Return what messages hold, in their order. Refuses: KeyDestroyed."""
    opened = unseal_many([_sealed(row.content, row, CONTENT) for row in rows])
    return [_content(octets) for octets in opened]


def subjects(rows: Sequence[Case]) -> list[str]:
    """Return what cases are called, in their order. Refuses: KeyDestroyed."""
    opened = unseal_many([_sealed(row.subject, row, SUBJECT) for row in rows])
    return [octets.decode() for octets in opened]


def notes_of(rows: Sequence[Note]) -> list[str]:
    """Return what notes say, in their order. Refuses: KeyDestroyed."""
    opened = unseal_many([_sealed(row.content, row, NOTE) for row in rows])
    return [octets.decode() for octets in opened]


def file_of(row: Attachment) -> bytes:
    """Return what a file of a message holds. Refuses: KeyDestroyed."""
    return unseal_many([_sealed(row.content, row, ATTACHED)])[0]


def raw_of(row: Message) -> bytes | None:
    """Return the octets of a mail while they are kept. Refuses: KeyDestroyed."""
    return None if row.raw is None else unseal_many([_sealed(row.raw, row, RAW)])[0]


def sender_of(row: Case) -> str | None:
    """Return the address from which a case was opened by mail. Refuses: KeyDestroyed."""
    if row.sender is None:
        return None
    return unseal_many([_sealed(row.sender, row, SENDER)])[0].decode()


def _sealed(value: bytes, row: Attachment | Case | Message | Note, place: str) -> Sealed:
    return Sealed(bytes(value), row.account_id, KeyClass.COMMUNICATION, place, row.id)


def _content(octets: bytes) -> Content:
    read = json.loads(octets)
    read["attachments"] = tuple(Listed(**listed) for listed in read["attachments"])
    return Content(**read)
