"""What this app asks of the operator's settings, of payment providers and of banks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from nummer.kernel.money import Money


class ReverseCharge(StrEnum):
    """Which tax numbers of companies in other countries make their purchases untaxed."""

    NEVER = "never"
    CHECKED = "checked"  # those that the staff found in the register of their country
    FORM = "form"  # those whose form and check digits are right, too


_installed: list[ReverseCharge] = []


def install_reverse_charge(rule: ReverseCharge) -> None:
    """Make `rule` the one in force; `config` does this once at start."""
    _installed[:] = [rule]


def reverse_charge() -> ReverseCharge:
    """Return the rule in force."""
    assert _installed, "config installs the rule at start"
    return _installed[0]


@dataclass(frozen=True, slots=True)
class ListedMovement:
    """Money that a provider or a bank says it took (positive) or sent back (negative).

    `in_suspense` says that a person has yet to find out whose it is.
    """

    at: datetime
    reference: str
    amount: Money
    in_suspense: bool = False


class Book(Protocol):
    """The other side's own record of money."""

    @property
    def code(self) -> str:
        """Return its name in our tables and on the page."""

    @property
    def lists(self) -> bool:
        """Tell whether it has a list that a program can read."""

    @property
    def own_clock(self) -> bool:
        """Tell whether its clock is another than ours, as in a sandbox whose clock was moved."""

    def movements(self, *, from_at: datetime, until_at: datetime) -> Iterable[ListedMovement]:
        """Return what it took between two moments. Raises Unavailable."""


_providers: list[Book] = []
_banks: list[Book] = []


def install_books(*, providers: Sequence[Book], banks: Sequence[Book]) -> None:
    """Make these the other sides of a day; `config` does this once at start."""
    _providers[:] = providers
    _banks[:] = banks


def provider_books() -> Sequence[Book]:
    """Return the providers' records."""
    return tuple(_providers)


def bank_books() -> Sequence[Book]:
    """Return the banks' records; none where no account at a bank is connected."""
    return tuple(_banks)
