"""One call of a program: who asks for what, and when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.http import HttpResponse

from nummer.faces.api_activate.parameters import Parameters


class Form(StrEnum):
    """In which form a key's program reads answers; a property of the key (ADR 90)."""

    CLASSIC = "classic"  # words with status 200
    HERO = "hero"  # refusals as JSON with a status of HTTP, lists without an envelope


@dataclass(frozen=True, slots=True)
class Call:
    """A call whose key is known; `agent` is what the program calls itself."""

    account_id: int
    key_id: UUID
    parameters: Parameters
    now: datetime
    form: Form = Form.CLASSIC
    agent: str = ""
    known: str = Form.CLASSIC  # what is known of the key, as its own statement compares it


Answerer = Callable[[Call], HttpResponse]

DATE_FORM = "%Y-%m-%d %H:%M:%S"  # what aiosmsactivate reads; always UTC


def written(moment: datetime) -> str:
    """Write a moment as the protocol does, in UTC."""
    return moment.strftime(DATE_FORM)
