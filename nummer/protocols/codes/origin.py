"""Codes bound to an origin, as WICG "Origin-bound one-time codes delivered via SMS" writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_LINE_LENGTH_MAX: Final = 600
_LAST_LINE: Final = re.compile(
    r"@(?P<domain>[A-Za-z0-9][A-Za-z0-9.-]{1,252}) #(?P<code>[A-Za-z0-9](?:[A-Za-z0-9-]{1,30})"
    r"[A-Za-z0-9])(?: [@%][A-Za-z0-9.-]{1,253})?"
)


@dataclass(frozen=True, slots=True)
class OriginBound:
    """The last line `@domain #code`."""

    domain: str
    code: str


def origin_of(shown: str) -> OriginBound | None:
    """Read the last line of a readable text, or None where it is not of that form."""
    line = shown.rstrip().rpartition("\n")[2]
    if not line.startswith("@") or len(line) > _LINE_LENGTH_MAX:
        return None
    match = _LAST_LINE.fullmatch(line.strip())
    if match is None:
        return None
    return OriginBound(domain=match["domain"].lower().rstrip("."), code=match["code"])
