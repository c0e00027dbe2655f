"""What the gateway needs from the rest of the house; `config` fills it with the apps' actions.

Every callable but those of a lane is blocking and runs on a thread of the gateway. All raise
`kernel.errors.Unavailable` where waiting may help (the database is away).
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
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

    @property
    def carrier(self) -> str:
        """Return the carrier that is to have it; empty where any may."""

    @property
    def rented(self) -> bool:
        """Return whether a rented number sends it, and other routes may be tried."""

    @property
    def per_s(self) -> int:
        """Return how many texts a second its route takes; 0 where nothing is said."""


class FateKind(StrEnum):
    """What became of a text that was taken."""

    SENT = "sent"  # the carrier accepted all of it
    BACK = "back"  # nothing of it was written: it waits again
    NEXT = "next"  # nothing of it was accepted, and another carrier may
    FAILED = "failed"
    UNKNOWN = "unknown"  # the carrier may have it: it must not be sent again blindly


@dataclass(frozen=True, slots=True)
class TextFate:
    """What became of a text; `message_id` is that of its last part, which has the receipt."""

    id: UUID
    kind: FateKind
    carrier: str = ""
    message_id: str = ""
    status: int = 0


@dataclass(frozen=True, slots=True)
class CarrierReceipt:
    """What a carrier says became of a message; `ours` and `theirs` are E.164 or empty."""

    carrier: str
    message_id: str
    state: ReceiptState
    ours: str = field(default="", repr=False)
    theirs: str = field(default="", repr=False)


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

    def __call__(self, rooms: Mapping[str, int], /, *, now: datetime) -> Sequence[Outgoing]:
        """Hand out texts that wait, each once: so many for each carrier."""


class ReportFates(Protocol):
    """`messaging.actions.report`."""

    def __call__(self, fates: Sequence[TextFate], /, *, now: datetime) -> None:
        """Write down what became of texts, all or none."""


class RecordReceipts(Protocol):
    """`messaging.actions.record_receipts`."""

    def __call__(self, receipts: Sequence[CarrierReceipt], /, *, now: datetime) -> None:
        """Note what carriers say became of messages; saying it twice changes nothing."""


class Reroute(Protocol):
    """`messaging.actions.reroute`."""

    def __call__(self, bound: Collection[str], /) -> int:
        """Give what waits for other carriers than these to its best route among them."""


@dataclass(frozen=True, slots=True)
class CustomerText:
    """What a customer hands in: `ours` and `to` are E.164 or as he wrote them."""

    ours: str = field(repr=False)
    to: str = field(repr=False)
    body: str = field(repr=False)
    receipt: bool = False


@dataclass(slots=True)
class Lent:
    """Places that carriers have for texts as they are accepted, and the texts that took one.

    Where `submit` raises, nobody knows whether these texts were accepted; they were not sent.
    """

    rooms: dict[str, int]
    tried: list[UUID] = field(default_factory=list)


class SubmitLane(Protocol):
    """A way into the database for what customers hand in; its methods wait, others may run."""

    async def submit(
        self, texts: Sequence[tuple[int, CustomerText]], lent: Lent, /, *, now: datetime
    ) -> Sequence[UUID | str | Outgoing]:
        """Accept texts of accounts, each for itself: its id, or the code of the refusal.

        What has an id is committed when this returns (`messaging.handing_in`). Those that fit into
        the rooms lent are answered as what the gateway now has to send.
        """

    async def close(self) -> None:
        """End what is open."""


@dataclass(frozen=True, slots=True)
class Owed:
    """What a bound customer is to have: a receipt (with `state`), or an SMS that came in."""

    id: UUID
    ours: PhoneNumber
    theirs: str = field(repr=False)
    at: datetime
    body: str = field(default="", repr=False)
    state: ReceiptState | None = None


class OwedTo(Protocol):
    """`messaging.actions.owed_receipts` and `owed_sms`."""

    def __call__(self, account_id: int, /, *, now: datetime) -> Sequence[Owed]:
        """Return what an account is to have now, in its order."""


class ToldTo(Protocol):
    """`messaging.actions.receipt_told` and `sms_told`."""

    def __call__(self, account_id: int, owed: Owed, /) -> bool:
        """Note that the customer has it; True when that is written."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose program bound; `secret` names what opened the account, without being it.

    `binds_max` is how many binds by that secret there may be, None where it sets no limit.
    """

    account_id: int
    secret: str
    binds_max: int | None = None


class Authenticate(Protocol):
    """`accounts.actions.smpp_bind`."""

    def __call__(
        self, *, system_id: str, password: str, address: str, now: datetime
    ) -> Holder | None:
        """Return who may bind with these credentials from an address, or None.

        SMPP's fields hold 15 and 8 characters and clients cut longer ones to that without a
        word, so both the whole and the cut form must find the account.
        """


class Secrets(Protocol):
    """`accounts.queries.smpp_secrets`."""

    def __call__(self, account_ids: Collection[int], /) -> Collection[str]:
        """Return the names of all secrets that open these accounts now."""


# What becomes of SMS that carriers deliver ("came", "acknowledged", "refused"), and of how many.
CountIncoming = Callable[[str, int], None]


def _uncounted(what: str, count: int, /) -> None:
    """Let nobody know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actions:
    """The verbs and the clock that the gateway is given."""

    now: Callable[[], datetime]
    lane: Callable[[], Lane]
    take_outgoing: TakeOutgoing
    report: ReportFates
    record_receipts: RecordReceipts
    reroute: Reroute
    authenticate: Authenticate
    secrets: Secrets
    submits: Callable[[], SubmitLane]
    owed: OwedTo
    told: ToldTo
    counted: CountIncoming = _uncounted


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
    texts_per_s: int = 0  # what the contract allows on this bind; 0 where it says nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerDoor:
    """Where customers bind, and how many may. `port` 0 takes a free one."""

    host: str = "0.0.0.0"  # noqa: S104 -- customers come from outside
    port: int = 2775
    tls: ssl.SSLContext | None = None
    # A customer needs one bind, or some for redundancy; the rest would only cost memory.
    binds_per_account_max: int = 10
    # Of one bind: texts that wait for our answer; more are answered RTHROTTLED. Programs keep 10 to
    # 100 unanswered, so only one that does not count meets it.
    window: int = 1_000
    # Who is bound with a secret that was withdrawn, or from where it may not be used any more, is
    # looked for so often.
    secrets_asked_every_s: float = 15.0
    connections_max: int = 1_000
    connections_per_address_max: int = 100
    # From one address. The password of SMPP has 8 characters, 32 bits of a token: ten guesses a
    # minute need four centuries for half of them. Names are slowed down by `authenticate`.
    wrong_passwords_per_minute_max: int = 10
    wrong_password_delay_s: float = 1.0
    # Of one account, over all its binds; more are answered RTHROTTLED.
    texts_per_s_max: int = 100
