"""What supply asks of a wholesaler of numbers, and in which words he answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from nummer.kernel.money import Money


class ClearedQuestion(Protocol):
    """What the outgoing gate let through to a wholesaler; never a customer's data."""

    @property
    def fields(self) -> Mapping[str, str]:
        """Return the fields that may leave."""


@dataclass(frozen=True, slots=True)
class Place:
    """A country as a wholesaler knows it: his id, and its ISO 3166 code."""

    id: str
    country: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A group of numbers of one place and kind, and what one of them costs us, without tax."""

    remote_id: str
    sku_id: str
    country: str
    region: str
    city: str
    area: str
    kind: str
    prefix: str
    features: tuple[str, ...]
    setup: Money
    monthly: Money
    needs_papers: bool
    selectable: bool  # numbers of it can be chosen one by one
    stock: int
    restriction: str


@dataclass(frozen=True, slots=True)
class Funds:
    """What is left to spend at a wholesaler: what was paid in, and what may be owed on top."""

    balance: Money
    credit: Money


@dataclass(frozen=True, slots=True)
class Owned:
    """A number that a wholesaler counts as ours, under the reference of the order it came by."""

    e164: str
    reference: str
    stays: bool  # it is renewed when its month is over
    blocked: bool


class Wholesaler(Protocol):
    """Whom numbers are bought from one by one. Each verb has a limit of time, or Unavailable."""

    @property
    def code(self) -> str:
        """Return what he is called in our tables."""

    @property
    def carrier(self) -> str:
        """Return by which link SMS of his numbers come and go."""

    def places(self, question: ClearedQuestion) -> Sequence[Place]:
        """Return the countries that he knows."""

    def offers(self, question: ClearedQuestion) -> Iterator[Offer]:
        """Return what he sells in the country of `place`."""

    def numbers(self, question: ClearedQuestion) -> Sequence[str]:
        """Return numbers (E.164) that can be chosen of a `group`: some, in no order."""

    def funds(self, question: ClearedQuestion) -> Funds:
        """Return what is left to spend."""

    def owned(self, question: ClearedQuestion) -> Iterator[Owned]:
        """Return all numbers that he counts as ours."""

    def reference(self, question: ClearedQuestion) -> str:
        """Return under which reference of ours an `order` or a `verification` of his stands.

        '' where none does.
        """

    def genuine(self, said: dict[str, str], *, signature: str) -> bool:
        """Say whether a callback came from him."""


_wholesalers: dict[str, Wholesaler] = {}


def install_wholesalers(wholesalers: Sequence[Wholesaler]) -> None:
    """Make these the wholesalers; `config` does this once at start."""
    _wholesalers.clear()
    _wholesalers.update({each.code: each for each in wholesalers})


def wholesaler_called(code: str) -> Wholesaler | None:
    """Return the wholesaler with that code; None where he is not connected here."""
    return _wholesalers.get(code)


def wholesaler_codes() -> list[str]:
    """Return the codes of the wholesalers that are connected here."""
    return list(_wholesalers)
