"""One call of a program: who asks for what, and when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.http import HttpResponse

from nummer.faces.api_onlinesim.parameters import Parameters

LANGUAGES: Final = frozenset({"en", "fr", "de", "ru", "zh"})  # that the protocol knows


@dataclass(frozen=True, slots=True)
class Call:
    """A call whose key is known; `idempotency_key` is the caller's own, empty without one."""

    account_id: int
    key_id: UUID
    parameters: Parameters
    idempotency_key: str
    now: datetime

    @property
    def language(self) -> str:
        """Return the language in which names are answered."""
        given = self.parameters.text("lang").lower()
        return given if given in LANGUAGES else "en"


Answerer = Callable[[Call], HttpResponse]
