"""Where the next page of a list begins."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest

_DIGITS_MAX: Final = 18  # a bigint has up to 19; one less always fits


def cursor_of(request: HttpRequest) -> int | None:
    """Return `before`, the last id of the page before; what is not an id means the first page."""
    text = request.GET.get("before", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX else None
