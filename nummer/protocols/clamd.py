"""What is said to clamd and what it answers: clamd(8), the forms that end with a zero octet."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

PING: Final = b"zPING\0"
VERSION: Final = b"zVERSION\0"
INSTREAM: Final = b"zINSTREAM\0"
PONG: Final = "PONG"
CHUNK_BYTES: Final = 64 * 1024
LENGTH: Final = struct.Struct(">I")
ANSWER_BYTES_MAX: Final = 1_000
_CLEAN: Final = "stream: OK"
_FOUND: Final = re.compile(r"stream: .* FOUND", re.ASCII)
# "ClamAV 1.4.3/27800/Sun Nov 22 09:12:01 2026"; without signatures only "ClamAV 1.4.3".
_SIGNATURES: Final = re.compile(r"ClamAV [^/]*/(\d{1,9})/", re.ASCII)


class Found(StrEnum):
    """What clamd says about octets; UNSURE is everything that is neither."""

    CLEAN = "clean"
    INFECTED = "infected"
    UNSURE = "unsure"


def stream(content: bytes) -> Iterator[bytes]:
    """Return the pieces to send for INSTREAM, the last of them empty."""
    yield INSTREAM
    for at in range(0, len(content), CHUNK_BYTES):
        piece = content[at : at + CHUNK_BYTES]
        yield LENGTH.pack(len(piece)) + piece
    yield LENGTH.pack(0)


def found(answer: bytes) -> Found:
    """Return what an answer to INSTREAM says."""
    text = text_of(answer)
    if text == _CLEAN:
        return Found.CLEAN
    return Found.INFECTED if _FOUND.fullmatch(text) else Found.UNSURE


def signatures(answer: bytes) -> int:
    """Return the number of the signatures that an answer to VERSION names; 0: it has none."""
    known = _SIGNATURES.match(text_of(answer))
    return int(known[1]) if known else 0


def text_of(answer: bytes) -> str:
    """Return an answer without what ends it; one that has no end is nothing."""
    return answer[:-1].decode("ascii", "replace") if answer.endswith(b"\0") else ""
