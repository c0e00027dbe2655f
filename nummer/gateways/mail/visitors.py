"""How many connections a visitor may hold, and how fast he may bring mails."""

from __future__ import annotations

import math
from collections import Counter
from typing import Final

from nummer.kernel.limits import CallLimit

CONNECTIONS_MAX: Final = 200
CONNECTIONS_MAX_OF_ONE: Final = 10
MAILS_PER_S: Final = 5.0
MAILS_AT_ONCE: Final = 200


class Visitors:
    """Who is at the door, by internet address; one process counts for itself."""

    def __init__(
        self,
        *,
        connections_max: int = CONNECTIONS_MAX,
        of_one_max: int = CONNECTIONS_MAX_OF_ONE,
        mails_per_s: float = MAILS_PER_S,
        mails_at_once: int = MAILS_AT_ONCE,
    ) -> None:
        self._connections_max = connections_max
        self._of_one_max = of_one_max
        self._inside: Counter[str] = Counter()
        self._mails = CallLimit(per_s=mails_per_s, burst=mails_at_once)

    def enter(self, address: str) -> bool:
        """Count a connection, or return False: there is no room for it."""
        full = self._inside.total() >= self._connections_max
        if full or self._inside[address] >= self._of_one_max:
            return False
        self._inside[address] += 1
        return True

    def leave(self, address: str) -> None:
        """Forget a connection that ended."""
        self._inside[address] -= 1
        if self._inside[address] <= 0:
            del self._inside[address]

    def wait_s(self, address: str) -> int:
        """Count a mail and return 0, or how many whole seconds this visitor must wait."""
        return math.ceil(self._mails.wait_s(address))
