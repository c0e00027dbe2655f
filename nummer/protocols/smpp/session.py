"""One SMPP 3.4 session without its socket: octets and moments in, octets and events out.

`now` is a monotonic number of seconds that the owner passes in. Whatever octets arrive, no
exception leaves `receive`: the answer is an error PDU or the end of this session alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from nummer.protocols.smpp.events import (
    Answered,
    Arrived,
    BindAsked,
    Bound,
    Closed,
    CloseReason,
    Event,
    Proven,
    Unanswered,
)
from nummer.protocols.smpp.pdu import (
    NO_BODY,
    BindRequest,
    BindResponse,
    Body,
    Malformed,
    MessageId,
    Pdu,
    ShortMessage,
    decode_body,
    empty_answer,
    encode,
    header,
)
from nummer.protocols.smpp.words import (
    HEADER_OCTETS,
    PDU_OCTETS_MAX,
    RESPONSE,
    SEQUENCE_MAX,
    Command,
    Status,
)


class Role(Enum):
    """Which side of the session we are (section 2.1)."""

    ESME = "esme"  # the one that binds
    SMSC = "smsc"  # the one that is bound to


class State(Enum):
    """Session states, SMPP 3.4 section 2.2; BINDING and UNBINDING wait for one answer."""

    OPEN = "open"
    BINDING = "binding"
    BOUND_TX = "bound_tx"
    BOUND_RX = "bound_rx"
    BOUND_TRX = "bound_trx"
    UNBINDING = "unbinding"
    CLOSED = "closed"


BOUND: Final = frozenset({State.BOUND_TX, State.BOUND_RX, State.BOUND_TRX})
BINDS: Final = frozenset(
    {Command.BIND_TRANSMITTER, Command.BIND_RECEIVER, Command.BIND_TRANSCEIVER}
)
# What changes the state, whichever side sent it. A response counts only with status ROK.
_BIND_ASKED: Final = dict.fromkeys(BINDS, State.BINDING)
_END: Final = {Command.UNBIND: State.UNBINDING}
TRANSITIONS: Final[Mapping[State, Mapping[Command, State]]] = {
    State.OPEN: {**_BIND_ASKED, **_END},
    State.BINDING: {
        Command.BIND_TRANSMITTER_RESP: State.BOUND_TX,
        Command.BIND_RECEIVER_RESP: State.BOUND_RX,
        Command.BIND_TRANSCEIVER_RESP: State.BOUND_TRX,
        **_END,
    },
    State.BOUND_TX: _END,
    State.BOUND_RX: _END,
    State.BOUND_TRX: _END,
    State.UNBINDING: {Command.UNBIND_RESP: State.CLOSED},
    State.CLOSED: {},
}
# Section 2.3: which requests the peer may send us in which state. Anything else is answered
# with RINVBNDSTS, on this session only.
_ALWAYS: Final = frozenset({Command.ENQUIRE_LINK, Command.UNBIND})
_SUBMITS: Final = _ALWAYS | {
    Command.SUBMIT_SM,
    Command.DATA_SM,
    Command.SUBMIT_MULTI,
    Command.QUERY_SM,
    Command.CANCEL_SM,
    Command.REPLACE_SM,
}
_DELIVERS: Final = _ALWAYS | {Command.DELIVER_SM, Command.DATA_SM, Command.ALERT_NOTIFICATION}
PEER_MAY_SEND: Final[Mapping[Role, Mapping[State, frozenset[Command]]]] = {
    Role.SMSC: {
        State.OPEN: _ALWAYS | BINDS,
        State.BINDING: _ALWAYS,
        State.BOUND_TX: _SUBMITS,
        State.BOUND_RX: _ALWAYS,
        State.BOUND_TRX: _SUBMITS,
        State.UNBINDING: _ALWAYS,
        State.CLOSED: frozenset(),
    },
    Role.ESME: {
        State.OPEN: _ALWAYS | {Command.OUTBIND},
        State.BINDING: _ALWAYS,
        State.BOUND_TX: _ALWAYS,
        State.BOUND_RX: _DELIVERS,
        State.BOUND_TRX: _DELIVERS,
        State.UNBINDING: _DELIVERS,  # what was under way may still arrive, and is throttled
        State.CLOSED: frozenset(),
    },
}
MAY_SEND_MESSAGES: Final = {
    Role.ESME: frozenset({State.BOUND_TX, State.BOUND_TRX}),
    Role.SMSC: frozenset({State.BOUND_RX, State.BOUND_TRX}),
}
# Operations that we do not offer, each with the error that its section names.
NOT_OFFERED: Final = {
    Command.QUERY_SM: Status.RQUERYFAIL,
    Command.CANCEL_SM: Status.RCANCELFAIL,
    Command.REPLACE_SM: Status.RREPLACEFAIL,
    Command.SUBMIT_MULTI: Status.RSUBMITFAIL,
}
# Requests without a response (sections 4.1.7, 4.12); we need neither.
SILENTLY_IGNORED: Final = frozenset({Command.OUTBIND, Command.ALERT_NOTIFICATION})
MESSAGES: Final = frozenset({Command.SUBMIT_SM, Command.DELIVER_SM, Command.DATA_SM})
KNOWN: Final[Mapping[int, Command]] = {int(command): command for command in Command}
# Section 5.1.2.1: a response is its request with the highest bit set; a request without one
# (outbind, alert_notification) maps to generic_nack.
RESPONSE_TO: Final[Mapping[Command, Command]] = {
    command: KNOWN.get(command | RESPONSE, Command.GENERIC_NACK) for command in Command
}


@dataclass(frozen=True, slots=True)
class Limits:
    """Every bound of a session; times in seconds, SMPP 3.4 section 7.2."""

    # session_init_timer: an open connection that never binds only costs memory.
    bind_s: float = 10.0
    # enquire_link_timer: also what finds out that our answers arrived (see Proven), so it
    # runs beside traffic as well. Most carriers ask for one within 30 to 60 seconds.
    enquire_s: float = 30.0
    # response_timer: carriers answer within a second; ten allow for one slow disk.
    response_s: float = 10.0
    # inactivity_timer: None, since a customer who only waits for messages is not idle.
    inactivity_s: float | None = None
    # Messages of the peer that wait for our answer: more are throttled at once. Larger than
    # the usual window of 10 to 100, so that only a peer that does not count meets it.
    window_in: int = 1_000
    # Messages of ours that wait for the peer's answer: section 2.8 suggests 10.
    window_out: int = 10
    # A peer that sends so many broken PDUs one after another speaks something else.
    broken_max: int = 10
    # After so many answers ask for a proof of arrival, which bounds the memory of a break.
    answers_unproven_max: int = 500


@dataclass(slots=True)
class _Pending:
    command: Command
    sent_at: float
    answers_before: int


class Session:
    """The state of one connection; see TRANSITIONS and PEER_MAY_SEND."""

    def __init__(self, role: Role, *, limits: Limits, now: float) -> None:
        self.role = role
        self.limits = limits
        self.state = State.OPEN
        self._received = bytearray()
        self._to_send: list[bytes] = []
        self._pending: dict[int, _Pending] = {}
        self._messages_pending = 0
        self._to_answer: dict[int, Command] = {}
        self._bind: tuple[Command, int] | None = None
        self._sequence = 0
        self._answers = 0
        self._answers_asked = 0
        self._answers_proven = 0
        self._broken_in_a_row = 0
        self._opened_at = self._enquired_at = self._message_at = now
        self._unbinding_at: float | None = None

    # -- what the owner does -------------------------------------------------------------------

    def octets_to_send(self) -> bytes:
        """Take what has to go to the peer now."""
        octets = b"".join(self._to_send)
        self._to_send.clear()
        return octets

    @property
    def bound(self) -> bool:
        """Whether messages can travel."""
        return self.state in BOUND

    @property
    def closed(self) -> bool:
        """Whether it is over; the socket can go."""
        return self.state is State.CLOSED

    @property
    def room(self) -> int:
        """How many messages may be sent now: zero while the window is full or not bound."""
        if self.state not in MAY_SEND_MESSAGES[self.role]:
            return 0
        return max(0, self.limits.window_out - self._messages_pending)

    def bind(self, request: BindRequest, *, now: float) -> None:
        """Ask to be bound as a transceiver."""
        assert self.role is Role.ESME, "only the ESME binds"
        assert self.state is State.OPEN, "a session is bound once"
        self.state = TRANSITIONS[self.state][Command.BIND_TRANSCEIVER]
        self._request(Command.BIND_TRANSCEIVER, request, now=now)

    def accept_bind(self, *, now: float) -> None:
        """Let the peer in that asked last; the answer names nothing but the protocol."""
        if self.state is not State.BINDING or self._bind is None:
            return  # the peer left while it was looked up
        command, sequence = self._bind
        response = RESPONSE_TO[command]
        self.state = TRANSITIONS[self.state][response]
        self._send(response, Status.ROK, sequence, BindResponse("SMSC"))
        self._message_at = now

    def refuse_bind(self, status: Status) -> list[Event]:
        """Turn the peer away that asked last."""
        if self.state is not State.BINDING or self._bind is None:
            return []
        command, sequence = self._bind
        self._send(RESPONSE_TO[command], status, sequence)
        return self._close(CloseReason.BIND_REFUSED, status=status)

    def send_message(self, message: ShortMessage, *, now: float) -> int:
        """Send submit_sm or deliver_sm and return its sequence number; needs `room`."""
        assert self.room > 0, "the window is full"
        command = Command.SUBMIT_SM if self.role is Role.ESME else Command.DELIVER_SM
        self._messages_pending += 1
        self._message_at = now
        return self._request(command, message, now=now)

    def answer(self, sequence: int, status: Status, message_id: str = "", *, now: float) -> bool:
        """Answer a message of the peer; False where the session is over or it was answered."""
        command = self._to_answer.pop(sequence, None)
        if command is None or self.state is State.CLOSED:
            return False
        self._answers += 1
        if status or message_id:
            self._send(RESPONSE_TO[command], status, sequence, MessageId(message_id))
        else:
            self._to_send.append(empty_answer(RESPONSE_TO[command], sequence))
        if self._answers - self._answers_asked >= self.limits.answers_unproven_max:
            self._enquire(now)
        return True

    def unbind(self, *, now: float) -> list[Event]:
        """Say good-bye; Closed follows with the peer's answer or when its time runs out."""
        if Command.UNBIND not in TRANSITIONS[self.state]:
            return []
        if self.state not in BOUND:
            return self._close(CloseReason.UNBOUND)
        self.state = TRANSITIONS[self.state][Command.UNBIND]
        self._unbinding_at = now
        self._request(Command.UNBIND, NO_BODY, now=now)
        return []

    def connection_lost(self) -> list[Event]:
        """Note that the socket is gone."""
        return self._close(CloseReason.BROKEN)

    def tick(self, *, now: float) -> list[Event]:
        """Look at the timers; call it about four times within the shortest limit."""
        if self.state is State.CLOSED:
            return []
        limits = self.limits
        if self.state in (State.OPEN, State.BINDING) and now - self._opened_at >= limits.bind_s:
            return self._close(CloseReason.NEVER_BOUND)
        if self._unbinding_at is not None and now - self._unbinding_at >= limits.response_s:
            return self._close(CloseReason.UNBOUND)
        if (
            self.state in BOUND
            and limits.inactivity_s is not None
            and now - self._message_at >= limits.inactivity_s
        ):
            self._send(Command.UNBIND, Status.ROK, self._next_sequence())
            return self._close(CloseReason.IDLE)
        events = self._overdue(now)
        if self.state in BOUND and now - self._enquired_at >= limits.enquire_s:
            self._enquire(now)
        return events

    # -- what the peer does --------------------------------------------------------------------

    def receive(self, octets: bytes, *, now: float) -> list[Event]:
        """Take octets from the peer and return what they mean."""
        events: list[Event] = []
        if self.state is State.CLOSED:
            return events
        self._received += octets
        received = self._received
        at = 0
        while len(received) - at >= HEADER_OCTETS:
            length, command, status, sequence = header(received, at)
            if not HEADER_OCTETS <= length <= PDU_OCTETS_MAX:
                # Where the next PDU begins can no longer be known: the session must end.
                self._send(Command.GENERIC_NACK, Status.RINVCMDLEN, sequence)
                events += self._close(CloseReason.NOT_SMPP)
                break
            if len(received) - at < length:
                break
            body = bytes(received[at + HEADER_OCTETS : at + length])
            at += length
            self._pdu_arrived(command, status, sequence, body, now=now, events=events)
            if self.closed:
                break
        del received[:at]
        return events

    def _pdu_arrived(
        self,
        command: int,
        status: int,
        sequence: int,
        octets: bytes,
        *,
        now: float,
        events: list[Event],
    ) -> None:
        if command not in KNOWN:
            if not command & RESPONSE:
                self._broken(Status.RINVCMDID, sequence, events)
            return
        try:
            body = decode_body(command, octets)
        except Malformed as malformed:
            self._broken(malformed.status, sequence, events)
            return
        if isinstance(body, ShortMessage):
            known = KNOWN[command]
            if known in PEER_MAY_SEND[self.role][self.state]:
                self._message_arrived(body, known, sequence, events, now=now)
            else:
                self._out_of_place(known, sequence, events)
            return
        pdu = Pdu(command, status, sequence, body)
        if command & RESPONSE:
            self._response_arrived(pdu, events)
        else:
            self._request_arrived(pdu, events)

    def _broken(self, status: Status, sequence: int, events: list[Event]) -> None:
        self._send(Command.GENERIC_NACK, status, sequence)
        self._broken_in_a_row += 1
        if self._broken_in_a_row >= self.limits.broken_max:
            events += self._close(CloseReason.NOT_SMPP)

    def _request_arrived(self, pdu: Pdu, events: list[Event]) -> None:
        command = KNOWN[pdu.command]
        if command not in PEER_MAY_SEND[self.role][self.state]:
            self._out_of_place(command, pdu.sequence, events)
        elif command is Command.ENQUIRE_LINK:
            self._send(Command.ENQUIRE_LINK_RESP, Status.ROK, pdu.sequence)
        elif command in BINDS:
            assert isinstance(pdu.body, BindRequest)
            self.state = TRANSITIONS[self.state][command]
            self._bind = (command, pdu.sequence)
            events.append(BindAsked(pdu.sequence, pdu.body))
        elif command is Command.UNBIND:
            self._send(Command.UNBIND_RESP, Status.ROK, pdu.sequence)
            self._prove(self._answers, events)  # it ends in order, so it has read our answers
            events += self._close(CloseReason.UNBOUND)
        elif command in NOT_OFFERED:
            self._send(RESPONSE_TO[command], NOT_OFFERED[command], pdu.sequence)

    def _out_of_place(self, command: Command, sequence: int, events: list[Event]) -> None:
        if command in SILENTLY_IGNORED:
            return
        if command in BINDS and self.role is Role.SMSC:
            self._send(RESPONSE_TO[command], Status.RALYBND, sequence)
            return
        self._broken_in_a_row += 1
        self._send(RESPONSE_TO[command], Status.RINVBNDSTS, sequence)
        if self._broken_in_a_row >= self.limits.broken_max:
            events += self._close(CloseReason.NOT_SMPP)

    def _message_arrived(
        self,
        message: ShortMessage,
        command: Command,
        sequence: int,
        events: list[Event],
        *,
        now: float,
    ) -> None:
        self._broken_in_a_row = 0
        self._message_at = now
        waiting = self._to_answer
        full = len(waiting) >= self.limits.window_in
        if full or sequence in waiting or self.state is State.UNBINDING:
            self._send(RESPONSE_TO[command], Status.RTHROTTLED, sequence)
            return
        waiting[sequence] = command
        events.append(Arrived(sequence, message))

    def _response_arrived(self, pdu: Pdu, events: list[Event]) -> None:
        pending = self._pending.get(pdu.sequence)
        if pending is None:
            return  # late, invented, or an answer to nothing; section 3.3 lets us ignore it
        nack = pdu.command == Command.GENERIC_NACK
        if not nack and pdu.command != pending.command | RESPONSE:
            return
        del self._pending[pdu.sequence]
        self._broken_in_a_row = 0
        self._prove(pending.answers_before, events)
        status = pdu.status or (Status.RUNKNOWNERR if nack else Status.ROK)
        if pending.command in MESSAGES:
            self._messages_pending -= 1
            message_id = pdu.body.message_id if isinstance(pdu.body, MessageId) else ""
            events.append(Answered(pdu.sequence, status, message_id))
        elif pending.command in BINDS:
            self._bind_answered(pdu.command, status, events)
        elif pending.command is Command.UNBIND:
            events += self._close(CloseReason.UNBOUND)

    def _bind_answered(self, command: int, status: int, events: list[Event]) -> None:
        if self.state is not State.BINDING:
            return
        if status != Status.ROK:
            events += self._close(CloseReason.BIND_REFUSED, status=status)
            return
        self.state = TRANSITIONS[self.state][Command(command)]
        events.append(Bound())

    # -- within --------------------------------------------------------------------------------

    def _overdue(self, now: float) -> list[Event]:
        """Report messages without an answer; a link that answers no enquiry is dead."""
        events: list[Event] = []
        for sequence, pending in list(self._pending.items()):
            if now - pending.sent_at < self.limits.response_s:
                break  # in the order they were sent
            if pending.command not in MESSAGES:
                return events + self._close(CloseReason.SILENT)
            del self._pending[sequence]
            self._messages_pending -= 1
            events.append(Unanswered(sequence))
        return events

    def _enquire(self, now: float) -> None:
        self._enquired_at = now
        self._answers_asked = self._answers
        self._request(Command.ENQUIRE_LINK, NO_BODY, now=now)

    def _prove(self, answers: int, events: list[Event]) -> None:
        if answers > self._answers_proven:
            self._answers_proven = answers
            events.append(Proven(answers))

    def _close(self, reason: CloseReason, *, status: int = 0) -> list[Event]:
        if self.state is State.CLOSED:
            return []
        self.state = State.CLOSED
        unanswered = tuple(
            sequence for sequence, pending in self._pending.items() if pending.command in MESSAGES
        )
        self._pending.clear()
        self._to_answer.clear()
        self._received.clear()
        self._messages_pending = 0
        return [Closed(reason, status, unanswered)]

    def _request(self, command: Command, body: Body, *, now: float) -> int:
        sequence = self._next_sequence()
        self._pending[sequence] = _Pending(command, now, self._answers)
        self._send(command, Status.ROK, sequence, body)
        return sequence

    def _next_sequence(self) -> int:
        """Count from 1 to SEQUENCE_MAX and around, past numbers that still wait (section 5.1.4)."""
        while True:
            self._sequence = self._sequence % SEQUENCE_MAX + 1
            if self._sequence not in self._pending:
                return self._sequence

    def _send(self, command: Command, status: Status, sequence: int, body: Body = NO_BODY) -> None:
        self._to_send.append(encode(Pdu(command, status, sequence, body)))
