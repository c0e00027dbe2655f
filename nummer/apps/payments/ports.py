"""What we ask of a payment provider. Card data has no place in it, in neither direction.

A provider is created with its keys by `config` and then asked for seven things: what it can do
(`capabilities`, `methods`), to open a page or take a kept method (`open_checkout`, `take_kept`),
to take what the customer agreed to on a page (`conclude`), to say what a callback says
(`verify_callback`), to send money back (`refund`), to forget a payer (`forget`), and to list what
happened since a moment (`events_since`). The customer's return to our page proves nothing; it only
makes us ask. All amounts are the customer's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from nummer.apps.payments.limits import TopUpLimits
from nummer.kernel.money import Money

WAITED_FOR: Final = timedelta(hours=24)  # providers' pages live for a day at most


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """A way to pay: `name` is an English gettext message, `currencies` None means any.

    `refundable` says whether money can go back the same way (RP-CF), `keepable` whether the
    provider can keep it for automatic top-ups. `limits` by currency narrow those of everybody.
    `takes` says how long the money is on its way (a gettext message, '' for at once); a wish that
    nobody paid is closed after `waited_for`.
    """

    code: str
    name: str
    refundable: bool
    currencies: frozenset[str] | None = None
    keepable: bool = False
    limits: Mapping[str, TopUpLimits] | None = None
    takes: str = ""
    waited_for: timedelta = WAITED_FOR


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider can do beyond taking a payment.

    `concludes` says that one page can be asked about, and that what its customer agreed to is
    taken then.
    """

    refunds: bool
    keeps_methods: bool
    lists_events: bool
    concludes: bool = False


@dataclass(frozen=True, slots=True)
class Checkout:
    """A page of the provider that waits for the customer, and how the provider calls it."""

    reference: str
    pay_url: str


@dataclass(frozen=True, slots=True)
class PaymentNotice:
    """What the provider says became of a checkout; `event_id` is the same when it repeats.

    `payment` is how it calls the payment itself, `payer` the token by which it keeps the method.
    `ours` is our own id out of a place that only we can write to; `claimed` is our id out of a
    place that a customer can write to, and may only contradict. With `late` the money came beside
    the sum that was asked, or when that was no longer its worth: a person decides there.
    `country` (ISO 3166, '' where it is not told) is that of the card's bank, with `by_card`, or of
    the account that paid; nothing else about the payer is read.
    """

    event_id: str
    reference: str
    paid: bool
    amount: Money
    payment: str = ""
    payer: str = ""
    ours: str = ""
    claimed: str = ""
    late: bool = False
    country: str = ""
    by_card: bool = False


@dataclass(frozen=True, slots=True)
class ApprovalNotice:
    """The customer agreed on the provider's page, and it waits for us to take the money."""

    event_id: str
    reference: str
    amount: Money
    ours: str = ""


class RefundWord(StrEnum):
    """What a provider says about money it sends back."""

    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RefundNotice:
    """What the provider says about a refund of `payment`; `ours` is our id, '' if made there."""

    event_id: str
    reference: str
    payment: str
    amount: Money
    word: RefundWord
    ours: str = ""


class DisputeWord(StrEnum):
    """What a provider says about an objection of the payer's bank."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"
    REVERSED = "reversed"  # the payment was taken back; a dispute may be behind it, or none


@dataclass(frozen=True, slots=True)
class DisputeNotice:
    """What the provider says about a dispute over `payment`; until `answer_by` we may object."""

    event_id: str
    reference: str
    payment: str
    amount: Money
    word: DisputeWord
    answer_by: datetime | None = None


ProviderNotice = PaymentNotice | ApprovalNotice | RefundNotice | DisputeNotice


@dataclass(frozen=True, slots=True)
class ListedEvent:
    """An event of the provider's list; `notice` None: it is about nothing that we follow."""

    at: datetime
    notice: ProviderNotice | None


@dataclass(frozen=True, slots=True)
class RefundAnswer:
    """What the provider answered to a wish to send money back; '' for a refusal without a name."""

    reference: str
    word: RefundWord


class ClearedOrder(Protocol):
    """What the outgoing gate let through."""

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

    @property
    def capabilities(self) -> Capabilities:
        """Return what it can do."""

    def open_checkout(self, order: ClearedOrder, *, return_url: str) -> Checkout:
        """Prepare a page for one top-up; the same `reference` field gives the same page.

        Fields: reference, amount, currency, method, keep ('yes': keep the method). Raises
        Unavailable.
        """

    def take_kept(self, order: ClearedOrder) -> str:
        """Take one top-up from the method kept for `payer`; return how the payment is called.

        Fields: reference, payer, amount, currency. What became of it comes as an event, also for
        a declined one; '' where there is nothing that it could be called. Raises Unavailable.
        """

    def conclude(self, order: ClearedOrder) -> PaymentNotice | None:
        """Take what the customer agreed to on one page, once; None while he has not.

        Fields: reference, checkout (the provider's name of the page). A provider whose pages take
        the money themselves says what became of it. Raises Unavailable.
        """

    def verify_callback(
        self, *, headers: Mapping[str, str], body: bytes, received_at: datetime
    ) -> ProviderNotice | None:
        """Return what a callback says once its signature and age are right; None: not for us.

        Header names are in lower case; `received_at` is of the real clock.
        Refuses: CallbackNotGenuine, CallbackUnreadable (of `errors`). Raises Unavailable where the
        provider has to be asked about it and is away.
        """

    def refund(self, order: ClearedOrder, *, repeated: bool) -> RefundAnswer:
        """Send money of a payment back; the same `reference` field sends it once.

        Fields: reference, payment, amount, currency. With `repeated` the provider's own list is
        looked at first, since its memory of keys is short. Raises Unavailable.
        """

    def forget(self, order: ClearedOrder) -> None:
        """Forget the method kept for the field `payer`. Raises Unavailable."""

    def events_since(self, since: datetime | None) -> Iterator[ListedEvent]:
        """Return what happened from a moment of the provider's clock on, in any order.

        Raises Unavailable.
        """

    def troubles(self, *, callback_url: str) -> Sequence[str]:
        """Return what is wrong with how it is set up, as sentences for the operator.

        Raises Unavailable, also where it refuses our keys.
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

    def provider(self, code: str) -> PaymentProvider | None:
        """Return the provider of that name, None where it is not in force."""
        return next((provider for provider in self.providers if provider.code == code), None)


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
