"""A session at its desk: octets and moments in, octets and events out."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
    MessageId,
    Opaque,
    Pdu,
    ShortMessage,
    decode,
    encode,
)
from nummer.protocols.smpp.session import (
    PEER_MAY_SEND,
    TRANSITIONS,
    Limits,
    Role,
    Session,
    State,
)
from nummer.protocols.smpp.words import PDU_OCTETS_MAX, SEQUENCE_MAX, Command, Status

TEXT = ShortMessage("Acme", "447700900123", b"code 1234", 5, 0, 1, 1)
LIMITS = Limits(window_in=5, window_out=3, broken_max=3, answers_unproven_max=4)


class Desk:
    """A session and the peer's pen and eyes. Time is a number that the test sets."""

    def __init__(self, role: Role, limits: Limits = LIMITS) -> None:
        self.now = 0.0
        self.session = Session(role, limits=limits, now=0.0)

    def hears(
        self, command: int, sequence: int, body: Body = NO_BODY, status: int = 0
    ) -> list[Event]:
        return self.reads(encode(Pdu(command, status, sequence, body)))

    def reads(self, octets: bytes) -> list[Event]:
        return self.session.receive(octets, now=self.now)

    def says(self) -> list[tuple[int, int, int]]:
        """Return command, status and sequence of every PDU written since."""
        octets = self.session.octets_to_send()
        said = []
        while octets:
            length = struct.unpack(">I", octets[:4])[0]
            pdu = decode(octets[:length])
            said.append((pdu.command, pdu.status, pdu.sequence))
            octets = octets[length:]
        return said

    def at(self, now: float) -> list[Event]:
        self.now = now
        return self.session.tick(now=now)


def bound_server(limits: Limits = LIMITS, bind: Command = Command.BIND_TRANSCEIVER) -> Desk:
    desk = Desk(Role.SMSC, limits)
    desk.hears(bind, 1, BindRequest("me", "secret"))
    desk.session.accept_bind(now=0.0)
    desk.says()
    return desk


def bound_client(limits: Limits = LIMITS) -> Desk:
    desk = Desk(Role.ESME, limits)
    desk.session.bind(BindRequest("me", "secret"), now=0.0)
    desk.says()
    assert desk.hears(Command.BIND_TRANSCEIVER_RESP, 1, BindResponse("smsc")) == [Bound()]
    return desk


# -- binds ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "state"),
    [
        (Command.BIND_TRANSMITTER, State.BOUND_TX),
        (Command.BIND_RECEIVER, State.BOUND_RX),
        (Command.BIND_TRANSCEIVER, State.BOUND_TRX),
    ],
)
def test_each_kind_of_bind_is_offered(command: Command, state: State) -> None:
    desk = Desk(Role.SMSC)
    request = BindRequest("me", "secret")
    assert desk.hears(command, 7, request) == [BindAsked(7, request)]
    assert desk.says() == []
    desk.session.accept_bind(now=0.0)
    assert desk.says() == [(command | 0x80000000, Status.ROK, 7)]
    assert desk.session.state is state


def test_a_refused_bind_ends_the_session() -> None:
    desk = Desk(Role.SMSC)
    desk.hears(Command.BIND_TRANSCEIVER, 7, BindRequest("me", "wrong"))
    assert desk.session.refuse_bind(Status.RBINDFAIL) == [
        Closed(CloseReason.BIND_REFUSED, Status.RBINDFAIL)
    ]
    assert desk.says() == [(Command.BIND_TRANSCEIVER_RESP, Status.RBINDFAIL, 7)]


def test_our_refused_bind_names_the_status() -> None:
    desk = Desk(Role.ESME)
    desk.session.bind(BindRequest("me", "wrong"), now=0.0)
    events = desk.hears(Command.BIND_TRANSCEIVER_RESP, 1, status=Status.RINVPASWD)
    assert events == [Closed(CloseReason.BIND_REFUSED, Status.RINVPASWD)]


def test_a_nack_of_our_bind_ends_the_session() -> None:
    desk = Desk(Role.ESME)
    desk.session.bind(BindRequest("me", "secret"), now=0.0)
    events = desk.hears(Command.GENERIC_NACK, 1, status=Status.RINVCMDID)
    assert events == [Closed(CloseReason.BIND_REFUSED, Status.RINVCMDID)]


def test_a_second_bind_is_refused_and_harmless() -> None:
    desk = bound_server()
    assert desk.hears(Command.BIND_TRANSCEIVER, 2, BindRequest("me", "secret")) == []
    assert desk.says() == [(Command.BIND_TRANSCEIVER_RESP, Status.RALYBND, 2)]
    assert desk.session.bound


def test_nothing_travels_before_the_bind() -> None:
    desk = Desk(Role.SMSC)
    assert desk.hears(Command.SUBMIT_SM, 1, TEXT) == []
    assert desk.says() == [(Command.SUBMIT_SM_RESP, Status.RINVBNDSTS, 1)]
    assert desk.session.room == 0


def test_a_receiver_may_not_submit() -> None:
    desk = bound_server(bind=Command.BIND_RECEIVER)
    assert desk.hears(Command.SUBMIT_SM, 2, TEXT) == []
    assert desk.says() == [(Command.SUBMIT_SM_RESP, Status.RINVBNDSTS, 2)]
    assert desk.session.room == LIMITS.window_out


def test_a_transmitter_gets_no_messages() -> None:
    assert bound_server(bind=Command.BIND_TRANSMITTER).session.room == 0


def test_outbind_is_ignored() -> None:
    desk = Desk(Role.ESME)
    assert desk.hears(Command.OUTBIND, 1, Opaque(b"a\0b\0")) == []
    assert desk.says() == []


def test_the_answer_to_a_bind_names_no_product_and_no_version() -> None:
    desk = Desk(Role.SMSC)
    desk.hears(Command.BIND_TRANSCEIVER, 7, BindRequest("me", "secret"))
    desk.session.accept_bind(now=0.0)
    assert desk.session.octets_to_send()[16:] == b"SMSC\0"


# -- messages ------------------------------------------------------------------------------------


def test_a_message_is_answered_only_when_its_owner_says_so() -> None:
    desk = bound_client()
    assert desk.hears(Command.DELIVER_SM, 9, TEXT) == [Arrived(9, TEXT)]
    assert desk.says() == []
    assert desk.session.answer(9, Status.ROK, now=0.0)
    assert desk.says() == [(Command.DELIVER_SM_RESP, Status.ROK, 9)]
    assert not desk.session.answer(9, Status.ROK, now=0.0), "once"
    assert desk.says() == []


def test_data_sm_is_answered_as_what_it_is() -> None:
    desk = bound_client()
    desk.hears(Command.DATA_SM, 4, ShortMessage("a", "b"))
    desk.session.answer(4, Status.ROK, now=0.0)
    assert desk.says() == [(Command.DATA_SM_RESP, Status.ROK, 4)]


def test_beyond_the_window_messages_are_throttled_at_once() -> None:
    desk = bound_client()
    events = [desk.hears(Command.DELIVER_SM, 10 + index, TEXT) for index in range(6)]
    assert [len(each) for each in events] == [1, 1, 1, 1, 1, 0]
    assert desk.says() == [(Command.DELIVER_SM_RESP, Status.RTHROTTLED, 15)]
    desk.session.answer(10, Status.ROK, now=0.0)
    assert len(desk.hears(Command.DELIVER_SM, 16, TEXT)) == 1, "one answered, one free"


def test_our_window_closes_and_opens() -> None:
    desk = bound_client()
    numbers = [desk.session.send_message(TEXT, now=0.0) for _ in range(3)]
    assert desk.session.room == 0
    assert desk.hears(Command.SUBMIT_SM_RESP, numbers[1], MessageId("x")) == [
        Answered(numbers[1], 0, "x")
    ]
    assert desk.session.room == 1


def test_answers_may_come_in_any_order_and_once() -> None:
    desk = bound_client()
    first, second = (desk.session.send_message(TEXT, now=0.0) for _ in range(2))
    assert desk.hears(Command.SUBMIT_SM_RESP, second, MessageId("b"))
    assert desk.hears(Command.SUBMIT_SM_RESP, first, MessageId("a"))
    assert desk.hears(Command.SUBMIT_SM_RESP, first, MessageId("a")) == []
    assert desk.session.room == 3


def test_an_answer_of_another_kind_is_ignored() -> None:
    desk = bound_client()
    sequence = desk.session.send_message(TEXT, now=0.0)
    assert desk.hears(Command.DELIVER_SM_RESP, sequence, MessageId("")) == []
    assert desk.session.room == 2


def test_a_nack_is_a_refusal_even_without_a_status() -> None:
    desk = bound_client()
    sequence = desk.session.send_message(TEXT, now=0.0)
    assert desk.hears(Command.GENERIC_NACK, sequence) == [
        Answered(sequence, Status.RUNKNOWNERR, "")
    ]


@pytest.mark.parametrize(
    ("command", "status"),
    [
        (Command.QUERY_SM, Status.RQUERYFAIL),
        (Command.CANCEL_SM, Status.RCANCELFAIL),
        (Command.REPLACE_SM, Status.RREPLACEFAIL),
        (Command.SUBMIT_MULTI, Status.RSUBMITFAIL),
    ],
)
def test_what_is_not_offered_is_refused_with_its_own_error(
    command: Command, status: Status
) -> None:
    desk = bound_server()
    assert desk.hears(command, 3, Opaque(b"whatever")) == []
    assert desk.says() == [(command | 0x80000000, status, 3)]


def test_sequence_numbers_go_around_and_past_those_that_wait() -> None:
    desk = bound_client(replace(LIMITS, window_out=10))
    desk.session._sequence = SEQUENCE_MAX - 2
    numbers = [desk.session.send_message(TEXT, now=0.0) for _ in range(3)]
    assert numbers == [SEQUENCE_MAX - 1, SEQUENCE_MAX, 1]
    desk.session._sequence = SEQUENCE_MAX
    assert desk.session.send_message(TEXT, now=0.0) == 2


# -- time ----------------------------------------------------------------------------------------


def test_who_never_binds_is_let_go() -> None:
    desk = Desk(Role.SMSC)
    assert desk.at(9.9) == []
    assert desk.at(10.0) == [Closed(CloseReason.NEVER_BOUND)]


def test_an_enquiry_is_answered_and_made() -> None:
    desk = bound_server()
    desk.hears(Command.ENQUIRE_LINK, 5)
    assert desk.says() == [(Command.ENQUIRE_LINK_RESP, Status.ROK, 5)]
    desk.at(29.9)
    assert desk.says() == []
    desk.at(30.0)
    assert desk.says() == [(Command.ENQUIRE_LINK, Status.ROK, 1)]
    desk.hears(Command.ENQUIRE_LINK_RESP, 1)
    assert desk.at(40.1) == []


def test_who_answers_no_enquiry_is_dead() -> None:
    desk = bound_client()
    sequence = desk.session.send_message(TEXT, now=29.0)
    desk.at(30.0)
    assert desk.at(39.0) == [Unanswered(sequence)]
    assert desk.at(40.0) == [Closed(CloseReason.SILENT)]


def test_a_message_without_answer_is_unknown_and_frees_the_window() -> None:
    desk = bound_client(replace(LIMITS, enquire_s=1_000))
    numbers = [desk.session.send_message(TEXT, now=0.0) for _ in range(3)]
    assert desk.at(9.9) == []
    assert desk.at(10.0) == [Unanswered(number) for number in numbers]
    assert desk.session.room == 3
    assert desk.session.bound


def test_a_late_answer_is_ignored() -> None:
    desk = bound_client(replace(LIMITS, enquire_s=1_000))
    sequence = desk.session.send_message(TEXT, now=0.0)
    desk.at(10.0)
    assert desk.hears(Command.SUBMIT_SM_RESP, sequence, MessageId("x")) == []


def test_an_idle_session_can_be_ended() -> None:
    desk = bound_server(replace(LIMITS, inactivity_s=20))
    assert desk.at(20.0) == [Closed(CloseReason.IDLE)]
    assert desk.says()[0][0] == Command.UNBIND


# -- the end -------------------------------------------------------------------------------------


def test_unbind_is_answered_and_proves_our_answers() -> None:
    desk = bound_client()
    desk.hears(Command.DELIVER_SM, 9, TEXT)
    desk.session.answer(9, Status.ROK, now=0.0)
    desk.says()
    assert desk.hears(Command.UNBIND, 10) == [Proven(1), Closed(CloseReason.UNBOUND)]
    assert desk.says() == [(Command.UNBIND_RESP, Status.ROK, 10)]


def test_our_unbind_waits_for_its_answer() -> None:
    desk = bound_client()
    assert desk.session.unbind(now=0.0) == []
    assert desk.says() == [(Command.UNBIND, Status.ROK, 2)]
    assert desk.session.room == 0
    assert desk.hears(Command.DELIVER_SM, 3, TEXT) == []
    assert desk.says() == [(Command.DELIVER_SM_RESP, Status.RTHROTTLED, 3)]
    assert desk.hears(Command.UNBIND_RESP, 2) == [Closed(CloseReason.UNBOUND)]


def test_our_unbind_does_not_wait_for_ever() -> None:
    desk = bound_client()
    desk.session.unbind(now=0.0)
    assert desk.at(10.0) == [Closed(CloseReason.UNBOUND)]


def test_a_break_names_what_has_no_answer() -> None:
    desk = bound_client()
    numbers = tuple(desk.session.send_message(TEXT, now=0.0) for _ in range(2))
    assert desk.session.connection_lost() == [Closed(CloseReason.BROKEN, 0, numbers)]
    assert desk.session.connection_lost() == []
    assert desk.hears(Command.ENQUIRE_LINK, 3) == []


def test_an_answer_is_proven_by_what_the_peer_answered_after_it() -> None:
    desk = bound_client()
    for sequence in range(10, 14):
        desk.hears(Command.DELIVER_SM, sequence, TEXT)
        desk.session.answer(sequence, Status.ROK, now=0.0)
    said = desk.says()
    assert said[-1][0] == Command.ENQUIRE_LINK, "after answers_unproven_max answers"
    desk.hears(Command.DELIVER_SM, 14, TEXT)
    desk.session.answer(14, Status.ROK, now=0.0)
    assert desk.hears(Command.ENQUIRE_LINK_RESP, said[-1][2]) == [Proven(4)]


# -- rubbish -------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [0, 15, PDU_OCTETS_MAX + 1, 0xFFFFFFFF])
def test_a_length_that_cannot_be_ends_the_session(length: int) -> None:
    desk = bound_server()
    events = desk.reads(struct.pack(">IIII", length, Command.ENQUIRE_LINK, 0, 8))
    assert events == [Closed(CloseReason.NOT_SMPP)]
    assert desk.says() == [(Command.GENERIC_NACK, Status.RINVCMDLEN, 8)]


def test_an_unknown_command_is_nacked_and_the_session_lives() -> None:
    desk = bound_server()
    assert desk.hears(0x0000_0999, 8) == []
    assert desk.says() == [(Command.GENERIC_NACK, Status.RINVCMDID, 8)]
    assert desk.session.bound


def test_an_unknown_response_is_ignored() -> None:
    desk = bound_server()
    assert desk.hears(0x8000_0999, 8) == []
    assert desk.says() == []


def test_a_body_cut_short_is_nacked_and_the_session_lives() -> None:
    desk = bound_server()
    assert desk.hears(Command.SUBMIT_SM, 8, Opaque(b"\0\0")) == []
    assert desk.says() == [(Command.GENERIC_NACK, Status.RINVMSGLEN, 8)]
    assert desk.session.bound


def test_who_sends_only_rubbish_is_let_go() -> None:
    desk = bound_server()
    desk.hears(0x999, 1)
    desk.hears(0x999, 2)
    assert desk.hears(0x999, 3) == [Closed(CloseReason.NOT_SMPP)]


def test_octets_may_come_one_by_one() -> None:
    desk = bound_client()
    octets = encode(Pdu(Command.DELIVER_SM, 0, 9, TEXT)) * 2
    events = [event for octet in octets for event in desk.reads(bytes((octet,)))]
    assert events == [Arrived(9, TEXT)], "the second has a number that still waits"


@pytest.mark.parametrize("role", Role)
@given(chunks=st.lists(st.binary(max_size=200), max_size=8))
def test_random_octets_never_raise(role: Role, chunks: list[bytes]) -> None:
    for desk in (Desk(role), bound_client() if role is Role.ESME else bound_server()):
        for chunk in chunks:
            desk.reads(chunk)
        desk.session.octets_to_send()
        desk.at(100.0)


framed = st.builds(
    lambda command, status, sequence, body: (
        struct.pack(">IIII", 16 + len(body), command, status, sequence) + body
    ),
    st.one_of(st.sampled_from(Command), st.integers(0, 0xFFFFFFFF)),
    st.integers(0, 0xFFFFFFFF),
    st.one_of(st.integers(0, 20), st.integers(0, 0xFFFFFFFF)),
    st.one_of(
        st.binary(max_size=80),
        st.just(encode(Pdu(Command.DELIVER_SM, 0, 1, TEXT))[16:]),
        st.just(b"me\0secret\0\0\x34\0\0\0"),
    ),
)


@pytest.mark.parametrize("role", Role)
@settings(max_examples=200)
@given(pdus=st.lists(framed, max_size=15), data=st.data())
def test_well_framed_rubbish_never_raises(
    role: Role, pdus: list[bytes], data: st.DataObject
) -> None:
    desk = bound_client() if role is Role.ESME else bound_server()
    for octets in pdus:
        for event in desk.reads(octets):
            if isinstance(event, Arrived) and data.draw(st.booleans()):
                desk.session.answer(event.sequence, Status.ROK, now=desk.now)
        while desk.session.room and data.draw(st.booleans()):
            desk.session.send_message(TEXT, now=desk.now)
        assert 0 <= desk.session.room <= LIMITS.window_out
        desk.at(desk.now + data.draw(st.floats(0, 12)))
    desk.session.octets_to_send()


def test_the_tables_of_states_are_whole() -> None:
    assert set(TRANSITIONS) == set(State)
    assert all(set(PEER_MAY_SEND[role]) == set(State) for role in Role)
