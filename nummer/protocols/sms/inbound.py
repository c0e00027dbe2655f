"""An SMS as it came in, and its text."""

from __future__ import annotations

from codecs import charmap_decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Final

from nummer.protocols.sms.alphabets import gsm_decode, ucs2_decode, unpack
from nummer.protocols.sms.header import PartKey, shift_languages

_SMPP_CODING_MAX: Final = 0x0F


class Alphabet(StrEnum):
    """What a carrier means by data_coding 0, "SMSC default" (SMPP 3.4 section 5.2.19)."""

    GSM7 = "gsm7"
    GSM7_PACKED = "gsm7-packed"
    LATIN1 = "latin-1"
    UTF8 = "utf-8"
    UCS2 = "ucs-2"


class Doubt(IntEnum):
    """Why an earlier copy of a message may be stored without its carrier knowing; 0: it is not."""

    NONE = 0
    START = 1  # only a process before this one may have stored it
    BREAK = 2  # this one may, too: a session or the database broke


@dataclass(slots=True)  # not frozen: that would double the time to make one
class IncomingSms:
    """One message, or one part of a long one, as a carrier handed it over.

    `destination` has digits only. `body` is what follows the user data header, undecoded.
    `carrier_reference` is what the carrier calls this message, '' where it says nothing; among
    messages of equal content it tells a repeat (the same) from a new one (another).
    `doubt` says whether an earlier copy may have been taken and committed without the carrier
    learning of it.
    """

    carrier: str
    source: str = field(repr=False)
    source_ton: int
    destination: str = field(repr=False)
    data_coding: int
    esm_class: int
    body: bytes = field(repr=False)
    user_data_header: bytes = field(repr=False)
    part: PartKey | None
    doubt: Doubt
    received_at: datetime
    carrier_reference: str = ""


def decode_text(sms: IncomingSms, default_alphabet: Alphabet | str = Alphabet.GSM7) -> str:
    """Return the text of a message or part; never refuses, what cannot be read is replaced."""
    if not sms.body:
        return ""
    text = _decoder(sms.data_coding, Alphabet(default_alphabet))(sms)
    if "\0" not in text:
        return text
    return text.rstrip("\0").replace("\0", "\ufffd")  # a NUL ends texts in too many systems


_Decoder = Callable[[IncomingSms], str]


def _decoder(coding: int, default: Alphabet) -> _Decoder:
    """Choose by data_coding: SMPP 3.4 section 5.2.19 below 16, 3GPP TS 23.038 section 4 above."""
    if coding == 0:
        return _DEFAULTS[default]
    if coding <= _SMPP_CODING_MAX:
        return _CODINGS.get(coding, _octets)
    gsm7 = _gsm7_packed if default is Alphabet.GSM7_PACKED else _gsm7
    match coding >> 4:
        case 0x0F:  # data coding and message class
            return _octets if coding & 0x04 else gsm7
        case 0x0E:  # message waiting, store, UCS-2
            return _ucs2
        case 0x0C | 0x0D:  # message waiting, discard or store
            return gsm7
        case 0x08 | 0x09 | 0x0A | 0x0B:  # reserved
            return _octets
        case _:  # general data coding
            return (gsm7, _octets, _ucs2, gsm7)[(coding >> 2) & 0x03]


def _gsm7(sms: IncomingSms) -> str:
    """Septets one an octet; with octets above 0x7F it cannot be GSM 7 bit, whatever is said."""
    if not sms.body.isascii():
        return _octets(sms)
    if not sms.user_data_header:
        return gsm_decode(sms.body)
    locking, single = shift_languages(sms.user_data_header)
    return gsm_decode(sms.body, locking=locking, single=single)


def _gsm7_packed(sms: IncomingSms) -> str:
    fill_bits = -len(sms.user_data_header) * 8 % 7
    locking, single = shift_languages(sms.user_data_header)
    return gsm_decode(unpack(sms.body, fill_bits=fill_bits), locking=locking, single=single)


def _ucs2(sms: IncomingSms) -> str:
    return ucs2_decode(sms.body)


def _octets(sms: IncomingSms) -> str:
    """Eight-bit text of an alphabet that was not named: UTF-8 where it is, else Western."""
    try:
        return sms.body.decode("utf-8")
    except UnicodeDecodeError:
        return _western(sms)


def _western(sms: IncomingSms) -> str:
    """Windows-1252, which is Latin-1 with characters where that has none but controls."""
    return charmap_decode(sms.body, "strict", _WESTERN)[0]


def _codec(name: str) -> _Decoder:
    def decode(sms: IncomingSms) -> str:
        return sms.body.decode(name, "replace")

    return decode


def _western_char(octet: int) -> str:
    try:
        return bytes((octet,)).decode("cp1252")
    except UnicodeDecodeError:
        return chr(octet)


_WESTERN: Final = "".join(_western_char(octet) for octet in range(256))
_DEFAULTS: Final[Mapping[Alphabet, _Decoder]] = {
    Alphabet.GSM7: _gsm7,
    Alphabet.GSM7_PACKED: _gsm7_packed,
    Alphabet.LATIN1: _western,
    Alphabet.UTF8: _octets,
    Alphabet.UCS2: _ucs2,
}
_CODINGS: Final[Mapping[int, _Decoder]] = {
    1: _octets,  # IA5 (ASCII); what is above 0x7F was meant as something
    2: _octets,
    3: _western,
    4: _octets,
    5: _codec("shift_jis"),
    6: _codec("iso8859-5"),
    7: _codec("iso8859-8"),
    8: _ucs2,
    9: _codec("shift_jis"),
    10: _codec("iso2022_jp"),
    13: _codec("euc_jp"),
    14: _codec("euc_kr"),
}
