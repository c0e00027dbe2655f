"""How a text travels: its alphabet, how many parts it takes, and where it may be cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from nummer.protocols.sms.alphabets import ESCAPE, gsm_encode, ucs2_encode
from nummer.protocols.sms.header import PARTS_MAX, PartKey, header_of_part

# 140 octets of user data (3GPP TS 23.040 section 9.2.3.24.1), six of them for the header of a part.
GSM7_WHOLE: Final = 160
GSM7_PART: Final = 153
UCS2_WHOLE: Final = 140
UCS2_PART: Final = 134
_LOW_SURROGATES: Final = range(0xDC, 0xE0)  # first octets of the second half of a pair
DATA_CODING_DEFAULT: Final = 0x00
DATA_CODING_UCS2: Final = 0x08


@dataclass(frozen=True, slots=True)
class Segment:
    """One SMS of a text, ready to travel: `header` is empty where the text is in one piece."""

    data_coding: int
    header: bytes
    body: bytes

    @property
    def user_data(self) -> bytes:
        """Return header and body as SMPP's short_message carries them."""
        return self.header + self.body


def split(text: str, *, reference: int) -> list[Segment]:
    """Cut a text into SMS, never inside an escape sequence or a surrogate pair.

    `reference` tells the parts of this text from those of another to the same handset.
    Raises ValueError where it needs more than 255 parts.
    """
    septets = gsm_encode(text)
    if septets is not None:
        coding, pieces = DATA_CODING_DEFAULT, _cut_septets(septets)
    else:
        coding, pieces = DATA_CODING_UCS2, _cut_ucs2(ucs2_encode(text))
    total = len(pieces)
    if total > PARTS_MAX:
        raise ValueError("longer than 255 parts")
    if total == 1:
        return [Segment(coding, b"", pieces[0])]
    return [
        Segment(coding, header_of_part(PartKey(reference & 0xFF, total, index)), piece)
        for index, piece in enumerate(pieces, start=1)
    ]


def count(text: str) -> int:
    """Return how many SMS a text takes, which is what carriers bill."""
    septets = gsm_encode(text)
    return len(_cut_ucs2(ucs2_encode(text)) if septets is None else _cut_septets(septets))


def _cut_septets(septets: bytes) -> list[bytes]:
    if len(septets) <= GSM7_WHOLE:
        return [septets]
    pieces = []
    at = 0
    while at < len(septets):
        end = at + GSM7_PART
        if end < len(septets) and septets[end - 1] == ESCAPE:
            end -= 1
        pieces.append(septets[at:end])
        at = end
    return pieces


def _cut_ucs2(octets: bytes) -> list[bytes]:
    if len(octets) <= UCS2_WHOLE:
        return [octets]
    pieces = []
    at = 0
    while at < len(octets):
        end = at + UCS2_PART
        if end < len(octets) and octets[end] in _LOW_SURROGATES:
            end -= 2
        pieces.append(octets[at:end])
        at = end
    return pieces
