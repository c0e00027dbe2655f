"""What this app asks of a partner's server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from nummer.protocols.partner import PartnerNumber, PartnerStock


class ClearedQuestion(Protocol):
    """What the outgoing gate let through to a partner; never a customer's data."""

    @property
    def fields(self) -> Mapping[str, str]:
        """Return the fields that may leave."""


class NumberPartner(Protocol):
    """The server of somebody who owns SIM cards. Each verb has a limit of time."""

    def services(self, question: ClearedQuestion) -> list[PartnerStock]:
        """Return what is free. Raises Unavailable."""

    def take_number(self, question: ClearedQuestion) -> PartnerNumber | None:
        """Have a number kept for us; None where there is none.

        The protocol knows no key of our own for it, so it is asked once: after Unavailable
        nobody knows whether a number is kept, and the partner frees it by his own clock.
        """

    def finish(self, question: ClearedQuestion) -> None:
        """Say how its use ended; saying it again changes nothing. Raises Unavailable."""


Connect = Callable[[str, str], NumberPartner]  # address and key

_installed: list[Connect] = []


def install_partners(connect: Connect) -> None:
    """Make `connect` the way to partners' servers; `config` does this once at start."""
    _installed[:] = [connect]


def connect_partner(url: str, *, key: str) -> NumberPartner:
    """Return the server at an address."""
    assert _installed, "config installs the way to partners at start"
    return _installed[0](url, key)
