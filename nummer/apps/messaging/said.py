"""What a rented number says to whom, as one value to be sealed (ADR 56)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from nummer.apps.messaging.models import Outgoing
from nummer.apps.vault.actions import Sealed, ToSeal, unseal_many
from nummer.apps.vault.keys import KeyClass

PLACE: Final = "messaging_outgoing.content"
_FORM: Final = 1
_HEAD: Final = struct.Struct(">BBB")  # form, octets of the other side, whether a text is there


@dataclass(frozen=True, slots=True)
class Said:
    """The other side, and the text; None once it was redacted."""

    theirs: str = field(repr=False)
    text: str | None = field(repr=False)


def to_seal(told: Said, *, account_id: int, sms_id: UUID) -> ToSeal:
    """Return what was said, ready to be sealed for its row."""
    theirs = told.theirs.encode()
    text = b"" if told.text is None else told.text.encode()
    head = _HEAD.pack(_FORM, len(theirs), told.text is not None)
    octets = b"".join((head, theirs, text))
    return ToSeal(octets, account_id, KeyClass.COMMUNICATION, PLACE, sms_id)


def unsealed(rows: Sequence[Outgoing]) -> list[Said]:
    """Return what rows of rented numbers say, with one look for their keys."""
    sealed = [
        Sealed(bytes(row.content or b""), row.account_id, KeyClass.COMMUNICATION, PLACE, row.id)
        for row in rows
    ]
    return [read(octets) for octets in unseal_many(sealed)]


def read(octets: bytes) -> Said:
    """Read what `to_seal` wrote."""
    form, length, has_text = _HEAD.unpack_from(octets)
    assert form == _FORM, "a text has a form that we wrote"
    at = _HEAD.size + length
    theirs = octets[_HEAD.size : at].decode()
    return Said(theirs, octets[at:].decode() if has_text else None)
