"""The forms of answers: resources and pages as JSON, moments and money as the protocol writes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final

from django.http import HttpResponse

from nummer.kernel.money import Money

Json = str | int | float | bool | None | Mapping[str, "Json"] | Sequence["Json"]

VERSION: Final = "2010-04-01"


def structure(content: Json, *, status: int = 200) -> HttpResponse:
    """Answer JSON that no cache keeps."""
    return HttpResponse(
        json.dumps(content, ensure_ascii=False),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def gone() -> HttpResponse:
    """Answer that something was removed; a library takes any body for a resource."""
    return HttpResponse(status=204, headers={"Cache-Control": "no-store"})


def day_and_time(moment: datetime | None) -> str | None:
    """Write a moment as RFC 2822 in UTC: libraries do not look at the offset."""
    return None if moment is None else format_datetime(moment.astimezone(UTC))


def iso(moment: datetime | None) -> str | None:
    """Write a moment as the newer addresses do: ISO 8601 in UTC, whole seconds, with a Z."""
    return None if moment is None else f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def charge(money: Money | None) -> str | None:
    """Write what was charged: a negative amount, none where nothing is known yet."""
    return None if money is None else (-money).decimal_text()
