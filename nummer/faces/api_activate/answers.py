"""The two kinds of answer: a bare word with its values, and JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

from django.http import HttpResponse

from nummer.kernel.money import Money

Json = str | int | float | bool | None | Mapping[str, "Json"] | Sequence["Json"]

_TEXT: Final = "text/plain; charset=utf-8"
_JSON: Final = "application/json"


def text(word: str, *values: str | int) -> HttpResponse:
    """Answer `WORD:value:value`, without a newline: clients compare the whole body."""
    return HttpResponse(":".join((word, *map(str, values))), content_type=_TEXT)


def structure(content: Json) -> HttpResponse:
    """Answer JSON."""
    return HttpResponse(json.dumps(content, ensure_ascii=False), content_type=_JSON)


def error_structure(word: str) -> HttpResponse:
    """Answer an error of the verbs whose clients always parse JSON."""
    return structure({"status": "error", "message": word, "error": word})


def number(money: Money) -> float:
    """Write an amount as a JSON number, as clients expect; exact in text up to 15 digits."""
    return float(money.decimal())
