"""Finds the code of an SMS."""

from __future__ import annotations

import re
from typing import Final

from nummer.protocols.codes.nearness import code_near_a_word
from nummer.protocols.codes.origin import origin_of
from nummer.protocols.codes.others import is_named
from nummer.protocols.codes.pattern import ServicePattern
from nummer.protocols.codes.spans import NOWHERE, Span
from nummer.protocols.codes.text import lowered, readable

_MARK: Final = re.compile(r"\s{0,9}(?:<#>|\[#\])")
# Android's SMS Retriever ends a text with 11 letters of base64 that name the app.
_APP_LINE: Final = re.compile(r"\n\s{0,9}[A-Za-z0-9+/]{11}\s{0,9}$")
_APP_WORD: Final = re.compile(r"\s[A-Za-z0-9+/]{11}\s{0,9}$")
_NAME_LENGTH_MAX: Final = 32
_LETTER_AND_DASH: Final = re.compile(r"[A-Z](?<![A-Za-z0-9-][A-Z])-([0-9]{4,8})(?![A-Za-z0-9-])")


def extract_code(*, sender: str, text: str, pattern: ServicePattern | None) -> str | None:
    """Return the code as it stands in the text, or None where none is recognised.

    First that of an origin-bound last line, then Android's and `G-` forms, then the service's
    own templates, then the number nearest to a word for code. `sender` is not a source of codes;
    it is taken so that a rule may look at it without another signature.
    """
    del sender
    shown = readable(text)
    return taken(span_of_code(shown, pattern), text=text, shown=shown)


def taken(span: Span, *, text: str, shown: str) -> str | None:
    """Return what stands at a place of a readable text, if it stands so in the text itself."""
    code = shown[span[0] : span[1]]
    return code if code and code in text else None


def span_of_code(shown: str, pattern: ServicePattern | None) -> Span:
    """Return where the code stands in a readable text, or NOWHERE."""
    origin = origin_of(shown)
    if origin is not None:
        return origin.code
    first, last = _without_app(shown)
    body = shown[first:last]
    start, end = _lettered(body) or _of_template(body, pattern) or code_near_a_word(body) or NOWHERE
    return (first + start, first + end) if end else NOWHERE


def _without_app(shown: str) -> Span:
    """Take the marks of the SMS Retriever off."""
    mark = _MARK.match(shown)
    line = _APP_LINE.search(shown, max(0, len(shown) - 40))
    if line is None and mark is not None:
        line = _APP_WORD.search(shown, max(0, len(shown) - 40))
    return mark.end() if mark else 0, line.start() if line else len(shown)


def _lettered(body: str) -> Span | None:
    """`G-123456`: the form shows the letter already, the person types the digits."""
    match = _LETTER_AND_DASH.search(body)
    if match is None:
        return None
    before = body[max(0, match.start() - _NAME_LENGTH_MAX) : match.start()]
    return match.span(1) if match[0][0] == "G" or not is_named(lowered(before)) else None


def _of_template(body: str, pattern: ServicePattern | None) -> Span | None:
    if pattern is None:
        return None
    for template in pattern.templates:
        match = template.search(body)
        if match:
            return match.span(1)
    return None
