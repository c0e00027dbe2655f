"""The alphabets of 3GPP TS 23.038: GSM 7 bit with its tables, packed and unpacked, and UCS-2."""

from __future__ import annotations

from codecs import charmap_decode
from collections.abc import Mapping
from typing import Final

ESCAPE: Final = 0x1B  # leads to the extension table, section 6.2.1.1
_SURE_CHARACTERS: Final = 4
_SPACE: Final = " "  # an unknown escaped octet is shown as its plain one, section 6.2.1.1

# Section 6.2.1. The index is the septet.
DEFAULT: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION: Final[Mapping[int, str]] = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}

# Annex A.2 and A.3, for the languages of Latin script. The tables of the scripts of India are
# left out: handsets there send UCS-2, and a wrong guess would show letters nobody wrote.
TURKISH, SPANISH, PORTUGUESE = 1, 2, 3
LOCKING: Final[Mapping[int, str]] = {
    TURKISH: (
        "@£$¥€éùıòÇ\nĞğ\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bŞşßÉ"
        " !\"#¤%&'()*+,-./0123456789:;<=>?"
        "İABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
        "çabcdefghijklmnopqrstuvwxyzäöñüà"
    ),
    PORTUGUESE: (
        "@£$¥êéúíóç\nÔô\rÁáΔ_ªÇÀ∞^\\€Ó|\x1bÂâÊÉ"
        " !\"#º%&'()*+,-./0123456789:;<=>?"
        "ÍABCDEFGHIJKLMNOPQRSTUVWXYZÃÕÚÜ§"
        "~abcdefghijklmnopqrstuvwxyzãõ`üà"
    ),
}
SINGLE_SHIFT: Final[Mapping[int, Mapping[int, str]]] = {
    TURKISH: {
        **EXTENSION,
        0x47: "Ğ",
        0x49: "İ",
        0x53: "Ş",
        0x63: "ç",
        0x67: "ğ",
        0x69: "ı",  # noqa: RUF001 -- the Turkish letter
        0x73: "ş",
    },
    SPANISH: {
        **EXTENSION,
        0x09: "ç",
        0x41: "Á",
        0x49: "Í",
        0x4F: "Ó",
        0x55: "Ú",
        0x61: "á",
        0x69: "í",
        0x6F: "ó",
        0x75: "ú",
    },
    PORTUGUESE: {
        **EXTENSION,
        0x05: "ê",
        0x09: "ç",
        0x0B: "Ô",
        0x0C: "ô",
        0x0E: "Á",
        0x0F: "á",
        0x12: "Φ",
        0x13: "Γ",
        0x15: "Ω",
        0x16: "Π",
        0x17: "Ψ",
        0x18: "Σ",
        0x19: "Θ",
        0x1F: "Ê",
        0x41: "À",
        0x49: "Í",
        0x4F: "Ó",
        0x55: "Ú",
        0x5B: "Ã",
        0x5C: "Õ",
        0x61: "Â",
        0x69: "í",
        0x6F: "ó",
        0x75: "ú",
        0x7B: "ã",
        0x7C: "õ",
        0x7F: "â",
    },
}
SEPTETS: Final = 128
assert len(DEFAULT) == SEPTETS
assert all(len(table) == SEPTETS for table in LOCKING.values())
# Twice, so that octets above 0x7F find what their lower seven bits do.
_OF_OCTETS: Final = {language: table * 2 for language, table in {0: DEFAULT, **LOCKING}.items()}

_TO_SEPTETS: Final[Mapping[str, bytes]] = {
    **{char: bytes((ESCAPE, septet)) for septet, char in EXTENSION.items()},
    **{char: bytes((septet,)) for septet, char in enumerate(DEFAULT) if septet != ESCAPE},
}


def gsm_decode(septets: bytes, *, locking: int = 0, single: int = 0) -> str:
    """Read septets, one an octet. Octets above 0x7F keep their lower seven bits.

    `locking` and `single` are language numbers of the user data header (annex A.1).
    """
    if ESCAPE not in septets:
        return charmap_decode(septets, "strict", _OF_OCTETS.get(locking, _OF_OCTETS[0]))[0]
    table = LOCKING.get(locking, DEFAULT)
    extension = SINGLE_SHIFT.get(single, EXTENSION)
    chars: list[str] = []
    escaped = False
    for octet in septets:
        septet = octet & 0x7F
        if escaped:
            chars.append(extension.get(septet) or table[septet].replace("\x1b", _SPACE))
            escaped = False
        elif septet == ESCAPE:
            escaped = True
        else:
            chars.append(table[septet])
    return "".join(chars)


def gsm_encode(text: str) -> bytes | None:
    """Write septets, one an octet, or return None where a character is not in the alphabet."""
    try:
        return b"".join([_TO_SEPTETS[char] for char in text])
    except KeyError:
        return None


def unpack(octets: bytes, *, fill_bits: int = 0) -> bytes:
    """Spread packed septets to one an octet (section 6.1.2.1).

    `fill_bits` follow a user data header, to begin at a septet. A last septet that can only be
    padding is dropped.
    """
    bits = int.from_bytes(octets, "little") >> fill_bits
    usable = len(octets) * 8 - fill_bits
    count = max(0, usable // 7)
    septets = bytes((bits >> (7 * index)) & 0x7F for index in range(count))
    if count and count % 8 == 0 and usable % 7 == 0 and septets[-1] in (0x00, 0x0D):
        return septets[:-1]
    return septets


def pack(septets: bytes, *, fill_bits: int = 0) -> bytes:
    """Squeeze septets, eight into seven octets; the reverse of `unpack`."""
    bits = sum((septet & 0x7F) << (7 * index) for index, septet in enumerate(septets))
    length = (len(septets) * 7 + fill_bits + 7) // 8
    return (bits << fill_bits).to_bytes(length, "little")


def ucs2_decode(octets: bytes) -> str:
    """Read UTF-16, big end first unless it plainly is not; an odd last octet is replaced."""
    if octets[:2] == b"\xff\xfe":
        return octets[2:].decode("utf-16-le", "replace")
    if octets[:2] == b"\xfe\xff":
        return octets[2:].decode("utf-16-be", "replace")
    codec = "utf-16-le" if _looks_little_endian(octets) else "utf-16-be"
    return octets.decode(codec, "replace")


def _looks_little_endian(octets: bytes) -> bool:
    """Four or more characters whose second octets are all zero: no script looks so big-endian."""
    low, high = octets[1::2], octets[0::2]
    return len(low) >= _SURE_CHARACTERS and not any(low) and all(high)


def ucs2_encode(text: str) -> bytes:
    """Write UTF-16, big end first; lone surrogates become a replacement character."""
    clean = text.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "replace")
    return clean.encode("utf-16-be")
