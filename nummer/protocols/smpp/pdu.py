"""What a PDU says, and its octets: strict in what we write, lenient in what we read."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from nummer.protocols.smpp.words import (
    HEADER_OCTETS,
    INTERFACE_VERSION,
    RESPONSE,
    SHORT_MESSAGE_OCTETS_MAX,
    Command,
    Status,
    Tag,
)

Tlvs: TypeAlias = Mapping[int, bytes]
NO_TLVS: Final[Tlvs] = {}

_HEADER: Final = struct.Struct(">IIII")
_TLV: Final = struct.Struct(">HH")


@dataclass(frozen=True, slots=True)
class BindRequest:
    """bind_transmitter, bind_receiver and bind_transceiver (section 4.1)."""

    system_id: str
    password: str = field(repr=False)
    system_type: str = ""
    interface_version: int = INTERFACE_VERSION
    addr_ton: int = 0
    addr_npi: int = 0
    address_range: str = ""


@dataclass(frozen=True, slots=True)
class BindResponse:
    """The answer to a bind; without a body where the status is an error."""

    system_id: str = ""


@dataclass(slots=True)  # not frozen: that would double the time to make one
class ShortMessage:
    """submit_sm, deliver_sm or data_sm (sections 4.4, 4.6, 4.7); repr shows no content."""

    source: str = field(default="", repr=False)
    destination: str = field(default="", repr=False)
    short_message: bytes = field(default=b"", repr=False)
    source_ton: int = 0
    source_npi: int = 0
    destination_ton: int = 0
    destination_npi: int = 0
    esm_class: int = 0
    data_coding: int = 0
    registered_delivery: int = 0
    protocol_id: int = 0
    priority_flag: int = 0
    replace_if_present: int = 0
    default_message_id: int = 0
    service_type: str = ""
    schedule_delivery_time: str = ""
    validity_period: str = ""
    tlvs: Tlvs = field(default_factory=lambda: NO_TLVS, repr=False)

    @property
    def content(self) -> bytes:
        """Return the user data, wherever the peer put it (section 4.4.1: one of the two)."""
        return self.short_message or self.tlvs.get(Tag.MESSAGE_PAYLOAD, b"")


@dataclass(frozen=True, slots=True)
class MessageId:
    """The answer to submit_sm, deliver_sm and data_sm."""

    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Opaque:
    """A body that we do not look into."""

    octets: bytes = field(default=b"", repr=False)


Body: TypeAlias = BindRequest | BindResponse | ShortMessage | MessageId | Opaque
NO_BODY: Final = Opaque()


@dataclass(frozen=True, slots=True)
class Pdu:
    """One protocol data unit; `command` stays an integer, for a peer may invent some."""

    command: int
    status: int
    sequence: int
    body: Body = NO_BODY


class Malformed(Exception):  # noqa: N818 -- a state of the peer, answered on its own link
    """The body does not hold what its command promises; `status` is the answer to give."""

    def __init__(self, status: Status) -> None:
        super().__init__(status.name)
        self.status = status


def decode_body(command: int, octets: bytes) -> Body:
    """Read the octets after the header.

    Lenient: fields longer than the specification allows are kept, a wrong length of the text
    or of an optional parameter takes what is there. Raises Malformed where a mandatory field
    is missing altogether.
    """
    reader = _READERS.get(command)
    if reader is not None:
        return reader(octets)
    return Opaque(octets) if octets else NO_BODY


def decode(octets: bytes) -> Pdu:
    """Read one whole PDU of the right length; for tests and tools (the session reads streams)."""
    length, command, status, sequence = _HEADER.unpack_from(octets)
    if length != len(octets):
        raise Malformed(Status.RINVCMDLEN)
    body = decode_body(command, octets[HEADER_OCTETS:])
    return Pdu(command, status, sequence, body)


def empty_answer(command: int, sequence: int) -> bytes:
    """Write the answer ESME_ROK without a message id, as `encode` does: the usual one."""
    return _HEADER.pack(HEADER_OCTETS + 1, command, Status.ROK, sequence) + b"\0"


def encode(pdu: Pdu) -> bytes:
    """Write one PDU. Errors among the answers have no body (sections 4.1.2, 4.4.2)."""
    refused = pdu.status and pdu.command & RESPONSE
    octets = b"" if refused else _BODIES[type(pdu.body)](pdu)
    return _HEADER.pack(HEADER_OCTETS + len(octets), pdu.command, pdu.status, pdu.sequence) + octets


def header(octets: bytes | bytearray, offset: int) -> tuple[int, int, int, int]:
    """Return length, command, status and sequence number of the PDU that begins at `offset`."""
    return _HEADER.unpack_from(octets, offset)


# -- reading -----------------------------------------------------------------------------------


def _short_message(octets: bytes) -> ShortMessage:
    try:
        end = octets.index(0)
        service_type = octets[:end].decode("latin-1") if end else ""
        source_ton, source_npi = octets[end + 1], octets[end + 2]
        at = end + 3
        end = octets.index(0, at)
        source = octets[at:end].decode("latin-1")
        destination_ton, destination_npi = octets[end + 1], octets[end + 2]
        at = end + 3
        end = octets.index(0, at)
        destination = octets[at:end].decode("latin-1")
        esm_class, protocol_id, priority_flag = octets[end + 1 : end + 4]
        at = end + 4
        schedule_delivery_time = validity_period = ""
        if octets[at : at + 2] == b"\0\0":
            at += 2
        else:
            schedule_delivery_time, at = _text(octets, at)
            validity_period, at = _text(octets, at)
        registered, replace, coding, default_id, length = octets[at : at + 5]
    except (IndexError, ValueError):
        raise Malformed(Status.RINVMSGLEN) from None
    at += 5
    end = at + length
    return ShortMessage(
        source,
        destination,
        octets[at:end],
        source_ton,
        source_npi,
        destination_ton,
        destination_npi,
        esm_class,
        coding,
        registered,
        protocol_id,
        priority_flag,
        replace,
        default_id,
        service_type,
        schedule_delivery_time,
        validity_period,
        _tlvs(octets, end) if end < len(octets) else NO_TLVS,
    )


def _data_message(octets: bytes) -> ShortMessage:
    try:
        service_type, at = _text(octets, 0)
        source_ton, source_npi = octets[at], octets[at + 1]
        source, at = _text(octets, at + 2)
        destination_ton, destination_npi = octets[at], octets[at + 1]
        destination, at = _text(octets, at + 2)
        esm_class, registered, coding = octets[at : at + 3]
    except (IndexError, ValueError):
        raise Malformed(Status.RINVMSGLEN) from None
    return ShortMessage(
        source=source,
        destination=destination,
        source_ton=source_ton,
        source_npi=source_npi,
        destination_ton=destination_ton,
        destination_npi=destination_npi,
        esm_class=esm_class,
        data_coding=coding,
        registered_delivery=registered,
        service_type=service_type,
        tlvs=_tlvs(octets, at + 3),
    )


def _bind_request(octets: bytes) -> BindRequest:
    try:
        system_id, at = _text(octets, 0)
        password, at = _text(octets, at)
        system_type, at = _text(octets, at)
        interface_version, addr_ton, addr_npi = octets[at : at + 3]
    except ValueError:
        raise Malformed(Status.RINVCMDLEN) from None
    return BindRequest(
        system_id,
        password,
        system_type,
        interface_version,
        addr_ton,
        addr_npi,
        _first_text(octets[at + 3 :]),
    )


def _text(octets: bytes, at: int) -> tuple[str, int]:
    """Return a C-octet string and the offset after its NUL; ValueError where there is none."""
    end = octets.index(0, at)
    return octets[at:end].decode("latin-1"), end + 1


def _first_text(octets: bytes) -> str:
    """Return the text up to the first NUL, or all of it: some peers forget the NUL."""
    return octets.split(b"\0", 1)[0].decode("latin-1")


def _tlvs(octets: bytes, at: int) -> Tlvs:
    """Read optional parameters; the last one may be cut short, the last of a tag wins."""
    if at >= len(octets):
        return NO_TLVS
    found: dict[int, bytes] = {}
    while at + 4 <= len(octets):
        tag, length = _TLV.unpack_from(octets, at)
        found[tag] = octets[at + 4 : at + 4 + length]
        at += 4 + length
    return found


def _bind_response(octets: bytes) -> BindResponse:
    return BindResponse(_first_text(octets))


def _message_id(octets: bytes) -> MessageId:
    return MessageId(_first_text(octets)) if octets else _NO_ID


_NO_ID: Final = MessageId()
_READERS: Final[Mapping[int, Callable[[bytes], Body]]] = {
    Command.DELIVER_SM: _short_message,
    Command.SUBMIT_SM: _short_message,
    Command.DATA_SM: _data_message,
    Command.SUBMIT_SM_RESP: _message_id,
    Command.DELIVER_SM_RESP: _message_id,
    Command.DATA_SM_RESP: _message_id,
    Command.BIND_TRANSCEIVER: _bind_request,
    Command.BIND_RECEIVER: _bind_request,
    Command.BIND_TRANSMITTER: _bind_request,
    Command.BIND_TRANSCEIVER_RESP: _bind_response,
    Command.BIND_RECEIVER_RESP: _bind_response,
    Command.BIND_TRANSMITTER_RESP: _bind_response,
}


# -- writing -----------------------------------------------------------------------------------


def _write_short_message(pdu: Pdu) -> bytes:
    body = pdu.body
    assert isinstance(body, ShortMessage)
    addresses = (
        _c_octets(body.service_type)
        + bytes((body.source_ton, body.source_npi))
        + _c_octets(body.source)
        + bytes((body.destination_ton, body.destination_npi))
        + _c_octets(body.destination)
    )
    if pdu.command == Command.DATA_SM:
        tail = bytes((body.esm_class, body.registered_delivery, body.data_coding))
        return addresses + tail + _write_tlvs(body.tlvs)
    assert len(body.short_message) <= SHORT_MESSAGE_OCTETS_MAX, "longer texts go in parts"
    return b"".join(
        (
            addresses,
            bytes((body.esm_class, body.protocol_id, body.priority_flag)),
            _c_octets(body.schedule_delivery_time),
            _c_octets(body.validity_period),
            bytes(
                (
                    body.registered_delivery,
                    body.replace_if_present,
                    body.data_coding,
                    body.default_message_id,
                    len(body.short_message),
                )
            ),
            body.short_message,
            _write_tlvs(body.tlvs),
        )
    )


def _write_bind_request(pdu: Pdu) -> bytes:
    body = pdu.body
    assert isinstance(body, BindRequest)
    return (
        _c_octets(body.system_id)
        + _c_octets(body.password)
        + _c_octets(body.system_type)
        + bytes((body.interface_version, body.addr_ton, body.addr_npi))
        + _c_octets(body.address_range)
    )


def _write_bind_response(pdu: Pdu) -> bytes:
    assert isinstance(pdu.body, BindResponse)
    return _c_octets(pdu.body.system_id)


def _write_message_id(pdu: Pdu) -> bytes:
    assert isinstance(pdu.body, MessageId)
    return _c_octets(pdu.body.message_id)


def _write_opaque(pdu: Pdu) -> bytes:
    assert isinstance(pdu.body, Opaque)
    return pdu.body.octets


def _c_octets(text: str) -> bytes:
    assert "\0" not in text, "a NUL would end the field early"
    return text.encode("latin-1") + b"\0"


def _write_tlvs(tlvs: Tlvs) -> bytes:
    return b"".join(_TLV.pack(tag, len(value)) + value for tag, value in tlvs.items())


_BODIES: Final = {
    ShortMessage: _write_short_message,
    MessageId: _write_message_id,
    BindRequest: _write_bind_request,
    BindResponse: _write_bind_response,
    Opaque: _write_opaque,
}
