"""What an SMS says, as one value to be sealed: a message costs one seal instead of four."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Final

PLACE: Final = "messaging_message.content"
_FORM: Final = 1
_HEAD: Final = struct.Struct(">BIIi")  # form, octets of sender and text, and of the code or -1
_NO_CODE: Final = -1


@dataclass(frozen=True, slots=True)
class Content:
    """Sender, text and code as they are shown, and everything the carrier said (`raw_form`)."""

    sender: str = field(repr=False)
    text: str = field(repr=False)
    code: str | None = field(repr=False)
    raw: bytes = field(repr=False)


def written(*, sender: str, text: str, code: str | None, raw: bytes) -> bytes:
    """Return a content's octets, ready to be sealed."""
    said, text_octets = sender.encode(), text.encode()
    if code is None:
        head = _HEAD.pack(_FORM, len(said), len(text_octets), _NO_CODE)
        return b"".join((head, said, text_octets, raw))
    shown = code.encode()
    head = _HEAD.pack(_FORM, len(said), len(text_octets), len(shown))
    return b"".join((head, said, text_octets, shown, raw))


def read(octets: bytes) -> Content:
    """Read `written` back."""
    form, sender_length, text_length, code_length = _HEAD.unpack_from(octets)
    assert form == _FORM, "a content has a form that we wrote"
    at = _HEAD.size
    sender = octets[at : (at := at + sender_length)].decode()
    text = octets[at : (at := at + text_length)].decode()
    if code_length == _NO_CODE:
        return Content(sender, text, None, octets[at:])
    return Content(sender, text, octets[at : at + code_length].decode(), octets[at + code_length :])
