"""The two kinds of answer: JSON, and a plain text that says what was refused."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

from django.http import HttpResponse

from nummer.kernel.money import Money

Json = str | int | float | bool | None | Mapping[str, "Json"] | Sequence["Json"]

_TEXT: Final = "text/plain; charset=utf-8"


def structure(content: Json) -> HttpResponse:
    """Answer JSON that no cache keeps."""
    return HttpResponse(
        json.dumps(content, ensure_ascii=False),
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def text(words: str, *, status: int) -> HttpResponse:
    """Answer a plain text, without a newline: clients compare the whole body."""
    return HttpResponse(
        words, status=status, content_type=_TEXT, headers={"Cache-Control": "no-store"}
    )


def number(money: Money) -> float:
    """Write an amount as a JSON number, as clients expect; exact in text up to 15 digits."""
    return float(money.decimal())
