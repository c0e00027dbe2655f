"""The protocol's ids: two letters for the kind, and our own id as 32 hexadecimal digits."""

from __future__ import annotations

import re
from typing import Final
from uuid import UUID

from nummer.faces.api_twilio.errors import NothingHere

KEY: Final = "SK"
NUMBER: Final = "PN"
MESSAGE: Final = "SM"
REGULATION: Final = "RN"
KIND_OF_PERSON: Final = "OY"
BUNDLE: Final = "BU"
END_USER: Final = "IT"
DOCUMENT: Final = "RD"
ASSIGNMENT: Final = "BV"
EVALUATION: Final = "EL"
OLDER: Final = "PA"  # a page's token: what is older than this
NEWER: Final = "PB"

_HEX: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)


def sid(kind: str, id_: UUID) -> str:
    """Write one of our ids as the protocol does."""
    return kind + id_.hex


def id_in(kind: str, text: str) -> UUID:
    """Read one of our ids. Refuses: NothingHere, for what is no id of that kind."""
    if not text.startswith(kind) or not _HEX.fullmatch(text[len(kind) :]):
        raise NothingHere
    return UUID(hex=text[len(kind) :])
