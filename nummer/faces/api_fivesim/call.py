"""One call of a program: who asks, for what, and when."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from django.http import QueryDict

from nummer.apps.numbers.errors import NoSuchActivation
from nummer.faces.api_fivesim.errors import ParameterMalformed
from nummer.kernel.redact import any_holds_number

VALUE_LENGTH_MAX: Final = 255
BIGINT_MAX: Final = 2**63 - 1

_WHOLE = re.compile(r"[0-9]{1,19}", re.ASCII)
_CONTROL = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


class Parameters:
    """The parameters of the query; what a verb does not know is ignored.

    Making them refuses: ParameterMalformed, for a number of a card or a bank account (PP-2.3b).
    """

    def __init__(self, values: QueryDict) -> None:
        if any_holds_number(text for name, given in values.lists() for text in (name, *given)):
            raise ParameterMalformed
        self._values = values

    def text(self, name: str) -> str:
        """Return a value, or an empty text where it is missing. Refuses: ParameterMalformed."""
        value = self._values.get(name, "").strip()
        if len(value) > VALUE_LENGTH_MAX or _CONTROL.search(value):
            raise ParameterMalformed
        return value

    def whole(self, name: str, *, default: int, highest: int) -> int:
        """Return a whole number from 0 to `highest`. Refuses: ParameterMalformed."""
        value = self.text(name)
        if not value:
            return default
        if not _WHOLE.fullmatch(value) or int(value) > highest:
            raise ParameterMalformed
        return int(value)

    def yes(self, name: str) -> bool:
        """Say whether a switch is on."""
        return self.text(name).lower() not in ("", "0", "false", "no", "null", "none")


@dataclass(frozen=True, slots=True)
class Call:
    """A call whose key is known; `idempotency_key` is the caller's own, empty without one."""

    account_id: int
    key_id: UUID
    parameters: Parameters
    idempotency_key: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Look:
    """A look at what is on sale: for a customer's program, or for anybody."""

    currency: str
    country: str
    parameters: Parameters
    now: datetime


def order_id_of(text: str) -> int:
    """Return an order's id. Refuses: NoSuchActivation, also for what is no id."""
    if not _WHOLE.fullmatch(text) or int(text) > BIGINT_MAX:
        raise NoSuchActivation
    return int(text)


def written(moment: datetime) -> str:
    """Write a moment as the protocol does: ISO 8601 in UTC, to the microsecond, with a Z."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
