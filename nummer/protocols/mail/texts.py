"""Turns the octets of a mail into text that can be shown, however they are encoded."""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from typing import Any, Final

HEADER_OCTETS_MAX: Final = 8_000  # a longer header is cut before it is decoded
_SLOW_OR_ODD: Final = frozenset(  # decoders that take squared time, or speak of something else
    {"punycode", "idna", "unicode-escape", "raw-unicode-escape", "undefined"}
)
_BREAKS: Final = re.compile(
    r"/?(address|article|blockquote|br|dd|div|dl|dt|fieldset|footer|form|h[1-6]|header|hr|li|main"
    r"|ol|p|pre|section|table|td|th|tr|ul)/?"
)
_NOT_READ: Final = frozenset({"script", "style", "head", "title", "template"})
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def decoded(octets: bytes, charset: str | None) -> str:
    """Return the text; an unknown or wrong character set gives substitutes, never an error."""
    for name in (_known(charset), "utf-8"):
        if name is None:
            continue
        try:
            return octets.decode(name)
        except (UnicodeError, LookupError, ValueError):
            continue
    return octets.decode("utf-8", "replace")


def part_text(part: Message[Any, Any]) -> str:
    """Return the text of one part of a mail that is itself text."""
    try:
        octets = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        octets = None
    if not isinstance(octets, bytes):
        octets = str(part.get_payload()).encode("utf-8", "replace")
    return decoded(octets, _charset(part))


def header_text(value: object) -> str:
    """Return a header on one line, decoded, without anything that could steer a reader."""
    text = str(value)[:HEADER_OCTETS_MAX]
    try:
        pieces = [
            decoded(piece, charset) if isinstance(piece, bytes) else piece
            for piece, charset in decode_header(text)
        ]
        text = "".join(pieces)
    except (HeaderParseError, ValueError, LookupError):
        pass
    return one_line(text)


def one_line(text: str) -> str:
    """Return the text without line breaks, controls and doubled spaces."""
    return " ".join(without_controls(text).split())


def without_controls(text: str) -> str:
    """Return the text without NUL, other controls and halves of characters, in plain lines."""
    return _CONTROLS.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))


def html_text(markup: str) -> str:
    """Return what a reader sees of a page, in time linear in its length.

    Good enough to read and to search; it is never shown as a page.
    """
    return html.unescape("".join(_pieces(markup)))


def _pieces(markup: str) -> Iterator[str]:
    first, *pieces = markup.split("<")
    yield first
    waits_for: str | None = None
    for piece in pieces:
        if waits_for == "--":
            _, ended, text = piece.partition("-->")
            waits_for = None if ended else waits_for
            yield text
            continue
        if piece.startswith("!--"):
            _, ended, text = piece[3:].partition("-->")
            waits_for = None if ended else "--"
            yield text
            continue
        tag, closed, text = piece.partition(">")
        name = (tag.split(maxsplit=1) or [""])[0].casefold()
        if waits_for is not None:
            if name == f"/{waits_for}":
                waits_for = None
                yield text
            continue
        if not closed or not (name.lstrip("/")[:1].isalpha() or name.startswith("!")):
            yield f"<{piece}"
            continue
        if name in _NOT_READ:
            waits_for = name
            continue
        if _BREAKS.fullmatch(name):
            yield "\n"
        yield text


def _known(charset: str | None) -> str | None:
    try:
        name = codecs.lookup(charset or "utf-8").name
    except (LookupError, ValueError):  # ValueError: a NUL in its name
        return None
    return None if name.replace("_", "-") in _SLOW_OR_ODD else name


def _charset(part: Message[Any, Any]) -> str | None:
    try:
        return part.get_content_charset()
    except (ValueError, LookupError, AssertionError, TypeError, AttributeError):
        return None
