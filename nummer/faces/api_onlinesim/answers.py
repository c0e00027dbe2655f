"""The one kind of answer: JSON, with a response code where it is an object."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from django.http import HttpResponse

from nummer.kernel.money import Money

Json = str | int | float | bool | None | Mapping[str, "Json"] | Sequence["Json"]


def structure(content: Json) -> HttpResponse:
    """Answer JSON that no cache keeps."""
    return HttpResponse(
        json.dumps(content, ensure_ascii=False),
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def done(**values: Json) -> HttpResponse:
    """Answer that it is done, with what came of it."""
    return structure({"response": 1, **values})


def number(money: Money) -> float:
    """Write an amount as a JSON number, as clients expect; exact in text up to 15 digits."""
    return float(money.decimal())
