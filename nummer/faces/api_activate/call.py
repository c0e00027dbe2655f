"""One call of a program: who asks for what, and when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpResponse

from nummer.faces.api_activate.parameters import Parameters


@dataclass(frozen=True, slots=True)
class Call:
    """A call whose key is known."""

    account_id: int
    key_id: UUID
    parameters: Parameters
    now: datetime


Answerer = Callable[[Call], HttpResponse]

DATE_FORM = "%Y-%m-%d %H:%M:%S"  # what aiosmsactivate reads; always UTC


def written(moment: datetime) -> str:
    """Write a moment as the protocol does, in UTC."""
    return moment.strftime(DATE_FORM)
