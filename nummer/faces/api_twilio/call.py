"""One call of a program: who asks, with which credential, for what, and when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.http import HttpResponse

from nummer.apps.leases.held import Part
from nummer.faces.api_twilio.errors import MainTokenNeeded
from nummer.faces.api_twilio.parameters import Parameters

_ITSELF: Final = Part(None)


@dataclass(frozen=True, slots=True)
class Call:
    """A call whose credential is known; `key_id` is None for a main token.

    `account_sid` is the caller's own, or that of a sub-account that his main token names in the
    path; `account_id` the account that pays: the caller's, or its parent's where `by_sub_account`
    says that a sub-account's token was sent. `part` says whose numbers and SMS are meant (ADR 433).

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
    by_sub_account: bool = False
    part: Part = _ITSELF

    @property
    def base(self) -> str:
        """Return the path of the caller's account, below which its resources are."""
        return f"/2010-04-01/Accounts/{self.account_sid}"

    @property
    def part_words(self) -> tuple[UUID, ...]:
        """Return what tells the idempotency keys of a sub-account from those of others."""
        return () if self.part.sub_account_id is None else (self.part.sub_account_id,)


Answerer = Callable[..., HttpResponse]


def require_main_token(call: Call) -> None:
    """Refuses: MainTokenNeeded, where a key was sent."""
    if call.key_id is not None:
        raise MainTokenNeeded
