"""What leases ask of the outside: a supplier of numbers, what papers are needed, open outages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable
from uuid import UUID


class ClearedOrder(Protocol):
    """What the outgoing gate let through to a supplier; never a customer's data."""

    @property
    def fields(self) -> Mapping[str, str]:
        """Return the fields that may leave."""


class Answer(StrEnum):
    """What a supplier says about an order of ours."""

    SUPPLIED = "supplied"
    WAITING = "waiting"  # accepted, and not ready yet
    GONE = "gone"  # the number is not to be had any more
    REFUSED = "refused"
    PAPERS = "papers"  # he does not accept the papers of who shall have it
    UNKNOWN = "unknown"  # no order stands under that reference


class NumberSupplier(Protocol):
    """Whom a number is ordered from. Each verb has a limit of time and may raise Unavailable."""

    @property
    def code(self) -> str:
        """Return what the supplier is called in our tables."""

    def order(self, order: ClearedOrder) -> Answer:
        """Order a `number` under a `reference` of ours; the same reference again buys once."""

    def look_up(self, question: ClearedOrder) -> Answer:
        """Return what became of a `reference`; asked before an order is ever repeated."""


class Told(StrEnum):
    """What a supplier says to an instruction about a number that he supplied."""

    DONE = "done"
    WAITING = "waiting"  # the order itself is not settled yet; tell him again
    GONE = "gone"  # he has no such number of ours


@runtime_checkable
class LendingSupplier(NumberSupplier, Protocol):
    """Whom numbers are bought from for one lease each, and given back to at its end (ADR 271).

    Of other suppliers' numbers nothing is told: they are ours, whoever rents them.
    """

    def renew(self, order: ClearedOrder) -> Told:
        """Make sure that the number of a `reference` stays for another period."""

    def stop(self, order: ClearedOrder) -> Told:
        """Give the number of a `reference` back; saying it twice gives it back once."""


class Stand(StrEnum):
    """How far a supplier is with who holds a number of his."""

    NOT_WANTED = "not_wanted"  # he asks for no papers, or has sold no number yet
    WANTED = "wanted"
    PENDING = "pending"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNFIT = "unfit"  # he asks for other things than our rule: nobody's fault but ours


@dataclass(frozen=True, slots=True)
class Registered:
    """Where the registration stands; `said` are the supplier's own words about a refusal."""

    stand: Stand
    said: str = field(default="", repr=False)


class Paper(Protocol):
    """A document of a dossier in clear; who takes it encrypts it before it leaves."""

    @property
    def kind(self) -> str:
        """Return what it proves: identity, address or company."""

    @property
    def octets(self) -> bytes:
        """Return what is in it."""


@runtime_checkable
class RegisteringSupplier(NumberSupplier, Protocol):
    """Who wants to know who holds a number of his (ADR 310)."""

    def registered(self, question: ClearedOrder) -> Registered:
        """Return how far the registration of a `reference` is; asked before anything is sent."""

    def register(
        self, order: ClearedOrder, *, dossier: ClearedOrder, papers: Sequence[Paper]
    ) -> Registered:
        """Hand in a dossier for the number of a `reference`; the same again hands in once."""


PapersNeeded = Callable[[int, UUID, datetime], bool]
OutageOpen = Callable[[int, UUID, datetime], bool]


def no_papers_needed(account_id: int, lease_id: UUID, now: datetime) -> bool:
    """Say that a number needs no papers: where nobody installed another answer."""
    del account_id, lease_id, now
    return False


_suppliers: dict[str, NumberSupplier] = {}
_papers: list[PapersNeeded] = [no_papers_needed]
_outages: list[OutageOpen] = []


def install_suppliers(suppliers: Sequence[NumberSupplier]) -> None:
    """Make these the suppliers of numbers; `config` does this once at start."""
    _suppliers.clear()
    _suppliers.update({supplier.code: supplier for supplier in suppliers})


def supplier_called(code: str) -> NumberSupplier | None:
    """Return the supplier with that code; None where it is not connected here."""
    return _suppliers.get(code)


def lender_called(code: str) -> LendingSupplier | None:
    """Return the supplier with that code if he wants to hear what becomes of his numbers."""
    found = _suppliers.get(code)
    return found if isinstance(found, LendingSupplier) else None


def codes_of_our_own() -> list[str]:
    """Return the suppliers whose numbers are ours to give in the moment, without asking them."""
    return [code for code, one in _suppliers.items() if not isinstance(one, LendingSupplier)]


def registrar_called(code: str) -> RegisteringSupplier | None:
    """Return the supplier with that code if he wants to know who holds his numbers."""
    found = _suppliers.get(code)
    return found if isinstance(found, RegisteringSupplier) else None


def supplier_codes() -> list[str]:
    """Return the codes of the suppliers that are connected here."""
    return list(_suppliers)


def install_papers(needed: PapersNeeded) -> None:
    """Make this the way to learn whether a lease waits for papers."""
    _papers[:] = [needed]


def papers_needed(account_id: int, *, lease_id: UUID, now: datetime) -> bool:
    """Tell whether a lease waits for papers at `now`."""
    return _papers[0](account_id, lease_id, now)


def install_outages(is_open: OutageOpen) -> None:
    """Make this the way to learn whether a reported outage lasts; `config` does this at start."""
    _outages[:] = [is_open]


def outage_open(account_id: int, *, lease_id: UUID, now: datetime) -> bool:
    """Tell whether the customer reported an outage of a lease's number that lasts at `now`."""
    assert _outages, "config installs the question about outages at start"
    return _outages[0](account_id, lease_id, now)
