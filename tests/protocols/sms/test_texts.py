"""What arrives as octets is read; nothing is refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smpplib import gsm

from nummer.protocols.sms.alphabets import (
    DEFAULT,
    ESCAPE,
    LOCKING,
    gsm_decode,
    gsm_encode,
    pack,
    unpack,
)
from nummer.protocols.sms.inbound import Alphabet, Doubt, IncomingSms, decode_text
from nummer.protocols.sms.segments import count, split

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def sms(body: bytes, coding: int = 0, header: bytes = b"") -> IncomingSms:
    return IncomingSms(
        carrier="test",
        source="Acme",
        source_ton=5,
        destination="447700900123",
        data_coding=coding,
        esm_class=0x40 if header else 0,
        body=body,
        user_data_header=header,
        part=None,
        doubt=Doubt.NONE,
        received_at=NOON,
    )


TURKISH_BOTH = bytes.fromhex("0624010125 0101".replace(" ", ""))
TURKISH_LOCKING = bytes.fromhex("03250101")
SPANISH_SINGLE = bytes.fromhex("03240102")
PORTUGUESE_BOTH = bytes.fromhex("06240103250103")


@pytest.mark.parametrize(
    ("label", "body", "coding", "default", "text"),
    [
        ("GSM 7 bit, one septet an octet", b"Your code: 1234", 0, "gsm7", "Your code: 1234"),
        ("GSM 7 bit is not ASCII", b"\x00\x02\x10\x1b\x65", 0, "gsm7", "@$Δ€"),
        ("the extension table", b"\x1b\x28\x1b\x3c\x1b\x40\x1b\x2f", 0, "gsm7", "{[|\\"),
        ("an escape before nothing known shows the plain letter", b"\x1bA", 0, "gsm7", "A"),
        ("an escape at the very end", b"A\x1b", 0, "gsm7", "A"),
        ("packed septets", bytes.fromhex("e8329bfd4697d9ec37"), 0, "gsm7-packed", "hellohello"),
        ("octets above 0x7F in DCS 0 that are UTF-8", "blå".encode(), 0, "gsm7", "blå"),
        ("octets above 0x7F in DCS 0 that are Latin-1", b"bl\xe5", 0, "gsm7", "blå"),
        ("octets above 0x7F in DCS 0 that are Windows-1252", b"5 \x80", 0, "gsm7", "5 €"),
        ("a carrier whose default is Latin-1", b"@\xe5", 0, "latin-1", "@å"),
        ("a carrier whose default is UTF-8", "å@".encode(), 0, "utf-8", "å@"),
        ("a carrier whose default is UCS-2", b"\x00A", 0, "ucs-2", "A"),
        ("ASCII", b"a@b", 1, "gsm7", "a@b"),
        ("octets", b"code \xe6", 4, "gsm7", "code æ"),
        ("Latin-1", b"\xe6\xf8\xe5", 3, "gsm7", "æøå"),
        ("UCS-2", "код 12".encode("utf-16-be"), 8, "gsm7", "код 12"),
        ("UTF-16 with a pair", "🙂!".encode("utf-16-be"), 8, "gsm7", "🙂!"),
        ("half a pair", b"\xd8\x3d\x00!", 8, "gsm7", "\ufffd!"),
        ("UCS-2 with a mark, little end first", b"\xff\xfeA\x00", 8, "gsm7", "A"),
        ("UCS-2 with a mark, big end first", b"\xfe\xff\x00A", 8, "gsm7", "A"),
        ("UCS-2 the wrong way round", "code".encode("utf-16-le"), 8, "gsm7", "code"),
        ("UCS-2 with an octet too many", b"\x00A\x00", 8, "gsm7", "A\ufffd"),
        ("flash in GSM 7 bit", b"\x00A", 0x10, "gsm7", "@A"),
        ("flash in UCS-2", b"\x00A", 0x18, "gsm7", "A"),
        ("class 0 in GSM 7 bit", b"\x00A", 0xF0, "gsm7", "@A"),
        ("246: class 2 in octets", b"code \xe5", 246, "gsm7", "code å"),
        ("message waiting in UCS-2", b"\x00A", 0xE0, "gsm7", "A"),
        ("message waiting in GSM 7 bit", b"\x00", 0xC8, "gsm7", "@"),
        ("a reserved coding", b"plain", 0xA5, "gsm7", "plain"),
        ("Cyrillic ISO 8859-5", "код".encode("iso8859-5"), 6, "gsm7", "код"),
        ("Hebrew ISO 8859-8", "קוד".encode("iso8859-8"), 7, "gsm7", "קוד"),
        ("Japanese", "コード".encode("shift_jis"), 5, "gsm7", "コード"),
        ("Korean", "코드".encode("euc_kr"), 14, "gsm7", "코드"),
        ("nothing at all", b"", 0, "gsm7", ""),
        ("a NUL at the end", b"abc\x00", 3, "gsm7", "abc"),
        ("a NUL within", b"a\x00c", 3, "gsm7", "a\ufffdc"),
    ],
)
def test_text_is_read_as_it_was_meant(
    *, label: str, body: bytes, coding: int, default: str, text: str
) -> None:
    assert decode_text(sms(body, coding), default) == text, label


@pytest.mark.parametrize(
    ("label", "header", "body", "text"),
    [
        ("Turkish letters, locking", TURKISH_LOCKING, b"\x0b\x40", "Ğİ"),
        ("Turkish letters, both", TURKISH_BOTH, b"\x1b\x53\x07", "Şı"),
        ("Spanish letters, single shift", SPANISH_SINGLE, b"\x1ba\x1be", "á€"),
        ("Portuguese letters, both", PORTUGUESE_BOTH, b"\x0c\x1b\x7b", "ôã"),
        ("a language nobody knows", bytes.fromhex("0325017f"), b"\x00", "@"),
    ],
)
def test_national_tables_named_in_the_header_are_used(
    label: str, header: bytes, body: bytes, text: str
) -> None:
    assert decode_text(sms(body, 0, header)) == text, label


def test_packed_text_after_a_header_begins_at_a_septet() -> None:
    header = bytes.fromhex("050003010201")
    packed = pack(b"hello", fill_bits=1)  # six octets of header leave one bit to the septet
    assert decode_text(sms(packed, 0, header), Alphabet.GSM7_PACKED) == "hello"


@given(
    st.binary(max_size=300), st.integers(0, 255), st.binary(max_size=12), st.sampled_from(Alphabet)
)
def test_no_octets_are_refused(body: bytes, coding: int, header: bytes, default: Alphabet) -> None:
    text = decode_text(sms(body, coding, header), default)
    assert "\0" not in text
    text.encode("utf-8")  # no lone surrogates, which no database takes


@given(st.text(alphabet=st.sampled_from(DEFAULT.replace("\x1b", "") + "^{}\\[~]|€\f")))
def test_what_the_alphabet_has_comes_back(text: str) -> None:
    septets = gsm_encode(text)
    assert septets is not None
    assert gsm_decode(septets) == text


@given(st.binary(max_size=200), st.sampled_from([0, *LOCKING]))
def test_an_octet_is_read_by_its_lower_seven_bits(octets: bytes, locking: int) -> None:
    table = LOCKING.get(locking, DEFAULT)
    plain = octets.replace(bytes((ESCAPE,)), b"")
    assert gsm_decode(plain, locking=locking) == "".join(table[octet & 0x7F] for octet in plain)


@given(st.binary(min_size=1, max_size=200).map(lambda octets: bytes(o & 0x7F for o in octets)))
def test_packing_is_undone_by_unpacking(septets: bytes) -> None:
    back = unpack(pack(septets))
    if len(septets) % 8 == 7:  # a full octet row: one septet of padding is dropped
        assert back == septets
    else:
        assert back[: len(septets)] == septets or septets[-1] in (0, 0x0D)


@pytest.mark.parametrize(
    ("label", "text", "parts"),
    [
        ("nothing is one", "", 1),
        ("160 characters are one", "a" * 160, 1),
        ("161 are two", "a" * 161, 2),
        ("two parts hold 306", "a" * 306, 2),
        ("307 are three", "a" * 307, 3),
        ("an extension character takes two", "€" * 80, 1),
        ("81 of them do not fit", "€" * 81, 2),
        ("an escape is not torn from its letter", "a" * 152 + "€" + "a" * 153, 3),
        ("70 of UCS-2", "я" * 70, 1),
        ("71 of UCS-2", "я" * 71, 2),
        ("134 of UCS-2", "я" * 134, 2),
        ("a pair is not torn", "я" * 66 + "🙂" + "я" * 66, 3),
        ("one foreign letter makes all UCS-2", "a" * 70 + "я", 2),
    ],
)
def test_texts_take_as_many_parts_as_networks_count(label: str, text: str, parts: int) -> None:
    assert count(text) == parts, label
    assert len(split(text, reference=1)) == parts


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=800))
def test_parts_put_together_are_the_text(text: str) -> None:
    pieces = [
        decode_text(sms(segment.body, segment.data_coding, segment.header))
        for segment in split(text, reference=7)
    ]
    assert "".join(pieces) == text
    assert all(len(segment.user_data) <= 160 for segment in split(text, reference=7))


@given(st.text(alphabet=st.sampled_from("abc øΔ"), max_size=700))
def test_counting_agrees_with_an_independent_library(text: str) -> None:
    theirs, _, _ = gsm.make_parts(text)
    assert count(text) == len(theirs)
