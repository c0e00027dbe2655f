"""What the gateway needs from the rest of the house; `config` fills it with the apps' actions.

Every callable but those of a Lane is blocking and runs on a thread of the gateway. All raise
`kernel.errors.Unavailable` where waiting may help (the database is away).
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from nummer.kernel.phone import PhoneNumber
from nummer.protocols.sms.inbound import Alphabet, IncomingSms
from nummer.protocols.sms.receipt import ReceiptState


class Outgoing(Protocol):
    """An SMS that waits to be sent; `sender` is a name, a short code or +E.164."""

    @property
    def id(self) -> UUID:
        """Return the id under which its fate is reported."""

    @property
    def to(self) -> PhoneNumber:
        """Return whom it goes to."""

    @property
    def sender(self) -> str:
        """Return whom it comes from."""

    @property
    def text(self) -> str:
        """Return what it says."""


class Lane(Protocol):
    """A way into the database for one batch after another; its methods wait, others may run."""

    async def prepare(self, batch: Sequence[IncomingSms], /, *, now: datetime) -> object:
        """Do what needs no lock and return what `store` takes (`messaging.preparing`)."""

    async def store(self, prepared: Sequence[Any], /, *, now: datetime) -> None:
        """Store what `prepare` returned in one transaction; return after its commit."""

    async def close(self) -> None:
        """End what is open."""


class TakeOutgoing(Protocol):
    """`messaging.actions.take_outgoing`."""

    def __call__(self, limit: int, /, *, now: datetime) -> Sequence[Outgoing]:
        """Hand out texts that wait, each once, and remember that it was done."""


class MarkSent(Protocol):
    """`messaging.actions.mark_sent`."""

    def __call__(
        self, text_id: UUID, /, *, carrier: str, carrier_message_id: str, now: datetime
    ) -> None:
        """Note that a carrier took it; the id is that of the last part, which has the receipt."""


class MarkFailed(Protocol):
    """`messaging.actions.mark_failed`."""

    def __call__(self, text_id: UUID, /, *, status: int, now: datetime) -> None:
        """Note that a carrier refused it for good, with its command_status."""


class MarkUnknown(Protocol):
    """`messaging.actions.mark_unknown`."""

    def __call__(self, text_ids: Sequence[UUID], /, *, now: datetime) -> None:
        """Note that a carrier may have them: they must not be sent again blindly."""


class RecordReceipt(Protocol):
    """`messaging.actions.record_receipt`."""

    def __call__(
        self, *, carrier: str, carrier_message_id: str, state: ReceiptState, now: datetime
    ) -> None:
        """Note what the carrier says became of a message; saying it twice changes nothing."""


class Authenticate(Protocol):
    """`accounts.queries.smpp_holder`."""

    def __call__(self, *, system_id: str, password: str) -> int | None:
        """Return whose credentials these are, or None.

        SMPP's fields hold 15 and 8 characters and clients cut longer ones to that without a
        word, so both the whole and the cut form must find the account.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Actions:
    """The verbs and the clock that the gateway is given."""

    now: Callable[[], datetime]
    lane: Callable[[], Lane]
    take_outgoing: TakeOutgoing
    mark_sent: MarkSent
    mark_failed: MarkFailed
    mark_unknown: MarkUnknown
    record_receipt: RecordReceipt
    authenticate: Authenticate


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierLink:
    """How one carrier is reached; what carriers tell their customers in a contract.

    `code` is the carrier's in the catalogue. `window` is how many of our messages may wait
    for its answer. `tls` is a context that checks the carrier's certificate, or None.
    """

    code: str
    host: str
    port: int
    system_id: str
    password: str = field(repr=False)
    system_type: str = ""
    window: int = 10
    tls: ssl.SSLContext | None = None
    default_alphabet: Alphabet = Alphabet.GSM7
    enquire_s: float = 30.0
    response_s: float = 10.0
    reconnect_s_min: float = 0.5
    reconnect_s_max: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerDoor:
    """Where customers bind, and how many may. `port` 0 takes a free one."""

    host: str = "0.0.0.0"  # noqa: S104 -- customers come from outside
    port: int = 2775
    tls: ssl.SSLContext | None = None
    # A customer needs one bind, or some for redundancy; the rest would only cost memory.
    binds_per_account_max: int = 10
    connections_max: int = 1_000
    connections_per_address_max: int = 100
    # From one address. The password of SMPP has 8 characters, 32 bits of a token: ten guesses a
    # minute need four centuries for half of them. Names are slowed down by `authenticate`.
    wrong_passwords_per_minute_max: int = 10
    wrong_password_delay_s: float = 1.0
