"""Octets on the wire: as the specification and an independent library write them."""

from __future__ import annotations

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smpplib import consts, smpp
from smpplib.client import SimpleSequenceGenerator

from nummer.protocols.smpp.pdu import (
    BindRequest,
    BindResponse,
    Malformed,
    MessageId,
    Opaque,
    Pdu,
    ShortMessage,
    decode,
    encode,
)
from nummer.protocols.smpp.words import Command, Status, Tag


class _Client:
    """What smpplib's factory asks of its client."""

    sequence_generator = SimpleSequenceGenerator()

    def next_sequence(self) -> int:
        return 5

    @property
    def sequence(self) -> int:
        return 5


def theirs(command: str, **fields: object) -> bytes:
    pdu = smpp.make_pdu(command, client=_Client(), **fields)
    octets: bytes = pdu.generate()
    return octets


def test_bind_of_an_independent_library_is_read() -> None:
    octets = theirs("bind_transceiver", system_id="AC0123", password="12345678", system_type="x")
    pdu = decode(octets)
    assert pdu.command == Command.BIND_TRANSCEIVER
    assert isinstance(pdu.body, BindRequest)
    assert (pdu.body.system_id, pdu.body.password) == ("AC0123", "12345678")


def test_message_of_an_independent_library_is_read() -> None:
    octets = theirs(
        "submit_sm",
        source_addr_ton=consts.SMPP_TON_ALNUM,
        source_addr="Acme",
        dest_addr_ton=consts.SMPP_TON_INTL,
        destination_addr="447700900123",
        short_message=b"\x05\x00\x03\x01\x02\x01half",
        esm_class=consts.SMPP_GSMFEAT_UDHI,
        data_coding=8,
        registered_delivery=True,
    )
    body = decode(octets).body
    assert isinstance(body, ShortMessage)
    assert body.source == "Acme"
    assert body.source_ton == 5
    assert body.destination == "447700900123"
    assert body.short_message == b"\x05\x00\x03\x01\x02\x01half"
    assert (body.esm_class, body.data_coding, body.registered_delivery) == (0x40, 8, 1)


def test_an_independent_library_reads_our_message() -> None:
    ours = ShortMessage("Acme", "447700900123", b"code 1234", 5, 0, 1, 1, data_coding=3)
    octets = encode(Pdu(Command.DELIVER_SM, 0, 9, ours))
    parsed = smpp.parse_pdu(octets, client=_Client(), allow_unknown_opt_params=True)
    assert parsed.command == "deliver_sm"
    assert parsed.source_addr == b"Acme"
    assert parsed.destination_addr == b"447700900123"
    assert parsed.short_message == b"code 1234"


texts = st.text(st.characters(codec="latin-1", exclude_characters="\0"), max_size=25)
octet = st.integers(0, 255)
messages = st.builds(
    ShortMessage,
    source=texts,
    destination=texts,
    short_message=st.binary(max_size=254),
    source_ton=octet,
    source_npi=octet,
    destination_ton=octet,
    destination_npi=octet,
    esm_class=octet,
    data_coding=octet,
    registered_delivery=octet,
    protocol_id=octet,
    priority_flag=octet,
    replace_if_present=octet,
    default_message_id=octet,
    service_type=texts,
    schedule_delivery_time=texts,
    validity_period=texts,
    tlvs=st.dictionaries(st.integers(0, 0xFFFF), st.binary(max_size=50), max_size=4),
)
bodies = st.one_of(
    st.tuples(st.sampled_from([Command.SUBMIT_SM, Command.DELIVER_SM]), messages),
    st.tuples(st.just(Command.SUBMIT_SM_RESP), st.builds(MessageId, texts)),
    st.tuples(st.just(Command.BIND_RECEIVER_RESP), st.builds(BindResponse, texts)),
    st.tuples(
        st.just(Command.BIND_TRANSMITTER),
        st.builds(BindRequest, texts, texts, texts, octet, octet, octet, texts),
    ),
    st.tuples(st.just(Command.ENQUIRE_LINK), st.just(Opaque())),
)


@given(bodies, st.integers(1, 0x7FFFFFFF))
def test_what_is_written_can_be_read(body: tuple[Command, object], sequence: int) -> None:
    pdu = Pdu(body[0], 0, sequence, body[1])
    assert decode(encode(pdu)) == pdu


def test_an_error_is_answered_without_a_body() -> None:
    octets = encode(Pdu(Command.SUBMIT_SM_RESP, Status.RSUBMITFAIL, 3, MessageId("")))
    assert octets == struct.pack(">IIII", 16, Command.SUBMIT_SM_RESP, Status.RSUBMITFAIL, 3)


def test_data_sm_carries_its_text_as_a_parameter() -> None:
    pdu = Pdu(
        Command.DATA_SM,
        0,
        1,
        ShortMessage("a", "b", data_coding=8, tlvs={Tag.MESSAGE_PAYLOAD: b"text"}),
    )
    back = decode(encode(pdu))
    assert back == pdu
    assert isinstance(back.body, ShortMessage)
    assert back.body.content == b"text"


def deliver(mandatory: bytes, tlvs: bytes = b"") -> Pdu:
    octets = mandatory + tlvs
    return decode(struct.pack(">IIII", 16 + len(octets), Command.DELIVER_SM, 0, 1) + octets)


FIELDS = b"\0\x05\0Acme\0\x01\x01447700900123\0\0\0\0\0\0\0\0\0\0"


@pytest.mark.parametrize(
    ("label", "octets", "text"),
    [
        ("a length beyond the end", FIELDS + b"\x63hello", b"hello"),
        ("no text", FIELDS + b"\x00", b""),
        ("a parameter longer than the rest", FIELDS + b"\x00\x04\x24\xff\xffhello", b"hello"),
        ("half a parameter header", FIELDS + b"\x02hi\x04\x24\x00", b"hi"),
        ("an empty parameter", FIELDS + b"\x02hi\x04\x24\x00\x00", b"hi"),
    ],
)
def test_wrong_lengths_take_what_is_there(label: str, octets: bytes, text: bytes) -> None:
    body = deliver(octets).body
    assert isinstance(body, ShortMessage)
    assert body.content == text, label


def test_addresses_longer_than_allowed_are_kept() -> None:
    long = b"1" * 30
    body = deliver(FIELDS.replace(b"447700900123", long) + b"\0").body
    assert isinstance(body, ShortMessage)
    assert body.destination == "1" * 30


def test_reserved_types_of_number_are_read() -> None:
    body = deliver(FIELDS.replace(b"\0\x05\0Acme", b"\0\x07\x63Acme") + b"\0").body
    assert isinstance(body, ShortMessage)
    assert (body.source_ton, body.source_npi) == (7, 0x63)


@given(st.sampled_from(Command), st.binary(max_size=120))
def test_any_body_is_read_or_called_malformed(command: Command, octets: bytes) -> None:
    with contextlib.suppress(Malformed):
        decode(struct.pack(">IIII", 16 + len(octets), command, 0, 1) + octets)


def test_no_content_shows_in_a_repr() -> None:
    message = ShortMessage("Acme", "447700900123", b"code 1234")
    assert "1234" not in repr(message)
    assert "4477" not in repr(message)
    assert "Acme" not in repr(message)
    assert "secret" not in repr(BindRequest("me", "secret"))
