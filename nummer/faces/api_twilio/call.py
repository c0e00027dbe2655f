"""One call of a program: who asks, with which credential, for what, and when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpResponse

from nummer.faces.api_twilio.parameters import Parameters


@dataclass(frozen=True, slots=True)
class Call:
    """A call whose credential is known; `key_id` is None for the account's main token.

    `path` is as it was asked for, `root` what stands before it: scheme, host and our prefix.
    `idempotency_key` is the caller's own, empty without one.
    """

    account_id: int
    account_sid: str
    key_id: UUID | None
    parameters: Parameters
    path: str
    query: str
    root: str
    idempotency_key: str
    now: datetime

    @property
    def base(self) -> str:
        """Return the path of the caller's account, below which its resources are."""
        return f"/2010-04-01/Accounts/{self.account_sid}"


Answerer = Callable[..., HttpResponse]
