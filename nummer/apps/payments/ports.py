"""What we ask of a payment provider. Card data has no place in it, in neither direction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from nummer.kernel.money import Money


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """A way to pay: `name` is an English gettext message, `currencies` None means any.

    `refundable` says whether money can go back the same way (RP-CF).
    """

    code: str
    name: str
    refundable: bool
    currencies: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Checkout:
    """A page of the provider that waits for the customer, and how the provider calls it."""

    reference: str
    pay_url: str


@dataclass(frozen=True, slots=True)
class PaymentNotice:
    """What the provider says became of a checkout; `event_id` is the same when it repeats."""

    event_id: str
    reference: str
    paid: bool
    amount: Money


class ClearedTopUp(Protocol):
    """What the outgoing gate let through: reference, amount, currency, method, locale."""

    @property
    def fields(self) -> Mapping[str, str]:
        """Return the fields that may leave."""


class PaymentProvider(Protocol):
    """A company, or the sandbox, that takes payments on its own page."""

    @property
    def code(self) -> str:
        """Return its name in our addresses and tables."""

    @property
    def methods(self) -> Sequence[PaymentMethod]:
        """Return the ways to pay that it offers."""

    def open_checkout(self, order: ClearedTopUp, *, return_url: str) -> Checkout:
        """Prepare a page for one top-up; the same `reference` field gives the same page.

        Raises Unavailable.
        """

    def verify_callback(
        self, *, headers: Mapping[str, str], body: bytes, received_at: datetime
    ) -> PaymentNotice:
        """Return what a callback says once its signature and age are right.

        Header names are in lower case; `received_at` is of the real clock.
        Refuses: CallbackNotGenuine, CallbackUnreadable (of `errors`).
        """


@dataclass(frozen=True, slots=True)
class Payments:
    """Who takes payments, and where he sends the customer afterwards.

    `return_url` has the placeholder {top_up_id}.
    """

    providers: Sequence[PaymentProvider]
    return_url: str

    def back_to(self, top_up_id: UUID) -> str:
        """Return the page of one top-up."""
        return self.return_url.format(top_up_id=top_up_id)


_installed: list[Payments] = []


def install_payments(payments: Payments) -> None:
    """Make `payments` the ones in force; `config` does this once at start."""
    codes = [method.code for provider in payments.providers for method in provider.methods]
    assert len(set(codes)) == len(codes), "every method has its own code"
    _installed[:] = [payments]


def installed_payments() -> Payments:
    """Return the payments in force."""
    assert _installed, "config installs the payment providers at start"
    return _installed[0]
