"""Headers of long messages, and delivery receipts as carriers write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nummer.protocols.smpp.pdu import ShortMessage
from nummer.protocols.smpp.translate import incoming_sms, receipt_of
from nummer.protocols.smpp.words import Tag
from nummer.protocols.sms.header import PartKey, part_of, split_header
from nummer.protocols.sms.inbound import Doubt
from nummer.protocols.sms.receipt import Receipt, ReceiptState, parse_receipt, receipt_text

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("label", "header", "part"),
    [
        ("8-bit reference", "050003ab0302", PartKey(0xAB, 3, 2)),
        ("16-bit reference", "060804abcd0203", None),
        ("16-bit reference, in order", "060804abcd0302", PartKey(0xABCD, 3, 2)),
        ("with ports before", "0b05040b8423f0 000301 02 01", PartKey(1, 2, 1)),
        ("part nought", "050003010200", None),
        ("part beyond the total", "050003010203", None),
        ("a total of nought", "050003010000", None),
        ("the only part", "050003010101", None),
        ("an element cut short", "0500030102", None),
        ("empty", "00", None),
    ],
)
def test_header_names_the_part(label: str, header: str, part: PartKey | None) -> None:
    assert part_of(bytes.fromhex(header.replace(" ", ""))) == part, label


@given(st.binary(max_size=200))
def test_no_header_is_refused(user_data: bytes) -> None:
    header, body = split_header(user_data)
    assert header + body == user_data
    part_of(header)


def test_parts_by_parameter_are_parts_too() -> None:
    tlvs = {
        Tag.SAR_MSG_REF_NUM: b"\x12\x34",
        Tag.SAR_TOTAL_SEGMENTS: b"\x02",
        Tag.SAR_SEGMENT_SEQNUM: b"\x01",
    }
    sms = incoming_sms(
        ShortMessage(short_message=b"half", tlvs=tlvs),
        carrier="test",
        doubt=Doubt.NONE,
        received_at=NOON,
    )
    assert sms.part == PartKey(0x1234, 2, 1)
    assert sms.body == b"half"


def test_a_long_text_in_one_parameter_is_read() -> None:
    message = ShortMessage(tlvs={Tag.MESSAGE_PAYLOAD: b"x" * 400})
    sms = incoming_sms(message, carrier="test", doubt=Doubt.NONE, received_at=NOON)
    assert sms.body == b"x" * 400


@pytest.mark.parametrize("written", ["+447700900123", "00447700900123", "447700900123"])
def test_our_number_is_found_however_it_is_written(written: str) -> None:
    sms = incoming_sms(
        ShortMessage(destination=written), carrier="test", doubt=Doubt.NONE, received_at=NOON
    )
    assert sms.destination == "447700900123"


TEXT = "id:{id} sub:001 dlvrd:001 submit date:2601011200 done date:2601011201 stat:{stat} err:000"


@pytest.mark.parametrize(
    ("label", "body", "message_id", "message_state", "receipt"),
    [
        ("by text", TEXT.format(id="7f", stat="DELIVRD"), None, None, ("7f", "delivered")),
        ("undeliverable", TEXT.format(id="1", stat="UNDELIV"), None, None, ("1", "undeliverable")),
        ("expired", TEXT.format(id="1", stat="EXPIRED"), None, None, ("1", "expired")),
        ("rejected", TEXT.format(id="1", stat="REJECTD"), None, None, ("1", "rejected")),
        ("a word of their own", TEXT.format(id="1", stat="WHATEVER"), None, None, ("1", "unknown")),
        (
            "with GSM's underscore",
            TEXT.format(id="a\x11b", stat="DELIVRD"),
            None,
            None,
            ("a_b", "delivered"),
        ),
        ("in lower case", "id:9 stat:delivrd", None, None, ("9", "delivered")),
        ("by parameters", "", b"abc\0", b"\x05", ("abc", "undeliverable")),
        ("parameters win", TEXT.format(id="1", stat="EXPIRED"), b"2", b"\x02", ("2", "delivered")),
        ("a state out of range", "", b"2", b"\x63", ("2", "unknown")),
        ("about nothing", "stat:DELIVRD", None, None, None),
        ("no text", "", b"", b"", None),
    ],
)
def test_receipt_says_what_became_of_a_message(
    *,
    label: str,
    body: str,
    message_id: bytes | None,
    message_state: bytes | None,
    receipt: tuple[str, str] | None,
) -> None:
    found = parse_receipt(body.encode(), message_id=message_id, message_state=message_state)
    assert (found and (found.message_id, found.state.value)) == receipt, label


@pytest.mark.parametrize("state", ReceiptState)
def test_receipts_that_we_write_can_be_read(state: ReceiptState) -> None:
    receipt = Receipt("0a1b", state)
    text = receipt_text(receipt, minute="2601011200").encode()
    assert parse_receipt(text, message_id=None, message_state=None) == receipt


@pytest.mark.parametrize("esm_class", [0x00, 0x40, 0x08, 0x20])
def test_a_message_that_only_looks_like_a_receipt_is_a_message(esm_class: int) -> None:
    body = TEXT.format(id="1", stat="DELIVRD").encode()
    assert receipt_of(ShortMessage(short_message=body, esm_class=esm_class)) is None


@given(st.binary(max_size=300))
def test_no_receipt_is_too_strange(body: bytes) -> None:
    receipt_of(ShortMessage(short_message=body, esm_class=0x04))


def test_an_address_without_end_is_cut() -> None:
    sms = incoming_sms(
        ShortMessage("9" * 60_000, "9" * 60_000),
        carrier="test",
        doubt=Doubt.NONE,
        received_at=NOON,
    )
    assert (len(sms.source), len(sms.destination)) == (64, 64)
