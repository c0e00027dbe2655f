"""The user data header of 3GPP TS 23.040 section 9.2.3.24."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

CONCATENATED_8_BIT: Final = 0x00
CONCATENATED_16_BIT: Final = 0x08
SINGLE_SHIFT: Final = 0x24
LOCKING_SHIFT: Final = 0x25
PARTS_MAX: Final = 255
REFERENCE_MAX: Final = 0xFFFF


@dataclass(frozen=True, slots=True)
class PartKey:
    """Which part of which long message this is; `sequence` counts from 1 to `total`."""

    reference: int
    total: int
    sequence: int

    def __post_init__(self) -> None:
        assert 0 <= self.reference <= REFERENCE_MAX
        assert 1 <= self.sequence <= self.total <= PARTS_MAX


def split_header(user_data: bytes) -> tuple[bytes, bytes]:
    """Return header (with its length octet) and body; a header that cannot be is all body."""
    if not user_data or user_data[0] + 1 > len(user_data):
        return b"", user_data
    end = user_data[0] + 1
    return user_data[:end], user_data[end:]


def elements(header: bytes) -> dict[int, bytes]:
    """Return the information elements by identifier; the last of a kind wins (9.2.3.24)."""
    found: dict[int, bytes] = {}
    at = 1
    while at + 2 <= len(header):
        identifier, length = header[at], header[at + 1]
        value = header[at + 2 : at + 2 + length]
        if len(value) == length:
            found[identifier] = value
        at += 2 + length
    return found


def part_of(header: bytes) -> PartKey | None:
    """Return the part that a header names, or None: nonsense is taken for a whole message."""
    found = elements(header)
    wide, narrow = found.get(CONCATENATED_16_BIT, b""), found.get(CONCATENATED_8_BIT, b"")
    match [*wide], [*narrow]:
        case [high, low, total, sequence], _:
            return part_key(high << 8 | low, total=total, sequence=sequence)
        case _, [reference, total, sequence]:
            return part_key(reference, total=total, sequence=sequence)
    return None


def part_key(reference: int, *, total: int, sequence: int) -> PartKey | None:
    """Return the key, or None where the numbers make no sense or it is the only part."""
    if not 1 <= sequence <= total <= PARTS_MAX or total == 1:
        return None
    return PartKey(reference & REFERENCE_MAX, total, sequence)


def header_of_part(part: PartKey) -> bytes:
    """Write the header of one part, with the reference in 8 bits, which every handset reads."""
    return bytes((5, CONCATENATED_8_BIT, 3, part.reference & 0xFF, part.total, part.sequence))


def shift_languages(header: bytes) -> tuple[int, int]:
    """Return the languages of the locking and of the single shift table; 0 means none."""
    found = elements(header)
    locking, single = found.get(LOCKING_SHIFT, b"\0"), found.get(SINGLE_SHIFT, b"\0")
    return (locking or b"\0")[0], (single or b"\0")[0]
