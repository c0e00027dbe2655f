"""One SMS as it arrived, whole or in part, with what we need to recognise it again."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from nummer.protocols.sms.inbound import Doubt, IncomingSms, decode_text

# Form, type of number, data coding, ESM class, reference, total and place of the part (zeros: it
# is whole), then the octets of carrier, source, destination, reference and header; the body is
# what is left.
_WHOLE: Final = 1
_JOINED: Final = 2
_HEAD: Final = struct.Struct(">BBBBHBBHHHHH")
_LENGTH: Final = struct.Struct(">I")
_OLD_FORM: Final = ord("{")  # JSON, as parts were kept before


@dataclass(slots=True)
class Arrival:
    """A message: decoded, with its raw form; not `complete` where parts of it never came."""

    carrier: str
    number: str  # our number, with +
    sender: str
    text: str
    raw: bytes
    parts: int
    received_at: datetime
    doubt: Doubt
    complete: bool = True


def whole(sms: IncomingSms, *, default_alphabet: str) -> Arrival:
    """Decode a message of one part. Decoding never refuses."""
    return Arrival(
        sms.carrier,
        f"+{sms.destination}",
        sms.source,
        decode_text(sms, default_alphabet),
        raw_form(sms),
        1,
        sms.received_at,
        sms.doubt,
    )


def joined(
    parts: Sequence[tuple[int, IncomingSms]], *, total: int, default_alphabet: str
) -> Arrival:
    """Decode a message of `total` parts, in order; a part that never came leaves a mark."""
    first = parts[0][1]
    pieces: list[str] = []
    expected = 1
    for sequence, sms in parts:
        pieces.extend("…" for _ in range(expected, sequence))
        pieces.append(decode_text(sms, default_alphabet))
        expected = sequence + 1
    raws = [raw_form(sms) for _, sms in parts]
    return Arrival(
        carrier=first.carrier,
        number=f"+{first.destination}",
        sender=first.source,
        text="".join(pieces),
        raw=bytes((_JOINED,)) + b"".join(_LENGTH.pack(len(raw)) + raw for raw in raws),
        parts=len(parts),
        received_at=min(sms.received_at for _, sms in parts),
        doubt=max(sms.doubt for _, sms in parts),
        complete=len(parts) == total,
    )


def raw_form(sms: IncomingSms) -> bytes:
    """Return everything the carrier said about the message, the same for the same PDU."""
    carrier, source = sms.carrier.encode(), sms.source.encode()
    destination, reference = sms.destination.encode(), sms.carrier_reference.encode()
    header, part = sms.user_data_header, sms.part
    head = _HEAD.pack(
        _WHOLE,
        sms.source_ton,
        sms.data_coding,
        sms.esm_class,
        0 if part is None else part.reference,
        0 if part is None else part.total,
        0 if part is None else part.sequence,
        len(carrier),
        len(source),
        len(destination),
        len(reference),
        len(header),
    )
    return b"".join((head, carrier, source, destination, reference, header, sms.body))


def origin(arrival: Arrival) -> int:
    """Return the type of number that the carrier gave with the sender (SMPP 3.4, 5.2.5)."""
    raw = arrival.raw
    return raw[2 + _LENGTH.size] if raw[0] == _JOINED else raw[1]


def from_raw(raw: bytes, *, received_at: datetime, doubt: Doubt) -> IncomingSms:
    """Read `raw_form` back; the part key is not needed again."""
    if raw[0] == _OLD_FORM:
        return _from_json(raw, received_at=received_at, doubt=doubt)
    form, ton, coding, esm_class, _, _, _, *lengths = _HEAD.unpack_from(raw)
    assert form == _WHOLE, "a part is kept as one message"
    fields = []
    at = _HEAD.size
    for length in lengths:
        fields.append(raw[at : at + length])
        at += length
    carrier, source, destination, reference, header = fields
    return IncomingSms(
        carrier=carrier.decode(),
        source=source.decode(),
        source_ton=ton,
        destination=destination.decode(),
        data_coding=coding,
        esm_class=esm_class,
        body=raw[at:],
        user_data_header=header,
        part=None,
        doubt=doubt,
        received_at=received_at,
        carrier_reference=reference.decode(),
    )


def _from_json(raw: bytes, *, received_at: datetime, doubt: Doubt) -> IncomingSms:
    said: dict[str, Any] = json.loads(raw)
    return IncomingSms(
        carrier=said["carrier"],
        source=said["source"],
        source_ton=said["source_ton"],
        destination=said["destination"],
        data_coding=said["data_coding"],
        esm_class=said["esm_class"],
        body=bytes.fromhex(said["body"]),
        user_data_header=bytes.fromhex(said["user_data_header"]),
        part=None,
        doubt=doubt,
        received_at=received_at,
        carrier_reference=said["reference"],
    )
