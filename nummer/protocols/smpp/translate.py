"""Between SMPP's PDUs and the words of `protocols.sms`."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from nummer.protocols.smpp.pdu import ShortMessage
from nummer.protocols.smpp.words import (
    ESM_CLASS_RECEIPT,
    ESM_CLASS_TYPE_MASK,
    ESM_CLASS_UDHI,
    REGISTERED_DELIVERY_FINAL,
    NumberingPlan,
    Tag,
    TypeOfNumber,
)
from nummer.protocols.sms.header import PartKey, part_key, part_of, split_header
from nummer.protocols.sms.inbound import Doubt, IncomingSms
from nummer.protocols.sms.receipt import BY_NUMBER, Receipt, parse_receipt, receipt_text
from nummer.protocols.sms.segments import Segment

_E164_DIGITS_MAX: Final = 15
# Section 5.2.8 allows 20 characters, data_sm 64; whoever sends more sends no address.
ADDRESS_CHARACTERS_MAX: Final = 64


def incoming_sms(
    message: ShortMessage, *, carrier: str, doubt: Doubt, received_at: datetime
) -> IncomingSms:
    """Return what a deliver_sm or data_sm brings; never refuses."""
    header, body = b"", message.content
    if message.esm_class & ESM_CLASS_UDHI:
        header, body = split_header(body)
    return IncomingSms(
        carrier=carrier,
        source=message.source[:ADDRESS_CHARACTERS_MAX],
        source_ton=message.source_ton,
        destination=_digits(message.destination[:ADDRESS_CHARACTERS_MAX]),
        data_coding=message.data_coding,
        esm_class=message.esm_class,
        body=body,
        user_data_header=header,
        part=part_of(header) if header else _sar_part(message),
        doubt=doubt,
        received_at=received_at,
        carrier_reference=_reference(message),
    )


def content_key(message: ShortMessage) -> int:
    """Return a number that two copies of one message share; it holds no content."""
    return hash(
        (
            message.source,
            message.destination,
            message.data_coding,
            message.esm_class,
            message.content,
            _reference(message),
            message.tlvs.get(Tag.SAR_MSG_REF_NUM),
            message.tlvs.get(Tag.SAR_SEGMENT_SEQNUM),
        )
    )


def receipt_of(message: ShortMessage) -> Receipt | None:
    """Return the delivery receipt that a deliver_sm is, or None where it is a message."""
    if message.esm_class & ESM_CLASS_TYPE_MASK != ESM_CLASS_RECEIPT:
        return None
    return parse_receipt(
        message.content,
        message_id=message.tlvs.get(Tag.RECEIPTED_MESSAGE_ID),
        message_state=message.tlvs.get(Tag.MESSAGE_STATE),
    )


def is_receipt(message: ShortMessage) -> bool:
    """Whether it calls itself a delivery receipt, readable or not."""
    return message.esm_class & ESM_CLASS_TYPE_MASK == ESM_CLASS_RECEIPT


def short_message(
    segment: Segment, *, source: str, destination: str, receipt: bool
) -> ShortMessage:
    """Return the submit_sm or deliver_sm of one segment; `receipt` asks for a delivery receipt."""
    source_ton, source_npi, source = _address(source)
    destination_ton, destination_npi, destination = _address(destination)
    return ShortMessage(
        source=source,
        destination=destination,
        short_message=segment.user_data,
        source_ton=source_ton,
        source_npi=source_npi,
        destination_ton=destination_ton,
        destination_npi=destination_npi,
        esm_class=ESM_CLASS_UDHI if segment.header else 0,
        data_coding=segment.data_coding,
        registered_delivery=REGISTERED_DELIVERY_FINAL if receipt else 0,
    )


def delivery_receipt(
    receipt: Receipt, *, source: str, destination: str, minute: str
) -> ShortMessage:
    """Return the deliver_sm that tells what became of a text, as text and as parameters.

    `minute` is YYMMDDhhmm for both dates of appendix B.
    """
    source_ton, source_npi, source = _address(source)
    destination_ton, destination_npi, destination = _address(destination)
    number = next(n for n, state in BY_NUMBER.items() if state is receipt.state)
    return ShortMessage(
        source=source,
        destination=destination,
        short_message=receipt_text(receipt, minute=minute).encode("ascii"),
        source_ton=source_ton,
        source_npi=source_npi,
        destination_ton=destination_ton,
        destination_npi=destination_npi,
        esm_class=ESM_CLASS_RECEIPT,
        data_coding=0,
        registered_delivery=0,
        tlvs={
            Tag.RECEIPTED_MESSAGE_ID: receipt.message_id.encode("ascii") + b"\0",
            Tag.MESSAGE_STATE: bytes([number]),
        },
    )


def _address(text: str) -> tuple[int, int, str]:
    """Return TON, NPI and address: +E.164 as international, short codes plain, else a name."""
    digits = text.removeprefix("+")
    if digits.isascii() and digits.isdigit():
        if text.startswith("+"):
            return TypeOfNumber.INTERNATIONAL, NumberingPlan.ISDN, digits
        return TypeOfNumber.UNKNOWN, NumberingPlan.ISDN, digits
    name = text.encode("latin-1", "replace").decode("latin-1").replace("\0", "?")
    return TypeOfNumber.ALPHANUMERIC, NumberingPlan.UNKNOWN, name


def _digits(address: str) -> str:
    """Return the digits of our number: carriers write it with +, with 00 and with neither."""
    digits = address
    if not (address.isascii() and address.isdigit()):
        digits = "".join(char for char in address if "0" <= char <= "9")
    if digits.startswith("00") and len(digits) <= _E164_DIGITS_MAX + 2:
        return digits[2:]
    return digits


def _sar_part(message: ShortMessage) -> PartKey | None:
    if not message.tlvs:
        return None
    reference = message.tlvs.get(Tag.SAR_MSG_REF_NUM)
    total = message.tlvs.get(Tag.SAR_TOTAL_SEGMENTS)
    sequence = message.tlvs.get(Tag.SAR_SEGMENT_SEQNUM)
    if not (reference and total and sequence):
        return None
    return part_key(int.from_bytes(reference[-2:], "big"), total=total[-1], sequence=sequence[-1])


def _reference(message: ShortMessage) -> str:
    return message.tlvs.get(Tag.USER_MESSAGE_REFERENCE, b"").hex() if message.tlvs else ""
