"""What a document is, by its octets alone: the name and the type a browser claims are not read.

Each kind must begin with its mark at the first octet and be whole, so that a file cut short is
refused, and so is a PDF or PNG that goes on behind its end. What a file shows is drawn anew then
(`inspecting`), so this is the first look and not the last.
"""

from __future__ import annotations

import struct
import zlib
from typing import Final

from nummer.apps.identity.errors import DocumentNotReadable, DocumentTooLarge
from nummer.apps.identity.words import Media

DOCUMENT_BYTES_MAX: Final = 8_000_000
_PDF: Final = b"%PDF-"
_PDF_END: Final = b"%%EOF"
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_CHUNK: Final = struct.Struct(">I4s")
_CHUNK_OVERHEAD: Final = 12  # length, name, check sum
_SEGMENT: Final = struct.Struct(">H")
_MARK: Final = 0xFF  # every marker begins with it
_START_OF_SCAN: Final = 0xDA
_END_OF_IMAGE: Final = b"\xff\xd9"
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a length


def media_of(content: bytes) -> Media:
    """Return what a document is. Refuses: DocumentTooLarge, DocumentNotReadable."""
    if len(content) > DOCUMENT_BYTES_MAX:
        raise DocumentTooLarge(megabytes=DOCUMENT_BYTES_MAX // 1_000_000)
    if _is_pdf(content):
        return Media.PDF
    # A reader of PDF looks for its mark far into a file: a picture that holds it is two things.
    if _PDF not in content:
        if _is_png(content):
            return Media.PNG
        if _is_jpeg(content):
            return Media.JPEG
    raise DocumentNotReadable


def _is_pdf(content: bytes) -> bool:
    return content.startswith(_PDF) and content.rstrip(b"\r\n \t\0").endswith(_PDF_END)


def _is_png(content: bytes) -> bool:
    """Tell whether every chunk is whole and right, and the last of them ends the file."""
    if not content.startswith(_PNG):
        return False
    at, name = len(_PNG), b""
    while name != b"IEND":
        if at + _CHUNK_OVERHEAD > len(content):
            return False
        length, name = _CHUNK.unpack_from(content, at)
        end = at + _CHUNK_OVERHEAD + length
        if end > len(content):
            return False
        if zlib.crc32(content[at + 4 : end - 4]) != int.from_bytes(content[end - 4 : end], "big"):
            return False
        at = end
    return at == len(content)


def _is_jpeg(content: bytes) -> bool:
    """Tell whether its segments lead to a picture that has an end.

    Many phones write something of their own behind it; the copy that is drawn has none of it.
    """
    if not content.startswith(b"\xff\xd8\xff"):
        return False
    at = 2
    while at + 4 <= len(content) and content[at] == _MARK:
        marker = content[at + 1]
        if marker == _MARK:
            at += 1
        elif marker in _ALONE:
            at += 2
        else:
            at += 2 + _SEGMENT.unpack_from(content, at + 2)[0]
            if marker == _START_OF_SCAN:
                return content.find(_END_OF_IMAGE, at) >= 0
    return False
