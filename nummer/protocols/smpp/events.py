"""What a session tells its owner."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from nummer.protocols.smpp.pdu import BindRequest, ShortMessage


class CloseReason(Enum):
    """Why a session ended; its owner closes the socket."""

    UNBOUND = "unbound"
    BIND_REFUSED = "bind refused"
    NOT_SMPP = "not smpp"
    SILENT = "silent"
    NEVER_BOUND = "never bound"
    IDLE = "idle"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class BindAsked:
    """The peer wants to bind; answer with `accept_bind` or `refuse_bind`."""

    sequence: int
    request: BindRequest


@dataclass(frozen=True, slots=True)
class Bound:
    """The bind that we asked for stands."""


@dataclass(slots=True)  # not frozen: there is one for every message
class Arrived:
    """The peer handed over a message; answer it once, with `answer`."""

    sequence: int
    message: ShortMessage


@dataclass(frozen=True, slots=True)
class Answered:
    """The peer answered a message of ours."""

    sequence: int
    status: int
    message_id: str


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The response time ran out; whether the peer took the message is not known."""

    sequence: int


@dataclass(frozen=True, slots=True)
class Proven:
    """The first `answers` answers of this session did reach the peer.

    It answered something that we sent after them on the same stream.
    """

    answers: int


@dataclass(frozen=True, slots=True)
class Closed:
    """The end; nothing follows. The fate of `unanswered` messages of ours is not known."""

    reason: CloseReason
    status: int = 0
    unanswered: tuple[int, ...] = ()


Event: TypeAlias = BindAsked | Bound | Arrived | Answered | Unanswered | Proven | Closed
