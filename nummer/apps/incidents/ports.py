"""What incidents ask of the outside: whose rented numbers lie in a scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Rented:
    """A rented number that serves its holder now: where it lives."""

    number: str  # E.164
    carrier: str
    country: str


class RentedNumbers(Protocol):
    """Who rents numbers; apps that stand later in the story know."""

    def in_scope(
        self, *, carrier: str, country: str, numbers: Sequence[str]
    ) -> Sequence[tuple[int, UUID]]:
        """Return (account, lease) of the numbers that serve in a scope; an empty part means all."""

    def rented(self, account_id: int, *, lease_id: UUID) -> Rented | None:
        """Return the number of a lease; None where that is none, or serves nobody now."""

    def accounts_in(self, country: str, *, carrier: str) -> Sequence[int]:
        """Return the accounts with a number of a country and carrier that serves; empty: of any."""

    def count_in(self, account_id: int, *, country: str, carrier: str) -> int:
        """Return how many such numbers one account has."""


_rented: list[RentedNumbers] = []


def install_rented_numbers(rented: RentedNumbers) -> None:
    """Make this the way to learn about rented numbers; `config` does this once at start."""
    _rented[:] = [rented]


def rented_numbers() -> RentedNumbers:
    """Return the way to learn about rented numbers."""
    assert _rented, "config installs the question about rented numbers at start"
    return _rented[0]
