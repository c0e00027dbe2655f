"""Files that come with a message: drawn anew before anything is kept, then sealed with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from nummer.apps.cases import ports
from nummer.apps.cases.content import ATTACHED, Listed, seal
from nummer.apps.cases.errors import AttachmentTooLarge, TooManyAttachments
from nummer.apps.cases.models import Attachment
from nummer.kernel.ids import id_of
from nummer.kernel.redact import redact

FILES_MAX: Final = 3  # of one message
FILE_BYTES_MAX: Final = 6_000_000
COPY_BYTES_MAX: Final = 12_000_000
NAME_MAX: Final = 80
_NO_NAME: Final = "file"
_ENDINGS: Final = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as a customer chose it; nothing of it is believed."""

    name: str = field(repr=False)
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A file that may be kept, under a name of which only letters are left."""

    name: str = field(repr=False)
    media: str
    content: bytes = field(repr=False)


def drawn(account_id: int, files: Sequence[Upload]) -> list[Drawn]:
    """Return what may be kept of some files; takes seconds, so never in a transaction.

    Refuses: TooManyAttachments, AttachmentTooLarge, and what the port refuses.
    """
    if len(files) > FILES_MAX:
        raise TooManyAttachments(files=FILES_MAX)
    if any(len(file.content) > FILE_BYTES_MAX for file in files):
        raise AttachmentTooLarge(megabytes=FILE_BYTES_MAX // 1_000_000)
    return [_drawn(account_id, file) for file in files]


def listed(files: Sequence[Drawn], *, message_id: UUID) -> tuple[Listed, ...]:
    """Return how a message names its files."""
    return tuple(
        Listed(file.name, file.media, len(file.content), str(_id(message_id, at)))
        for at, file in enumerate(files)
    )


def attach(files: Sequence[Drawn], *, account_id: int, message_id: UUID) -> None:
    """Keep the files of a message that was just written, sealed."""
    for at, file in enumerate(files):
        row = _id(message_id, at)
        Attachment.objects.create(
            account_id=account_id,
            id=row,
            message_id=message_id,
            media=file.media,
            content=seal(file.content, account_id=account_id, place=ATTACHED, row=row),
        )


def _drawn(account_id: int, file: Upload) -> Drawn:
    copy = ports.redrawn(account_id, file.content)
    if len(copy.content) > COPY_BYTES_MAX:
        raise AttachmentTooLarge(megabytes=FILE_BYTES_MAX // 1_000_000)
    return Drawn(_name(file.name, copy.media), copy.media, copy.content)


def _name(name: str, media: str) -> str:
    """Return a name without folders and signs that steer, with the ending of what it is now."""
    bare = name.replace("\\", "/").rpartition("/")[2].rpartition(".")[0] or name
    kept = "".join(sign if sign.isalnum() or sign in " -_" else "-" for sign in bare)
    words = redact(" ".join(kept.split())).strip("- ")[:NAME_MAX]
    return f"{words or _NO_NAME}.{_ENDINGS[media]}"


def _id(message_id: UUID, at: int) -> UUID:
    return id_of("case-file", message_id, str(at))
