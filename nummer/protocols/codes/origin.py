"""Codes bound to an origin, as WICG "Origin-bound one-time codes delivered via SMS" writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from nummer.protocols.codes.spans import Span

_LINE_LENGTH_MAX: Final = 600
_LAST_LINE: Final = re.compile(
    r"@(?P<domain>[A-Za-z0-9][A-Za-z0-9.-]{1,252}) #(?P<code>[A-Za-z0-9](?:[A-Za-z0-9-]{1,30})"
    r"[A-Za-z0-9])(?: [@%][A-Za-z0-9.-]{1,253})?"
)


@dataclass(frozen=True, slots=True)
class OriginBound:
    """The last line `@domain #code`."""

    domain: str
    code: Span


def origin_of(shown: str) -> OriginBound | None:
    """Read the last line of a readable text, or None where it is not of that form."""
    if "@" not in shown:
        return None
    text = shown.rstrip()
    start = text.rfind("\n") + 1
    if text[start : start + 1] != "@" or len(text) - start > _LINE_LENGTH_MAX:
        return None
    match = _LAST_LINE.fullmatch(text, start)
    if match is None:
        return None
    return OriginBound(domain=match["domain"].lower().rstrip("."), code=match.span("code"))
